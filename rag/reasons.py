"""Why a question is not answered: what it names that the documents or the nearest passages do not have.

In the asker's language where we have it (`reason_texts`), else in English.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import ceil, floor

import numpy as np
import numpy.typing as npt
import opencc

from index.collection import Collection
from index.numbers import Number, numbers_in
from index.places import Place
from index.schema import Passage
from index.terms import simplified, terms
from rag.named_places import NamedPlaces, named
from rag.province_names import province_name
from rag.query import Query
from rag.reason_texts import TEXTS, TRADITIONAL, ReasonTexts, reason_language
from rag.retriever import Candidate

NEAREST = 5
LONGEST_MENTION = 40
MOST_LISTED = 5
"""Of more places or figures, and of the rest of a longer one, an ellipsis stands there."""
FEWEST_DIGITS = 3
"""A smaller whole number, which is no year, is not looked for: "three measures" may be listed without a count."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched for an answer: the passages of the collection in `rows`, int64 (n,), all with None."""

    collection: Collection
    places: NamedPlaces
    rows: npt.NDArray[np.int64] | None = None

    def has(self, place: str) -> bool:
        """Whether a passage has the place, by its Chinese name."""
        return self.places.present(place, self.rows)

    def writes(self, mention: str) -> bool:
        """Whether a passage, or all of them together, have the words of a mention as the question writes it."""
        if self.rows is None:
            return self.collection.lexical.passages.known_share(mention) == 1
        wanted = set(terms(mention))
        passages = (self.collection.passages[row] for row in self.rows)
        return bool(wanted) and any(wanted <= {*terms(p.display_text), *terms(p.context)} for p in passages)


def reason_for(
    query: Query,
    searched: Searched,
    candidates: Sequence[Candidate],
    found: float,
    needed: float,
) -> str:
    """One line on why a question is refused: the first of these that holds.

    The collection has no passage; the question has no candidate; a place in it is nowhere in what was searched; the
    place is there, but no answer; a year or figure is in none of the nearest passages, those of the first
    candidates; else the probability `found` of an answer is under the one `needed`.
    """
    language = _written_in(query)
    texts = TEXTS[language]
    if not candidates:
        return texts.nothing if searched.collection.passages else texts.empty
    mentions = _mentions(query.text)
    absent = [mention for mention, meant in mentions.items() if _absent(mention, meant, searched)]
    if absent:
        listed = [_with_province(texts, language, mention, mentions[mention], searched) for mention in absent]
        return texts.absent.format(places=_listed(texts, listed))
    present = [mention for mention, meant in mentions.items() if any(searched.has(place.name) for place in meant)]
    figures = _unmentioned(
        query.text, [searched.collection.passages[candidate.row] for candidate in candidates[:NEAREST]]
    )
    sure, asked = _percentages(texts, found, needed)
    blanks = {
        "places": _listed(texts, [_quoted(texts, mention) for mention in present]),
        "figures": _listed(texts, [_cut(figure) for figure in figures]),
        "chance": texts.chance.format(found=sure, needed=asked),
    }
    if present:
        return (texts.lacking if figures else texts.present).format(**blanks)
    if figures:
        return texts.without.format(**blanks)
    return texts.weak.format(found=sure, needed=asked)


def _written_in(query: Query) -> str:
    """The key of `TEXTS`: Chinese is traditional where more of its characters are so than are simplified."""
    if query.language != "zh":
        return reason_language(query.language)
    changed_to_traditional = _differing(query.text, _to_traditional().convert(query.text))
    changed_to_simplified = _differing(query.text, simplified(query.text))
    return TRADITIONAL if changed_to_simplified > changed_to_traditional else "zh"


def _differing(text: str, converted: str) -> int:
    return sum(a != b for a, b in zip(text, converted, strict=False))


@lru_cache(maxsize=1)
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def _mentions(question: str) -> dict[str, list[Place]]:
    """The names of places as they are written, each with the places that it may mean: 산시 is 山西 and 陕西."""
    found: dict[str, list[Place]] = {}
    for place in named(question):
        found.setdefault(question[place.start : place.end], []).append(place)
    return found


def _absent(mention: str, meant: Iterable[Place], searched: Searched) -> bool:
    """Whether nothing that was searched has the place, by its Chinese name or as the question writes it."""
    return not searched.writes(mention) and not any(searched.has(place.name) for place in meant)


def _with_province(texts: ReasonTexts, language: str, mention: str, meant: Sequence[Place], searched: Searched) -> str:
    quoted = _quoted(texts, mention)
    for place in meant:
        if place.province not in ("", place.name) and searched.has(place.province):
            return texts.inside.format(place=quoted, province=province_name(place.province, language))
    return quoted


def _unmentioned(question: str, nearest: Iterable[Passage]) -> list[str]:
    """The years and figures of a question that no passage has, in its text or its context, as they are written."""
    asked = [number for number in numbers_in(question) if _telling(number)]
    if not asked:
        return []
    texts = (text for passage in nearest for text in (passage.display_text, passage.context))
    seen = {value for text in texts for number in numbers_in(text) if number.unit != "%" for value in _values(number)}
    missing = (question[number.start : number.end] for number in asked if seen.isdisjoint(_values(number)))
    return list(dict.fromkeys(missing))


def _telling(number: Number) -> bool:
    """A share is not: the text may say it as a fraction."""
    if number.unit == "%":
        return False
    return number.unit == "year" or number.value >= 10 ** (FEWEST_DIGITS - 1) or number.value % 1 != 0


def _values(number: Number) -> set[Decimal]:
    return {number.value} if number.other is None else {number.value, number.other}


def _quoted(texts: ReasonTexts, mention: str) -> str:
    return texts.quoted.format(_cut(mention))


def _cut(mention: str) -> str:
    return mention if len(mention) <= LONGEST_MENTION else mention[: LONGEST_MENTION - 1] + "…"


def _listed(texts: ReasonTexts, names: Sequence[str]) -> str:
    return texts.comma.join([*names[:MOST_LISTED], *(["…"] if len(names) > MOST_LISTED else [])])


def _percentages(texts: ReasonTexts, found: float, needed: float) -> tuple[str, str]:
    """Rounded; where that makes them equal, down and up."""
    low, high = round(found * 100), round(needed * 100)
    if low == high:
        low, high = floor(found * 100), ceil(needed * 100)
    return texts.percent.format(low), texts.percent.format(high)
