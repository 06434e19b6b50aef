"""The pictures of a report as inline SVG: pure functions of the data, each in one language, with no style of its own.

Shapes carry class names (`bar`, `line`, `promise` …) that the report's style sheet colours, so that a picture follows
the page from light to dark. The viewBox is 360 wide and type in it 12: on a phone 340 px wide it is still 11 px high.
A picture of nothing is "": the report then says so in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any

from eval.reports.drawing import WIDTH, Plot, axes, bar, line, points, rectangle, svg, text, ticks
from eval.reports.slice_names import slice_name
from eval.reports.words import say

FEW = 10
"""Fewer questions than this say little: they are drawn hollow, and marked in the table."""

Rows = Sequence[Mapping[str, Any]]

PLOT = Plot(38, 26, 308, 178)
COUNTED = Plot(38, 44, 308, 160)
"""The reliability diagram's: a row of counts stands above it."""
BARS = Plot(62, 26, 216, 234)
"""The ranks': bars lie, so that their names stay readable, and their counts stand behind them."""
FOREST_LEFT, FOREST_WIDTH, FOREST_TOP, FOREST_HEIGHT = 140, 150, 26, 540
ROW_HEIGHTS = (24, 52)
"""The fewer rows the higher, so that the forest plot stands well beside two pictures."""


def risk_coverage(curve: Rows, area: float | None, language: str) -> str:
    """Share of wrong answers against share of questions answered, the surest first; `curve` by rising coverage."""
    if not curve:
        return ""
    steps = ticks(max(0.05, *(point["risk"] for point in curve)), 5)
    top = steps[-1]
    path = [(PLOT.x(point["coverage"]), PLOT.y(point["risk"] / top)) for point in curve]
    flat = curve[-1]["risk"]
    level = PLOT.y(flat / top)
    half = next(point["risk"] for point in curve if point["coverage"] >= curve[-1]["coverage"] / 2)
    under = [(path[0][0], PLOT.bottom), *path, (path[-1][0], PLOT.bottom)]
    size = percent(area)
    parts = [
        points("polygon", "area", under),
        axes(PLOT, language, "risk-coverage", _shares(), [(step / top, percent(step, 0)) for step in steps]),
        line("promise", PLOT.left, level, PLOT.right, level),
        points("polyline", "line", path),
        text(PLOT.left + 8, level - 7, say(language, "risk-coverage.flat", value=percent(flat)), "start", "red halo"),
    ]
    if area is not None:
        note = say(language, "risk-coverage.area", value=size)
        parts.append(text(PLOT.left + 8, level + 18, note, "start", "strong halo"))
    told = say(language, "risk-coverage.desc", half=percent(half), flat=percent(flat), area=size)
    return svg("risk-coverage", language, 246, told, parts)


def reliability(bins: Rows, error: float | None, language: str) -> str:
    """How often questions were right, by their confidence; the diagonal is a confidence that keeps its word."""
    if not any(each["n"] for each in bins):
        return ""
    bars, gaps, told = [], [], []
    for each in bins:
        left, right = COUNTED.x(each["low"]), COUNTED.x(each["high"])
        bars.append(text((left + right) / 2, COUNTED.top - 8, str(each["n"]), "middle", "small"))
        if each["right"] is None:
            continue
        bars.append(
            bar("bar few" if each["n"] < FEW else "bar", left + 1, COUNTED.y(each["right"]), right - left - 2, COUNTED)
        )
        at = COUNTED.x(each["confidence"])
        gaps.append(line("gap", at, COUNTED.y(each["right"]), at, COUNTED.y(each["confidence"])))
        told.append(f"{percent(each['confidence'], 0)} → {percent(each['right'], 0)} (n {each['n']})")
    parts = [
        axes(COUNTED, language, "reliability", _shares(), _shares()),
        *bars,
        line("promise", COUNTED.left, COUNTED.bottom, COUNTED.right, COUNTED.top),
        *gaps,
        text(COUNTED.left - 8, COUNTED.top - 8, "n", "end", "small"),
    ]
    if error is not None:
        note = say(language, "reliability.ece", value=percent(error))
        parts.append(text(COUNTED.left + 8, COUNTED.top + 18, note, "start", "strong halo"))
    return svg("reliability", language, 246, "; ".join(told), parts)


def ranks(rows: Rows, language: str) -> str:
    """How many questions have their first relevant citation at each rank, with their share of all; "missed": none."""
    total = sum(row["n"] for row in rows)
    if not total:
        return ""
    most = max(row["n"] for row in rows)
    height = BARS.height / len(rows)
    parts = [
        text(BARS.left - 8, 14, say(language, "ranks.y"), "end", "name"),
        text(BARS.left, 14, say(language, "questions"), "start", "name"),
        line("axis", BARS.left, BARS.top, BARS.left, BARS.bottom),
    ]
    told = []
    for index, row in enumerate(rows):
        top = BARS.top + index * height
        missed = row["rank"] == "missed"
        name = say(language, "ranks.missed") if missed else row["rank"].replace("-", "–")
        long = row["n"] / most * BARS.width
        figures = f"{row['n']} ({percent(row['n'] / total)} %)" if row["n"] else "0"
        parts += [
            rectangle("bar missed" if missed else "bar", BARS.left, top + 2, long, height - 4),
            text(BARS.left - 8, top + height / 2 + 4, name, "end", "red" if missed else ""),
            text(BARS.left + long + 6, top + height / 2 + 4, figures, "start", "" if row["n"] else "faint"),
        ]
        told.append(f"{name}: {row['n']}")
    return svg("ranks", language, BARS.bottom + 8, "; ".join(told), parts)


def latency(rows: Rows, marks: Mapping[str, float | None], language: str) -> str:
    """How many questions took how long, in milliseconds, with a line for each mark, e.g. {"p50": 34.0}."""
    if not any(row["n"] for row in rows):
        return ""
    first, last = rows[0]["low"], rows[-1]["high"]
    steps = ticks(max(row["n"] for row in rows), 4, whole=True)

    def share(value: float) -> float:
        return float((min(value, last) - first) / (last - first))

    x_ticks = [(share(step), f"{step:g}") for step in ticks(last, 5) if first <= step <= last]
    y_ticks = [(step / steps[-1], f"{step:g}") for step in steps]
    parts = [axes(PLOT, language, "latency", x_ticks, y_ticks, name="questions")]
    for row in rows:
        left, right = PLOT.x(share(row["low"])), PLOT.x(share(row["high"]))
        parts.append(bar("bar", left + 0.5, PLOT.y(row["n"] / steps[-1]), max(right - left - 1, 0.5), PLOT))
    told = []
    for index, (name, value) in enumerate((name, value) for name, value in marks.items() if value is not None):
        x, label = PLOT.x(share(value)), f"{name} {value:.0f} ms"
        left_of_it = share(value) > 0.75
        parts.append(line("promise", x, PLOT.top, x, PLOT.bottom))
        anchor = "end" if left_of_it else "start"
        parts.append(text(x - 6 if left_of_it else x + 6, PLOT.top + 14 + 18 * index, label, anchor, "red halo"))
        told.append(label)
    return svg("latency", language, 246, "; ".join(told), parts)


def forest(rows: Sequence[tuple[str, float, tuple[float, float], int]], overall: float | None, language: str) -> str:
    """One row for each slice (name, value, interval, questions): a square at the value, a bar over its interval."""
    if not rows:
        return ""
    height = min(max(FOREST_HEIGHT / len(rows), ROW_HEIGHTS[0]), ROW_HEIGHTS[1])
    plot = Plot(FOREST_LEFT, FOREST_TOP, FOREST_WIDTH, height * len(rows))
    # From 40 % at most, so that small differences do not look large.
    first = min(2, *(floor(5 * min(value, low)) for _, value, (low, _), _ in rows)) / 5

    def x(value: float) -> float:
        return plot.x((value - first) / (1 - first))

    marks = [((each / 5 - first) / (1 - first), str(20 * each)) for each in range(round(5 * first), 6)]
    parts = [axes(plot, language, "forest", marks, [], name=None)]
    told = []
    if overall is not None:
        parts.append(line("promise", x(overall), plot.top, x(overall), plot.bottom))
        label = say(language, "forest.all", value=percent(overall))
        parts.append(text(min(x(overall), WIDTH - 40), plot.top - 10, label, "middle", "red"))
    for index, (name, value, (low, high), n) in enumerate(rows):
        y = plot.top + (index + 0.5) * height
        called = slice_name(language, name)
        parts += [
            text(plot.left - 10, y + 4, called, "end"),
            line("interval", x(low), y, x(high), y),
            rectangle("value", x(value) - 4, y - 4, 8, 8),
            text(plot.right + 10, y + 4, percent(value), "start", "strong"),
            text(WIDTH, y + 4, f"n {n}", "end", "small faint") if n < 100 else "",
        ]
        told.append(f"{called} {percent(value)} ({percent(low)}–{percent(high)}, n {n})")
    return svg("forest", language, plot.bottom + 42, "; ".join(told), parts)


def percent(value: float | None, decimals: int = 1) -> str:
    """A share as a percentage without the sign, – for none."""
    return "–" if value is None else f"{100 * value:.{decimals}f}"


def _shares() -> list[tuple[float, str]]:
    return [(each / 5, str(20 * each)) for each in range(6)]
