"""The assistant: analyse → retrieve → cite → decide → answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from time import perf_counter

from index.build import build
from index.collection import Collection
from index.encoders import Encoder, load_encoder, same_encoder
from index.errors import CollectionDamaged, CollectionNotFound, EncoderMismatch
from index.sample import sample_digest
from index.schema import Document, Span
from index.terms import ANALYSER_VERSION
from rag.answer import Answer, Citation, CollectionRecord, ShortAnswer
from rag.citation import cite
from rag.confidence import calibration_for, features
from rag.query import Query, analyse, check_k
from rag.query import warm_up as warm_up_languages
from rag.reader import short_answer
from rag.reasons import weak_evidence
from rag.retriever import Candidate, Retriever
from rag.settings import DEFAULT_K, Settings, load_settings

logger = logging.getLogger(__name__)


class Assistant:
    """Answers questions from a collection. Safe to use from several threads."""

    def __init__(self, collection: Collection, encoders: Mapping[str, Encoder]) -> None:
        """`encoders` by their names in the collection's manifest.

        Raises EncoderMismatch when one of them is not the encoder that the collection was built with.
        """
        for built in collection.manifest.encoders:
            loaded = encoders[built.name].fingerprint()
            if not same_encoder(built, loaded):
                raise EncoderMismatch(
                    f"the collection was built with {built.name} ({built.dimension} d, {built.weights_sha256[:12]}), "
                    f"loaded is {loaded.name} ({loaded.dimension} d, {loaded.weights_sha256[:12]})",
                    "run: digest-qa index --rebuild PATH...",
                )
        self.collection = collection
        self._retriever = Retriever(collection, encoders)
        self._calibration = calibration_for([built.name for built in collection.manifest.encoders])
        self._reader_encoder = list(self._retriever.encoders.values())[-1]

    @classmethod
    def open(cls, store: str | Path | None = None) -> Assistant:
        """The assistant over the collection in `store` (else DIGEST_QA_STORE, else the user's data folder).

        Where there is no collection yet, the sample digest's is built. Raises CollectionError, SettingInvalid.
        """
        settings = load_settings(store)
        encoders = _Encoders()
        try:
            collection = Collection.open(settings.store)
        except CollectionNotFound:
            logger.warning("no collection in %s yet: building that of the sample digest", settings.store)
            with sample_digest() as path:
                build([path], settings.store, settings.build, encoders.load)
            collection = Collection.open(settings.store)
        _check_settings(collection, settings)
        manifest = collection.manifest
        named = zip(manifest.encoders, manifest.specs, strict=True)
        return cls(collection, {built.name: encoders.load(spec) for built, spec in named})

    def warm_up(self) -> None:
        """Do what the first question would wait for."""
        warm_up_languages()
        self._retriever.search([Query("warm up", "en")])

    def document(self, key: str) -> Document:
        """By id, SHA-256 or name. Raises DocumentNotFound."""
        return self.collection.document(key)

    def ask(self, question: str, k: int = DEFAULT_K) -> Answer:
        """One answer with at most `k` citations, best first. Raises QuestionInvalid."""
        return self.ask_batch([question], k)[0]

    def ask_batch(self, questions: Sequence[str], k: int = DEFAULT_K) -> list[Answer]:
        """One answer for each question, in order; the questions are encoded together. Raises QuestionInvalid."""
        began = perf_counter()
        check_k(k)
        questions = [question.encode("utf-8", "replace").decode() for question in questions]  # no half characters
        queries = [analyse(question) for question in questions]
        found = self._retriever.search(queries)
        shared = (perf_counter() - began) * 1000 / max(len(queries), 1)
        return [
            self._answer(question, query, candidates, k, shared)
            for question, query, candidates in zip(questions, queries, found, strict=True)
        ]

    def _answer(self, question: str, query: Query, candidates: list[Candidate], k: int, retrieve_ms: float) -> Answer:
        began = perf_counter()
        citations = self._citations(query, candidates, k)
        confidence = citations[0].score if citations else 0.0
        answerable = confidence >= self._calibration.threshold and bool(citations)
        answer = self._short_answer(query, citations[0]) if answerable else None
        reason = None if answerable else weak_evidence(query.language, confidence, self._calibration.threshold)
        answer_ms = (perf_counter() - began) * 1000
        return Answer(
            question=question,
            language=query.language,
            answerable=answerable,
            confidence=confidence,
            reason=reason,
            answer=answer,
            citations=citations,
            timing_ms={
                "total": round(retrieve_ms + answer_ms, 3),
                "retrieve": round(retrieve_ms, 3),
                "answer": round(answer_ms, 3),
            },
            collection=CollectionRecord(
                generation=self.collection.generation,
                encoders=[built.name for built in self.collection.manifest.encoders],
            ),
        )

    def _citations(self, query: Query, candidates: list[Candidate], k: int) -> list[Citation]:
        return [
            cite(self.collection, candidate, at + 1, self._calibration.score(features(query.text, self.collection, candidates, at)))
            for at, candidate in enumerate(candidates[:k])
        ]

    def _short_answer(self, query: Query, citation: Citation) -> ShortAnswer:
        document = self.collection.document(citation.document_sha256)
        quoted = Span(citation.quote.start, citation.quote.end)
        span = short_answer(query, quoted, document.text, self._reader_encoder)
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


def _check_settings(collection: Collection, settings: Settings) -> None:
    built = collection.manifest.specs
    remedy = f"run: digest-qa index --rebuild PATH... --store {settings.store}"
    if built != settings.encoders:
        wanted = ", ".join(settings.encoders)
        raise EncoderMismatch(
            f"the collection was built with {', '.join(built)}, the settings ask for {wanted}", remedy
        )
    if collection.manifest.analyser != ANALYSER_VERSION:
        problem = f"the terms were made by analyser {collection.manifest.analyser}, this version has {ANALYSER_VERSION}"
        raise CollectionDamaged(problem, remedy)
