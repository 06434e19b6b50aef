"""Of what a visitor does one after the other, only the newest may change the page."""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST_VISITS = 10_000  # that are remembered; the ones that did nothing for the longest are forgotten


class Newest:
    """The highest number of each visit. Safe to share between threads."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, visit: str, number: int) -> bool:
        """Whether nothing newer has come; from now on this number is the newest of the visit."""
        with self._lock:
            if number < self._numbers.get(visit, 0):
                return False
            self._numbers[visit] = number
            self._numbers.move_to_end(visit)
            if len(self._numbers) > MOST_VISITS:
                self._numbers.popitem(last=False)
            return True

    def holds(self, visit: str, number: int) -> bool:
        """Whether nothing newer has come since `take`."""
        with self._lock:
            return number >= self._numbers.get(visit, 0)
