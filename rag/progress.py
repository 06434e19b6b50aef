"""A progress bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from index.intake import Progress


@contextmanager
def bar() -> Iterator[Progress]:
    """What a build tells of its progress, drawn on stderr, one bar for each step, wiped away when the next begins."""
    drawn: dict[str, tqdm[None]] = {}

    def close() -> None:
        while drawn:
            drawn.popitem()[1].close()

    def progress(step: str, done: int, total: int) -> None:
        if step not in drawn:
            close()
            drawn[step] = tqdm(desc=step, total=total, leave=False, disable=not sys.stderr.isatty())
        drawn[step].update(done - drawn[step].n)

    try:
        yield progress
    finally:
        close()
