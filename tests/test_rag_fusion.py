"""Weighted sums of z-scores, reckoned by hand."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import weighted_z_scores, z_scores


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_z_scores_are_distances_from_the_mean_in_standard_deviations() -> None:
    # mean 2, variance (1 + 0 + 1) / 3
    spread = sqrt(2 / 3)
    assert z_scores(floats(1, 2, 3)) == pytest.approx([-1 / spread, 0, 1 / spread])


@pytest.mark.parametrize("scores", [floats(), floats(0.7), floats(0.7, 0.7, 0.7)])
def test_what_does_not_differ_says_nothing(scores: np.ndarray) -> None:
    assert z_scores(scores).tolist() == [0.0] * len(scores)
    assert z_scores(scores).dtype == np.float32


def test_arms_add_up_by_their_weights() -> None:
    # each arm's z-scores are -1 and 1, whatever its scale
    fused = weighted_z_scores({"a": floats(0, 10), "b": floats(0.2, 0.1)}, {"a": 1.0, "b": 3.0})
    assert fused == pytest.approx([-1 * 1 + 1 * 3, 1 * 1 - 1 * 3])


def test_an_arm_of_weight_zero_changes_nothing() -> None:
    dense = floats(0.3, 0.9, 0.5)
    fused = weighted_z_scores({"dense": dense, "lexical": floats(9, 0, 0)}, {"dense": 1.0, "lexical": 0.0})
    assert fused == pytest.approx(z_scores(dense))


def test_an_arm_without_a_weight_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="lexical"):
        weighted_z_scores({"lexical": floats(1, 2)}, {"dense": 1.0})


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=20))
def test_one_arm_alone_keeps_its_order(scores: list[float]) -> None:
    arm = np.array(scores, np.float32)
    fused = weighted_z_scores({"a": arm}, {"a": 2.0})
    assert np.isfinite(fused).all()
    better = arm[:, None] > arm[None, :]
    assert (fused[:, None] >= fused[None, :])[better].all()
