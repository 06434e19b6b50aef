"""The quote that proves an answer, and a first short answer: the clauses of the quote nearest to the question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.chunking import display_of
from index.encoders import Encoder, Vectors
from index.schema import Document, Passage, Span
from rag.retriever import Candidate

MAX_ANSWER = 60  # code points
MAX_RUNS = 64  # runs of clauses that are compared: a quote that only enumerates has thousands
LENGTH_BONUS = 0.002  # cosine for each code point: between equals the longer clause tells more

_CLAUSE = re.compile(r"(?:[，；：、。！？;!?“”]|(?<![0-9])[,:]|[,:](?![0-9]))+")  # not inside 2,400 or 12:30
_EDGES = "，；：、。！？,;:!? \t\r\n\f\v\x85\u2028\u2029　"
_PAIRS = dict(zip("“（(《〈「『【[", "”）)》〉」』】]", strict=True))


def quote(passage: Passage, candidate: Candidate) -> Span:
    """The sentences that hold the answer, where the passage was read, else the one that the question is nearest to."""
    return candidate.evidence.quote if candidate.evidence is not None else passage.sentences[candidate.sentence]


def short_answer(question: Vectors, quoted: Span, document: Document, encoder: Encoder) -> Span:
    """The run of whole clauses, at most MAX_ANSWER code points, whose vector is nearest to the question's.

    `question` is the question's vector by `encoder`, float32 (d,). The quote itself where it is short or has no such
    run. A run begins and ends at a word or at a quotation mark or bracket whose partner is in it; layout breaks and
    page furniture may stand inside, never at its ends.
    """
    text = _masked(document, quoted)
    runs = [] if len(quoted) <= MAX_ANSWER // 2 else _clause_runs(text, _paragraph_starts(document, quoted))
    if not runs:
        left, right = _trimmed(text, 0, len(text)) or (0, len(text))
        return Span(quoted.start + left, quoted.start + right)
    spans = [Span(quoted.start + left, quoted.start + right) for left, right in runs]
    cosines = encoder.embed_passages([display_of(document, span) for span in spans]) @ question
    best = max(range(len(spans)), key=lambda at: float(cosines[at]) + LENGTH_BONUS * len(spans[at]))
    return spans[best]


def _masked(document: Document, quoted: Span) -> str:
    """The quote with page furniture as blanks, of the same length."""
    chars = list(quoted.of(document.text))
    for mark in document.furniture:
        if mark.span.overlap(quoted):
            start, end = max(mark.span.start, quoted.start), min(mark.span.end, quoted.end)
            chars[start - quoted.start : end - quoted.start] = " " * (end - start)
    return "".join(chars)


def _paragraph_starts(document: Document, quoted: Span) -> list[int]:
    """Where a paragraph begins inside the quote, counted from its start; a break of the layout is no such place."""
    starts = (paragraph.start for article in document.articles for paragraph in article.paragraphs)
    return [start - quoted.start for start in starts if quoted.start < start < quoted.end]


def _clause_runs(text: str, cuts: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of whole clauses as (start, end), none across one of `cuts`; where there are too many, the longest."""
    edges = sorted({0, len(text), *cuts, *(match.end() for match in _CLAUSE.finditer(text))})
    found: set[tuple[int, int]] = set()
    for number, start in enumerate(edges):
        for end in edges[number + 1 :]:
            run = _trimmed(text, start, end)
            if run is None:
                continue
            if run[1] - run[0] > MAX_ANSWER or any(start < cut < end for cut in cuts):
                break
            if run[1] - run[0] > 1 and not any(_lone(text[slice(*run)])):
                found.add(run)
    return sorted(sorted(found, key=lambda run: run[0] - run[1])[:MAX_RUNS])


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Without the blanks, stops and lone quotation marks and brackets at both ends; None where nothing is left."""
    drop = set(_lone(text[start:end]))
    kept = [at for at in range(end - start) if at not in drop and text[start + at] not in _EDGES]
    return (start + kept[0], start + kept[-1] + 1) if kept else None


def _lone(text: str) -> Iterator[int]:
    """Where a quotation mark or bracket stands whose partner is missing."""
    opened: list[int] = []
    for at, char in enumerate(text):
        if char in _PAIRS:
            opened.append(at)
        elif char in _PAIRS.values():
            if opened and _PAIRS[text[opened[-1]]] == char:
                opened.pop()
            else:
                yield at
    yield from opened
