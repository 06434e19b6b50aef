"""The figures of a set of results, each with a bootstrap interval, and of every slice of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from eval.measures.abstention import (
    Array,
    area_under_risk_coverage,
    auroc,
    calibration_error,
    false_answers_at,
    normalised_area,
)
from eval.measures.slices import slices
from eval.runner import MEASURES, Result

Figures = Mapping[str, float | int | None]
Intervals = Mapping[str, tuple[float, float]]

SET_FIGURES = (
    "false-answer-rate",
    "false-refusal-rate",
    "auroc",
    "false-answers@10%",
    "aurc",
    "nauc",
    "ece",
    "latency-p50",
    "latency-p95",
)
"""Figures that only a set of questions has; the latencies are milliseconds."""

LOWER_IS_BETTER = frozenset(SET_FIGURES) - {"auroc", "nauc"}

ROUNDS = 1000
LEVEL = 0.95


FEWEST = 5
"""Questions: a figure that rests on fewer has no interval."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Figures, their intervals and the number of questions that each rests on, by slice, in the order of `slices`."""

    measures: Mapping[str, Figures]
    intervals: Mapping[str, Intervals]
    counts: Mapping[str, Mapping[str, int]]


def scorecard(results: Sequence[Result], seed: int = 0) -> Scorecard:
    """The figures of every slice with their intervals."""
    cut = slices(results)
    return Scorecard(
        {name: figures(members) for name, members in cut.items()},
        {name: intervals(members, seed) for name, members in cut.items()},
        {name: counts(members) for name, members in cut.items()},
    )


def figures(results: Sequence[Result]) -> dict[str, float | int | None]:
    """Means of `MEASURES` and the `SET_FIGURES` of these results, None where there is nothing to measure.

    Means are over the gold questions that have the measure, whether or not anything was answered. A question of which
    nobody knows the relevant passages is no part of aurc, nauc and ece.
    """
    answerable = sum(result.question.gold.answerable for result in results)
    columns = _Columns.of(results)
    values = {name: None if np.isnan(value[0]) else float(value[0]) for name, value in _point(columns).items()}
    return {"answerable": answerable, "unanswerable": len(results) - answerable, **values}


def counts(results: Sequence[Result]) -> dict[str, int]:
    """The number of questions that each figure rests on."""
    columns = _Columns.of(results)
    sure, unsure, judged = (rows.size for rows in columns.rows)
    of_means = {name: int((~np.isnan(values)).sum()) for name, values in columns.scores.items()}
    return of_means | {
        "false-answer-rate": unsure,
        "false-refusal-rate": sure,
        **dict.fromkeys(("auroc", "false-answers@10%"), sure + unsure if sure and unsure else 0),
        **dict.fromkeys(("aurc", "ece"), judged + unsure),
        "nauc": judged,
        **dict.fromkeys(("latency-p50", "latency-p95"), int((~np.isnan(columns.milliseconds)).sum())),
    }


def intervals(results: Sequence[Result], seed: int = 0, rounds: int = ROUNDS) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap interval of every figure that rests on at least FEWEST questions (Efron 1979).

    Questions are drawn with replacement, as many answerable and as many unanswerable ones as there are: their shares
    are the gold author's choice, no chance. Same seed, same interval. Percentiles, with two corrections. A share of
    questions is never given a narrower interval than Wilson's (1927), as 37 of 37 is no certainty. For ece the bounds
    are mirrored at the figure (the basic bootstrap), which is biased upwards and would be so twice; the figure itself
    is always inside.
    """
    columns = _Columns.of(results)
    generator = np.random.default_rng(seed)
    sure, unsure, judged = columns.rows
    asked, others = (_drawn(rows, generator, rounds) for rows in (sure, unsure))
    found = _figures(columns, asked, others, asked if judged is sure else _drawn(judged, generator, rounds))
    point, resting, shares = _point(columns), counts(results), _shares(columns)
    tail = (1 - LEVEL) / 2
    bounds = {}
    for name, values in found.items():
        kept = values[~np.isnan(values)]
        if not kept.size or resting[name] < FEWEST:
            continue
        low, high = (float(bound) for bound in np.quantile(kept, (tail, 1 - tail)))
        if name == "ece":
            value = float(point[name][0])
            low, high = min(value, max(0.0, 2 * value - high)), max(value, 2 * value - low)
        if name in shares:
            least, most = wilson(shares[name])
            low, high = min(low, least), max(high, most)
        bounds[name] = (low, high)
    return bounds


Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the figures are made of, one array element for each result; what a question lacks is nan.

    `rows` are those of the answerable results, of the unanswerable ones, and of the answerable ones whose relevant
    passages are known: the first again where all are.
    """

    scores: Mapping[str, Array]
    confidence: Array
    answered: Array
    right: Array
    milliseconds: Array
    rows: tuple[Rows, Rows, Rows]

    @classmethod
    def of(cls, results: Sequence[Result]) -> _Columns:
        def column(values: Iterable[float | None]) -> Array:
            return np.array([np.nan if value is None else value for value in values], np.float64)

        right = column(result.right for result in results)
        answerable = np.array([result.question.gold.answerable for result in results], bool)
        sure = np.flatnonzero(answerable)
        judged = np.flatnonzero(answerable & ~np.isnan(right))
        return cls(
            scores={name: column(result.measures.get(name) for result in results) for name in MEASURES},
            confidence=column(result.answer.confidence for result in results),
            answered=column(result.answer.answerable for result in results),
            right=right,
            milliseconds=column(result.answer.timing_ms.get("total") for result in results),
            rows=(sure, np.flatnonzero(~answerable), sure if judged.size == sure.size else judged),
        )


def _drawn(rows: Rows, generator: np.random.Generator, rounds: int) -> Rows:
    """(rounds, n) of the n rows, with replacement."""
    return np.asarray(rows[generator.integers(0, max(rows.size, 1), (rounds, rows.size))])


def _point(columns: _Columns) -> dict[str, Array]:
    """Every figure as it was measured, (1,) each."""
    sure, unsure, judged = columns.rows
    return _figures(columns, sure[None], unsure[None], judged[None])


def _figures(columns: _Columns, sure: Rows, unsure: Rows, judged: Rows) -> dict[str, Array]:
    """Every figure of every draw, (draws,) each; the rows are those of the three kinds in each draw, (draws, n)."""
    both = np.concatenate((sure, unsure), axis=-1)
    known = np.concatenate((judged, unsure), axis=-1)
    found = {name: _mean(values[both]) for name, values in columns.scores.items()}
    confidence, right = columns.confidence[known], columns.right[known]
    return found | {
        "false-answer-rate": _mean(columns.answered[unsure]),
        "false-refusal-rate": _mean(1 - columns.answered[sure]),
        "auroc": auroc(columns.confidence[sure], columns.confidence[unsure]),
        "false-answers@10%": false_answers_at(columns.confidence[sure], columns.confidence[unsure]),
        "aurc": area_under_risk_coverage(confidence, right),
        "nauc": normalised_area(columns.confidence[judged], columns.scores["ndcg@10"][judged]),
        "ece": calibration_error(confidence, right),
        "latency-p50": _quantile(columns.milliseconds[both], 0.5),
        "latency-p95": _quantile(columns.milliseconds[both], 0.95),
    }


def _shares(columns: _Columns) -> dict[str, Array]:
    """The values of every figure that is the mean of noughts and ones."""
    sure, unsure, _ = columns.rows
    values = {name: scores[~np.isnan(scores)] for name, scores in columns.scores.items()}
    values |= {"false-answer-rate": columns.answered[unsure], "false-refusal-rate": 1 - columns.answered[sure]}
    return {name: found for name, found in values.items() if found.size and np.isin(found, (0.0, 1.0)).all()}


def wilson(values: Array) -> tuple[float, float]:
    """Wilson's score interval (1927) of a share, from its noughts and ones, (n,) with n > 0."""
    n, share = values.size, float(values.mean())
    squared = NormalDist().inv_cdf((1 + LEVEL) / 2) ** 2
    centre = (share + squared / (2 * n)) / (1 + squared / n)
    half = (squared * (share * (1 - share) / n + squared / (4 * n * n))) ** 0.5 / (1 + squared / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _mean(values: Array) -> Array:
    """Over the last axis, of what is there; nan where nothing is."""
    there = ~np.isnan(values)
    count = there.sum(axis=-1)
    total: Array = np.where(there, values, 0.0).sum(axis=-1)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def _quantile(values: Array, share: float) -> Array:
    if not values.shape[-1] or np.isnan(values).any():
        return np.full(values.shape[:-1], np.nan)
    return np.asarray(np.quantile(values, share, axis=-1))
