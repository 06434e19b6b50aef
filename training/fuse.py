"""Fit the weights of the retrieval's arms and of the relevance (rag/weights.py) on development data; prints them.

    python -m training.fuse --shared ../shared

Listwise likelihood (Cao et al. 2007) of the passages that answer, by a softmax over a question's first candidates.
The weights of e5 and of sentences are 1, as in `Weights`; fitted are those of whole passages, of the second encoder, of
the terms, of places and of the relevance, and how sharp the softmax is. None is negative. What is printed is put into
rag/weights.py by hand, rounded; Success@1 of both tells whether it is worth it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from eval.measures.ranking import covers, units
from index.encoders import Encoder, load_encoder
from rag.fusion import z_scores
from rag.query import analyse
from rag.reading.shipped import shipped_reader
from rag.reranker import Reranker
from rag.retriever import LEXICAL, PASSAGE, PLACE, SENTENCE, Retriever
from rag.settings import Settings
from rag.weights import BESIDE, DEFAULT_WEIGHTS, Weights
from training.calibration_questions import Fold, folds

DEPTH = 10  # first candidates of each question
SHARP = 3.0  # of the softmax, to begin with

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Listed:
    """The first n candidates of one question: the z-scores of each arm by its name (n,), their relevance (n,), whether
    they answer, bool (n,); `known` is the share of the question's terms that the collection knows.
    """

    fold: str
    arms: Mapping[str, Floats]
    relevance: Floats
    right: npt.NDArray[np.bool_]
    known: float


@dataclass(frozen=True, slots=True)
class Fusion:
    """What is fitted."""

    passage: float
    second: float
    lexical: float
    place: float
    relevance: float
    sharp: float

    @classmethod
    def of(cls, weights: Weights, second: str) -> Fusion:
        """Those of `weights`, in which `second` is an encoder beside a better one."""
        return cls(weights.passage, BESIDE[second], weights.lexical, weights.place, weights.relevance, SHARP)

    def scores(self, listed: Listed, second: str) -> Floats:
        """As `rag.retriever` and `rag.reranker` score the candidates, (n,)."""
        total, weight = np.zeros(len(listed.right)), 0.0
        for arm, values in listed.arms.items():
            name, _, level = arm.rpartition(" ")
            if arm == PLACE:
                mine = self.place * bool(values.any())
            else:
                of_name = self.lexical * listed.known if name == LEXICAL else self.second if name == second else 1.0
                mine = of_name * {PASSAGE: self.passage, SENTENCE: 1.0}[level]
            total, weight = total + mine * values, weight + mine
        return total / (weight or 1.0) + self.relevance * listed.relevance


def main() -> None:
    """Read the folds, fit, print both sets of weights and what they are worth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--stores", type=Path, default=Path("build/calibration"))
    arguments = parser.parse_args()
    first, second = Settings().encoders
    encoders = {name: load_encoder(name) for name in (first, second)}
    listed = [one for fold in folds(arguments.shared, arguments.stores, encoders) for one in listed_of(fold, encoders)]
    shipped = Fusion.of(DEFAULT_WEIGHTS, second)
    for name, fusion in (("shipped", shipped), ("fitted", fitted(listed, second, shipped))):
        print(name, fusion)
        for source in dict.fromkeys(one.fold for one in listed):
            mine = [one for one in listed if one.fold == source]
            print(f"  {source}: {len(mine)} questions, Success@1 {100 * success(mine, fusion, second):.1f}", flush=True)


def listed_of(fold: Fold, encoders: Mapping[str, Encoder]) -> Iterator[Listed]:
    """Of every question with an answer in the collection that is among its first candidates, and not all of them."""
    retriever = Retriever(fold.collection, encoders)
    reranker = Reranker(fold.collection, shipped_reader(), share=1.0)
    passages = fold.collection.passages
    of_passage = {unit.id: unit for unit in units(fold.collection)}
    for asked in fold.asked:
        query = analyse(asked.question)
        (ranked,) = retriever.search([query]) if asked.evidence else ([],)
        if not ranked:
            continue
        arms = {
            arm: z_scores(np.array([one.parts[arm] for one in ranked], np.float32))[:DEPTH].astype(np.float64)
            for arm in ranked[0].parts
        }
        first = [replace(one, fused=0.0) for one in ranked[:DEPTH]]
        relevance = {one.row: one.fused for one in reranker.rerank(query, first)}
        right = [any(covers(of_passage[passages[one.row].id], place) for place in asked.evidence) for one in first]
        if any(right) and not all(right):
            known = fold.collection.lexical.passages.known_share(query.text)
            read = np.array([relevance[one.row] for one in first])
            yield Listed(fold.name, arms, read, np.array(right), known)


def fitted(listed: Sequence[Listed], second: str, start: Fusion) -> Fusion:
    """The weights of the greatest likelihood, found from `start` on; every fold counts as its questions."""

    def loss(values: Floats) -> float:
        fusion = Fusion(*map(float, values))
        found = [fusion.sharp * fusion.scores(one, second) for one in listed]
        logs = [logsumexp(scores[one.right]) - logsumexp(scores) for one, scores in zip(listed, found, strict=True)]
        return -float(np.mean(logs))

    begin = np.array([getattr(start, name) for name in Fusion.__slots__])
    bounds = [(0, None)] * len(begin)
    return Fusion(*(round(float(value), 3) for value in minimize(loss, begin, method="L-BFGS-B", bounds=bounds).x))


def success(listed: Sequence[Listed], fusion: Fusion, second: str) -> float:
    """The share of the questions whose first candidate answers."""
    return float(np.mean([one.right[np.argmax(fusion.scores(one, second))] for one in listed]))


if __name__ == "__main__":
    main()
