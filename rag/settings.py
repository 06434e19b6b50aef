"""What can be set, with its bounds; each also as an environment variable DIGEST_QA_<NAME>."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.build import BuildSettings
from index.chunking import MAX_PASSAGE, TARGET_PASSAGE
from index.errors import SettingInvalid

DEFAULT_K = 5
MAX_K = 100
MAX_QUESTION = 10_000  # code points
POOL = 100  # passages that each arm puts forward


def default_store() -> Path:
    """The user's data folder for digest-qa."""
    return Path(platformdirs.user_data_dir("digest-qa")) / "collection"


class Settings(BaseSettings):
    """Unknown names are errors. `encoders` are names of bundled encoders, sentence-transformers ids or folders."""

    model_config = SettingsConfigDict(env_prefix="DIGEST_QA_", extra="forbid", frozen=True)

    store: Path = Field(default_factory=default_store)
    encoders: tuple[str, ...] = Field(default=("e5-small", "use-m3"), min_length=1)
    target_passage: int = Field(default=TARGET_PASSAGE, ge=50, le=MAX_PASSAGE)

    @property
    def build(self) -> BuildSettings:
        """The part that decides over the content of a collection."""
        return BuildSettings(self.encoders, self.target_passage)


def load_settings(store: str | Path | None = None) -> Settings:
    """Settings from the environment; `store`, when given, goes before it. Raises SettingInvalid."""
    try:
        return Settings(store=Path(store)) if store else Settings()
    except ValidationError as error:
        problems = ", ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingInvalid(problems, "mend the DIGEST_QA_ variables of the environment") from None
    except ValueError as error:
        raise SettingInvalid(str(error), "mend the DIGEST_QA_ variables of the environment") from None
