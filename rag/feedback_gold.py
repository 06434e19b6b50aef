"""Verdicts as lines of a gold file: the passages that people called right are the evidence of their questions.

What the lines must look like is told in eval/gold/README.md; rag may not import eval, so its rules that a verdict can
break are kept here too, no laxer: evidence is whole sentences, and a question must not repeat more than ten Han
characters of the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from index.schema import Document, Span
from index.simplified import simplified
from rag.feedback import Verdict

LONGEST_SHARED_RUN = 10
"""Han characters in a row that a question may share with a document that answers it."""

_HAN_RUN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_BLANK = re.compile(r"\s+")
_MARKS = frozenset("。！？!?…｡．；;")
_CLOSERS = "”’」』）)】》〉\"']"
_LINE_BREAKS = frozenset("\n\r\f\v\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Export:
    """`lines` are records of a gold file, one a question; `left_out` counts the questions that give none."""

    lines: tuple[Mapping[str, Any], ...]
    left_out: int


def export(verdicts: Sequence[Verdict], documents: Sequence[Document]) -> Export:
    """The gold that the standing verdicts make of `documents`.

    Left out are questions without a passage called right (that all were wrong does not say that nothing answers), those
    whose documents are not there any more, those that repeat the text, and those whose quote is a piece of a sentence.
    """
    sources = {document.sha256: document for document in documents}
    by_question: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_question.setdefault(verdict.question, []).append(verdict)
    lines = tuple(
        line for question, said in by_question.items() if (line := _line(question, said, sources)) is not None
    )
    return Export(lines, len(by_question) - len(lines))


def _line(question: str, said: Sequence[Verdict], sources: Mapping[str, Document]) -> Mapping[str, Any] | None:
    right = [one for one in said if one.verdict == "right" and one.document_sha256 in sources]
    proving = {(one.document_sha256, one.quote): sources[one.document_sha256] for one in right}
    # A quote without a letter or digit is no answer; of a sentence too long for a passage only a piece is quoted.
    proving = {
        (sha, quote): source
        for (sha, quote), source in proving.items()
        if any(map(str.isalnum, quote.of(source.text))) and whole_sentences(quote, source)
    }
    if not proving or any(repeats(question, source) for source in proving.values()):
        return None
    first = next(iter(proving))[0]
    wrong = sum(one.verdict == "wrong" for one in said)
    evidence = [
        {"start": quote.start, "end": quote.end} | ({} if sha == first else {"document": sha}) for sha, quote in proving
    ]
    return {
        "id": f"feedback-{sha256(question.encode()).hexdigest()[:16]}",
        "language": said[-1].language,
        "question": question,
        "type": "factoid",
        "answerable": True,
        "document": first,
        "answers": [{"start": quote.start, "end": quote.end} for sha, quote in proving if sha == first],
        "evidence": evidence,
        "note": f"readers' verdicts: right {len(right)}, wrong {wrong}; nobody marked the short answer, so the quoted "
        "sentences stand for it: read the figures of ranking and quote, not those of the answer",
    }


def repeats(question: str, document: Document) -> bool:
    """Whether more than LONGEST_SHARED_RUN Han characters in a row stand in both, traditional ones as simplified."""
    source, size = _folded(document.text), LONGEST_SHARED_RUN + 1
    runs = (match[0] for match in _HAN_RUN.finditer(simplified(_BLANK.sub("", question))))
    return any(run[at : at + size] in source for run in runs for at in range(len(run) - size + 1))


def whole_sentences(span: Span, document: Document) -> bool:
    """Whether the span begins and ends where a sentence, a list item or a line does."""
    text = span.of(document.text)
    start = span.start + len(text) - len(text.lstrip())
    return all(_is_edge(document.text, at) for at in (start, span.start + len(text.rstrip())))


def _is_edge(text: str, at: int) -> bool:
    before, after = text[:at].rstrip(), text[at:].lstrip()
    gap = text[len(before) : len(text) - len(after)]
    if not before or not after or not _LINE_BREAKS.isdisjoint(gap):
        return True
    mark = before.rstrip(_CLOSERS)[-1:]
    return mark in _MARKS or (mark == "." and gap != "")


@lru_cache(maxsize=16)
def _folded(text: str) -> str:
    return simplified(_BLANK.sub("", text))
