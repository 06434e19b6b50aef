"""The fit of the score's parameters on examples made by hand."""

from __future__ import annotations

from math import log

import pytest
from scipy.stats import binom

from rag.confidence import ABSENT, BEHIND, ENGLISH, FUSED, KNOWN, NULL
from training.calibrate import WEIGHTS, Example, _added, _fit, _refusals, _score

EVEN = {"weights": {}, "intercept": 0.0, "threshold": 0.5}


def example(answers: bool, source: str = "digest", *, first: bool = True, **features: float) -> Example:
    known = {FUSED: 0.0, BEHIND: 0.0, KNOWN: 0.5, ABSENT: 0.0, NULL: 0.0, ENGLISH: 0.0}
    return Example(
        known | {name: float(value) for name, value in features.items()}, answers, first, answers, source, True
    )


def everywhere(*made: Example) -> list[Example]:
    """The same examples in every fold."""
    return [Example(e.features, e.answers, e.first, e.answerable, source, e.read) for source in WEIGHTS for e in made]


@pytest.mark.parametrize(
    ("right", "wrong", "added"),
    [(3, 1, log(3)), (1, 1, 0.0), (1, 4, -log(4)), (5, 0, 2.0)],  # the log of the odds; at most 2 either way
)
def test_what_is_added_makes_the_share_of_right_ones_the_score(right: int, wrong: int, added: float) -> None:
    examples = [example(True)] * right + [example(False)] * wrong
    assert _added(examples, EVEN) == pytest.approx(added, abs=1e-3)


def test_what_is_added_is_beside_what_the_score_says_already() -> None:
    already = EVEN | {"intercept": log(3)}
    assert _added([example(True)] * 3 + [example(False)], already) == pytest.approx(0.0, abs=1e-3)


def test_no_parameter_contradicts_the_rank_or_a_refusal() -> None:
    """What is found better the worse it answers gets no weight, and nor does the chance of no answer where it helps."""
    cosine = "e5-small sentence"
    good = [example(True, **{FUSED: 0, NULL: value, cosine: 0.1}) for value in (3, 4)]
    bad = [example(False, **{FUSED: 1, NULL: value, cosine: 0.9}) for value in (-3, -4)]
    behind = [example(False, first=False, **{FUSED: 1, cosine: 0.9})]
    weights = _fit(everywhere(*good, *bad, *behind), [FUSED, BEHIND, KNOWN, NULL, cosine], english=False)["weights"]
    assert isinstance(weights, dict)
    assert (weights[FUSED], weights[NULL], weights[KNOWN], weights[cosine]) == (0.0, 0.0, 0.0, 0.0)


def test_the_better_found_scores_more_and_few_answerable_questions_are_refused() -> None:
    good = [example(True, **{FUSED: 2 + number / 10}) for number in range(40)]
    bad = [example(False, **{FUSED: -4 + number / 10}) for number in range(40)]
    fitted = _fit(everywhere(*good, *bad), [FUSED, BEHIND], english=False)
    scores = [_score(fitted, one) for one in (*bad, *good)]
    assert scores == sorted(scores)
    assert scores[0] < 0.5 < scores[-1]
    # Three folds of the gold have 120 of them; below it lie 6, two in each.
    assert fitted["threshold"] == pytest.approx(_score(fitted, good[2]), abs=6e-4)


@pytest.mark.parametrize(("answerable", "refused"), [(0, 0), (29, 0), (46, 1), (100, 4), (120, 6), (251, 17)])
def test_no_more_are_refused_than_promise_one_in_ten(answerable: int, refused: int) -> None:
    """If one in ten were, so few would be seen in one of twenty sets of so many at most; one more would be in more."""
    assert _refusals(answerable) == refused
    assert binom.cdf(refused, answerable, 0.1) <= 0.05 or refused == 0
    assert binom.cdf(refused + 1, answerable, 0.1) > 0.05 or answerable == 0


def test_english_is_added_to_where_gold_questions_in_english_are_answered_more_often_than_told() -> None:
    """Only by the gold: what our own questions in English say does not count."""
    told = [example(number % 2 == 0, **{FUSED: number % 2}) for number in range(8)]
    english = [example(number > 0, **{FUSED: 0.5, ENGLISH: 1}) for number in range(4)]
    own = [example(False, "own provinces", **{FUSED: 0.5, ENGLISH: 1}) for _ in range(9)]
    fitted = _fit([*everywhere(*told, *english), *own], [FUSED, BEHIND], english=True)
    plain = _fit([*everywhere(*told, *english), *own], [FUSED, BEHIND], english=False)
    weights = fitted["weights"]
    assert isinstance(weights, dict)
    assert _score(plain, english[0]) < 0.75
    assert _score(fitted, english[0]) == pytest.approx(0.75, abs=1e-3)  # 3 of 4, in each of three gold folds
    assert _score(fitted, told[0]) == _score(plain, told[0])
