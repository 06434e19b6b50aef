"""From a question to its candidates, best first: retrieve → read → spread."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np
import numpy.typing as npt

from index.collection import Collection
from index.encoders import Encoder, Vectors
from rag.diversity import Diversity
from rag.query import Query
from rag.reading.reading import Reads
from rag.reranker import Reranker
from rag.retriever import Candidate, Retriever
from rag.settings import Mode
from rag.weights import Weights


class Ranking:
    """Orders the passages of a collection for a question. Safe to use from several threads."""

    def __init__(
        self, collection: Collection, encoders: Mapping[str, Encoder], weights: Weights, reader: Reads | None
    ) -> None:
        """Raises SettingInvalid when the weights do not fit the encoders."""
        self.retriever = Retriever(collection, encoders, weights)
        self._reranker = Reranker(collection, reader, weights.relevance) if reader and weights.relevance else None
        self._diversity = Diversity(collection) if weights.spread else None

    def reads(self, mode: Mode) -> bool:
        """Whether passages are read in this mode: never without a reader, or where its relevance weighs nothing."""
        return mode is Mode.BEST and self._reranker is not None

    def ranked(
        self,
        query: Query,
        vectors: Mapping[str, Vectors],
        rows: npt.NDArray[np.int64] | None,
        mode: Mode,
        times: list[float],
    ) -> list[Candidate]:
        """The candidates among `rows` (None: all), best first; when retrieval and reading were done joins `times`."""
        candidates = self.retriever.rank(query, vectors, rows)
        times.append(perf_counter())
        if self._reranker is not None and self.reads(mode):
            candidates = self._reranker.rerank(query, candidates)
        times.append(perf_counter())
        if self._diversity is None:
            return candidates
        places = self.retriever.places
        return self._diversity.spread(
            candidates,
            about=lambda row: places.about(query.text, row),
            answering=lambda rows: places.answering(query.text, rows),
        )

    def warm_up(self, mode: Mode) -> None:
        """Do what the first question in this mode would wait for."""
        query = Query("warm up", "en")
        (vectors,) = self.retriever.embed([query])
        self.ranked(query, vectors, None, mode, [])
