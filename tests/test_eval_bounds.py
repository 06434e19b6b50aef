import pytest

from eval.bounds import HIGHER, LOWER, broken, parse
from eval.measures.scorecard import LOWER_IS_BETTER, SET_FIGURES
from eval.runner import MEASURES


def test_every_figure_can_be_bounded_on_the_side_that_makes_sense():
    assert set(HIGHER) == {*MEASURES, "auroc", "nauc"}
    assert set(LOWER) == LOWER_IS_BETTER
    assert not set(HIGHER) & set(LOWER)
    assert set(HIGHER) | set(LOWER) == {*MEASURES, *SET_FIGURES}


def test_a_bound_is_a_measure_and_a_number():
    assert parse("Recall@5=0.9", HIGHER) == ("recall@5", 0.9)
    assert parse(" auroc =1", HIGHER) == ("auroc", 1.0)
    assert parse("latency-p95=250", LOWER) == ("latency-p95", 250.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("success@2=0.5", "no measure 'success@2'; there are success@1, success@3, "),
        ("0.5", "no measure '0.5'; there are success@1"),
        ("auroc=high", "'high' is not a number; write auroc=0.9"),
        ("auroc=90", "90 is not between 0 and 1"),
        ("auroc=nan", "nan is not between 0 and 1"),
        ("ece=0.1", "no measure 'ece'"),
    ],
)
def test_a_bound_that_makes_no_sense_is_told(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text, HIGHER)


def test_milliseconds_are_no_shares():
    with pytest.raises(ValueError, match="inf is not a number of milliseconds; write latency-p50=500"):
        parse("latency-p50=inf", LOWER)


def test_what_rounding_took_away_breaks_no_bound():
    mean = sum([0.0, 0.0, 0.8, 1.0, 1.0]) / 5
    assert mean < 0.56
    assert list(broken({"recall@5": mean}, {"recall@5": 0.56}, {})) == []
    assert list(broken({"ece": 1 - mean}, {}, {"ece": 0.44})) == []
    assert list(broken({"recall@5": 0.5599}, {"recall@5": 0.56}, {})) == ["recall@5 is 0.5599, under 0.56"]


def test_bounds_that_are_reached_exactly_are_kept():
    figures = {"auroc": 0.75, "ece": 0.1, "map": None}
    assert list(broken(figures, {"auroc": 0.75}, {"ece": 0.1})) == []
    assert list(broken(figures, {"auroc": 0.76, "map": 0.0}, {"ece": 0.09})) == [
        "auroc is 0.75, under 0.76",
        "map cannot be measured on these questions, 0.0 is asked for",
        "ece is 0.1, over 0.09",
    ]
