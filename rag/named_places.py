"""Which passages are about the places that a question names, in whatever language it names them."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import opencc

from index.collection import Collection
from index.places import Place, places_in
from index.schema import Passage
from rag.fusion import Scores

MENTIONED = 0.5
"""What a passage counts that names a place, but whose article is about another or none."""

_HAN = re.compile("[\u3400-\u9fff]")


class NamedPlaces:
    """Looks places up in a collection. Safe to use from several threads."""

    def __init__(self, collection: Collection) -> None:
        self._passages = collection.passages
        self._present: dict[str, bool] = {}
        self._about: dict[str, npt.NDArray[np.int64]] = {}

    def scores(self, question: str, rows: npt.NDArray[np.int64]) -> Scores:
        """For each passage the mean over the places that the question names, float32 (n,), 0 to 1.

        A place counts 1 where the passage's context has it (its article is about it), MENTIONED where its text alone
        does. Zeros where the question names none that the collection has: a place that is nowhere tells nothing apart.
        """
        names = [_spellings(place.name) for place in named(question) if self.present(place.name)]
        if not names:
            return np.zeros(len(rows), np.float32)
        values = [sum(_counts(self._passages[row], spellings) for spellings in names) / len(names) for row in rows]
        return np.array(values, np.float32)

    def rows(self, question: str) -> npt.NDArray[np.int64]:
        """The passages whose articles are about any place that the question names, rising."""
        found = [self._rows(place.name) for place in named(question)]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def about(self, question: str, row: int) -> frozenset[str]:
        """The places, by their Chinese names, that the question names and the article of the passage is about."""
        context = self._passages[row].context
        names = (place.name for place in named(question))
        return frozenset(name for name in names if any(spelt in context for spelt in _spellings(name)))

    def present(self, name: str, rows: npt.NDArray[np.int64] | None = None) -> bool:
        """Whether a passage, or the context of one, has a place by its Chinese name; of `rows` alone, if given."""
        if rows is not None:
            return any(_counts(self._passages[row], _spellings(name)) for row in rows)
        if name not in self._present:
            spellings = _spellings(name)
            self._present[name] = any(_counts(passage, spellings) for passage in self._passages)
        return self._present[name]

    @cached_property
    def in_chinese(self) -> bool:
        """Whether any passage is written in Chinese characters, with which places are looked up."""
        return any(_HAN.search(passage.display_text) for passage in self._passages)

    def _rows(self, name: str) -> npt.NDArray[np.int64]:
        if name not in self._about:
            spellings = _spellings(name)
            rows = [row for row, p in enumerate(self._passages) if any(spelt in p.context for spelt in spellings)]
            self._about[name] = np.array(rows, np.int64)
        return self._about[name]


@lru_cache(maxsize=256)
def named(question: str) -> tuple[Place, ...]:
    """The places in a question."""
    return places_in(question)


def _counts(passage: Passage, spellings: tuple[str, ...]) -> float:
    if any(name in passage.context for name in spellings):
        return 1.0
    return MENTIONED if any(name in passage.display_text for name in spellings) else 0.0


@lru_cache(maxsize=1024)
def _spellings(name: str) -> tuple[str, ...]:
    """In simplified and in traditional characters."""
    return tuple(dict.fromkeys((name, to_traditional(name))))


def to_traditional(text: str) -> str:
    """As OpenCC writes it, phrase by phrase; mostly of the same length."""
    return str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")
