"""Which passages are about the places that a question names, in whatever language it names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import opencc

from index.collection import Collection
from index.place_names import GAP, folded, members, other_names
from index.place_signs import abbreviations
from index.places import Place, places_in
from index.simplified import simplified
from rag.fusion import Scores

MENTIONED = 0.5
"""What a passage counts that names a place, but whose article is about another or none."""

MOST_NAMED = 20
"""Places of a question that are looked up, its first ones: a list of more takes long and tells nothing apart."""

_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where a place stands: rows whose contexts have it (their articles are about it), and all that have it; rising."""

    about: npt.NDArray[np.int64]
    having: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Names:
    """The places that a passage names: in its context, and anywhere in it."""

    about: frozenset[str]
    having: frozenset[str]


class NamedPlaces:
    """Looks places up in a collection, by the names that its texts may have for them. Safe to use from several threads.

    A place stands where its Chinese name does, as characters, or where a reading of the text finds it under another
    name: 粤 and Guangdong are 广东. What was looked up is remembered.
    """

    def __init__(self, collection: Collection) -> None:
        self._passages = collection.passages
        self._spelt: dict[str, _Rows] = {}
        self._rows: dict[str, _Rows] = {}
        self._names: dict[int, _Names] = {}

    def scores(self, question: str, rows: npt.NDArray[np.int64]) -> Scores:
        """For each passage the mean over the places that the question names, float32 (n,), 0 to 1.

        A place counts 1 where the passage's context has it (its article is about it), MENTIONED where its text alone
        does. Zeros where the question names none that the collection has: a place that is nowhere tells nothing apart.
        """
        there = [found for place in named(question) if len((found := self._of(place.name)).having)]
        total = np.zeros(len(rows), np.float32)
        for found in there:
            about, having = np.isin(rows, found.about), np.isin(rows, found.having)
            total += np.where(about, 1.0, MENTIONED * having).astype(np.float32)
        return total / np.float32(len(there) or 1)

    def rows(self, question: str) -> npt.NDArray[np.int64]:
        """The passages whose articles are about any place that the question names, rising."""
        found = [self._of(place.name).about for place in named(question)]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def answering(self, question: str, rows: Sequence[int]) -> list[frozenset[int]]:
        """For each place of the question that articles are about, those of `rows` whose passages may answer for it.

        These are all but the ones of articles about other places that name neither this one, nor what lies in it, nor
        what it lies in. What may mean several places, as 산시 does, is one that articles about any of them are about;
        none comes twice, and one that holds another one of them (广东省深圳市) is left out.
        """
        subjects: dict[frozenset[int], list[Place]] = {}
        for meant in mentions(question).values():
            about = frozenset(row for place in meant for row in self._of(place.name).about.tolist())
            if about:
                subjects.setdefault(about, []).extend(meant)
        kept = [meant for about, meant in subjects.items() if not any(other < about for other in subjects)]
        return [frozenset(row for row in rows if self._may_answer(row, meant)) for meant in kept]

    def _may_answer(self, row: int, meant: Sequence[Place]) -> bool:
        if any(row in self._of(place.name).having for place in meant):
            return True
        read = self._read(row)
        return not read.about or any(read.having & _around(place.name, place.province) for place in meant)

    def about(self, question: str, row: int) -> frozenset[str]:
        """The places, by their Chinese names, that the question names and the article of the passage is about."""
        return frozenset(place.name for place in named(question) if row in self._of(place.name).about)

    def present(self, name: str, rows: npt.NDArray[np.int64] | None = None) -> bool:
        """Whether a passage, or the context of one, has a place by its Chinese name; of `rows` alone, if given."""
        return _any_of(self._of(name).having, rows)

    def read(self, name: str, rows: npt.NDArray[np.int64] | None = None) -> bool:
        """Whether a reading finds it where its Chinese name stands: 长治 is not in 长治久安."""
        spelt = self._spelt_in(name).having
        wanted = spelt if rows is None else np.intersect1d(spelt, rows)
        return any(name in self._read(row).having for row in wanted.tolist())

    def in_chinese(self, rows: npt.NDArray[np.int64] | None = None) -> bool:
        """Whether any passage, of `rows` alone if given, is written in Chinese characters."""
        return _any_of(self._chinese, rows)

    @cached_property
    def _chinese(self) -> npt.NDArray[np.int64]:
        return np.array([row for row, p in enumerate(self._passages) if _HAN.search(p.display_text)], np.int64)

    @cached_property
    def _texts(self) -> list[tuple[str, str]]:
        """Of each passage its context and its text, folded as names are, with one blank between words."""
        both = ((p.context, p.display_text) for p in self._passages)
        return [(_plain(context), _plain(text)) for context, text in both]

    @cached_property
    def _letters(self) -> frozenset[str]:
        return frozenset().union(*(text for texts in self._texts for text in texts))

    def _of(self, name: str) -> _Rows:
        if name not in self._rows:
            spelt = self._spelt_in(name)
            about, having = set(spelt.about.tolist()), set(spelt.having.tolist())
            others = [other for other in other_names(name) if self._letters.issuperset(other)]
            for row, texts in enumerate(self._texts):
                in_context, in_text = (_may_name(text, others) for text in texts)
                if in_context and row not in about and name in self._read(row).about:
                    about.add(row)
                    having.add(row)
                elif in_text and row not in having and name in self._read(row).having:
                    having.add(row)
            self._rows[name] = _Rows(_rising(about), _rising(having))
        return self._rows[name]

    def _spelt_in(self, name: str) -> _Rows:
        if name not in self._spelt:
            about = {row for row, (context, _) in enumerate(self._texts) if name in context}
            having = about | {row for row, (_, text) in enumerate(self._texts) if name in text}
            self._spelt[name] = _Rows(_rising(about), _rising(having))
        return self._spelt[name]

    def _read(self, row: int) -> _Names:
        """The places that a reading finds in a passage, which takes a millisecond: done once."""
        if row not in self._names:
            passage = self._passages[row]
            about, inside = (
                frozenset(p.name for p in places_in(text)) for text in (passage.context, passage.display_text)
            )
            self._names[row] = _Names(about, about | inside)
        return self._names[row]


def _plain(text: str) -> str:
    return GAP.sub(" ", simplified(folded(text)))


def _may_name(text: str, others: Iterable[str]) -> bool:
    """Whether a folded text has one of these names, or one of these signs where signs may stand."""
    return any(
        other in text and (len(other) > 1 or any(text[at] == other for at, _ in abbreviations(text, 0, len(text))))
        for other in others
    )


def _any_of(found: npt.NDArray[np.int64], rows: npt.NDArray[np.int64] | None) -> bool:
    return bool(len(found) if rows is None else np.isin(found, rows).any())


def _rising(rows: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.array(sorted(rows), np.int64)


@lru_cache(maxsize=256)
def named(question: str) -> tuple[Place, ...]:
    """The first MOST_NAMED places in a question."""
    return places_in(question)[:MOST_NAMED]


def mentions(question: str) -> dict[str, list[Place]]:
    """The names of places as they are written, each with the places that it may mean: 산시 is 山西 and 陕西."""
    found: dict[str, list[Place]] = {}
    for place in named(question):
        found.setdefault(question[place.start : place.end], []).append(place)
    return found


@lru_cache(maxsize=256)
def _around(name: str, province: str) -> frozenset[str]:
    """The Chinese names of a place, of its province, and of all that lies in it: of 京津冀 provinces and cities."""
    inside = members(name)
    return frozenset({name, province or name, *inside, *(one for part in inside for one in members(part))})


def to_traditional(text: str) -> str:
    """As OpenCC writes it, phrase by phrase; mostly of the same length."""
    return str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")
