"""The assistant: analyse → retrieve → read → spread → cite → decide → answer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.build import build
from index.collection import Collection
from index.encoders import Encoder, Vectors, load_encoder
from index.errors import CollectionNotFound
from index.sample import sample_digest
from index.schema import Document, Span
from rag.answer import Answer, Citation, CollectionRecord, ShortAnswer
from rag.citation import cite
from rag.compatibility import check_analyser, check_encoder, check_settings
from rag.confidence import Calibration, calibration_for, candidate_features, question_features
from rag.diversity import Diversity
from rag.query import Query, analyse, check_k
from rag.query import warm_up as warm_up_languages
from rag.reader import short_answer
from rag.reading.deferred import DeferredReader
from rag.reading.reading import Reads
from rag.reading.shipped import shipped_reader
from rag.reasons import Searched, reason_for
from rag.reranker import Reranker
from rag.retriever import Candidate, Retriever
from rag.settings import DEFAULT_K, Mode, load_settings, mode_of
from rag.weights import DEFAULT_WEIGHTS, Weights
from rag.writer.sources import Source

if TYPE_CHECKING:
    from rag.writer.writing import Writes

SAMPLE_PATIENCE = 120.0  # seconds that a first question waits for another that builds the same

logger = logging.getLogger(__name__)


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
        self._retriever = Retriever(collection, encoders, weights)
        names = list(self._retriever.encoders)
        # What an encoder's own parameters look at is all there only where all its arms count.
        known = names if self._retriever.complete else []
        self._mode = mode
        self._writer = writer
        self._reranker = Reranker(collection, reader, weights.relevance) if reader and weights.relevance else None
        self._diversity = Diversity(collection)
        self._calibrations = {read: calibration_for(known, read=read) for read in (False, True)}
        self._clauses = names[-1]  # the encoder that compares clauses, whatever it weighs in the retrieval

    @classmethod
    def open(cls, store: str | Path | None = None, mode: Mode | str | None = None) -> Assistant:
        """The assistant over the collection in `store` (else DIGEST_QA_STORE, else the user's data folder).

        `mode` is that of questions which name none (else DIGEST_QA_MODE, else `best`); where it is `fast`, the reader
        is not loaded before a question asks for `best`. Where there is no collection yet, the sample digest's is built.
        Raises CollectionError, SettingInvalid.
        """
        settings = load_settings(store, mode)
        encoders = _Encoders()
        try:
            collection = Collection.open(settings.store)
        except CollectionNotFound:
            logger.warning("no collection in %s yet: building that of the sample digest", settings.store)
            with sample_digest() as path:
                build([path], settings.store, settings.build, encoders.load, patience=SAMPLE_PATIENCE)
            collection = Collection.open(settings.store)
        manifest = collection.manifest
        check_settings(manifest, settings)
        check_analyser(manifest, settings.store)
        named = zip(manifest.encoders, manifest.specs, strict=True)
        loaded = {built.name: encoders.load(spec) for built, spec in named}
        reader = shipped_reader() if settings.mode is Mode.BEST else DeferredReader(shipped_reader)
        return cls(collection, loaded, reader=reader, mode=settings.mode)

    def warm_up(self) -> None:
        """Do what the first question that names no mode would wait for."""
        warm_up_languages()
        query = Query("warm up", "en")
        candidates = self._retriever.search([query])[0]
        reranker = self._reranker_in(self._mode)
        if reranker is not None:
            reranker.rerank(query, candidates)

    def document(self, key: str) -> Document:
        """By id, SHA-256 or name. Raises DocumentNotFound."""
        return self.collection.document(key)

    def settings(self) -> dict[str, object]:
        """What decides over an answer besides the collection, ready for JSON: weights, calibration and threshold."""
        reranker = self._reranker_in(self._mode)
        calibration = self._calibrations[reranker is not None].model_dump()
        mode = Mode.FAST if reranker is None else Mode.BEST
        return {"mode": mode.value, "weights": asdict(self._weights), "calibration": calibration}

    def ask(
        self, question: str, k: int = DEFAULT_K, within: Iterable[str] | None = None, mode: Mode | str | None = None
    ) -> Answer:
        """One answer with at most `k` citations, best first.

        `within` are the only documents that may be cited, by id, SHA-256 or name (None: all); `mode` goes before the
        assistant's own. Raises QuestionInvalid, DocumentNotFound, SettingInvalid for a mode that does not exist.
        """
        return self.ask_batch([question], k, within, mode)[0]

    def ask_batch(
        self,
        questions: Sequence[str],
        k: int = DEFAULT_K,
        within: Iterable[str] | None = None,
        mode: Mode | str | None = None,
    ) -> list[Answer]:
        """One answer for each question, in order, as `ask` gives it; the questions are encoded together."""
        began = perf_counter()
        check_k(k)
        reranker = self._reranker_in(self._mode if mode is None else mode_of(mode))
        rows = None if within is None else self._retriever.rows(within)
        questions = [question.encode("utf-8", "replace").decode() for question in questions]  # no half characters
        queries = [analyse(question) for question in questions]
        embedded = self._retriever.embed(queries)
        shared_ms = (perf_counter() - began) * 1000 / max(len(queries), 1)
        return [
            self._answer(question, query, vectors, rows, k, reranker, shared_ms)
            for question, query, vectors in zip(questions, queries, embedded, strict=True)
        ]

    def _reranker_in(self, mode: Mode) -> Reranker | None:
        return self._reranker if mode is Mode.BEST else None

    def _answer(
        self,
        question: str,
        query: Query,
        vectors: Mapping[str, Vectors],
        rows: npt.NDArray[np.int64] | None,
        k: int,
        reranker: Reranker | None,
        embed_ms: float,
    ) -> Answer:
        times = [perf_counter()]
        candidates = self._retriever.rank(query, vectors, rows)
        times.append(perf_counter())
        if reranker is not None:
            candidates = reranker.rerank(query, candidates)
        times.append(perf_counter())
        candidates = self._diversity.spread(candidates, lambda row: self._retriever.places.about(query.text, row))
        calibration = self._calibrations[reranker is not None]
        citations = self._citations(query, candidates, rows, k, calibration)
        confidence = citations[0].score if citations else 0.0
        answerable = bool(citations) and confidence >= calibration.threshold
        answer = self._short_answer(vectors, candidates[0], citations[0]) if answerable else None
        searched = Searched(self.collection, self._retriever.places, rows)
        needed = calibration.threshold
        reason = None if answerable else reason_for(query, searched, candidates, confidence, needed)
        times.append(perf_counter())
        retrieve_ms, read_ms, answer_ms = ((after - before) * 1000 for before, after in pairwise(times))
        return Answer(
            question=question,
            language=query.language,
            answerable=answerable,
            confidence=confidence,
            reason=reason,
            answer=answer,
            citations=citations,
            timing_ms={
                "total": round(embed_ms + retrieve_ms + read_ms + answer_ms, 3),
                "retrieve": round(embed_ms + retrieve_ms, 3),
                "read": round(read_ms, 3),
                "answer": round(answer_ms, 3),
            },
            collection=CollectionRecord(
                generation=self.collection.generation,
                encoders=[built.name for built in self.collection.manifest.encoders],
            ),
        )

    def _citations(
        self,
        query: Query,
        candidates: Sequence[Candidate],
        rows: npt.NDArray[np.int64] | None,
        k: int,
        calibration: Calibration,
    ) -> list[Citation]:
        if not candidates:
            return []
        shared = question_features(query.text, self.collection, self._retriever.places, candidates, rows)
        scores = [
            calibration.score({**shared, **candidate_features(candidates, at)}) for at in range(min(k, len(candidates)))
        ]
        return [cite(self.collection, candidates[at], at + 1, score) for at, score in enumerate(scores)]

    def _short_answer(self, vectors: Mapping[str, Vectors], candidate: Candidate, citation: Citation) -> ShortAnswer:
        document = self.collection.document(citation.document_sha256)
        if candidate.evidence is not None:
            span = candidate.evidence.answer
        else:
            quoted = Span(citation.quote.start, citation.quote.end)
            span = short_answer(vectors[self._clauses], quoted, document, self._retriever.encoders[self._clauses])
        return ShortAnswer(document=document.name, start=span.start, end=span.end, text=span.of(document.text))


class _Encoders:
    """Loads each encoder once."""

    def __init__(self) -> None:
        self._loaded: dict[str, Encoder] = {}
        self._lock = Lock()

    def load(self, spec: str) -> Encoder:
        with self._lock:
            if spec not in self._loaded:
                self._loaded[spec] = load_encoder(spec)
            return self._loaded[spec]
