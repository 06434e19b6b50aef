"""The one analyser of lexical search: documents and questions both become terms here, and nowhere else.

A text is folded first, character by character, so that a piece of a text always folds to a piece of the folded text:
compatibility forms (NFKC), case, accents, points and other marks that people leave out, digits of any script, and
traditional Chinese characters to simplified ones. Then it falls into terms:

- scripts written without spaces give overlapping character pairs, and Han and Hangul each single character too;
- other words are one term each, and so are numbers, without thousands separators and signs: 2,400 is `2400`, 36.44% is
  `36.44`; three numbers or more joined by points (dates, versions) stand apart;
- letters and digits written together give the whole and its parts: `covid19`, `covid`, `19`;
- every number gives its value besides: `#73700` for 73,700 and 7.37万 and 73.7 thousand, `#30%` for 百分之三十.

A question has more terms: the Chinese names of the places and offices that it names in another way.
"""

from __future__ import annotations

import hashlib
import operator
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from index.numbers import Number, numbers_in
from index.offices import offices_in
from index.places import places_in
from index.simplified import SIMPLIFIED

_RULES = 3
"""Raise by one with every change that can give another term for any text."""

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_HANGUL = "\uac00-\ud7a3"
_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_SOUTH_EAST_ASIAN = (  # Thai, Lao, Burmese, Khmer: letters and vowel signs, without their punctuation
    "\u0e01-\u0e3a\u0e40-\u0e4e"
    "\u0e81-\u0ebd\u0ec0-\u0ece\u0edc-\u0edf"
    "\u1000-\u103f\u1050-\u108f\u109a-\u109d"
    "\u1780-\u17b3\u17b6-\u17d3\u17d7\u17dc-\u17dd"
)
_UNSPACED = _HAN + _HANGUL + _KANA + _SOUTH_EAST_ASIAN

_LEFT_OUT = re.compile(
    "["
    "\u0300-\u036f"  # accents of Latin, Greek and Cyrillic
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4"  # Arabic vowel signs, hamzas, tatweel
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"  # soft hyphen, joiners, direction marks
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors
    "]"
)

_MAPPED = 0x20000
"""Beyond lie only Han characters and variation selectors, which the ranges above name."""


def _fold_table() -> dict[int, str]:
    """The folding of each single character that NFKC and `str.casefold` leave to us."""
    table = {0x066B: ".", 0x066C: ","}  # the decimal and the thousands separator of Arabic
    for code in (*range(0x80, _MAPPED), *range(0xE0100, 0xE01F0)):
        character = chr(code)
        if _LEFT_OUT.match(character):
            table[code] = ""
        elif unicodedata.category(character) == "Nd":
            table[code] = str(unicodedata.decimal(character))
        elif unicodedata.decomposition(character):
            decomposed = unicodedata.normalize("NFD", character)
            bare = _LEFT_OUT.sub("", decomposed)
            if bare != decomposed:
                table[code] = unicodedata.normalize("NFC", bare)
    return table | SIMPLIFIED


def _character_class(codes: Iterable[int]) -> str:
    """The inside of a regular expression's brackets that match exactly these code points, given in rising order."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


def _codes(categories: str) -> list[int]:
    """The mapped code points whose general category starts with one of these letters."""
    return [c for c in range(_MAPPED) if unicodedata.category(chr(c))[0] in categories]


_TABLE = _fold_table()
_MARKS = _character_class(_codes("M"))
# Unicode normalisation sorts a run of marks in quadratic time. UAX #15, Stream-Safe Text Format: no writing system
# needs more than thirty.
_MARK_RUN = re.compile(f"([{_MARKS}]{{30}})[{_MARKS}]+")

_UNSPACED_ONE = re.compile(f"[{_UNSPACED}]")
_LETTERS = _character_class(c for c in _codes("LMN") if not chr(c).isdecimal() and not _UNSPACED_ONE.match(chr(c)))
_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})++(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)*+"
_PART = re.compile(f"{_NUMBER}|[{_LETTERS}]+")
_RUN = re.compile(f"(?P<unspaced>[{_UNSPACED}]+)|(?:{_NUMBER}|[{_LETTERS}]+)++")
_SINGLE = re.compile(f"[{_HAN}{_HANGUL}]")

_CHARACTERS = "".join(f"{code:x}{character}" for code, character in sorted(SIMPLIFIED.items()))
ANALYSER_VERSION: str = f"{_RULES}-{hashlib.sha256(_CHARACTERS.encode()).hexdigest()[:8]}"
"""Differs where terms differ: our rules' number and a hash of OpenCC's characters, which change with its release."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What a question names in other words than Chinese texts: `asked` are its own terms for it, `added` are theirs.

    `asked` is empty for an office, whose words stay words of the question.
    """

    asked: frozenset[str]
    added: tuple[str, ...]


def terms(text: str) -> list[str]:
    """The terms of `text`, with repetitions; the same for every text that folds to the same.

    Linear in `len(text)`; any string will do: what is neither letter nor digit (controls, symbols, emoji, lone
    surrogates) only separates.
    """
    return [term for line in text.split("\n") for term in (*words(line), *_values(line))]


def query_terms(question: str) -> list[str]:
    """The terms of a question: its own, and those of the Chinese names in its `translations`."""
    return [*terms(question), *(term for translation in translations(question) for term in translation.added)]


def words(text: str) -> list[str]:
    """The terms of `text` without the values of its numbers."""
    found: list[str] = []
    for run in _RUN.finditer(_folded(text)):
        if run["unspaced"]:
            found += _pairs(run[0])
        else:
            found += _word(run[0])
    return found


@lru_cache(maxsize=256)
def translations(question: str) -> tuple[Translation, ...]:
    """The places and offices that `question` names, with their Chinese names, where those are not literally there."""
    question = unicodedata.normalize("NFC", _MARK_RUN.sub(r"\1", question))
    plain = _folded(question)
    named = {place.name: frozenset(words(question[place.start : place.end])) for place in places_in(question)}
    named |= {office: frozenset() for office in offices_in(question) if office not in named}
    return tuple(Translation(asked, tuple(words(name))) for name, asked in named.items() if name not in plain)


def _values(line: str) -> list[str]:
    numbers = numbers_in(unicodedata.normalize("NFC", _MARK_RUN.sub(r"\1", line)))
    return [term for number in numbers for term in _value(number)]


def _value(number: Number) -> list[str]:
    """The readings of a number, each written in one way: 73.70 is `#73.7`."""
    readings = [number.value] if number.other is None else [number.value, number.other]
    plain = [f"{value:f}" for value in readings]
    plain = [value.rstrip("0").rstrip(".") if "." in value else value for value in plain]
    return [f"#{value}{'%' if number.unit == '%' else ''}" for value in plain]


def _folded(text: str) -> str:
    stream_safe = _MARK_RUN.sub(r"\1", text)
    return unicodedata.normalize("NFKC", stream_safe).casefold().translate(_TABLE)


def _pairs(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    return [*_SINGLE.findall(run), *map(operator.add, run, run[1:])]


def _word(run: str) -> list[str]:
    parts = _PART.findall(run)
    found = [run.replace(",", "")] if len(parts) > 1 else []
    for part in parts:
        if part.count(".") > 1:
            found += part.split(".")
        else:
            found.append(part.replace(",", ""))
    return found
