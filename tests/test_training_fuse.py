"""The fit of the retrieval's weights on lists of candidates made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rag.weights import DEFAULT_WEIGHTS
from training.fuse import SHARP, Fusion, Listed, fitted, success

EVEN = Fusion(passage=1.0, second=1.0, lexical=1.0, place=1.0, relevance=0.0, sharp=1.0)


def listed(right: int, known: float = 1.0, relevance: tuple[float, ...] = (0.0, 0.0), **arms: list[float]) -> Listed:
    named = {name.replace("_", " "): np.array(values) for name, values in arms.items()}
    return Listed("made up", named, np.array(relevance), np.arange(len(relevance)) == right, known)


def test_scores_by_hand() -> None:
    fusion = Fusion(passage=0.5, second=0.4, lexical=2.0, place=3.0, relevance=0.1, sharp=1.0)
    one = listed(
        0,
        known=0.25,
        relevance=(2.0, -1.0),
        e5_passage=[1.0, 0.0],
        e5_sentence=[0.0, 1.0],
        use_sentence=[1.0, 1.0],
        lexical_passage=[2.0, 0.0],
        place=[0.0, 1.0],
    )
    # weights 0.5, 1, 0.4, 2 · 0.25 · 0.5 = 0.25 and 3: together 5.15
    first, second = (0.5 + 0.4 + 2 * 0.25) / 5.15 + 0.2, (1.0 + 0.4 + 3.0) / 5.15 - 0.1
    assert fusion.scores(one, "use").tolist() == pytest.approx([first, second])


def test_a_place_that_tells_nothing_apart_weighs_nothing() -> None:
    one = listed(0, e5_sentence=[1.0, 0.0], place=[0.0, 0.0])
    assert EVEN.scores(one, "use").tolist() == [1.0, 0.0]


def test_what_ships_is_where_the_fit_begins() -> None:
    shipped = Fusion.of(DEFAULT_WEIGHTS, "use-m3")
    assert (shipped.passage, shipped.second, shipped.sharp) == (DEFAULT_WEIGHTS.passage, 0.35, SHARP)


def test_an_arm_that_is_right_gains_and_one_that_is_wrong_goes_to_nothing() -> None:
    def questions(second: float) -> list[Listed]:
        signs = [(1, -1), (-1, 1)] * 4
        return [
            listed(at % 2, e5_sentence=[0.5 * a, 0.5 * b], use_sentence=[second * a, second * b])
            for at, (a, b) in enumerate(signs)
        ]

    told, wrong = questions(1.0), questions(-1.0)
    assert fitted(told, "use", EVEN).second > EVEN.second
    assert fitted(wrong, "use", EVEN).second == 0.0
    assert success(told, EVEN, "use") == 1.0
    assert success(wrong, EVEN, "use") == 0.0
    assert success(wrong, fitted(wrong, "use", EVEN), "use") == 1.0


def test_relevance_is_fitted_beside_the_arms() -> None:
    read = [listed(at % 2, relevance=((2.0, -2.0), (-2.0, 2.0))[at % 2], e5_sentence=[0.1, -0.1]) for at in range(8)]
    assert fitted(read, "use", EVEN).relevance > 0.1
