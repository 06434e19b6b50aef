"""The scorecard as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from eval.measures.scorecard import Figures, Intervals
from eval.measures.slices import ALL
from eval.reports.tables import table

_COLUMNS = {
    "Success@1": "success@1",
    "Success@5": "success@5",
    "nDCG@10": "ndcg@10",
    "quote IoU": "quote-iou",
    "char-F1": "char-f1",
    "contains": "contains",
    "AUROC": "auroc",
    "false answers": "false-answer-rate",
    "false refusals": "false-refusal-rate",
}
_MILLISECONDS = "latency-"


def render(measures: Mapping[str, Figures], intervals: Mapping[str, Intervals]) -> str:
    """Every figure of all questions with its 95 % interval, then the main figures of every slice; in per cent."""
    figures = measures[ALL]
    lines = [["", "value", "95 % interval"]]
    lines += [
        [name, _cell(name, figure), _interval(name, intervals[ALL].get(name))]
        for name, figure in figures.items()
        if not isinstance(figure, int)
    ]
    rows = [["", "n", *_COLUMNS]]
    for name, found in measures.items():
        n = sum(int(found[side] or 0) for side in ("answerable", "unanswerable"))
        rows.append([name, str(n), *(_cell(key, found[key]) for key in _COLUMNS.values())])
    asked = f"{figures['answerable']} answerable and {figures['unanswerable']} unanswerable questions"
    return f"{asked} (%, latencies in ms)\n{table(lines)}\n\nBy slice (%)\n{table(rows)}"


def _cell(name: str, figure: float | int | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:.0f}" if name.startswith(_MILLISECONDS) else f"{100 * figure:.1f}"


def _interval(name: str, bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{_cell(name, bounds[0])} – {_cell(name, bounds[1])}"
