"""What a question names that was not found: places that nothing searched has, years and figures of no near passage.

The score (`confidence`) and the reason of a refusal (`reasons`) go by the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from index.collection import Collection
from index.numbers import Number, numbers_in
from index.place_names import members
from index.schema import Passage
from index.terms import terms
from rag.named_places import NamedPlaces, mentions

NEAREST = 5
"""Of the candidates: those in which years and figures are looked for."""
FEWEST_DIGITS = 3
"""A smaller whole number, which is no year, is not looked for: "three measures" may be listed without a count."""

_LENGTH = re.compile(
    r"[\s-]?(?:多?[个個]?(?:[汉漢]?字(?![节節段母典])|[词詞](?![条條典])|[文単]字|単語|[語]$)|"
    r"자(?=로|이내|내외|정도|[\s.,?]|$)|글자|단어|"
    r"(?:words?|characters?|chars|слов(?:а|о|ах)?|знак(?:а|ов|ах)?|символ(?:а|ов|ах)?|mots|signes|kelime|palavras|"
    r"caract[eè]res|palabras|w[oö]rtern?|zeichen|كلمة|كلمات|حرفا|từ(?= *[.,?!:;]|$)|chữ|ký tự)(?!\w))",
    re.IGNORECASE,
)
_CALENDAR = re.compile(r"(?:民[國国]|令和|平成|昭和|พ\.?ศ\.?)\s?$")
_BUDDHIST = re.compile(r"ปี\s?$")
FIRST_BUDDHIST_YEAR = 2400


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched for an answer: the passages of the collection in `rows`, int64 (n,), all with None."""

    collection: Collection
    places: NamedPlaces
    rows: npt.NDArray[np.int64] | None = None

    @property
    def partial(self) -> bool:
        """Whether there are passages that were not searched."""
        return self.rows is not None and len(self.rows) < len(self.collection.passages)

    def has(self, place: str) -> bool:
        """Whether a passage has the place, by its Chinese name."""
        return self.places.present(place, self.rows)

    def touches(self, place: str) -> bool:
        """Whether a passage has the place or one that lies in it: who writes of 深圳 writes of 广东."""
        return self.has(place) or any(self._reads(member) for member in members(place))

    def _reads(self, place: str) -> bool:
        return self.places.read(place, self.rows) or any(self.places.read(inner, self.rows) for inner in members(place))

    def writes(self, mention: str) -> bool:
        """Whether a passage, or all of them together, have the words of a mention as the question writes it."""
        if self.rows is None:
            return self.collection.lexical.passages.known_share(mention) == 1
        wanted = set(terms(mention))
        passages = (self.collection.passages[row] for row in self.rows)
        return bool(wanted) and any(wanted <= {*terms(p.display_text), *terms(p.context)} for p in passages)


def absent(question: str, searched: Searched) -> list[str]:
    """The mentions of places that nothing searched has, by a Chinese name or as the question writes it.

    Where no passage is written in Chinese characters only those in plain Latin letters: 广东 may be there in English.
    """
    return [
        mention
        for mention, meant in mentions(question).items()
        if (searched.places.in_chinese(searched.rows) or mention.isascii())
        and not searched.writes(mention)
        and not any(searched.touches(place.name) for place in meant)
    ]


def unmentioned(question: str, nearest: Iterable[Passage]) -> list[str]:
    """The years and figures of a question that no passage has, in its text or its context, as they are written.

    By value: 73,700 is there where a passage has 7.37万, 2025 where it has 二〇二五年.
    """
    asked = [number for number in numbers_in(question) if _telling(number, question)]
    if not asked:
        return []
    texts = (text for passage in nearest for text in (passage.display_text, passage.context))
    seen = {value for text in texts for number in numbers_in(text) for value in _values(number)}
    missing = (question[number.start : number.end] for number in asked if seen.isdisjoint(_values(number)))
    return list(dict.fromkeys(missing))


def _telling(number: Number, question: str) -> bool:
    """A share is not: the text may say it as a fraction. Nor is the length that an answer is to have, nor a year of a
    calendar that the text would not count by.
    """
    before = question[: number.start]
    if number.unit == "%" or _LENGTH.match(question, number.end) or _CALENDAR.search(before):
        return False
    if _BUDDHIST.search(before) and number.value >= FIRST_BUDDHIST_YEAR:
        return False
    return number.unit == "year" or number.value >= 10 ** (FEWEST_DIGITS - 1) or number.value % 1 != 0


def _values(number: Number) -> set[Decimal]:
    return {number.value} if number.other is None else {number.value, number.other}
