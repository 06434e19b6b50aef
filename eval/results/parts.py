"""What each part is worth: every part left out once (eval/sweeps/parts.toml), on the digest's gold and on benchmarks.

Our own gold is asked in its development fold, which parts are chosen by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from eval.results.columns import COLUMNS
from eval.results.page import NOTHING
from eval.results.sets import MeasuredSet
from eval.sweeps import PARTS
from eval.sweeps.sweep import Sweep, sweep
from index.build import Load
from rag.reading.reading import Reads

ON = ("digest", "xquad_train (zh)", "cmrc2018_dev", "drcd_dev")
"""The sets, by name, that parts are measured on: those whose passages are Chinese reports and encyclopedia articles."""
FIGURES = {
    "success@1": COLUMNS["success@1"],
    "success@5": COLUMNS["success@5"],
    "quote-iou": "quote IoU",
    "contains": COLUMNS["contains"],
    "char-f1": COLUMNS["char-f1"],
    "auroc": COLUMNS["auroc"],
}
ALSO = ("quote-iou", "char-f1", "auroc")
"""Those of them that are told with their difference to everything, besides Success@1: where reading shows."""
TITLE = "What each part is worth"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PartRow(_Record):
    """What is left without a part. `delta` is that of Success@1 to everything, `low` … `high` its 95 % interval.

    All four are None for everything itself, and where Success@1 cannot be measured. `others` are differences of the
    figures in ALSO, each with the ends of its interval.
    """

    name: str
    figures: Mapping[str, float | None]
    delta: float | None
    low: float | None
    high: float | None
    p: float | None
    others: Mapping[str, tuple[float, float, float]]


class Worth(_Record):
    """One set: its name, the fold that was asked, how many questions, and the rows, everything first."""

    name: str
    fold: str
    questions: int
    rows: tuple[PartRow, ...]


def worth(found: MeasuredSet, load: Load, reader: Reads | None) -> Worth:
    """Ask the set once with everything and once without each part. Raises what `sweep` raises."""
    done = sweep(PARTS, found.documents, found.gold, load, reader=reader, fold="dev" if found.own else "all", also=ALSO)
    return Worth(name=found.name, fold=done.fold, questions=done.questions, rows=tuple(_rows(done)))


def _rows(done: Sweep) -> Iterable[PartRow]:
    """In the order of the file, the default first."""
    for run in sorted(done.runs, key=lambda run: run.number):
        low, high = run.margin or (None, None)
        figures = {name: run.figures[name] for name in FIGURES}
        name = run.name if run.changed else "everything"
        yield PartRow(name=name, figures=figures, delta=run.delta, low=low, high=high, p=run.p, others=run.others)


def section(found: Sequence[Worth]) -> list[str]:
    """As lines of Markdown; none without sets."""
    lines = [f"## {TITLE}", "", *_HOW, ""] if found else []
    for one in found:
        which = "all questions" if one.fold == "all" else f"the {one.fold} fold"
        heads = list(FIGURES.values())
        lines += [f"### {one.name}", "", f"{one.questions} questions ({which}).", ""]
        lines += [
            f"| part | {' | '.join([heads[0], 'difference', 'p', *heads[1:]])} |",
            "|---" * (len(heads) + 3) + "|",
        ]
        lines += [f"| {' | '.join(_cells(row))} |" for row in one.rows]
        lines.append("")
    return lines


_HOW = (
    "`eval/sweeps/parts.toml`: every part left out once, and each encoder alone. Differences to everything have their "
    "95 % bootstrap interval, p is that of the paired randomisation test on Success@1, not corrected for the number of "
    "rows.",
    "The score was fitted for everything: AUROC without an encoder or without reading is that of other parameters.",
)


def _cells(row: PartRow) -> list[str]:
    first, *others = (NOTHING if value is None else f"{100 * value:.1f}" for value in row.figures.values())
    names = list(row.figures)[1:]
    told = [
        f"{value} ({_difference(*row.others[name])})" if name in row.others else value
        for name, value in zip(names, others, strict=True)
    ]
    if row.delta is None or row.low is None or row.high is None:
        difference = NOTHING
    else:
        difference = _difference(row.delta, row.low, row.high)
    p = NOTHING if row.p is None else f"{row.p:.4f}"
    return [row.name, first, difference, p, *told]


def _difference(delta: float, low: float, high: float) -> str:
    return f"{100 * delta:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
