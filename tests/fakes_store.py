"""Documents and encoders for the tests of the store: a loader that writes down what it is asked."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fakes import HashEncoder

from index.build import BuildSettings, Summary, build
from index.encoders.protocol import PROBES, Vectors

SETTINGS = BuildSettings(("fake",))


class RecordingEncoder(HashEncoder):
    """Keeps the passages that it was given; the probe texts of the fingerprint are no passages."""

    def __init__(self, dimension: int = 16, name: str = "fake") -> None:
        super().__init__(dimension, name)
        self.seen: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if tuple(texts) != PROBES:
            self.seen += texts
        return super().embed_passages(texts)


class OtherEncoder(RecordingEncoder):
    """Of the same name and dimension, but its columns are shifted by one: another model."""

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return np.roll(super()._embed(texts), 1, axis=1)


class Loader:
    """Gives these encoders by their names, and keeps the names that it was asked for."""

    def __init__(self, *encoders: RecordingEncoder) -> None:
        self.encoders = {encoder.name: encoder for encoder in encoders or (RecordingEncoder(),)}
        self.asked: list[str] = []

    def __call__(self, spec: str) -> RecordingEncoder:
        self.asked.append(spec)
        return self.encoders[spec]

    @property
    def seen(self) -> list[str]:
        return [text for encoder in self.encoders.values() for text in encoder.seen]


def no_encoder(spec: str) -> HashEncoder:
    """A loader that must not be called."""
    raise AssertionError(f"the encoder {spec} was loaded")


def report(place: str, *figures: int) -> str:
    """A titled report; each figure makes one sentence of 41 characters more or less."""
    body = "".join(f"到去年年底全市共有{n}家企业获得新的贷款用于购买更加节能的设备和改造旧厂房。" for n in figures)
    return f"{place}市企业贷款报告\n\n{body}\n"


def write(folder: Path, **texts: str) -> Path:
    """Text files by their stems."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, text in texts.items():
        (folder / f"{stem}.txt").write_text(text, "utf-8")
    return folder


def index(folder: Path, store: Path, **options: bool) -> Summary:
    """Build with the plain settings and a new loader."""
    return build([folder], store, SETTINGS, Loader(), **options)


def snapshot(store: Path) -> dict[str, bytes]:
    """Every file of a store but the lock, by its path."""
    found = (path for path in sorted(store.rglob("*")) if path.is_file() and path.name != ".lock")
    return {path.relative_to(store).as_posix(): path.read_bytes() for path in found}
