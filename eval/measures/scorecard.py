"""The figures of a set of results, each with a bootstrap interval, and of every slice of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Figures and intervals by slice name, in the order of `slices`."""

    measures: Mapping[str, Figures]
    intervals: Mapping[str, Intervals]


def scorecard(results: Sequence[Result], seed: int = 0) -> Scorecard:
    """The figures of every slice with their intervals."""
    cut = slices(results)
    return Scorecard(
        {name: figures(members) for name, members in cut.items()},
        {name: intervals(members, seed) for name, members in cut.items()},
    )


def figures(results: Sequence[Result]) -> dict[str, float | int | None]:
    """Means of `MEASURES` and the `SET_FIGURES` of these results, None where there is nothing to measure.

    Means are over the gold questions that have the measure, whether or not anything was answered.
    """
    answerable = sum(result.question.gold.answerable for result in results)
    found = _figures(_Columns.of(results), _identity(results))
    values = {name: None if np.isnan(value[0]) else float(value[0]) for name, value in found.items()}
    return {"answerable": answerable, "unanswerable": len(results) - answerable, **values}


def intervals(results: Sequence[Result], seed: int = 0, rounds: int = ROUNDS) -> dict[str, tuple[float, float]]:
    """The 95 % percentile bootstrap interval of every figure that `figures` has a number for (Efron 1979).

    Questions are drawn with replacement, as many answerable and as many unanswerable ones as there are: their shares
    are the gold author's choice, no chance. Same seed, same interval. With few questions it is too narrow, and one of
    a figure that is 0 or 1 on all of them has no width at all.
    """
    generator = np.random.default_rng(seed)
    sides = [side[0] for side in _identity(results)]
    sure, unsure = (side[generator.integers(0, max(side.size, 1), (rounds, side.size))] for side in sides)
    found = _figures(_Columns.of(results), (sure, unsure))
    tail = (1 - LEVEL) / 2
    bounds = {}
    for name, values in found.items():
        kept = values[~np.isnan(values)]
        if kept.size:
            low, high = np.quantile(kept, (tail, 1 - tail))
            bounds[name] = (float(low), float(high))
    return bounds


Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the figures are made of, one array element for each result; a score that a question lacks is nan."""

    scores: Mapping[str, Array]
    confidence: Array
    answered: Array
    right: Array
    milliseconds: Array

    @classmethod
    def of(cls, results: Sequence[Result]) -> _Columns:
        def column(values: Sequence[float]) -> Array:
            return np.array(values, np.float64)

        return cls(
            {name: column([result.measures.get(name, np.nan) for result in results]) for name in MEASURES},
            column([result.answer.confidence for result in results]),
            column([result.answer.answerable for result in results]),
            column([result.right for result in results]),
            column([result.answer.timing_ms.get("total", np.nan) for result in results]),
        )


def _identity(results: Sequence[Result]) -> tuple[Rows, Rows]:
    """The rows of the answerable and of the unanswerable results, (1, n) each."""
    answerable = np.array([result.question.gold.answerable for result in results], bool)
    return np.flatnonzero(answerable)[None], np.flatnonzero(~answerable)[None]


def _figures(columns: _Columns, rows: tuple[Rows, Rows]) -> dict[str, Array]:
    """Every figure of every draw, (draws,) each; `rows` are the drawn answerable and unanswerable results."""
    sure, unsure = rows
    both = np.concatenate(rows, axis=-1)
    found = {name: _mean(values[both]) for name, values in columns.scores.items()}
    confidence, right = columns.confidence[both], columns.right[both]
    return found | {
        "false-answer-rate": _mean(columns.answered[unsure]),
        "false-refusal-rate": _mean(1 - columns.answered[sure]),
        "auroc": auroc(columns.confidence[sure], columns.confidence[unsure]),
        "false-answers@10%": false_answers_at(columns.confidence[sure], columns.confidence[unsure]),
        "aurc": area_under_risk_coverage(confidence, right),
        "nauc": normalised_area(columns.confidence[sure], np.nan_to_num(columns.scores["ndcg@10"][sure])),
        "ece": calibration_error(confidence, right),
        "latency-p50": _quantile(columns.milliseconds[both], 0.5),
        "latency-p95": _quantile(columns.milliseconds[both], 0.95),
    }


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
