"""Does the assistant know when it does not know? Figures of a whole set of questions and their confidences.

The LAST axis of every array is the questions; any axes before it are sets of their own, such as the resamples of a
bootstrap, and are the same for both arguments. Arrays are float64, confidences lie in [0, 1], and `right` is 1 for a
question whose answer is right and 0 for any other. A figure has the shape of the leading axes, () for one set, and is
nan where it is undefined.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

TOLERATED_REFUSALS = Fraction(1, 10)
"""The share of false refusals at which false answers are compared."""
BINS = 10
"""Equal widths of confidence in which it is compared with the share of right answers."""
# As floats of exactly these bits: arange(10) / 10 rounds another number of questions away, of 15 for example.
_ABSTENTION_RATES: Array = np.linspace(0, 1, 11)[:-1]


@dataclass(frozen=True, slots=True)
class Bin:
    """The `n` questions with low ≤ confidence < high (≤ in the last bin), their mean confidence and share right.

    Both are None where there is no question.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    right: float | None


def auroc(sure: Array, unsure: Array) -> Array:
    """Chance that an answerable question got the higher confidence, ties 1/2 (Mann and Whitney's U; Fawcett 2006).

    `sure` (…, a) holds the confidences of the answerable questions, `unsure` (…, u) of the unanswerable ones; nan
    unless both are there. Not calibration: any order-preserving change of the confidences leaves it as it is.
    """
    a, u = sure.shape[-1], unsure.shape[-1]
    if not a or not u:
        return _undefined(sure)
    # A stable sort leaves equal confidences in the order given here: a tied pair is in `not_above`, but not in `below`.
    below = _beaten(np.argsort(np.concatenate((sure, unsure), axis=-1), axis=-1, kind="stable") >= a)
    not_above = _beaten(np.argsort(np.concatenate((unsure, sure), axis=-1), axis=-1, kind="stable") < u)
    return np.asarray((below + not_above) / (2 * a * u))


def false_answers_at(sure: Array, unsure: Array, refusals: Fraction = TOLERATED_REFUSALS) -> Array:
    """Share of the unanswerable questions answered under the strictest threshold that refuses few of the answerable.

    A question is answered when its confidence is at least the threshold; the threshold is the highest under which at
    most the share `refusals` (0 ≤ refusals < 1) of `sure` (…, a) is refused, and the figure is the share of `unsure`
    (…, u) that it lets through; nan unless both are there. A point of the ROC curve (Fawcett 2006): the false positive
    rate at a given true positive rate. Not what the assistant did: the threshold is chosen here, on the questions it
    is measured on.
    """
    a, u = sure.shape[-1], unsure.shape[-1]
    if not a or not u:
        return _undefined(sure)
    threshold = np.sort(sure, axis=-1)[..., floor(refusals * a), None]
    return np.asarray(np.count_nonzero(unsure >= threshold, axis=-1) / u)


def risk_coverage(confidence: Array, right: Array) -> Array:
    """(…, n): the share of wrong answers among the 1, 2, … n most confident questions; both arguments are (…, n).

    The risk-coverage curve of selective prediction (El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017) at coverages
    1/n … 1. Among equal confidences the wrong ones come first, so that an undecided confidence never looks good. Not a
    curve over thresholds: the confidence itself does not show in it, only its order.
    """
    order = np.lexsort((right, -confidence), axis=-1)
    wrong = np.cumsum(1 - np.take_along_axis(right, order, axis=-1), axis=-1)
    return np.asarray(wrong / np.arange(1, right.shape[-1] + 1))


def area_under_risk_coverage(confidence: Array, right: Array) -> Array:
    """AURC, the mean of `risk_coverage` (Geifman, Uziel and El-Yaniv 2019), lower is better; nan without questions.

    Not comparable between systems that are right on different shares of the questions: even the best order of
    confidences cannot go below what those shares allow.
    """
    if not right.shape[-1]:
        return _undefined(right)
    return np.asarray(risk_coverage(confidence, right).mean(axis=-1))


def normalised_area(confidence: Array, scores: Array) -> Array:
    """nAUC of the abstention curve (Gisserot-Boukhlef et al. 2024, as MTEB reports it); at most 1, 0 is of no use.

    The curve is the mean score of the questions that are left when the least confident share of 0, 0.1, … 0.9 is
    dropped: min(round(share × n), n - 1) questions, half to even. Its area by trapezoids is put on a scale where 0 is
    the curve that stays at the mean of all and 1 is the oracle's, who drops by the scores themselves. `confidence` and
    `scores` are (…, n), scores of any range; nan where all scores are equal, for then nothing can be gained. Among
    equal confidences the earlier question is dropped first. Not the quality of the answers: poor ones, dropped in the
    right order, reach 1.
    """
    if not scores.shape[-1]:
        return _undefined(scores)
    flat = scores.mean(axis=-1) * (_ABSTENTION_RATES[-1] - _ABSTENTION_RATES[0])
    gained = _area_of_abstention(confidence, scores) - flat
    possible = _area_of_abstention(scores, scores) - flat
    # Not by possible == 0: the mean of equal scores can be off by one bit.
    differ = scores.max(axis=-1) > scores.min(axis=-1)
    return np.asarray(np.divide(gained, possible, out=_undefined(scores), where=differ))


def calibration_error(confidence: Array, right: Array, bins: int = BINS) -> Array:
    """ECE: how far mean confidence and share right lie apart in a bin, on average over the questions; 0 is best.

    Bins of equal width over [0, 1] (Naeini et al. 2015; Guo et al. 2017), each with its lower edge, the last with 1,
    too; both arguments are (…, n), nan without questions. Not discrimination: the same confidence for every question,
    equal to the share of right ones, scores a perfect 0.
    """
    n = right.shape[-1]
    if not n:
        return _undefined(right)
    where = _bin_of(confidence, bins)
    # n_b / n · |mean right - mean confidence| is the sum of the differences in bin b, over n.
    gaps = [np.abs(np.sum(right - confidence, axis=-1, where=where == index)) for index in range(bins)]
    return np.asarray(np.sum(gaps, axis=0) / n)


def reliability(confidence: Array, right: Array, bins: int = BINS) -> tuple[Bin, ...]:
    """The bars of a reliability diagram (Guo et al. 2017): the bins of `calibration_error`, lowest first.

    Both arguments are (n,), one set of questions; n may be 0. Not a judgement of a bin: a bar over few questions lies
    far off by chance alone.
    """
    edges = _edges(bins).tolist()
    where = _bin_of(confidence, bins)
    members = [where == index for index in range(bins)]
    return tuple(
        Bin(low, high, int(inside.sum()), _mean(confidence[inside]), _mean(right[inside]))
        for low, high, inside in zip(edges, edges[1:], members, strict=False)
    )


def _beaten(unsure: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Of questions in rising order of confidence: the pairs of an unanswerable one and an answerable one after it."""
    return np.asarray(np.sum(np.cumsum(unsure, axis=-1), axis=-1, where=~unsure))


def _area_of_abstention(confidence: Array, scores: Array) -> Array:
    n = scores.shape[-1]
    order = np.argsort(confidence, axis=-1, kind="stable")
    dropped = np.minimum(np.round(_ABSTENTION_RATES * n).astype(np.int64), n - 1)
    # totals[d] is the sum of what is left without the d least confident.
    totals = np.flip(np.cumsum(np.flip(np.take_along_axis(scores, order, axis=-1), axis=-1), axis=-1), axis=-1)
    return np.asarray(np.trapezoid(totals[..., dropped] / (n - dropped), _ABSTENTION_RATES, axis=-1))


def _edges(bins: int) -> Array:
    return np.asarray(np.arange(bins + 1) / bins)


def _bin_of(confidence: Array, bins: int) -> npt.NDArray[np.int64]:
    """The bin of each confidence, found by the edges that are reported: floor(0.29 × 100) would be 28."""
    return np.searchsorted(_edges(bins)[1:-1], confidence, side="right")


def _mean(values: Array) -> float | None:
    return float(values.mean()) if values.size else None


def _undefined(like: Array) -> Array:
    return np.full(like.shape[:-1], np.nan)
