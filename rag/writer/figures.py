"""The figures of a written sentence: each must stand in the passage, whatever the script, the unit or the words."""

from __future__ import annotations

import re
from decimal import Decimal

from index.number_words import HAN_DIGITS
from index.numbers import numbers_in

_WORDS = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty"""
_ENGLISH = {word: Decimal(value) for value, word in enumerate(_WORDS.split(), start=2)}
_ENGLISH_WORD = re.compile(rf"\b(?:{'|'.join(_ENGLISH)})\b", re.IGNORECASE)
_COUNTED = re.compile("([二两兩三四五六七八九])(?=[\u4e00-\u9fff])")

Figure = tuple[Decimal, bool]
"""A value, and whether it is of a hundred."""


def missing_figures(sentence: str, source: str) -> list[Decimal]:
    """The values that the sentence states and the source does not, in order.

    A value that can be read in two ways is there if either is. Ordinals and years count by their values.
    """
    there = _all_in(source)
    missing = [
        number.value
        for number in numbers_in(sentence)
        if not {(value, number.unit == "%") for value in (number.value, number.other) if value is not None} & there
    ]
    covered = [range(number.start, number.end) for number in numbers_in(sentence)]
    for match in [*_ENGLISH_WORD.finditer(sentence), *_COUNTED.finditer(sentence)]:
        if not any(match.start() in span for span in covered) and (_small(match[0]), False) not in there:
            missing.append(_small(match[0]))
    return missing


def _all_in(source: str) -> set[Figure]:
    """Every reading of every number, and what each numeral by itself could mean."""
    found: set[Figure] = set()
    for number in numbers_in(source):
        found |= {(value, number.unit == "%") for value in (number.value, number.other) if value is not None}
    found |= {(Decimal(HAN_DIGITS[char]), False) for char in source if char in HAN_DIGITS}
    return found | {(_small(match[0]), False) for match in _ENGLISH_WORD.finditer(source)}


def _small(word: str) -> Decimal:
    return _ENGLISH[word.lower()] if word.lower() in _ENGLISH else Decimal(HAN_DIGITS[word])
