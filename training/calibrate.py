"""Fit the score's few parameters (rag/calibration.json) on development data; prints what they are worth.

    python -m training.calibrate --shared ../shared

Data: `training/calibration_questions.py`. For each question its first candidates, as they are without and with reading.
Learned in three steps: which way the odds go, from whether the question of a first candidate has an answer at all (what
a refusal is about) and whether the candidates behind it answer; then how far, from whether first candidates answer;
last, with the bundled encoders and where passages are read, what is added for questions in English, from whether the
first candidates of the gold's answer. The parameters are few; those of what speaks for an answer are not negative,
those of what speaks against one not positive: the score never contradicts the rank, and more evidence never lowers it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logit
from scipy.stats import beta

from eval.measures.abstention import auroc, false_answers_at
from eval.measures.ranking import covers, units
from index.encoders import Encoder, load_encoder
from rag.confidence import (
    ABSENT,
    ANSWER,
    ANY,
    BEHIND,
    ENGLISH,
    FUSED,
    KNOWN,
    NULL,
    READ,
    RELEVANCE,
    UNSEEN,
    features,
)
from rag.missing import Searched
from rag.query import analyse
from rag.ranking import Ranking
from rag.reading.shipped import shipped_reader
from rag.retriever import Candidate
from rag.settings import Mode, Settings
from rag.weights import DEFAULT_WEIGHTS
from training.calibration_questions import Fold, folds

DEPTH = 5  # candidates of each question that are learned from
MAX_FALSE_REFUSALS = 0.10
CONFIDENCE = 0.95  # that no more of the answerable questions than that are refused
BEHIND_FIRST = 0.25  # of the weight of a fold is that of its candidates behind the first
PENALTY = 0.003  # on the squared slopes of standardised features
WEIGHTS = {
    "sample": 1.0,
    "digest": 2.0,
    "reports": 1.5,
    "own two places": 0.7,
    "own provinces": 1.0,
    "own encyclopedia": 0.5,
    "own articles": 1.0,
}
"""Of each fold as a whole: the digest's questions are of the kind that is asked."""
LEVELS = ("sentence", "passage")
RISING = (FUSED, BEHIND, KNOWN, RELEVANCE, ANSWER, *LEVELS)
FALLING = (UNSEEN, ABSENT, NULL)
"""By the names of features, or the levels that the names of cosines end with: their weights are not negative, not
positive."""


@dataclass(frozen=True)
class Example:
    """One candidate of one question: its features, whether it answers, whether it came first, and whether
    anything in the collection answers the question.
    """

    features: Mapping[str, float]
    answers: bool
    first: bool
    answerable: bool
    source: str
    read: bool


def main() -> None:
    """Collect examples, fit, print what it is worth, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--stores", type=Path, default=Path("build/calibration"))
    parser.add_argument("--write", type=Path, default=Path("rag/calibration.json"))
    arguments = parser.parse_args()
    encoders = {name: load_encoder(name) for name in Settings().encoders}
    examples = [e for fold in folds(arguments.shared, arguments.stores, encoders) for e in _of_fold(fold, encoders)]
    cosines = [f"{name} {level}" for name in encoders for level in LEVELS]
    common = [FUSED, BEHIND, UNSEEN, ABSENT]
    table = {}
    for read in (False, True):
        mine = [example for example in examples if example.read is read]
        own, any_encoder = ([], [RELEVANCE, ANSWER, NULL]) if read else (cosines, [KNOWN])
        for name, names in (("+".join(encoders), [*common, *any_encoder, *own]), (ANY, [*common, *any_encoder])):
            key = f"{name} {READ}" if read else name
            table[key] = _fit(mine, names, english=read and name != ANY)
            _report(key, table[key], mine)
    arguments.write.write_text(json.dumps(table, indent=1) + "\n")


def _of_fold(fold: Fold, encoders: Mapping[str, Encoder]) -> Iterator[Example]:
    ranking = Ranking(fold.collection, encoders, DEFAULT_WEIGHTS, shipped_reader())
    passages, searched = fold.collection.passages, Searched(fold.collection, ranking.retriever.places)
    of_passage = {unit.id: unit for unit in units(fold.collection)}
    for asked in fold.asked:
        query = analyse(asked.question)
        (vectors,) = ranking.retriever.embed([query])
        for mode in (Mode.FAST, Mode.BEST):
            found = ranking.ranked(query, vectors, None, mode, [])

            def answers(candidate: Candidate, evidence: Sequence = asked.evidence) -> bool:
                return any(covers(of_passage[passages[candidate.row].id], place) for place in evidence)

            for at, candidate in enumerate(found[:DEPTH]):
                seen = features(query, searched, found, at)
                read = ranking.reads(mode)
                yield Example(seen, answers(candidate), at == 0, bool(asked.evidence), fold.name, read)


def _fit(examples: Sequence[Example], names: Sequence[str], english: bool) -> dict[str, object]:
    """Logistic regression on standardised features, told back in their own units; the threshold from the firsts."""
    matrix = np.array([[example.features.get(name, 0.0) for name in names] for example in examples])
    first = np.array([example.first for example in examples])
    weights = np.array([WEIGHTS[e.source] * (1 - BEHIND_FIRST if e.first else BEHIND_FIRST) for e in examples])
    for source in WEIGHTS:
        for side in (True, False):
            mine = np.array([e.source == source and e.first is side for e in examples])
            weights[mine] /= max(int(mine.sum()), 1)
    centre, spread = matrix.mean(0), np.maximum(matrix.std(0), 1e-6)
    scaled = (matrix - centre) / spread
    bounds = [_bounds(name) for name in names]
    labels = np.array([example.answerable if example.first else example.answers for example in examples])
    found = _logistic(scaled, labels, weights, bounds, PENALTY)
    right = np.array([example.answers for example in examples])
    odds = (scaled @ found[:-1] + found[-1])[:, None]
    (scale, shift) = _logistic(odds[first], right[first], weights[first], [(0, None)], 0.0)
    slopes = scale * found[:-1] / spread
    fitted = {
        "weights": {name: round(float(slope), 4) for name, slope in zip(names, slopes, strict=True)},
        "intercept": round(float(scale * found[-1] + shift - slopes @ centre), 4),
        "threshold": 0.5,
    }
    gold = [example for example in examples if example.first and not example.source.startswith("own")]
    if english:
        fitted["weights"][ENGLISH] = _added([example for example in gold if example.features[ENGLISH]], fitted)
    scores = sorted(_score(fitted, example) for example in gold if example.answerable)
    fitted["threshold"] = round(scores[_refusals(len(scores))], 3)
    return fitted


def _refusals(answerable: int) -> int:
    """How many of so many answerable questions may be refused, that of all such ones at most MAX_FALSE_REFUSALS are.

    By the upper bound of Clopper and Pearson (1934): the share that was seen is too small a promise for half of the
    question sets to come. None where they are too few for any.
    """
    found = [n for n in range(answerable) if beta.ppf(CONFIDENCE, n + 1, answerable - n) <= MAX_FALSE_REFUSALS]
    return max(found, default=0)


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name in RISING or name.rpartition(" ")[2] in LEVELS:
        return 0, None
    return (None, 0) if name in FALLING else (None, None)


def _added(examples: Sequence[Example], fitted: Mapping) -> float:
    """What, added to the log-odds of these examples, makes whether they answer likeliest."""
    odds = np.array([logit(_score(fitted, example)) for example in examples])
    signs = np.array([1.0 if example.answers else -1.0 for example in examples])
    found = minimize_scalar(lambda added: np.logaddexp(0, -signs * (odds + added)).sum(), bounds=(-2, 2))
    return round(float(found.x), 4)


def _logistic(matrix: np.ndarray, labels: np.ndarray, weights: np.ndarray, bounds: list, penalty: float) -> np.ndarray:
    """Slopes and intercept of the weighted logistic regression, the slopes within their bounds."""
    signs, shares = np.where(labels, 1.0, -1.0), weights / weights.sum()

    def loss(theta: np.ndarray) -> float:
        odds = matrix @ theta[:-1] + theta[-1]
        return float(shares @ np.logaddexp(0.0, -signs * odds) + penalty * theta[:-1] @ theta[:-1])

    start = np.zeros(matrix.shape[1] + 1)
    return np.asarray(minimize(loss, start, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x)


def _score(fitted: Mapping, example: Example) -> float:
    slopes = fitted["weights"].items()
    total = fitted["intercept"] + sum(slope * example.features.get(name, 0.0) for name, slope in slopes)
    return float(1 / (1 + np.exp(-total)))


def _report(key: str, fitted: Mapping, examples: Sequence[Example]) -> None:
    print(f"{key}: {json.dumps(fitted)}")
    for source in sorted({example.source for example in examples}):
        first = [example for example in examples if example.first and example.source == source]
        scores = [_score(fitted, example) for example in first]
        right = [example.answers for example in first]
        sides = [np.array([_score(fitted, e) for e in first if e.answerable is side]) for side in (True, False)]
        brier = np.mean([(score - answers) ** 2 for score, answers in zip(scores, right, strict=True)])
        print(
            f"  {source}: first citations {len(first)}, right {np.mean(right):.2f}, mean score {np.mean(scores):.2f}, "
            f"Brier {brier:.3f}, AUROC {auroc(*sides):.3f}, "
            f"false answers at 10 % false refusals {false_answers_at(*sides):.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
