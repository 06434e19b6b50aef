"""The quote that proves an answer, and where it was not read a short answer: the clauses nearest to the question."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

import numpy as np

from index.chunking import display_of
from index.encoders import Encoder, Vectors
from index.schema import Document, Passage, Span
from rag.reading.choice import agreeing
from rag.reading.edges import lone, trimmed
from rag.retriever import Candidate

MAX_ANSWER = 60  # code points
MAX_CLAUSES = 24  # that a quote is cut into: one that only enumerates has hundreds
LENGTH_BONUS = 0.002  # cosine for each code point: between equals the longer clause tells more
REMEMBERED = 1_000  # quotes, some 20 kB each
COVER = 0.25  # as in `reading.choice`, which a reader's spans have their own for
UNSURE = 0.05  # cosine by which a run must be nearer to be e times as likely

_CLAUSE = re.compile(r"(?:[，；：、。！？;!?“”]|(?<![0-9])[,:]|[,:](?![0-9]))+")  # not inside 2,400 or 12:30


def quote(passage: Passage, candidate: Candidate) -> Span:
    """The sentences that hold the answer, where the passage was read, else the one that the question is nearest to."""
    return candidate.evidence.quote if candidate.evidence is not None else passage.sentences[candidate.sentence]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What an answer in a quote is chosen from: the runs, and the vector of each, float32 (runs, d), of length 1."""

    whole: Span
    spans: tuple[Span, ...]
    vectors: Vectors


class ClauseReader:
    """Finds short answers by an encoder. Remembers the vectors of the last quotes; safe to use from several threads."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[tuple[str, Span], _Prepared] = OrderedDict()
        self._lock = Lock()

    def short_answer(self, question: Vectors, quoted: Span, document: Document) -> Span:
        """The run of whole clauses, of those in `runs`, that agrees best with all that are near to the question.

        `question` is the question's vector, float32 (d,). The quote itself where it has no run. The vector of a run is
        the mean of its clauses', each by its length, so that a clause is embedded once; how near they are counts as the
        log of a chance, and the choice is that of `reading.choice`.
        """
        prepared = self._prepared(quoted, document)
        found, cosines = prepared.spans, prepared.vectors @ question
        if not found:
            return prepared.whole
        logs = [(cosine + LENGTH_BONUS * len(span)) / UNSURE for cosine, span in zip(cosines, found, strict=True)]
        return found[agreeing(found, logs, COVER)]

    def _prepared(self, quoted: Span, document: Document) -> _Prepared:
        key = (document.sha256, quoted)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        prepared = self._prepare(quoted, document)
        with self._lock:
            self._known[key] = prepared
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return prepared

    def _prepare(self, quoted: Span, document: Document) -> _Prepared:
        cut = _cut(quoted, document)
        found = cut.runs()
        if not found:
            return _Prepared(cut.whole, (), np.empty((0, self._encoder.dimension), np.float32))
        lengths = np.array([len(clause) for clause in cut.clauses], np.float32)
        texts = [display_of(document, clause) for clause in cut.clauses]
        vectors = self._encoder.embed_passages(texts) * lengths[:, None]
        sums = np.array([vectors[run.first : run.last + 1].sum(0) for run in found])
        norms = np.linalg.norm(sums, axis=1, keepdims=True).clip(1e-9)
        return _Prepared(cut.whole, tuple(run.span for run in found), sums / norms)


def runs(quoted: Span, document: Document) -> list[Span]:
    """The runs of whole clauses in the quote, of 2 to MAX_ANSWER code points; none in a quote of half that length.

    A run begins and ends at a word or at a quotation mark or bracket whose partner is in it; layout breaks and page
    furniture may stand inside, never at its ends. A new paragraph is the end of a clause and of any run.
    """
    return [run.span for run in _cut(quoted, document).runs()]


@dataclass(frozen=True, slots=True)
class _Run:
    """Clauses `first` to `last`, without what must not stand at the ends."""

    first: int
    last: int
    span: Span


@dataclass(frozen=True, slots=True)
class _Cut:
    """A quote, its text with page furniture as blanks, and where it is cut: its ends and those of its clauses."""

    quoted: Span
    text: str
    edges: tuple[int, ...]
    paragraphs: tuple[int, ...]

    @property
    def clauses(self) -> list[Span]:
        """Source spans, one after the other."""
        return [Span(self.quoted.start + a, self.quoted.start + b) for a, b in pairwise(self.edges)]

    @property
    def whole(self) -> Span:
        """The quote without what must not stand at its ends, unless there is nothing else."""
        return self._span(0, len(self.text)) or self.quoted

    def runs(self) -> list[_Run]:
        """All that may be an answer, in the order of the source."""
        found: dict[Span, _Run] = {}
        for first, start in enumerate(self.edges[:-1] if len(self.quoted) > MAX_ANSWER // 2 else ()):
            for last, end in enumerate(self.edges[first + 1 :], start=first):
                span = self._span(start, end)
                if span is None:
                    continue
                if len(span) > MAX_ANSWER or any(start < cut < end for cut in self.paragraphs):
                    break
                shift = self.quoted.start
                if len(span) > 1 and not any(lone(self.text[span.start - shift : span.end - shift])):
                    found.setdefault(span, _Run(first, last, span))
        return list(found.values())

    def _span(self, start: int, end: int) -> Span | None:
        kept = trimmed(self.text, start, end)
        return Span(self.quoted.start + kept[0], self.quoted.start + kept[1]) if kept else None


def _cut(quoted: Span, document: Document) -> _Cut:
    text = _masked(document, quoted)
    paragraphs = _paragraph_starts(document, quoted)
    inner = sorted({*paragraphs, *(match.end() for match in _CLAUSE.finditer(text))} - {0, len(text)})
    step = -(-(len(inner) + 1) // MAX_CLAUSES)
    kept = {edge for at, edge in enumerate(inner, start=1) if at % step == 0 or edge in paragraphs}
    return _Cut(quoted, text, (0, *sorted(kept), len(text)), tuple(paragraphs))


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
