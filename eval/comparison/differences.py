"""The differences of two runs over the same questions: means of measures, and figures of the set as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from eval.comparison.randomisation import average_ranks, figure_interval, mean_interval, sign_flip_p, swap_p
from eval.measures.abstention import (
    Array,
    area_under_risk_coverage,
    auroc,
    calibration_error,
    false_answers_at,
    normalised_area,
)
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
    """One figure of the set as a whole; delta = b - a.

    It rests on so many answerable and so many unanswerable questions: those that it looks at and that both runs say
    enough of.
    """

    figure: str
    answerable: int
    unanswerable: int
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


@dataclass(frozen=True, slots=True)
class _Figure:
    """What a figure needs of each question, and the figure of (rounds, these, n) with so many answerable questions
    first. It rests on questions of the kinds `answerable`. With `ordered`, confidence comes first and only its order
    counts.
    """

    name: str
    needs: tuple[str, ...]
    of: Callable[[Array, int], Array]
    answerable: tuple[bool, ...] = (True, False)
    ordered: bool = True

    def rests_on(self, pair: Pair) -> bool:
        """Whether both runs say enough of this question for the figure."""
        known = all(_said(record, key) is not None for record in pair for key in self.needs)
        return known and pair[0].answerable in self.answerable

    def columns(self, records: Sequence[Record]) -> Array:
        """What one run says of the questions, (needs, n)."""
        said = np.array([[_said(record, key) for record in records] for key in self.needs], np.float64)
        if self.ordered:
            said[0] = average_ranks(said[0])
        return said


def _mean(values: Array) -> Array:
    return np.asarray(values.mean(axis=-1))


_FIGURES = (
    _Figure("auroc", ("confidence",), lambda said, sure: auroc(said[:, 0, :sure], said[:, 0, sure:])),
    _Figure(
        "false-answers@10%", ("confidence",), lambda said, sure: false_answers_at(said[:, 0, :sure], said[:, 0, sure:])
    ),
    _Figure("aurc", ("confidence", "right"), lambda said, _: area_under_risk_coverage(said[:, 0], said[:, 1])),
    _Figure("nauc", ("confidence", "ndcg@10"), lambda said, _: normalised_area(said[:, 0], said[:, 1]), (True,)),
    _Figure("ece", ("confidence", "right"), lambda said, _: calibration_error(said[:, 0], said[:, 1]), ordered=False),
    _Figure("false-answer-rate", ("answered",), lambda said, _: _mean(said[:, 0]), (False,), ordered=False),
    _Figure("false-refusal-rate", ("answered",), lambda said, _: _mean(1 - said[:, 0]), (True,), ordered=False),
)


def figure_differences(pairs: Sequence[Pair], seed: int) -> Iterator[FigureDifference]:
    """The difference of each figure of the set, over the questions of which both runs say what it needs.

    A figure that needs both answerable and unanswerable questions, or one kind of them, is left out where it has none,
    and so is one that is undefined in either run. `pairs` agree on what is answerable.
    """
    labelled = sorted(
        (pair for pair in pairs if pair[0].answerable is not None), key=lambda pair: not pair[0].answerable
    )
    for figure in _FIGURES:
        resting = [pair for pair in labelled if figure.rests_on(pair)]
        found = _figure_difference(figure, resting, seed) if resting else None
        if found is not None:
            yield found


def _said(record: Record, key: str) -> float | None:
    """A score by its name, or what else a run says of a question."""
    found: float | None = getattr(record, key) if hasattr(record, key) else record.measures.get(key)
    return found


def _figure_difference(of: _Figure, pairs: Sequence[Pair], seed: int) -> FigureDifference | None:
    """`pairs` are not empty, the answerable ones first."""
    sure = sum(one.answerable is True for one, _ in pairs)

    def figure(said: Array) -> Array:
        return of.of(said, sure)

    a, b = (of.columns([pair[run] for pair in pairs]) for run in (0, 1))
    value_a, value_b = float(figure(a[None])[0]), float(figure(b[None])[0])
    if np.isnan(value_a) or np.isnan(value_b):
        return None
    low, high = figure_interval(figure, a, b, sure, seed)
    return FigureDifference(
        figure=of.name,
        answerable=sure,
        unanswerable=len(pairs) - sure,
        a=value_a,
        b=value_b,
        delta=value_b - value_a,
        low=low,
        high=high,
        p=swap_p(figure, a, b, seed),
    )
