"""The pictures of a report: every length is the data times the size of the plot."""

import xml.etree.ElementTree as ET

import pytest
from eval_report_content import content
from hypothesis import given
from hypothesis import strategies as st

from eval.reports import pictures
from eval.reports.drawing import Plot, ticks
from eval.reports.pictures import BARS, COUNTED, PLOT

LANGUAGES = ("zh", "en")


def shapes(svg, tag, kind):
    return [each for each in ET.fromstring(svg).iter(tag) if kind in each.get("class", "").split()]


def numbers(shape, *names):
    return tuple(float(shape.get(name)) for name in names)


def texts(svg):
    return [each.text for each in ET.fromstring(svg).iter("text")]


def corners(shape):
    return [tuple(map(float, pair.split(","))) for pair in shape.get("points").split()]


def every_picture(language):
    made = content()
    curves, rows = made["curves"], [("pair en→zh", 0.9, (0.8, 0.97), 38)]
    return {
        "risk-coverage": pictures.risk_coverage(curves["risk_coverage"], 0.047, language),
        "reliability": pictures.reliability(curves["reliability"], 0.038, language),
        "ranks": pictures.ranks(curves["ranks"], language),
        "latency": pictures.latency(curves["latency_ms"], {"p50": 34.2, "p95": 61.7}, language),
        "forest": pictures.forest(rows, 0.932, language),
    }


def test_a_plot_turns_shares_into_places() -> None:
    plot = Plot(10, 20, 100, 50)
    assert (plot.x(0.25), plot.y(0.25), plot.right, plot.bottom) == (10 + 25, 70 - 12.5, 110, 70)


@pytest.mark.parametrize(
    ("limit", "intervals", "whole", "expected"),
    [
        (0.083, 5, False, [0, 0.02, 0.04, 0.06, 0.08, 0.1]),
        (1, 5, False, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (66, 4, False, [0, 20, 40, 60, 80]),
        (2, 4, False, [0, 0.5, 1, 1.5, 2]),
        (2, 4, True, [0, 1, 2]),
    ],
)
def test_ticks_are_round_and_reach_the_limit(limit, intervals, whole, expected) -> None:
    assert ticks(limit, intervals, whole) == pytest.approx(expected)


@given(st.floats(1e-3, 1e6), st.integers(1, 10))
def test_ticks_reach_the_limit_and_no_further_than_needed(limit, intervals) -> None:
    found = ticks(limit, intervals)
    assert 2 <= len(found) <= intervals + 1
    assert found[-2] < limit <= found[-1] * (1 + 1e-6)


def test_risk_is_drawn_over_coverage_with_its_area_and_the_line_of_no_selection() -> None:
    curve = [{"coverage": 0.5, "risk": 0.0}, {"coverage": 1.0, "risk": 0.08}]
    svg = pictures.risk_coverage(curve, 0.04, "en")
    half, end, level = 38 + 0.5 * 308, 38 + 308, 204 - 0.08 / 0.08 * 178  # the axis ends at 8 %, a tick
    assert ticks(0.08, 5)[-1] == 0.08
    assert corners(*shapes(svg, "polyline", "line")) == [(half, 204), (end, level)]
    assert corners(*shapes(svg, "polygon", "area")) == [(half, 204), (half, 204), (end, level), (end, 204)]
    assert numbers(*shapes(svg, "line", "promise"), "x1", "y1", "x2", "y2") == (38, level, end, level)
    assert {"no selection 8.0 %", "area (AURC) 4.0 %", "wrong among them (%)"} <= set(texts(svg))
    assert "surest half is answered: 0.0 %; when all are: 8.0 %" in ET.fromstring(svg).find("desc").text


def test_no_risk_at_all_is_a_line_on_the_axis() -> None:
    svg = pictures.risk_coverage([{"coverage": 1.0, "risk": 0.0}], None, "en")
    assert corners(*shapes(svg, "polyline", "line")) == [(PLOT.right, PLOT.bottom)]
    assert not any("AURC" in words for words in texts(svg))


def test_reliability_has_a_bar_a_count_and_a_gap_for_every_bin() -> None:
    bins = [
        {"low": 0.0, "high": 0.5, "n": 9, "confidence": 0.4, "right": 0.25},
        {"low": 0.5, "high": 0.8, "n": 0, "confidence": None, "right": None},
        {"low": 0.8, "high": 1.0, "n": 10, "confidence": 0.9, "right": 0.75},
    ]
    svg = pictures.reliability(bins, 0.123, "en")
    few, many = shapes(svg, "rect", "bar")
    assert [each.get("class") for each in (few, many)] == ["bar few", "bar"]
    assert numbers(few, "x", "width", "height") == (38 + 1, 0.5 * 308 - 2, 0.25 * 160)
    assert numbers(many, "y", "height") == (204 - 0.75 * 160, 0.75 * 160)
    assert numbers(shapes(svg, "line", "gap")[0], "x1", "y1", "y2") == pytest.approx(
        (38 + 0.4 * 308, 204 - 0.25 * 160, 204 - 0.4 * 160)
    )
    corner = (COUNTED.left, COUNTED.bottom, COUNTED.right, COUNTED.top)
    assert numbers(*shapes(svg, "line", "promise"), "x1", "y1", "x2", "y2") == corner
    assert [counted.text for counted in shapes(svg, "text", "small")] == ["9", "0", "10", "n"]
    assert "ECE 12.3 %" in texts(svg)
    assert ET.fromstring(svg).find("desc").text == "40 → 25 (n 9); 90 → 75 (n 10)"


def test_ranks_are_bars_as_long_as_their_counts() -> None:
    rows = [{"rank": "1", "n": 6}, {"rank": "11-20", "n": 0}, {"rank": "missed", "n": 2}]
    svg = pictures.ranks(rows, "zh")
    assert BARS.height / len(rows) == 78
    assert [numbers(bar, "width")[0] for bar in shapes(svg, "rect", "bar")] == [216, 0, 2 / 6 * 216]
    assert [numbers(bar, "y")[0] for bar in shapes(svg, "rect", "bar")] == [26 + 2, 26 + 78 + 2, 26 + 2 * 78 + 2]
    assert [bar.get("class") for bar in shapes(svg, "rect", "bar")] == ["bar", "bar", "bar missed"]
    assert {"6 (75.0 %)", "2 (25.0 %)", "0", "11–20", "未找到"} <= set(texts(svg))
    assert "missed: 2" in ET.fromstring(pictures.ranks(rows, "en")).find("desc").text


def test_latency_is_a_histogram_with_a_line_at_every_mark() -> None:
    rows = [{"low": 20, "high": 40, "n": 1}, {"low": 40, "high": 60, "n": 4}]
    svg = pictures.latency(rows, {"p50": 45.2, "p95": 70.0, "p99": None}, "en")
    first, second = shapes(svg, "rect", "bar")
    assert numbers(first, "x", "width", "height") == (38.5, 154 - 1, 1 / 4 * 178)
    assert numbers(second, "y", "height") == (26, 178)
    middle, late = shapes(svg, "line", "promise")
    assert numbers(middle, "x1")[0] == pytest.approx(38 + (45.2 - 20) / 40 * 308, abs=0.01)
    assert numbers(late, "x1")[0] == PLOT.right  # beyond the last bin: at the edge
    assert {"p50 45 ms", "p95 70 ms", "20", "40", "60"} <= set(texts(svg))
    assert "0" in texts(svg)
    assert not any("p99" in words for words in texts(svg))


def test_the_forest_has_a_square_at_the_value_and_a_line_over_the_interval() -> None:
    rows = [("pair en→zh", 0.9, (0.8, 1.0), 38), ("pair vi→zh", 0.7, (0.4, 0.85), 8)]
    svg = pictures.forest(rows, 0.85, "en")

    def x(value):
        return pytest.approx(140 + (value - 0.4) / 0.6 * 150, abs=0.01)

    rows_high = 52
    first, second = shapes(svg, "rect", "value")
    assert numbers(first, "x", "y") == (pytest.approx(140 + 0.5 / 0.6 * 150 - 4, abs=0.01), 26 + rows_high / 2 - 4)
    assert numbers(second, "y")[0] == 26 + 1.5 * rows_high - 4
    assert numbers(shapes(svg, "line", "interval")[1], "x1", "x2") == (x(0.4), x(0.85))
    assert numbers(*shapes(svg, "line", "promise"), "x1", "x2") == (x(0.85), x(0.85))
    assert {"English → Chinese", "Vietnamese → Chinese", "90.0", "70.0", "n 38", "n 8", "all 85.0"} <= set(texts(svg))
    assert "英语 → 中文" in texts(pictures.forest(rows, 0.85, "zh"))
    assert "English → Chinese 90.0 (80.0–100.0, n 38)" in ET.fromstring(svg).find("desc").text


@pytest.mark.parametrize(("low", "first"), [(0.95, "40"), (0.41, "40"), (0.39, "20"), (0.05, "0")])
def test_the_forest_begins_below_every_interval_and_at_forty_at_the_latest(low, first) -> None:
    svg = pictures.forest([("pair en→zh", 0.96, (low, 1.0), 38)], None, "en")
    assert next(words for words in texts(svg) if words.isdigit()) == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_drawn_of_nothing(language) -> None:
    empty = [{"low": 0.0, "high": 0.1, "n": 0, "confidence": None, "right": None}]
    assert pictures.risk_coverage([], None, language) == ""
    assert pictures.reliability(empty, None, language) == pictures.reliability([], None, language) == ""
    assert pictures.ranks([{"rank": "1", "n": 0}], language) == pictures.ranks([], language) == ""
    assert pictures.latency([{"low": 0, "high": 1, "n": 0}], {}, language) == pictures.latency([], {}, language) == ""
    assert pictures.forest([], 0.5, language) == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["risk-coverage", "reliability", "ranks", "latency", "forest"])
def test_a_picture_says_what_it_is_and_brings_no_colour(language, key) -> None:
    svg = every_picture(language)[key]
    root = ET.fromstring(svg)
    title, told = root.find("title"), root.find("desc")
    assert (root.get("role"), root.get("class")) == ("img", language)
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == (title.get("id"), told.get("id"))
    assert title.text
    assert told.text
    assert root.get("viewBox").startswith("0 0 360 ")
    assert not any(word in svg for word in ("style=", "fill=", "stroke=", "url(", "http"))


def test_the_names_of_two_languages_never_meet() -> None:
    ids = [each.get("id") for language in LANGUAGES for svg in every_picture(language).values()
           for each in ET.fromstring(svg).iter() if each.get("id")]  # fmt: skip
    assert len(ids) == len(set(ids)) == 2 * 2 * 5


def test_names_from_the_data_are_escaped() -> None:
    svg = pictures.forest([("pair <b>→&", 0.5, (0.4, 0.6), 3)], None, "en")
    assert "&lt;b&gt; → &amp;" in svg
    assert "<b> → &" in texts(svg)
