"""The assistant: analyse → retrieve → read → spread → cite → decide → answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.collection import Collection
from index.encoders import Encoder, Vectors
from index.schema import Document, Span
from rag.answer import Answer, Citation, CollectionRecord, SearchResult, ShortAnswer, Written
from rag.citation import cite
from rag.compatibility import check_encoder
from rag.confidence import Calibration, calibration_for, candidate_features, question_features
from rag.filters import Filters, rows_of
from rag.missing import Searched
from rag.query import Query, analyse, check_k, check_offset
from rag.query import warm_up as warm_up_languages
from rag.ranking import Ranking
from rag.reader import ClauseReader
from rag.reading.reading import Reads
from rag.reasons import reason_for
from rag.retriever import Candidate
from rag.settings import DEFAULT_K, Mode, load_settings, mode_of
from rag.weights import DEFAULT_WEIGHTS, Weights
from rag.writer.sources import Source

if TYPE_CHECKING:
    from rag.writer.writing import Writes


class Assistant:
    """Answers questions from a collection. Safe to use from several threads."""

    def __init__(
        self,
        collection: Collection,
        encoders: Mapping[str, Encoder],
        weights: Weights = DEFAULT_WEIGHTS,
        reader: Reads | None = None,
        mode: Mode = Mode.BEST,
        writer: Writes | None = None,
    ) -> None:
        """`encoders` by their names in the collection's manifest; `weights` are of the parts of the retrieval.

        Without a `reader`, or where its relevance weighs nothing, every question is answered in the mode `fast`.
        A `writer` phrases the answers that there are.

        Raises EncoderMismatch when one of them is not the encoder that the collection was built with, SettingInvalid
        when the weights do not fit the encoders.
        """
        for built in collection.manifest.encoders:
            check_encoder(built, encoders[built.name].fingerprint())
        self.collection = collection
        self._weights = weights
        self._ranking = Ranking(collection, encoders, weights, reader)
        self._retriever = self._ranking.retriever
        names = list(self._retriever.encoders)
        # What an encoder's own parameters look at is all there only where all its arms count.
        known = names if self._retriever.complete else []
        self._mode = mode
        self._writer = writer
        self._calibrations = {mode: calibration_for(known, read=mode is Mode.BEST) for mode in Mode}
        self._clauses = names[-1]  # the encoder that compares clauses, whatever it weighs in the retrieval
        self._clause_reader = ClauseReader(self._retriever.encoders[self._clauses])

    @classmethod
    def open(cls, store: str | Path | None = None, mode: Mode | str | None = None) -> Assistant:
        """The assistant over the collection in `store` (else DIGEST_QA_STORE, else the user's data folder).

        `mode` is that of questions which name none (else DIGEST_QA_MODE, else `best`); where it is `fast`, the reader
        is not loaded before a question asks for `best`. Where there is no collection yet, the sample digest's is built.
        Raises CollectionError, SettingInvalid.
        """
        from rag.opening import Opening

        return Opening(load_settings(store, mode)).assistant_or_sample()

    def warm_up(self) -> None:
        """Do what the first question that names no mode would wait for."""
        warm_up_languages()
        self._ranking.warm_up(self._mode)

    @property
    def mode(self) -> Mode:
        """That of questions which name none."""
        return self._mode

    def document(self, key: str) -> Document:
        """By id, SHA-256 or name. Raises DocumentNotFound."""
        return self.collection.document(key)

    def settings(self) -> dict[str, object]:
        """What decides over an answer besides the collection, ready for JSON: weights, calibration and threshold."""
        mode = self._chosen(None)
        calibration = self._calibrations[mode].model_dump()
        return {"mode": mode.value, "weights": asdict(self._weights), "calibration": calibration}

    def ask(
        self,
        question: str,
        k: int = DEFAULT_K,
        within: Iterable[str] | None = None,
        mode: Mode | str | None = None,
        filters: Filters | None = None,
    ) -> Answer:
        """One answer with at most `k` citations, best first.

        `within` are the only documents that may be cited, by id, SHA-256 or name (None: all), `filters` say the same of
        documents, articles and regions; `mode` goes before the assistant's own. Raises QuestionInvalid,
        DocumentNotFound, FilterInvalid, SettingInvalid for a mode that does not exist.
        """
        return self.ask_batch([question], k, within, mode, filters)[0]

    def ask_batch(
        self,
        questions: Sequence[str],
        k: int = DEFAULT_K,
        within: Iterable[str] | None = None,
        mode: Mode | str | None = None,
        filters: Filters | None = None,
    ) -> list[Answer]:
        """One answer for each question, in order, as `ask` gives it; the questions are encoded together."""
        began = perf_counter()
        check_k(k)
        chosen = self._chosen(mode)
        rows = self._rows(within, filters)
        questions = [_whole(question) for question in questions]
        queries = [analyse(question) for question in questions]
        embedded = self._retriever.embed(queries)
        shared_ms = (perf_counter() - began) * 1000 / max(len(queries), 1)
        return [
            self._answer(question, query, vectors, rows, k, chosen, shared_ms)
            for question, query, vectors in zip(questions, queries, embedded, strict=True)
        ]

    def search(
        self,
        question: str,
        k: int = DEFAULT_K,
        *,
        offset: int = 0,
        mode: Mode | str | None = None,
        filters: Filters | None = None,
    ) -> SearchResult:
        """The passages for a question, from the one after the first `offset` on, at most `k`, as `ask` ranks them.

        Raises what `ask` raises, and QuestionInvalid for an offset below 0.
        """
        began = perf_counter()
        check_k(k)
        check_offset(offset)
        chosen = self._chosen(mode)
        rows = self._rows(None, filters)
        question = _whole(question)
        query = analyse(question)
        (vectors,) = self._retriever.embed([query])
        times = [began, perf_counter()]
        candidates = self._ranking.ranked(query, vectors, rows, chosen, times)
        citations = self._citations(query, candidates, rows, range(offset, offset + k), self._calibrations[chosen])
        times.append(perf_counter())
        embed_ms, retrieve_ms, read_ms, cite_ms = ((after - before) * 1000 for before, after in pairwise(times))
        return SearchResult(
            question=question,
            language=query.language,
            offset=offset,
            total=len(candidates),
            citations=citations,
            timing_ms={
                "total": round(embed_ms + retrieve_ms + read_ms + cite_ms, 3),
                "retrieve": round(embed_ms + retrieve_ms, 3),
                "read": round(read_ms, 3),
            },
            collection=self._record(),
        )

    def _rows(self, within: Iterable[str] | None, filters: Filters | None) -> npt.NDArray[np.int64] | None:
        """The rows of the only passages wanted, rising; None: all."""
        named = None if within is None else self._retriever.rows(within)
        fitting = rows_of(filters, self.collection) if filters else None
        if named is None or fitting is None:
            return fitting if named is None else named
        return np.intersect1d(named, fitting)

    def _chosen(self, mode: Mode | str | None) -> Mode:
        """The mode in which a question is answered; FAST where nothing is read. Raises SettingInvalid."""
        asked = self._mode if mode is None else mode_of(mode)
        return Mode.BEST if self._ranking.reads(asked) else Mode.FAST

    def _answer(
        self,
        question: str,
        query: Query,
        vectors: Mapping[str, Vectors],
        rows: npt.NDArray[np.int64] | None,
        k: int,
        mode: Mode,
        embed_ms: float,
    ) -> Answer:
        times = [perf_counter()]
        candidates = self._ranking.ranked(query, vectors, rows, mode, times)
        calibration = self._calibrations[mode]
        citations = self._citations(query, candidates, rows, range(k), calibration)
        confidence = citations[0].score if citations else 0.0
        answerable = bool(citations) and confidence >= calibration.threshold
        answer = self._short_answer(vectors, candidates[0], citations[0]) if answerable else None
        needed = calibration.threshold
        reason = None if answerable else reason_for(query, self._searched(rows), candidates, confidence, needed)
        times.append(perf_counter())
        written = self._written(query, zip(candidates, citations, strict=False)) if answerable else None
        times.append(perf_counter())
        retrieve_ms, read_ms, answer_ms, write_ms = ((after - before) * 1000 for before, after in pairwise(times))
        return Answer(
            question=question,
            language=query.language,
            answerable=answerable,
            confidence=confidence,
            reason=reason,
            answer=answer,
            citations=citations,
            timing_ms={
                "total": round(embed_ms + retrieve_ms + read_ms + answer_ms + write_ms * bool(written), 3),
                "retrieve": round(embed_ms + retrieve_ms, 3),
                "read": round(read_ms, 3),
                "answer": round(answer_ms, 3),
                **({"write": round(write_ms, 3)} if written else {}),
            },
            collection=self._record(),
            written=written,
        )

    def _written(self, query: Query, cited: Iterable[tuple[Candidate, Citation]]) -> Written | None:
        if self._writer is None:
            return None
        sources = [Source(citation, self.collection.passages[one.row].context) for one, citation in cited]
        return self._writer.write(query.text, query.language, sources)

    def _searched(self, rows: npt.NDArray[np.int64] | None) -> Searched:
        return Searched(self.collection, self._retriever.places, rows)

    def _record(self) -> CollectionRecord:
        encoders = [built.name for built in self.collection.manifest.encoders]
        return CollectionRecord(generation=self.collection.generation, encoders=encoders)

    def _citations(
        self,
        query: Query,
        candidates: Sequence[Candidate],
        rows: npt.NDArray[np.int64] | None,
        wanted: range,
        calibration: Calibration,
    ) -> list[Citation]:
        """Of the candidates whose places are `wanted` and there."""
        places = range(wanted.start, min(wanted.stop, len(candidates)))
        if not places:
            return []
        shared = question_features(query, self._searched(rows), candidates)
        scores = [calibration.score({**shared, **candidate_features(candidates, at)}) for at in places]
        return [cite(self.collection, candidates[at], at + 1, score) for at, score in zip(places, scores, strict=True)]

    def _short_answer(self, vectors: Mapping[str, Vectors], candidate: Candidate, citation: Citation) -> ShortAnswer:
        document = self.collection.document(citation.document_sha256)
        if candidate.evidence is not None:
            span = candidate.evidence.answer
        else:
            quoted = Span(citation.quote.start, citation.quote.end)
            span = self._clause_reader.short_answer(vectors[self._clauses], quoted, document)
        return ShortAnswer(document=document.name, start=span.start, end=span.end, text=span.of(document.text))


def _whole(question: str) -> str:
    """Without half characters, which no answer could repeat."""
    return question.encode("utf-8", "replace").decode()
