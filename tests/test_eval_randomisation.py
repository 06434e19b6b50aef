from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, permutation_test, rankdata

from eval.comparison.randomisation import (
    FLIPS,
    adjusted,
    average_ranks,
    figure_interval,
    mean_interval,
    sign_flip_p,
    smallest_p,
    swap_p,
)
from eval.measures.abstention import auroc

# Four standard errors of a share of 10,000 flips are at most 4 * sqrt(0.25 / 10,000) = 0.02.
FOUR_ERRORS = 0.02


def exact_p(deltas):
    """The share of all sign patterns whose sum is as far from 0 as the observed one."""
    sums = [
        abs(sum(s * d for s, d in zip(signs, deltas, strict=True))) for signs in product((-1, 1), repeat=len(deltas))
    ]
    return sum(total >= abs(sum(deltas)) - 1e-9 for total in sums) / len(sums)


def mean(said):
    return said[:, 0].mean(axis=-1)


def test_six_wins_of_six():
    # All six alike: of 2**6 patterns two are as far from 0.
    assert exact_p([1.0] * 6) == 2 / 64
    assert sign_flip_p(np.ones(6)) == pytest.approx(2 / 64, abs=0.005)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    deltas = np.sqrt(np.arange(40)) - 3.7
    a, b = np.zeros((1, 40)), deltas[None]
    for number in (
        lambda seed: sign_flip_p(deltas, seed),
        lambda seed: swap_p(mean, a, b, seed),
        lambda seed: mean_interval(deltas, seed),
        lambda seed: figure_interval(mean, a, b, 15, seed),
    ):
        assert number(1) == number(1) != number(2)


def test_p_is_never_zero():
    assert sign_flip_p(np.ones(60)) == 1 / (1 + FLIPS)
    assert swap_p(mean, np.zeros((1, 60)), np.ones((1, 60))) == 1 / (1 + FLIPS)


def test_runs_that_say_the_same_are_not_told_apart():
    same = np.array([[0.2, 0.9, 0.4]])
    assert sign_flip_p(np.zeros(3)) == swap_p(mean, same, same) == 1


@settings(max_examples=25)
@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=8))
def test_p_agrees_with_counting_all_sign_patterns(deltas):
    assert sign_flip_p(np.array(deltas)) == pytest.approx(exact_p(deltas), abs=FOUR_ERRORS)
    # Swapping the two runs' scores of a question turns the sign of its difference.
    assert swap_p(mean, np.zeros((1, len(deltas))), np.array([deltas])) == pytest.approx(
        exact_p(deltas), abs=FOUR_ERRORS
    )


def test_p_agrees_with_scipy():
    a = np.array([0.9, 0.8, 0.35, 0.6, 0.3, 0.7, 0.2, 0.5])
    b = np.array([0.4, 0.9, 0.85, 0.7, 0.6, 0.1, 0.3, 0.2])

    def difference_of_means(x, y, axis):
        return (y - x).mean(axis=axis)

    def difference_of_auroc(x, y, axis):
        assert axis == -1
        return auroc(y[..., :5], y[..., 5:]) - auroc(x[..., :5], x[..., 5:])

    def p(statistic):
        return permutation_test(
            (a, b), statistic, permutation_type="samples", vectorized=True, n_resamples=np.inf, axis=-1
        ).pvalue

    assert sign_flip_p(b - a) == pytest.approx(p(difference_of_means), abs=FOUR_ERRORS)
    ours = swap_p(lambda said: auroc(said[:, 0, :5], said[:, 0, 5:]), a[None], b[None])
    assert ours == pytest.approx(p(difference_of_auroc), abs=FOUR_ERRORS)


def test_whole_questions_are_swapped():
    # The difference of the two columns is 0 in both runs; it would not be if one column were swapped alone.
    a, b = np.array([[0.1] * 8] * 2), np.array([[0.9] * 8] * 2)
    assert swap_p(lambda said: (said[:, 0] - said[:, 1]).max(axis=-1), a, b) == 1
    seen = []

    def watched(said):
        seen.append(np.abs(said[:, 0] - said[:, 1]).max())
        return said[:, 0].mean(axis=-1)

    swap_p(watched, a, b)
    assert set(seen) == {0.0}


def test_a_round_without_the_figure_counts_as_far_and_a_resample_without_it_not_at_all():
    # The first value where the two differ, undefined where they are alike. Of the four ways to swap two questions, two
    # make the values alike, the other two leave a difference of 1 or -1.
    def first(said):
        return np.where(said[:, 0, 0] != said[:, 0, 1], said[:, 0, 0], np.nan)

    a, b = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    assert swap_p(first, a, b) == 1
    # Two of the four resamples are alike; the others have b's 1 or 0 less a's 0 or 1.
    assert figure_interval(first, a, b, 2) == (-1, 1)


def test_average_ranks_by_hand():
    assert average_ranks(np.array([0.5, 0.1, 0.5, 0.9])).tolist() == [(2 + 3) / 2, 1, (2 + 3) / 2, 4]


@given(st.lists(st.sampled_from([0.1, 0.2, 0.25, 0.9, 1.0]), max_size=20))
def test_average_ranks_agree_with_scipy(values):
    assert average_ranks(np.array(values)).tolist() == rankdata(values).tolist()


def test_an_interval_of_equal_differences_has_no_width():
    assert mean_interval(np.full(9, 0.25)) == (0.25, 0.25)
    assert figure_interval(mean, np.zeros((1, 9)), np.full((1, 9), 0.25), 4) == (0.25, 0.25)


def test_an_interval_of_ones_and_zeros_is_that_of_the_binomial_share():
    deltas = np.array([1.0, 0.0] * 50)
    # 100 draws at 1/2: the 2.5 % and 97.5 % points are 40 and 60; 1,000 resamples hit them or a neighbour.
    assert mean_interval(deltas) == pytest.approx((0.40, 0.60), abs=0.011)


def test_the_first_questions_are_drawn_among_themselves():
    # The first three differ by 1, the others by 0: drawn apart, every resample has three ones of five.
    a, b = np.zeros((1, 5)), np.array([[1.0, 1.0, 1.0, 0.0, 0.0]])
    assert figure_interval(mean, a, b, 3) == pytest.approx((3 / 5, 3 / 5))
    low, high = figure_interval(mean, a, b, 5)
    assert low < 3 / 5 < high


def test_adjusted_by_hand():
    # Sorted 0.01 0.02 0.03 0.2, times 4 over rank: 0.04 0.04 0.04 0.2.
    assert adjusted([0.02, 0.2, 0.01, 0.03]) == pytest.approx([0.04, 0.2, 0.04, 0.04])
    # 0.04 * 2 / 1 = 0.08 is more than 0.05 * 2 / 2.
    assert adjusted([0.04, 0.05]) == pytest.approx([0.05, 0.05])
    assert adjusted([]) == []


@given(st.lists(st.floats(0.0001, 1), min_size=1, max_size=30))
def test_adjusted_agrees_with_scipy(p_values):
    assert adjusted(p_values) == pytest.approx(false_discovery_control(p_values).tolist())


def test_the_smallest_p_is_that_of_all_signs_alike():
    assert [smallest_p(k) for k in (0, 1, 2, 6)] == [1, 1, 1 / 2, 2 / 64]
    assert smallest_p(5) == exact_p([0.5, 1, 2, 0.1, 3]) == 2 / 32
