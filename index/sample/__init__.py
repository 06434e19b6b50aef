"""The sample digest that ships: four reports with the troubles of a print layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

NAME = "sample-digest.txt"


@contextmanager
def sample_digest() -> Iterator[Path]:
    """The sample digest as a file, for as long as the context lasts."""
    with as_file(files("index.sample").joinpath(NAME)) as path:
        yield path
