"""What eval/RESULTS.md says: the records of finished sets, and how they are written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from eval.results.columns import COLUMNS

NOTHING = "–"

OURS, BASELINE = "digest-qa", "naive"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Side(_Record):
    """One system's figures and their 95 % intervals.

    One that cannot be measured is in neither, one that rests on too few questions has no interval.
    """

    figures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]


class Part(_Record):
    """All questions of a set, or those of one direction. `p`: of the difference in nDCG@10, None without one."""

    name: str
    questions: int
    unanswerable: int
    ours: Side
    baseline: Side
    p: float | None


class Outcome(_Record):
    """One set: how many documents were searched, what is to be said of it, and its parts, "all" first."""

    name: str
    documents: int
    remarks: tuple[str, ...]
    parts: tuple[Part, ...]


def page(
    command: str,
    settings: Mapping[str, str],
    notes: Sequence[str],
    outcomes: Iterable[Outcome],
    behind: Sequence[str] = (),
) -> str:
    """The Markdown file: how it was made, what the figures are not, one table for each set, then the lines `behind`."""
    head = [
        "# Results",
        "",
        f"Made by `{command}`.",
        "",
        *(f"- {name}: {value}" for name, value in settings.items()),
        "",
        "## How to read it",
        "",
        *(f"- {note}" for note in notes),
        "",
    ]
    return "\n".join([*head, *(line for outcome in outcomes for line in _section(outcome)), *behind])


def _section(outcome: Outcome) -> Iterable[str]:
    whole = outcome.parts[0]
    without = f", {whole.unanswerable} of them without an answer" if whole.unanswerable else ""
    yield f"## {outcome.name}"
    yield ""
    documents = f"{outcome.documents:,} document{'s' * (outcome.documents != 1)}"
    yield f"{whole.questions} question{'s' * (whole.questions != 1)}{without}; {documents}."
    yield from (f"{remark}." for remark in outcome.remarks)
    yield ""
    yield f"| questions | system | {' | '.join(COLUMNS.values())} | p |"
    yield f"|---|---|{'---|' * len(COLUMNS)}---|"
    for part in outcome.parts:
        questions = f"{part.questions - part.unanswerable} + {part.unanswerable}"
        for system, side in ((OURS, part.ours), (BASELINE, part.baseline)):
            cells = [_cell(side, name) for name in COLUMNS]
            p = f"{part.p:.4f}" if part.p is not None and side is part.ours else NOTHING
            yield f"| {part.name} ({questions}) | {system} | {' | '.join(cells)} | {p} |"
    yield ""


def _cell(side: Side, name: str) -> str:
    if name not in side.figures:
        return NOTHING
    figure = f"{100 * side.figures[name]:.1f}"
    if name not in side.intervals:
        return figure
    low, high = side.intervals[name]
    return f"{figure} [{100 * low:.1f}, {100 * high:.1f}]"
