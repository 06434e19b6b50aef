from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.compare import FLIPS, Difference, compare, read_run, render, sign_flip_p
from index.errors import InputError

A = {"p": {"success@1": 0.0, "decision": 1.0}, "q": {"success@1": 0.0, "decision": 1.0}, "r": {"decision": 0.0}}
B = {"p": {"success@1": 1.0, "decision": 1.0}, "q": {"success@1": 0.0, "decision": 0.0}, "s": {"decision": 1.0}}


def exact_p(deltas):
    """The share of all sign patterns whose sum is as far from 0 as the observed one."""
    sums = [
        abs(sum(s * d for s, d in zip(signs, deltas, strict=True))) for signs in product((-1, 1), repeat=len(deltas))
    ]
    return sum(total >= abs(sum(deltas)) - 1e-9 for total in sums) / len(sums)


def test_questions_are_paired_and_the_rest_left_out():
    success, decision = compare(A, B)
    # p wins, q ties. One difference of 1: both signs of it are as far from 0, so p is 1.
    assert success == Difference("success@1", 2, 0.0, 0.5, 0.5, wins=1, losses=0, ties=1, p=1.0)
    assert decision == Difference("decision", 2, 1.0, 0.5, -0.5, wins=0, losses=1, ties=1, p=1.0)


def test_runs_without_a_common_question_cannot_be_compared():
    with pytest.raises(InputError, match="3 and 1 questions"):
        compare(A, {"z": {"decision": 1.0}})


def test_six_wins_of_six():
    # All six alike: of 2**6 patterns two are as far from 0.
    assert exact_p([1.0] * 6) == 2 / 64
    assert sign_flip_p(np.ones(6)) == pytest.approx(2 / 64, abs=0.005)


def test_the_same_seed_gives_the_same_p_and_another_seed_another():
    deltas = np.array([0.3, -0.2, 0.5, 0.1, 0.7])
    assert sign_flip_p(deltas, 1) == sign_flip_p(deltas, 1) != sign_flip_p(deltas, 2)


def test_p_is_never_zero():
    assert sign_flip_p(np.ones(60)) == 1 / (1 + FLIPS)


def test_equal_runs_are_not_told_apart():
    assert [(d.delta, d.ties, d.p) for d in compare(A, A)] == [(0, 2, 1), (0, 3, 1)]


# Four standard errors of a share of 10,000 flips are at most 4 * sqrt(0.25 / 10,000) = 0.02.
@settings(max_examples=25)
@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=8))
def test_p_agrees_with_counting_all_sign_patterns(deltas):
    assert sign_flip_p(np.array(deltas)) == pytest.approx(exact_p(deltas), abs=0.02)


def test_the_table():
    row = render([Difference("success@1", 4, 0.5, 0.75, 0.25, wins=2, losses=1, ties=1, p=0.0312)]).splitlines()[1]
    assert row.split() == ["success@1", "4", "50.0", "75.0", "+25.0", "2", "1", "1", "0.0312"]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"id": "a"}', '{"id": "a", "measures": {"x": "y"}}', '{"id": "a", "measures": 3}']
)
def test_what_is_not_a_run_is_refused(tmp_path, content):
    path = tmp_path / "x.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="is not a run"):
        read_run(path)
    with pytest.raises(InputError, match=r"by-question\.jsonl is not a run"):
        read_run(tmp_path)
