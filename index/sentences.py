"""Where a sentence ends, said once: the splitter, the layout repair and the quote all use it.

A Chinese sentence ends in one of 。！？… with the closing quotes and brackets after it. A Western one ends in . ! ?
before a blank, unless the full stop belongs to an abbreviation or an initial. The semicolon does not
end a sentence, but it is the first place to cut one that is too long.
"""

from __future__ import annotations

import re

from index.schema import Span

_CLOSERS = "”’」』）)】》〉\"'\\]"
_ABBREVIATION = (
    r"(?<!\b[A-Za-z])(?<!\bMr)(?<!\bDr)(?<!\bMs)(?<!\bSt)(?<!\bNo)(?<!\bvs)(?<!\bMrs)(?<!\bProf)(?<!\bFig)(?<!\betc)"
    r"(?<!\be\.g)(?<!\bi\.e)"
)

SENTENCE_END = rf"[。！？!?…｡]+[{_CLOSERS}]*\s*|{_ABBREVIATION}\.+[{_CLOSERS}]*(?=\s)\s*|\.+[{_CLOSERS}]*\s*\Z"
CLAUSE_END = r"[；;]\s*"
PHRASE_END = r"[，,、：:]\s*"

_sentence_end = re.compile(SENTENCE_END)
_terminated = re.compile(rf"[。！？!?…｡.．][{_CLOSERS}]*\s*\Z")


def ends_sentence(text: str) -> bool:
    """True when `text` closes with sentence punctuation (trailing closing quotes and blanks aside)."""
    return _terminated.search(text) is not None


def sentence_spans(text: str) -> tuple[Span, ...]:
    """The sentences of `text` without the blanks around them, in order; every non-blank character is in one."""
    spans = []
    start = 0
    cuts = [match.end() for match in _sentence_end.finditer(text)]
    for cut in [*cuts, len(text)]:
        piece = text[start:cut]
        if piece.strip():
            spans.append(Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
        start = cut
    return tuple(spans)
