"""What can be set, with its bounds; each also as an environment variable DIGEST_QA_<NAME>."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.build import BuildSettings
from index.chunking import MAX_PASSAGE, TARGET_PASSAGE
from index.errors import SettingInvalid

DEFAULT_K = 5
MAX_K = 100
MAX_QUESTION = 10_000  # code points
POOL = 100  # passages that each arm puts forward


class Mode(StrEnum):
    """How a question is answered: `best` reads the first passages before it decides, `fast` trusts the search."""

    BEST = "best"
    FAST = "fast"


_PREFIX = "DIGEST_QA_"
_READ_ELSEWHERE = ("CACHE", "SHARED")  # by the bundled encoders, and by the tests


def default_store() -> Path:
    """The user's data folder for digest-qa."""
    return Path(platformdirs.user_data_dir("digest-qa")) / "collection"


class Settings(BaseSettings):
    """Unknown names are errors, empty variables count as not set.

    `encoders` are names of bundled encoders, sentence-transformers ids or folders; in the environment a
    comma-separated list, DIGEST_QA_ENCODERS=e5-tuned,use-m3, or a JSON list.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    store: Path = Field(default_factory=default_store)
    encoders: Annotated[tuple[str, ...], NoDecode] = Field(default=("e5-tuned", "use-m3"), min_length=1)
    mode: Mode = Mode.BEST
    target_passage: int = Field(default=TARGET_PASSAGE, ge=50, le=MAX_PASSAGE)

    @field_validator("encoders", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return TypeAdapter(list[str]).validate_json(value)
        return [name.strip() for name in value.split(",") if name.strip()]

    @property
    def build(self) -> BuildSettings:
        """The part that decides over the content of a collection."""
        return BuildSettings(self.encoders, self.target_passage)


def mode_of(name: str) -> Mode:
    """The mode of that name. Raises SettingInvalid for a name that is none."""
    try:
        return Mode(name)
    except ValueError:
        raise SettingInvalid(f"there is no mode {name!r}", f"choose {' or '.join(Mode)}") from None


def load_settings(store: str | Path | None = None, mode: Mode | str | None = None) -> Settings:
    """Settings from the environment; what is given goes before it. Raises SettingInvalid naming each problem."""
    remedy = f"mend the {_PREFIX} variables of the environment"
    unknown = sorted(
        _variables() - {_PREFIX + name for name in (*map(str.upper, Settings.model_fields), *_READ_ELSEWHERE)}
    )
    if unknown:
        known = ", ".join(_PREFIX + name.upper() for name in Settings.model_fields)
        raise SettingInvalid(f"unknown settings: {', '.join(unknown)} (there are {known})", remedy)
    try:
        given = {"store": Path(store) if store else None, "mode": None if mode is None else mode_of(mode)}
        return Settings.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems = [f"{_PREFIX}{str(e['loc'][0]).upper()}: {e['msg']} (it is {e['input']!r})" for e in error.errors()]
        raise SettingInvalid(", ".join(problems), remedy) from None


def _variables() -> set[str]:
    return {name.upper() for name in os.environ if name.upper().startswith(_PREFIX)}
