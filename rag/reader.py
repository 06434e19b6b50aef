"""The quote that proves an answer, and a first short answer: the clauses of the quote nearest to the question."""

from __future__ import annotations

import re

from index.encoders import Encoder
from index.layout import display
from index.schema import Passage, Span
from rag.query import Query
from rag.retriever import Candidate

MAX_ANSWER = 60  # code points
LENGTH_BONUS = 0.002  # cosine for each code point: between equals the longer clause tells more

_CLAUSE = re.compile(r"[，；：、。！？,;:!?“”\n]+")
_EDGES = "，；：、。！？,;:!? \t\r\n　"


def quote(passage: Passage, candidate: Candidate) -> Span:
    """The sentence of the passage that the question is nearest to."""
    return passage.sentences[candidate.sentence]


def short_answer(query: Query, quoted: Span, source: str, encoder: Encoder) -> Span:
    """The run of whole clauses, at most MAX_ANSWER code points, whose vector is nearest to the question's.

    The quote itself where it is that short or has no clause that is.
    """
    spans = _clause_runs(source, quoted)
    if len(quoted) <= MAX_ANSWER // 2 or not spans:
        return _trimmed(source, quoted)
    vectors = encoder.embed_passages([display(span.of(source)) for span in spans])
    cosines = vectors @ encoder.embed_queries([query.text])[0]
    best = max(range(len(spans)), key=lambda at: float(cosines[at]) + LENGTH_BONUS * len(spans[at]))
    return spans[best]


def _clause_runs(source: str, quoted: Span) -> list[Span]:
    cuts = [quoted.start]
    cuts += [quoted.start + match.end() for match in _CLAUSE.finditer(quoted.of(source))]
    cuts.append(quoted.end)
    found = []
    for number, start in enumerate(cuts[:-1]):
        for end in cuts[number + 1 :]:
            span = _trimmed(source, Span(start, end))
            if len(span) > MAX_ANSWER:
                break
            if len(span) > 1:
                found.append(span)
    return sorted(set(found))


def _trimmed(source: str, span: Span) -> Span:
    text = span.of(source)
    left = len(text) - len(text.lstrip(_EDGES))
    right = len(text.rstrip(_EDGES))
    return Span(span.start + left, span.start + right) if left < right else span
