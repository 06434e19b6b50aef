"""What can be set, with its bounds; each also as an environment variable DIGEST_QA_<NAME>."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, TypeAdapter, ValidationError, field_validator
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
_UNSAID = ("llm_url", "llm_key")  # their values may hold a secret
_READ_ELSEWHERE = ("CACHE", "SHARED")  # by the bundled encoders, and by the tests


def default_store() -> Path:
    """The user's data folder for digest-qa."""
    return Path(platformdirs.user_data_dir("digest-qa")) / "collection"


class Settings(BaseSettings):
    """Unknown names are errors, empty variables count as not set.

    `encoders` are names of bundled encoders, sentence-transformers ids or folders; in the environment a
    comma-separated list, DIGEST_QA_ENCODERS=e5-tuned,use-m3, or a JSON list. `llm_url` is the base URL of an
    OpenAI-compatible server, whose model `llm_model` then phrases the answers; `llm_timeout` is in seconds, for all of
    a request.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    store: Path = Field(default_factory=default_store)
    encoders: Annotated[tuple[str, ...], NoDecode] = Field(default=("e5-tuned", "use-m3"), min_length=1)
    mode: Mode = Mode.BEST
    target_passage: int = Field(default=TARGET_PASSAGE, ge=50, le=MAX_PASSAGE)

    llm_url: str | None = None
    llm_model: str | None = None
    llm_key: SecretStr | None = None
    llm_timeout: float = Field(default=20.0, gt=0, le=600)

    @field_validator("encoders", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return TypeAdapter(list[str]).validate_json(value)
        return [name.strip() for name in value.split(",") if name.strip()]

    @field_validator("llm_url")
    @classmethod
    def _is_a_base(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("a base URL is wanted, such as http://127.0.0.1:8000/v1")
        if parts.username is not None:
            raise ValueError(f"no name or password may stand in it, the key goes into {_PREFIX}LLM_KEY")
        return url.rstrip("/")

    @field_validator("llm_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not (key.get_secret_value().isascii() and key.get_secret_value().isprintable()):
            raise ValueError("only printable ASCII characters can be sent as a key")
        return key

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
        settings = Settings.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems = [_problem(str(e["loc"][0]), e["msg"], e["input"]) for e in error.errors()]
        raise SettingInvalid(", ".join(problems), remedy) from None
    if settings.llm_url is not None and not settings.llm_model:
        raise SettingInvalid(
            f"{_PREFIX}LLM_URL is set, {_PREFIX}LLM_MODEL is not", f"name the model: {_PREFIX}LLM_MODEL=…"
        )
    return settings


def _problem(name: str, message: str, value: object) -> str:
    return f"{_PREFIX}{name.upper()}: {message}" + ("" if name in _UNSAID else f" (it is {value!r})")


def _variables() -> set[str]:
    return {name.upper() for name in os.environ if name.upper().startswith(_PREFIX)}
