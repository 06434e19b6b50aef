"""Reads the first candidates with the cross-encoder and puts them into a new order, with what it found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

from index.chunking import display_of, display_places
from index.collection import Collection
from index.schema import Document, Passage, Span
from rag.query import Query
from rag.reading.choice import agreeing
from rag.reading.edges import trimmed
from rag.reading.inputs import Pair
from rag.reading.reading import Reading, Reads
from rag.reading.windows import LONGEST, pieces, scale, windows
from rag.retriever import Candidate, Evidence

DEPTH = 6  # candidates that are read: two or three windows each, some 16 ms a window on two cores
NEAREST = 0.6
"""The start of the sentence that the question is nearest to, in shares of the chance of all answers."""


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of the source that is read with a candidate's passage."""

    candidate: int
    span: Span


class Reranker:
    """Orders candidates by their fused score and `share` times their relevance. Safe to use from several threads."""

    def __init__(self, collection: Collection, reader: Reads, share: float, depth: int = DEPTH) -> None:
        self.collection = collection
        self._reader, self._share, self._depth = reader, share, depth

    def rerank(self, query: Query, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates in their new order. The first `depth` get their evidence, and their relevance in `fused`.

        One that was not read gets the least relevance of those that were: so it stays behind them.
        """
        first = candidates[: self._depth]
        if not first:
            return []
        evidence = self._evidence(query, first)
        least = min(found.relevance for found in evidence)
        ordered = [
            replace(candidate, fused=candidate.fused + self._share * found.relevance, evidence=found)
            for candidate, found in zip(first, evidence, strict=True)
        ]
        ordered.sort(key=lambda candidate: -candidate.fused)
        rest = [replace(one, fused=one.fused + self._share * least) for one in candidates[self._depth :]]
        return ordered + rest

    def _evidence(self, query: Query, candidates: Sequence[Candidate]) -> list[Evidence]:
        """What was found in each candidate's passage, all windows read together."""
        places: list[_Window] = []
        pairs: list[Pair] = []
        for at, candidate in enumerate(candidates):
            passage = self.collection.passages[candidate.row]
            document = self.collection.document(passage.document_id)
            for span in _windows(passage):
                places.append(_Window(at, span))
                pairs.append(Pair(query.text, passage.context, display_of(document, span)))
        readings = self._reader.read(pairs)
        found = []
        for at, candidate in enumerate(candidates):
            mine = [(w, r) for w, r in zip(places, readings, strict=True) if w.candidate == at]
            passage = self.collection.passages[candidate.row]
            document = self.collection.document(passage.document_id)
            found.append(_best(passage, document, mine, candidate.sentence))
        return found


def _windows(passage: Passage) -> list[Span]:
    sentences = passage.sentences
    limit = LONGEST * scale(passage.display_text)
    whole = (Span(sentences[first].start, sentences[last].end) for first, last in windows(sentences, limit))
    return [piece for window in whole for piece in pieces(window, limit)]


def _best(passage: Passage, document: Document, read: Sequence[tuple[_Window, Reading]], nearest: int) -> Evidence:
    """The relevance of the most relevant window, the sentence that proves the answer, and the best answer in it.

    The sentence is the one in which most of the chance of all likely answers lies, the one that is `nearest` to the
    question having a start; where no answer lies in one sentence it is those that the best answer runs over. The
    answer is the one that agrees best with all likely ones there (`reading.choice`), without stops at its ends.
    """
    likely: list[tuple[float, Span]] = []
    for window, reading in read:
        places = display_places(document, window.span)
        for answer, log in ((reading.answer, reading.answer_log), *reading.others):
            likely.append((log + reading.answering, _in_source(window.span, places, answer)))
    likely.sort(key=lambda one: -one[0])
    sentence = passage.sentences[_sentence(passage, likely, nearest)]
    inside = [one for one in likely if sentence.start <= one[1].start and one[1].end <= sentence.end]
    open_to = inside or likely
    answer = open_to[agreeing([span for _, span in open_to], [log for log, _ in open_to])][1]
    ends = trimmed(document.text, answer.start, answer.end)
    answer = Span(*ends) if ends is not None else answer
    holding = [sentence] if inside else [one for one in passage.sentences if one.overlap(answer)]
    return Evidence(
        relevance=max(reading.relevance for _, reading in read),
        answer=answer,
        quote=Span(holding[0].start, holding[-1].end) if holding else sentence,
        certainty=open_to[0][0],
        null=min(reading.null_log for _, reading in read),
    )


def _sentence(passage: Passage, likely: Sequence[tuple[float, Span]], nearest: int) -> int:
    chances = [sum(exp(log) for log, span in likely if span.overlap(one)) for one in passage.sentences]
    total = sum(chances) or 1.0
    return max(range(len(chances)), key=lambda at: chances[at] / total + NEAREST * (at == nearest))


def _in_source(window: Span, places: Sequence[int], answer: Span) -> Span:
    """The source's span for a span of a window as it was shown to the reader, whose characters stand at `places`."""
    if not 0 <= answer.start < answer.end <= len(places):
        return window
    return Span(places[answer.start], places[answer.end - 1] + 1)
