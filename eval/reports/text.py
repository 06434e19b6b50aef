"""The scorecard as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.measures.slices import ALL
from eval.reports.tables import table
from rag.text_output import one_line

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


def render(content: Mapping[str, Any]) -> str:
    """Every figure of all questions with its 95 % interval and the number of questions that it rests on, then the main
    figures of every slice; in per cent. `content` is that of report.json.
    """
    figures, intervals, counts = (content[key][ALL] for key in ("measures", "intervals", "counts"))
    lines = [["", "value", "95 % interval", "n"]]
    lines += [
        [name, _cell(name, figures[name]), _interval(name, intervals.get(name)), str(n)] for name, n in counts.items()
    ]
    rows = [["", "n", *_COLUMNS]]
    for name, found in content["measures"].items():
        asked = f"{found['answerable']}+{found['unanswerable']}"
        rows.append([one_line(name), asked, *(_cell(key, found[key]) for key in _COLUMNS.values())])
    asked = f"{figures['answerable']} answerable and {figures['unanswerable']} unanswerable questions"
    return f"{asked} (%, latencies in ms)\n{table(lines)}\n\nBy slice (%; n: answerable + unanswerable)\n{table(rows)}"


def _cell(name: str, figure: float | int | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:.0f}" if name.startswith(_MILLISECONDS) else f"{100 * figure:.1f}"


def _interval(name: str, bounds: Sequence[float] | None) -> str:
    return "–" if bounds is None else f"{_cell(name, bounds[0])} – {_cell(name, bounds[1])}"
