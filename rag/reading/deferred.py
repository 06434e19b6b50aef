"""A reader that is not loaded before somebody reads with it: where only the search is asked, it costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from rag.reading.inputs import Pair
from rag.reading.reading import Reading, Reads


class DeferredReader:
    """Loads once, when first asked. Safe to use from several threads."""

    def __init__(self, load: Callable[[], Reads]) -> None:
        self._load = load
        self._lock = Lock()
        self._reader: Reads | None = None

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """One reading for each pair, in order. Raises what loading raises, and tries it again the next time."""
        with self._lock:
            if self._reader is None:
                self._reader = self._load()
        return self._reader.read(pairs)
