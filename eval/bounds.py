"""Bounds that a run must keep, for use in continuous integration: --fail-under and --fail-over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from eval.measures.scorecard import LOWER_IS_BETTER, SET_FIGURES, Figures
from eval.runner import MEASURES

HIGHER = (*MEASURES, *(name for name in SET_FIGURES if name not in LOWER_IS_BETTER))
"""What --fail-under may name: everything of which more is better."""
LOWER = tuple(name for name in SET_FIGURES if name in LOWER_IS_BETTER)
"""What --fail-over may name."""
# The mean of 0, 0, 0.8, 1 and 1 comes out as 0.5599999999999999.
_MARGIN = 1e-9


def parse(text: str, known: tuple[str, ...]) -> tuple[str, float]:
    """A measure and its bound from MEASURE=VALUE; shares are 0 to 1, latencies milliseconds.

    Raises ValueError saying what is wrong and how to write it.
    """
    name, _, number = text.rpartition("=")
    name = name.strip().lower()
    if name not in known:
        raise ValueError(f"no measure {name or text!r}; there are {', '.join(known)}")
    try:
        bound = float(number)
    except ValueError:
        raise ValueError(f"{number!r} is not a number; write {name}=0.9") from None
    if name.startswith("latency"):
        if not (isfinite(bound) and bound >= 0):
            raise ValueError(f"{number} is not a number of milliseconds; write {name}=500")
    elif not 0 <= bound <= 1:
        raise ValueError(f"{number} is not between 0 and 1; write {name}=0.9")
    return name, bound


def broken(figures: Figures, under: Mapping[str, float], over: Mapping[str, float]) -> Iterator[str]:
    """One line for each bound that is not kept; what cannot be measured keeps none."""
    for bounds, word in ((under, "under"), (over, "over")):
        for name, bound in bounds.items():
            figure = figures[name]
            if figure is None:
                yield f"{name} cannot be measured on these questions, {bound} is asked for"
            elif (figure < bound - _MARGIN) if word == "under" else (figure > bound + _MARGIN):
                yield f"{name} is {figure:.6g}, {word} {bound}"
