"""Question → candidate passages: every arm puts some forward, then every arm scores all of them.

Each encoder is two arms: the passage as a whole, and the best sentence in it. A passage is long enough to give context
and a sentence short enough to be precise. BM25 is two arms likewise; they count as far as the collection knows the
question's words, so that a question in another language is not led by the few that it shares with the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.collection import Collection
from index.encoders import Encoder, Vectors
from rag.fusion import Scores, weighted_z_scores, z_scores
from rag.query import Query
from rag.settings import POOL

PASSAGE, SENTENCE = "passage", "sentence"
LEXICAL = "lexical"
LEXICAL_WEIGHT = 2.0  # of each lexical arm, times the known share of the question's terms; a dense arm has 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage (its row in the collection) with its scores.

    `fused`, the mean of the arms' z-scores by their weights, orders the candidates of one question. `parts` are the
    raw scores, "e5-small passage" the cosine of the whole passage, "e5-small sentence" that of its best sentence,
    "lexical passage" its BM25, and so on. `sentence` is the number of its best sentence.
    """

    row: int
    fused: float
    parts: Mapping[str, float]
    sentence: int


class Retriever:
    """Ranks the passages of a collection. Safe to call from several threads."""

    def __init__(self, collection: Collection, encoders: Mapping[str, Encoder]) -> None:
        """`encoders` by their names in the collection's manifest; one that is missing raises KeyError."""
        self.collection = collection
        self.encoders = {fingerprint.name: encoders[fingerprint.name] for fingerprint in collection.manifest.encoders}

    def search(self, queries: Sequence[Query], rows: npt.NDArray[np.int64] | None = None) -> list[list[Candidate]]:
        """For each question its candidates, best first. `rows`, when given, are the only passages wanted, rising."""
        return [self.rank(query, vectors, rows) for query, vectors in zip(queries, self.embed(queries), strict=True)]

    def embed(self, queries: Sequence[Query]) -> list[dict[str, Vectors]]:
        """For each question its vector by each encoder's name, float32 (d,). All are encoded together."""
        texts = [query.text for query in queries]
        found = {name: encoder.embed_queries(texts) for name, encoder in self.encoders.items()}
        return [{name: vectors[number] for name, vectors in found.items()} for number in range(len(queries))]

    def rank(
        self, query: Query, vectors: Mapping[str, Vectors], rows: npt.NDArray[np.int64] | None = None
    ) -> list[Candidate]:
        """The candidates of a question that has been embedded, best first; equal ones in the collection's order."""
        pool = self._pool(query, vectors) if rows is None else rows
        if not len(pool):
            return []
        sentence_rows = np.concatenate([np.arange(*self.collection.sentence_starts[row : row + 2]) for row in pool])
        owner = np.searchsorted(pool, self.collection.passage_of_sentence[sentence_rows])
        known = LEXICAL_WEIGHT * self.collection.lexical.passages.known_share(query.text)
        arms: dict[str, Scores] = {}
        weights: dict[str, float] = {}
        of_sentence = np.zeros(len(sentence_rows), np.float32)
        for name, whole, single in self._scores(query, vectors, pool, sentence_rows):
            weight = known if name == LEXICAL else 1.0
            arms[f"{name} {PASSAGE}"] = whole
            arms[f"{name} {SENTENCE}"] = best = np.full(len(pool), -1, np.float32)
            np.maximum.at(best, owner, single)
            weights |= {f"{name} {PASSAGE}": weight, f"{name} {SENTENCE}": weight}
            of_sentence += np.float32(weight) * z_scores(single)
        bounds = np.searchsorted(owner, np.arange(len(pool) + 1))  # the sentences stand in the order of their passages
        fused = weighted_z_scores(arms, weights) / np.float32(sum(weights.values()))
        return [
            Candidate(
                row=int(pool[at]),
                fused=float(fused[at]),
                parts={name: float(scores[at]) for name, scores in arms.items()},
                sentence=int(np.argmax(of_sentence[bounds[at] : bounds[at + 1]])),
            )
            for at in np.argsort(-fused, kind="stable")
        ]

    def _scores(
        self,
        query: Query,
        vectors: Mapping[str, Vectors],
        pool: npt.NDArray[np.int64],
        sentence_rows: npt.NDArray[np.int64],
    ) -> Iterator[tuple[str, Scores, Scores]]:
        """For each arm its name, its scores of the passages in the pool, and those of their sentences."""
        for name, vector in vectors.items():
            pair = self.collection.dense[name]
            yield name, pair.passages.vectors(pool) @ vector, pair.sentences.vectors(sentence_rows) @ vector
        lexical = self.collection.lexical
        yield LEXICAL, lexical.passages.scores(query.text, pool), lexical.sentences.scores(query.text, sentence_rows)

    def _pool(self, query: Query, vectors: Mapping[str, Vectors]) -> npt.NDArray[np.int64]:
        """The rows that any arm puts forward, sorted."""
        found = [np.array([row for row, _ in self.collection.lexical.passages.search(query.text, POOL)], np.int64)]
        for name, vector in vectors.items():
            pair = self.collection.dense[name]
            found.append(pair.passages.search(vector[None], POOL)[1][0])
            sentences = pair.sentences.search(vector[None], POOL)[1][0]
            found.append(self.collection.passage_of_sentence[sentences[sentences >= 0]])
        rows = np.unique(np.concatenate(found))
        return rows[rows >= 0]
