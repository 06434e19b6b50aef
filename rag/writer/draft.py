"""What a model wrote, cut into sentences with the numbers that each cites."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.sentences import ends_sentence, sentence_spans

_MARK = r"[\[［【]\s*[0-9]{1,4}(?:\s*[,，、;；–-]\s*[0-9]{1,4})*\s*[\]］】]"
_MARKS = re.compile(_MARK)
_BEHIND = re.compile(rf"([。！？!?.…]+[”’」』）)\"']*)\s*((?:{_MARK}\s*)+)")  # cited behind the full stop
_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_BULLET = re.compile(r"^\s*(?:[-*•+>]|#{1,6}|\d{1,2}[.)、])\s+")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
MOST_NUMBERS = 20  # in one mark, spelt out as a range or not


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` without its marks; `citations` are the numbers in them, each once, in order."""

    text: str
    citations: tuple[int, ...]


def sentences(text: str, *, cut: bool = False) -> list[Sentence]:
    """The sentences of a draft, in order; lists and headings are read line by line. Any string will do.

    With `cut` the draft broke off: a last sentence without its full stop cites nothing.
    """
    found = []
    for line in _THOUGHT.sub("", text).splitlines():
        plain = _EMPHASIS.sub(r"\2", _BULLET.sub("", line))
        plain = _BEHIND.sub(lambda match: match[2].rstrip() + match[1] + " ", plain)
        found += [_sentence(span.of(plain)) for span in sentence_spans(plain)]
    found = [sentence for sentence in found if any(map(str.isalnum, sentence.text))]
    if cut and found and not ends_sentence(text):
        found[-1] = Sentence(found[-1].text, ())
    return found


def _sentence(text: str) -> Sentence:
    numbers = [number for mark in _MARKS.findall(text) for number in _numbers(mark)]
    plain = re.sub(rf"\s*{_MARK}", "", text)
    return Sentence(" ".join(plain.split()), tuple(dict.fromkeys(numbers)))


def _numbers(mark: str) -> list[int]:
    """[1, 3] is 1 and 3; [1-3] is 1, 2 and 3."""
    found: list[int] = []
    for part in re.split("[,，、;；]", mark[1:-1]):
        first, *last = (int(number) for number in re.findall("[0-9]+", part))
        found += range(first, min(last[0], first + MOST_NUMBERS) + 1) if last and last[0] >= first else [first, *last]
    return found[:MOST_NUMBERS]
