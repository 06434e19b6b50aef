"""A reader that remembers: over many runs on the same texts each pair is read once."""

from __future__ import annotations

from collections.abc import Sequence

from rag.reading.inputs import Pair
from rag.reading.reading import Reading, Reads


class MemoReader:
    """Keeps the reading of every pair in memory. Not for several threads."""

    def __init__(self, reader: Reads) -> None:
        self._reader = reader
        self._known: dict[Pair, Reading] = {}

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """One reading for each pair, in order; the reader is asked for the pairs that are new."""
        new = list(dict.fromkeys(pair for pair in pairs if pair not in self._known))
        if new:
            self._known.update(zip(new, self._reader.read(new), strict=True))
        return [self._known[pair] for pair in pairs]
