"""Shapes, axes and texts of the pictures as SVG markup, in a viewBox 360 units wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from eval.reports.words import say

WIDTH = 360


@dataclass(frozen=True, slots=True)
class Plot:
    """The rectangle of the data in viewBox units; x and y take shares of it, y from below."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    def x(self, share: float) -> float:
        """The place of a share of the width."""
        return self.left + share * self.width

    def y(self, share: float) -> float:
        """The place of a share of the height."""
        return self.bottom - share * self.height


def ticks(limit: float, intervals: int, whole: bool = False) -> list[float]:
    """0, step, 2 step … up to the first that reaches `limit` > 0, at most `intervals` steps of 1, 2 or 5 · 10^k."""
    least = limit / intervals
    power = 10.0 ** floor(log10(least))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    last = ceil(limit / step - 1e-9)
    return [round(each * step, 10) for each in range(last + 1)]


def axes(
    plot: Plot,
    language: str,
    key: str,
    x_ticks: Sequence[tuple[float, str]],
    y_ticks: Sequence[tuple[float, str]],
    name: str | None = "",
) -> str:
    """Grid, tick labels and the names of both axes; `name` is the key of the y axis' if not `key`.y, None for none."""
    parts = [line("axis", plot.left, plot.bottom, plot.right, plot.bottom)]
    parts += [text(plot.x(share), plot.bottom + 17, label) for share, label in x_ticks]
    parts += [line("grid", plot.left, plot.y(share), plot.right, plot.y(share)) for share, _ in y_ticks if share]
    parts += [text(plot.left - 8, plot.y(share) + 4, label, "end") for share, label in y_ticks]
    if not y_ticks:
        parts += [line("grid", plot.x(share), plot.top, plot.x(share), plot.bottom) for share, _ in x_ticks]
    parts.append(text(plot.right, plot.bottom + 36, say(language, f"{key}.x"), "end", "name"))
    if name is not None:
        parts.append(text(2, 14, say(language, name or f"{key}.y"), "start", "name"))
    return "".join(parts)


def svg(key: str, language: str, height: float, told: str, parts: Sequence[str]) -> str:
    """The picture `key` with its name and with `told`, what it shows in words, for those who do not see it."""
    name = f"evaluation-{key}-{language}"
    return (
        f'<svg class="{language}" viewBox="0 0 {WIDTH} {number(height)}" role="img" aria-labelledby="{name}"'
        f' aria-describedby="{name}-told"><title id="{name}">{escape(say(language, key))}</title>'
        f'<desc id="{name}-told">{escape(told)}</desc>{"".join(parts)}</svg>'
    )


def text(x: float, y: float, words: str, anchor: str = "middle", kind: str = "") -> str:
    """Words at a point of their baseline: its start, middle or end."""
    look = f' class="{kind}"' if kind else ""
    return f'<text{look} x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(words)}</text>'


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>'


def rectangle(kind: str, x: float, y: float, width: float, height: float) -> str:
    """A rectangle from its upper left corner."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect class="{kind}" {place}/>'


def bar(kind: str, x: float, y: float, width: float, plot: Plot) -> str:
    """A bar from `y` down to the plot's lower edge."""
    return rectangle(kind, x, y, width, plot.bottom - y)


def points(shape: str, kind: str, places: Sequence[tuple[float, float]]) -> str:
    """A polyline or a polygon."""
    return f'<{shape} class="{kind}" points="{" ".join(f"{number(x)},{number(y)}" for x, y in places)}"/>'


def number(value: float) -> str:
    """At most two decimals, none that say nothing: a hundredth of a unit is not seen."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
