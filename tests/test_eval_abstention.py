from fractions import Fraction
from itertools import pairwise
from math import floor, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import roc_auc_score

from eval.measures.abstention import (
    Bin,
    area_under_risk_coverage,
    auroc,
    calibration_error,
    false_answers_at,
    normalised_area,
    reliability,
    risk_coverage,
)

# Eighths are exact in binary, and few enough to tie often.
EIGHTHS = st.integers(0, 8).map(lambda eighths: eighths / 8)
CONFIDENCES = st.lists(EIGHTHS, min_size=1, max_size=40)
# (confidence, right) of one question each.
JUDGED = st.lists(st.tuples(EIGHTHS, st.sampled_from([0.0, 1.0])), min_size=1, max_size=40)
SCORED = st.lists(st.tuples(EIGHTHS, EIGHTHS), min_size=1, max_size=40)


def floats(values):
    return np.array(values, dtype=np.float64)


def columns(pairs):
    return floats(pairs).T


def matrices(rows, columns):
    return arrays.arrays(np.float64, (rows, columns), elements=EIGHTHS)


# Area under the ROC curve


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    # 0.9 beats both, 0.5 ties one and beats the other
    assert auroc(floats([0.9, 0.5]), floats([0.5, 0.1])) == (2 + 1 / 2 + 1) / 4
    assert auroc(floats([0.9]), floats([0.1])) == 1
    assert auroc(floats([0.1]), floats([0.9])) == 0


@given(CONFIDENCES, CONFIDENCES)
def test_auroc_equals_counting_pairs(sure, unsure):
    wins = sum((a > u) + (a == u) / 2 for a in sure for u in unsure)
    assert auroc(floats(sure), floats(unsure)) == wins / (len(sure) * len(unsure))


@given(CONFIDENCES, CONFIDENCES)
def test_auroc_equals_that_of_scikit_learn(sure, unsure):
    theirs = roc_auc_score([1] * len(sure) + [0] * len(unsure), sure + unsure)
    assert auroc(floats(sure), floats(unsure)) == pytest.approx(theirs)


@given(CONFIDENCES, CONFIDENCES)
def test_inverted_confidence_mirrors_auroc(sure, unsure):
    inverted = auroc(1 - floats(sure), 1 - floats(unsure))
    assert inverted == pytest.approx(1 - auroc(floats(sure), floats(unsure)))


# False answers at a tolerable share of refusals


def test_false_answers_at_the_strictest_tolerable_threshold():
    sure = floats([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    # one of ten may be refused: the threshold is 0.2, and two of the four reach it
    assert false_answers_at(sure, floats([0.1, 0.19, 0.2, 0.35])) == 2 / 4
    # of nine none: the threshold is 0.2, their lowest, again
    assert false_answers_at(sure[:9], floats([0.1, 0.19, 0.2, 0.35])) == 2 / 4
    # three of ten: 0.4
    assert false_answers_at(sure, floats([0.1, 0.19, 0.2, 0.35, 0.4]), Fraction(3, 10)) == 1 / 5


def test_the_tolerable_refusals_are_counted_exactly():
    hundred = np.arange(100) / 100
    # 29 of 100 may be refused, so 0.29 is the threshold; in floats 0.29 × 100 is less than 29
    assert floor(0.29 * 100) == 28
    assert false_answers_at(hundred, floats([0.28, 0.285, 0.29]), Fraction(29, 100)) == 1 / 3


@given(CONFIDENCES, CONFIDENCES)
def test_false_answers_are_the_fewest_of_all_tolerable_thresholds(sure, unsure):
    tolerable = [t for t in sure if 10 * sum(c < t for c in sure) <= len(sure)]
    fewest = min(sum(c >= t for c in unsure) / len(unsure) for t in tolerable)
    assert false_answers_at(floats(sure), floats(unsure)) == fewest


# Risk and coverage


def test_risk_is_the_share_of_wrong_answers_so_far():
    confidence, right = floats([0.2, 0.9, 0.5, 0.7]), floats([1, 1, 1, 0])
    assert risk_coverage(confidence, right).tolist() == [0, 1 / 2, 1 / 3, 1 / 4]
    assert area_under_risk_coverage(confidence, right) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


def test_of_equal_confidences_the_wrong_answer_comes_first():
    for right in ([1, 0, 1], [0, 1, 1], [1, 1, 0]):
        assert risk_coverage(floats([0.5, 0.5, 0.5]), floats(right)).tolist() == [1, 1 / 2, 1 / 3]


@given(JUDGED)
def test_risk_equals_answering_one_question_after_the_other(judged):
    ranked = sorted(judged, key=lambda pair: (-pair[0], pair[1]))
    risks = [sum(right == 0 for _, right in ranked[:k]) / k for k in range(1, len(ranked) + 1)]
    assert risk_coverage(*columns(judged)).tolist() == risks


@given(JUDGED, st.data())
def test_nothing_has_less_area_than_the_confidence_that_knows(judged, data):
    confidence, right = columns(judged)
    shuffled = floats(data.draw(st.permutations(confidence.tolist())))
    best = area_under_risk_coverage(right, right)
    assert best <= area_under_risk_coverage(confidence, right)
    assert best <= area_under_risk_coverage(shuffled, right)


# Normalised area under the abstention curve


def abstention_curve(confidence, scores):
    """Mean score of what is left at the abstention rates 0, .1, … .9, by plain loops."""
    ranked = [score for _, _, score in sorted(zip(confidence, range(len(scores)), scores, strict=True))]
    kept = [ranked[min(round(rate * len(ranked)), len(ranked) - 1) :] for rate in np.linspace(0, 1, 11)[:-1].tolist()]
    return [sum(scores) / len(scores) for scores in kept]


def trapezoids(curve):
    return sum((left + right) / 2 * 0.1 for left, right in pairwise(curve))


def test_normalised_area_by_hand():
    # Two questions: at the rates 0, 0.1, 0.2 none is dropped, from 0.3 on (0.3 × 2 = 0.6 rounds to 1) one is. With the
    # scores 0 and 1 the curve is 1/2 three times, then seven times the score of the surer question.
    scores = floats([0, 1])
    assert normalised_area(floats([0.1, 0.2]), scores) == 1
    assert normalised_area(floats([0.2, 0.1]), scores) == pytest.approx(-1)
    # Three questions of scores 0, 1/2, 1; dropped at 0 … 0.9: 0 0 1 1 1 2 2 2 2 2 (0.5 × 3 = 1.5 rounds to 2). The
    # oracle has 1/2 1/2 3/4 3/4 3/4 1 …; ours keeps {0, 1}, then {1}: five times 1/2, then 1. Above the flat 1/2:
    oracle = (3 * 1 / 4 + 4 * 1 / 2 + 1 / 2 / 2) / 10
    ours = (4 * 1 / 2 + 1 / 2 / 2) / 10
    assert normalised_area(floats([0.2, 0.1, 0.3]), floats([0, 0.5, 1])) == pytest.approx(ours / oracle)


def test_the_share_dropped_is_rounded_as_in_mteb():
    # Of 15: 0.3 and 0.7 are a bit more than that in numpy's linspace, so 4.5 and 10.5 are rounded up, not to even.
    left = [15 - dropped for dropped in (0, 2, 3, 5, 6, 8, 9, 11, 12, 14)]
    scores = np.zeros(15)
    scores[4] = 1  # the fifth to go: it is left at the first three rates only
    ours = trapezoids([1 / n for n in left[:3]] + [0] * 7)
    oracle = trapezoids([1 / n for n in left])
    flat = 0.9 * 1 / 15
    assert normalised_area(np.arange(15) / 15, scores) == pytest.approx((ours - flat) / (oracle - flat))


def test_of_equal_confidences_the_earlier_question_is_dropped_first():
    assert normalised_area(floats([0.5, 0.5]), floats([0, 1])) == 1
    assert normalised_area(floats([0.5, 0.5]), floats([1, 0])) == pytest.approx(-1)


def test_equal_scores_leave_nothing_to_gain():
    # 0.1 + 0.1 + 0.1 is not 0.3 in floats: the curve of the oracle is not quite flat, and yet there is no gain
    assert isnan(normalised_area(floats([0.1, 0.2, 0.3]), floats([0.1, 0.1, 0.1])))
    assert isnan(normalised_area(floats([0.1]), floats([1])))


@given(SCORED)
def test_normalised_area_equals_plain_loops(scored):
    confidence, scores = columns(scored)
    oracle = trapezoids(abstention_curve(scores.tolist(), scores.tolist()))
    ours = trapezoids(abstention_curve(confidence.tolist(), scores.tolist()))
    flat = 0.9 * sum(scores) / len(scores)
    area = normalised_area(confidence, scores)
    if len(set(scores)) == 1:
        assert isnan(area)
    else:
        assert area == pytest.approx((ours - flat) / (oracle - flat), abs=1e-9)
        assert area <= 1


@given(st.lists(EIGHTHS, min_size=2, max_size=40).filter(lambda scores: len(set(scores)) > 1))
def test_the_oracle_has_the_whole_area(scores):
    assert normalised_area(floats(scores), floats(scores)) == 1


# Calibration


def test_calibration_error_by_hand():
    # bin [0, .5): 0.25 and 0.375, none right: off by 0.3125; bin [.5, 1]: 0.5, 1 and 1, two of three right
    confidence, right = floats([0.25, 1.0, 0.375, 0.5, 1.0]), floats([0, 1, 0, 1, 0])
    assert calibration_error(confidence, right, bins=2) == pytest.approx(
        2 / 5 * (0.625 / 2 - 0) + 3 / 5 * (2.5 / 3 - 2 / 3)
    )
    assert reliability(confidence, right, bins=2) == (
        Bin(0.0, 0.5, 2, 0.625 / 2, 0.0),
        Bin(0.5, 1.0, 3, 2.5 / 3, 2 / 3),
    )


def test_an_edge_belongs_to_the_bin_above_and_one_to_the_last():
    confidence = floats([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    bars = reliability(confidence, np.ones(11))
    assert [bar.n for bar in bars] == [1] * 9 + [2]
    assert [(bar.low, bar.high) for bar in bars] == [(low / 10, (low + 1) / 10) for low in range(10)]
    assert bars[9].confidence == pytest.approx((0.9 + 1.0) / 2)
    # 1 / 49 × 49 is less than 1 in floats, and yet 1 / 49 is the lower edge of the second bin
    assert 1 / 49 * 49 < 1
    assert reliability(floats([1 / 49]), floats([1]), bins=49)[1] == Bin(1 / 49, 2 / 49, 1, 1 / 49, 1.0)


def test_an_empty_bin_has_no_means():
    assert reliability(floats([]), floats([]), bins=2) == (Bin(0.0, 0.5, 0, None, None), Bin(0.5, 1.0, 0, None, None))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=40),
    st.integers(1, 20),
)
def test_calibration_error_is_the_weighted_sum_over_the_bars(judged, bins):
    confidence, right = columns(judged)
    bars = reliability(confidence, right, bins)
    assert sum(bar.n for bar in bars) == len(judged)
    for bar in bars:
        assert bar.n == sum(bar.low <= c < bar.high or c == bar.high == 1 for c in confidence)
    gaps = [bar.n / len(judged) * abs(bar.right - bar.confidence) for bar in bars if bar.n]
    assert calibration_error(confidence, right, bins) == pytest.approx(sum(gaps), abs=1e-12)


# All of them


@given(st.data())
def test_a_batch_is_its_rows_one_by_one(data):
    n, m = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30))
    confidence, scores, others = (data.draw(matrices(6, size)) for size in (n, n, m))
    right = np.round(scores)
    for figure, second in [
        (auroc, others),
        (false_answers_at, others),
        (risk_coverage, right),
        (area_under_risk_coverage, right),
        (normalised_area, scores),
        (calibration_error, right),
    ]:
        rows = np.array([figure(*row) for row in zip(confidence, second, strict=True)])
        assert figure(confidence, second) == pytest.approx(rows, abs=1e-12, nan_ok=True)
        deep = figure(confidence.reshape(2, 3, -1), second.reshape(2, 3, -1))
        assert deep == pytest.approx(rows.reshape(2, 3, *rows.shape[1:]), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("leading", [(), (4,), (2, 3)])
def test_without_questions_a_figure_is_nan_in_the_leading_shape(leading):
    some, none = np.ones((*leading, 2)), np.ones((*leading, 0))
    for undefined in (
        auroc(some, none),
        auroc(none, some),
        false_answers_at(some, none),
        false_answers_at(none, some),
        area_under_risk_coverage(none, none),
        normalised_area(none, none),
        calibration_error(none, none),
    ):
        assert undefined.shape == leading
        assert np.isnan(undefined).all()
    assert risk_coverage(none, none).shape == (*leading, 0)
