"""Where a sentence ends, said once: the splitter, the layout repair and the quote all use it.

A Chinese sentence ends in one of 。！？… with the closing quotes and brackets after it. A Western one ends in . ! ?
before a blank, unless the full stop belongs to an abbreviation or an initial. The semicolon does not
end a sentence, but it is the first place to cut one that is too long.
"""

from __future__ import annotations

import re

from index.schema import Span

_TERMINATORS = "。！？!?…｡.．"
_CLOSERS = "”’」』）)】》〉\"'\\]"
_ABBREVIATION = (
    r"(?<!\b[A-Za-z])(?<!\bMr)(?<!\bDr)(?<!\bMs)(?<!\bSt)(?<!\bNo)(?<!\bvs)(?<!\bMrs)(?<!\bProf)(?<!\bFig)(?<!\betc)"
    r"(?<!\be\.g)(?<!\bi\.e)"
)

# Possessive, and a run of full stops is tried at its first one only: a line of dot leaders takes no quadratic time.
SENTENCE_END = (
    rf"[。！？!?…｡]++[{_CLOSERS}]*+\s*+|(?<!\.){_ABBREVIATION}\.++[{_CLOSERS}]*+(?=\s)\s*+"
    rf"|(?<!\.)\.++[{_CLOSERS}]*+\s*+\Z"
)
CLAUSE_END = r"[；;]\s*"
PHRASE_END = r"[，,、：:]\s*"

_sentence_end = re.compile(SENTENCE_END)
_after_sentence = re.compile(rf"[{_CLOSERS}\s]")
_leads_on = re.compile(r"\b(?:Mr|Dr|Ms|Mrs|Prof|Fig|vs|e\.g|i\.e)\.\Z")


def ends_sentence(text: str) -> bool:
    """True when `text` closes with sentence punctuation (trailing closing quotes and blanks aside).

    An abbreviation that something must follow ("Dr.", "e.g.") does not end one.
    """
    last = len(text) - 1
    while last >= 0 and _after_sentence.match(text[last]):
        last -= 1
    return last >= 0 and text[last] in _TERMINATORS and _leads_on.search(text[max(0, last - 5) : last + 1]) is None


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
