"""The differences of two runs over the same questions: means of measures, and figures of the set as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.comparison.randomisation import figure_interval, mean_interval, sign_flip_p, swap_p
from eval.measures.abstention import Array, area_under_risk_coverage, auroc, calibration_error
from eval.reports.run_file import Record

Pair = tuple[Record, Record]
"""What run A and run B say of one question."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure over the n questions that both runs have it for; `wins` counts those where B is better.

    low … high is the 95 % bootstrap interval of `delta`, the mean of B less that of A.
    """

    measure: str
    n: int
    mean_a: float
    mean_b: float
    delta: float
    low: float
    high: float
    wins: int
    losses: int
    ties: int
    p: float


@dataclass(frozen=True, slots=True)
class FigureDifference:
    """One figure of the set as a whole, over the n questions that both runs say enough of; delta = b - a."""

    figure: str
    n: int
    a: float
    b: float
    delta: float
    low: float
    high: float
    p: float


def differences(pairs: Sequence[Pair], measures: Iterable[str], seed: int) -> Iterator[Difference]:
    """The difference of each measure that both runs have for any of the questions."""
    for measure in measures:
        scores = scores_of(pairs, measure)
        if scores:
            yield _difference(measure, np.array([both for _, both in scores], np.float64), seed)


def scores_of(pairs: Sequence[Pair], measure: str) -> list[tuple[str, tuple[float, float]]]:
    """The id and both scores of every question that has the measure in both runs."""
    return [
        (one.id, (one.measures[measure], other.measures[measure]))
        for one, other in pairs
        if measure in one.measures and measure in other.measures
    ]


def _difference(measure: str, scores: Array, seed: int) -> Difference:
    mean_a, mean_b = (float(mean) for mean in scores.mean(axis=0))
    deltas = scores[:, 1] - scores[:, 0]
    low, high = mean_interval(deltas, seed)
    wins, losses = int((deltas > 0).sum()), int((deltas < 0).sum())
    return Difference(
        measure=measure,
        n=len(scores),
        mean_a=mean_a,
        mean_b=mean_b,
        delta=mean_b - mean_a,
        low=low,
        high=high,
        wins=wins,
        losses=losses,
        ties=len(scores) - wins - losses,
        p=sign_flip_p(deltas, seed),
    )


def _share(flags: Array) -> Array:
    return flags.mean(axis=-1) if flags.shape[-1] else np.full(flags.shape[:-1], np.nan)


# Name → what it needs of each question, and the figure of (rounds, these, n) with the answerable questions first.
_FIGURES: Mapping[str, tuple[tuple[str, ...], Callable[[Array, int], Array]]] = {
    "auroc": (("confidence",), lambda said, sure: auroc(said[:, 0, :sure], said[:, 0, sure:])),
    "aurc": (("confidence", "right"), lambda said, _: area_under_risk_coverage(said[:, 0], said[:, 1])),
    "ece": (("confidence", "right"), lambda said, _: calibration_error(said[:, 0], said[:, 1])),
    "false-answer-rate": (("answered",), lambda said, sure: _share(said[:, 0, sure:])),
    "false-refusal-rate": (("answered",), lambda said, sure: _share(1 - said[:, 0, :sure])),
}


def figure_differences(pairs: Sequence[Pair], seed: int) -> Iterator[FigureDifference]:
    """The difference of each figure of the set, over the questions of which both runs say what it needs.

    A figure that needs both answerable and unanswerable questions, or one kind of them, is left out where it has none.
    `pairs` agree on what is answerable.
    """
    labelled = sorted(
        (pair for pair in pairs if pair[0].answerable is not None), key=lambda pair: not pair[0].answerable
    )
    for name, (needs, figure) in _FIGURES.items():
        full = [pair for pair in labelled if all(getattr(record, key) is not None for record in pair for key in needs)]
        a, b = (np.array([[getattr(pair[run], key) for pair in full] for key in needs], np.float64) for run in (0, 1))
        found = _figure_difference(name, figure, a, b, sum(one.answerable is True for one, _ in full), seed)
        if found is not None:
            yield found


def _figure_difference(
    name: str, of: Callable[[Array, int], Array], a: Array, b: Array, sure: int, seed: int
) -> FigureDifference | None:
    def figure(said: Array) -> Array:
        return of(said, sure)

    value_a, value_b = float(figure(a[None])[0]), float(figure(b[None])[0])
    if np.isnan(value_a):  # undefined without questions of the kind it needs: so for both runs
        return None
    low, high = figure_interval(figure, a, b, sure, seed)
    return FigureDifference(
        figure=name,
        n=a.shape[-1],
        a=value_a,
        b=value_b,
        delta=value_b - value_a,
        low=low,
        high=high,
        p=swap_p(figure, a, b, seed),
    )
