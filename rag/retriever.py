"""Question → candidate passages: every arm puts some forward, then every arm scores all of them.

Each encoder is two arms: the passage as a whole, and the best sentence in it. A passage is long enough to give context
and a sentence short enough to be precise. BM25 is two arms likewise; they count as far as the collection knows the
question's words, so that a question in another language is not led by the few that it shares with the text. One arm
more tells which passages are about the places that the question names.
`Weights` says how much each counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.collection import Collection
from index.encoders import Encoder, Vectors
from index.schema import Span
from rag.fusion import Scores, weighted_z_scores, z_scores
from rag.named_places import NamedPlaces
from rag.query import Query
from rag.weights import DEFAULT_WEIGHTS, Weights

PASSAGE, SENTENCE = "passage", "sentence"
LEXICAL, PLACE = "lexical", "place"
MOST_ABOUT = 20_000  # passages on the places of a question that are all compared with it


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the reader found in a candidate's passage.

    `relevance` is the logit that the passage answers; `answer` the span that agrees best with all likely ones and
    `quote` the sentences that hold it, both as spans of the source; `certainty` the log of the chance that a window
    answers and with the likeliest span, `null` the log of the least chance that a window has none.
    """

    relevance: float
    answer: Span
    quote: Span
    certainty: float
    null: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage (its row in the collection) with its scores.

    `fused`, the mean of the arms' z-scores by their weights, orders the candidates of one question. `parts` are the
    raw scores, "e5-small passage" the cosine of the whole passage, "e5-small sentence" that of its best sentence,
    "lexical passage" its BM25, and so on, of the arms that count. `sentence` is the number of its best sentence;
    `evidence` is there once the passage has been read.
    """

    row: int
    fused: float
    parts: Mapping[str, float]
    sentence: int
    evidence: Evidence | None = None


class Retriever:
    """Ranks the passages of a collection. Safe to call from several threads."""

    def __init__(
        self, collection: Collection, encoders: Mapping[str, Encoder], weights: Weights = DEFAULT_WEIGHTS
    ) -> None:
        """`encoders` by their names in the collection's manifest; one that is missing raises KeyError.

        Raises SettingInvalid when the weights do not fit the collection's encoders.
        """
        self.collection = collection
        self.encoders = {fingerprint.name: encoders[fingerprint.name] for fingerprint in collection.manifest.encoders}
        self.weights = weights
        self._dense = self.weights.of_encoders(self.encoders)
        self._levels = {PASSAGE: self.weights.passage, SENTENCE: self.weights.sentence}
        self.places = NamedPlaces(collection)

    @property
    def complete(self) -> bool:
        """Whether every encoder counts, with whole passages and with sentences."""
        return len(self._dense) == len(self.encoders) and all(self._levels.values())

    def rows(self, documents: Iterable[str]) -> npt.NDArray[np.int64]:
        """The rows of these documents' passages, rising; each by id, SHA-256 or name. Raises DocumentNotFound."""
        ids = {self.collection.document(key).id for key in documents}
        nothing = np.zeros(0, np.int64)
        return np.sort(np.concatenate([nothing, *(self._rows_of_documents.get(found, nothing) for found in ids)]))

    @cached_property
    def _rows_of_documents(self) -> dict[str, npt.NDArray[np.int64]]:
        rows: dict[str, list[int]] = {}
        for row, passage in enumerate(self.collection.passages):
            rows.setdefault(passage.document_id, []).append(row)
        return {document: np.array(found, np.int64) for document, found in rows.items()}

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
        """The candidates of a question that has been embedded, best first; equal ones in the collection's order.

        Where only some `rows` are wanted, all of them are candidates; they are scored among those that would be put
        forward without, so that a passage counts as much as it counts there.
        """
        if rows is not None and not len(rows):
            return []
        pool = self._pool(query, vectors)
        if rows is not None:
            pool = np.union1d(pool, rows)
        if not len(pool):
            return []
        sentence_rows = np.concatenate([np.arange(*self.collection.sentence_starts[row : row + 2]) for row in pool])
        owner = np.searchsorted(pool, self.collection.passage_of_sentence[sentence_rows])
        arms: dict[str, Scores] = {}
        weights: dict[str, float] = {}
        of_sentence = np.zeros(len(sentence_rows), np.float32)
        for name, weight, whole, single in self._scores(query, vectors, pool, sentence_rows):
            best = np.full(len(pool), -1, np.float32)
            np.maximum.at(best, owner, single)
            for level, scores in ((PASSAGE, whole), (SENTENCE, best)):
                if self._levels[level]:
                    arms[f"{name} {level}"] = scores
                    weights[f"{name} {level}"] = weight * self._levels[level]
            of_sentence += np.float32(weight) * z_scores(single)  # the quote is a sentence whatever sentences weigh
        if self.weights.place:
            arms[PLACE] = self.places.scores(query.text, pool)
            weights[PLACE] = self.weights.place * bool(arms[PLACE].any())
        bounds = np.searchsorted(owner, np.arange(len(pool) + 1))  # the sentences stand in the order of their passages
        fused = weighted_z_scores(arms, weights) / np.float32(sum(weights.values()) or 1)  # 0: no term is known
        wanted = np.isin(pool, rows) if rows is not None else np.ones(len(pool), np.bool_)
        return [
            Candidate(
                row=int(pool[at]),
                fused=float(fused[at]),
                parts={name: float(scores[at]) for name, scores in arms.items()},
                sentence=int(np.argmax(of_sentence[bounds[at] : bounds[at + 1]])),
            )
            for at in np.argsort(-fused, kind="stable")
            if wanted[at]
        ]

    def _scores(
        self,
        query: Query,
        vectors: Mapping[str, Vectors],
        pool: npt.NDArray[np.int64],
        sentence_rows: npt.NDArray[np.int64],
    ) -> Iterator[tuple[str, float, Scores, Scores]]:
        """For what counts its name and weight, its scores of the passages in the pool, and those of their sentences."""
        for name, weight in self._dense.items():
            pair, vector = self.collection.dense[name], vectors[name]
            yield name, weight, pair.passages.vectors(pool) @ vector, pair.sentences.vectors(sentence_rows) @ vector
        if self.weights.lexical:
            lexical, text = self.collection.lexical, query.text
            share = lexical.passages.known_share(text) if self.weights.known else 1.0
            whole, single = lexical.passages.scores(text, pool), lexical.sentences.scores(text, sentence_rows)
            yield LEXICAL, self.weights.lexical * share, whole, single

    def _pool(self, query: Query, vectors: Mapping[str, Vectors]) -> npt.NDArray[np.int64]:
        """The rows that any arm puts forward, sorted.

        BM25 puts sentences forward only where whole passages do not count: they hold no other words.
        """
        size, lexical = self.weights.pool, self.collection.lexical
        about = self.places.rows(query.text) if self.weights.place else np.zeros(0, np.int64)
        whole, single = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        if self.weights.lexical and self._levels[PASSAGE]:
            whole.append(np.array([row for row, _ in lexical.passages.search(query.text, size)], np.int64))
        elif self.weights.lexical:
            single.append(np.array([row for row, _ in lexical.sentences.search(query.text, size)], np.int64))
        for name in self._dense:
            pair, vector = self.collection.dense[name], vectors[name][None]
            if self._levels[PASSAGE]:
                whole.append(pair.passages.search(vector, size)[1][0])
            if 0 < len(about) <= MOST_ABOUT:  # of many like reports the one that is asked about
                whole.append(about[np.argsort(-(pair.passages.vectors(about) @ vectors[name]), kind="stable")[:size]])
            if self._levels[SENTENCE]:
                single.append(pair.sentences.search(vector, size)[1][0])
        passages, sentences = np.concatenate(whole), np.concatenate(single)
        owners = self.collection.passage_of_sentence[sentences[sentences >= 0]]
        return np.unique(np.concatenate([passages[passages >= 0], owners]))
