"""Is one run better than another? Question by question, with a test of whether chance would do as well."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.comparison.differences import Difference, FigureDifference, Pair, differences, figure_differences, scores_of
from eval.comparison.notes import setup_notes
from eval.comparison.randomisation import adjusted, smallest_p
from eval.measures.scorecard import LOWER_IS_BETTER
from eval.reports.run_file import RunFile
from eval.reports.tables import table
from eval.runner import MEASURES
from index.errors import InputError
from rag.text_output import one_line

MAIN = ("success@1", "success@5", "ndcg@10", "quote-iou", "char-f1", "decision", "verbatim")
"""The measures that are compared in every slice."""
SIGNIFICANT = 0.05
"""A slice whose p is at most that is listed as changed."""
LISTED = 30
"""Losses, and wins, that the text lists at most."""


@dataclass(frozen=True, slots=True)
class SliceDifference:
    """One measure in one slice ("pair en→zh", "type list", …).

    `adjusted` is p after Benjamini and Hochberg over all tested slices and measures; None where too few questions
    differ for any p of at most SIGNIFICANT: not tested.
    """

    slice: str
    difference: Difference
    adjusted: float | None


@dataclass(frozen=True, slots=True)
class QuestionDifference:
    """A question that one run answers better than the other, with both scores."""

    id: str
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run B against run A on the `n` questions that both have.

    `questions` are those with another score for `measure`: losses first, the greatest first, then wins likewise.
    `notes` are what to know before trusting the figures (other gold, settings, collection or questions).
    """

    a: str
    b: str
    n: int
    measures: tuple[Difference, ...]
    figures: tuple[FigureDifference, ...]
    slices: tuple[SliceDifference, ...]
    measure: str
    questions: tuple[QuestionDifference, ...]
    notes: tuple[str, ...]


def compare(a: RunFile, b: RunFile, seed: int = 0, measure: str = "ndcg@10") -> Comparison:
    """Everything that both runs have, over the questions that both have; `measure` is the one told by question.

    Raises InputError if they share no question or there is no such measure.
    """
    if measure not in MEASURES:
        raise InputError(f"no measure {measure!r}", f"name one of {', '.join(MEASURES)}")
    shared = [(a.records[name], b.records[name]) for name in sorted(a.records.keys() & b.records.keys())]
    pairs = [(one, other) for one, other in shared if one.answerable == other.answerable]
    if not pairs:
        raise InputError(
            f"the runs ({len(a.records)} and {len(b.records)} questions) share no question",
            "compare runs on one gold set",
        )
    return Comparison(
        a=a.name,
        b=b.name,
        n=len(pairs),
        measures=tuple(differences(pairs, MEASURES, seed)),
        figures=tuple(figure_differences(pairs, seed)),
        slices=tuple(_slices(pairs, seed)),
        measure=measure,
        questions=_by_question(pairs, measure),
        notes=tuple(_notes(a, b, len(shared), len(pairs))),
    )


def _notes(a: RunFile, b: RunFile, shared: int, alike: int) -> Iterator[str]:
    yield from setup_notes(a, b)
    if a.records.keys() != b.records.keys():
        yield f"compared on the {shared} questions that both have, of {len(a.records)} and {len(b.records)}"
    if alike < shared:
        yield f"left out {shared - alike} questions that only one of the runs holds for answerable"


def render(comparison: Comparison) -> str:
    """Tables, in per cent: measures, figures of the set, slices that changed, then losses and wins by question."""
    parts = [
        f"A: {comparison.a}, B: {comparison.b}; {comparison.n} questions, %; p is of each measure alone, uncorrected",
        table([_HEADER, *([d.measure, *_cells(d)] for d in comparison.measures)]),
    ]
    if comparison.figures:
        rows = [
            [f"{d.figure} ↓" if d.figure in LOWER_IS_BETTER else d.figure, _rests_on(d), _percent(d.a), _percent(d.b),
             *_delta(d), f"{d.p:.4f}"]
            for d in comparison.figures
        ]  # fmt: skip
        header = ["", "n", "A", "B", "B - A", "95 %", "p"]
        explained = "↓: lower is better; n: answerable + unanswerable; p is uncorrected"
        parts.append(f"Of the set as a whole ({explained})\n{table([header, *rows])}")
    return "\n\n".join([*parts, _slice_text(comparison.slices), _question_text(comparison)])


def as_json(comparison: Comparison) -> str:
    """All of it, indented; every slice, tested or not."""
    return json.dumps(dataclasses.asdict(comparison), ensure_ascii=False, indent=2)


_HEADER = ["", "n", "A", "B", "B - A", "95 %", "wins", "losses", "ties", "p"]


def _cells(d: Difference) -> list[str]:
    counts = [str(d.wins), str(d.losses), str(d.ties)]
    return [str(d.n), _percent(d.mean_a), _percent(d.mean_b), *_delta(d), *counts, f"{d.p:.4f}"]


def _rests_on(d: FigureDifference) -> str:
    return "+".join(str(n) for n in (d.answerable, d.unanswerable) if n)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _delta(d: Difference | FigureDifference) -> list[str]:
    return [f"{100 * d.delta:+.1f}", f"{100 * d.low:+.1f}…{100 * d.high:+.1f}"]


def _slice_text(slices: Sequence[SliceDifference]) -> str:
    tested = [s for s in slices if s.adjusted is not None]
    changed = sorted(
        (s for s in tested if s.difference.p <= SIGNIFICANT),
        key=lambda s: (s.adjusted, s.difference.p, s.slice, s.difference.measure),
    )
    said = f"Slices with p ≤ {SIGNIFICANT}: {len(changed)} of {len(tested)} tested (slices × measures)"
    if len(tested) < len(slices):
        said += f"; {len(slices) - len(tested)} more differ in too few questions for any such p"
    if not changed:
        return said
    rows = [
        [f"{one_line(s.slice)}  {s.difference.measure}", *_cells(s.difference), f"{s.adjusted:.4f}"] for s in changed
    ]
    return f"{said}\nadjusted: p after Benjamini and Hochberg over all tested\n{table([[*_HEADER, 'adjusted'], *rows])}"


def _question_text(comparison: Comparison) -> str:
    losses = [q for q in comparison.questions if q.b < q.a]
    wins = [q for q in comparison.questions if q.b > q.a]
    said = f"{comparison.measure} by question: {len(losses)} losses, {len(wins)} wins"
    if not comparison.questions:
        return said
    if max(len(losses), len(wins)) > LISTED:
        said += f" (the {LISTED} greatest of each; --json has all)"
    rows = [
        [one_line(q.id), _percent(q.a), _percent(q.b), f"{100 * (q.b - q.a):+.1f}"]
        for q in (*losses[:LISTED], *wins[:LISTED])
    ]
    return f"{said}\n{table([['', 'A', 'B', 'B - A'], *rows])}"


def _slices(pairs: Sequence[Pair], seed: int) -> Iterator[SliceDifference]:
    cut: dict[str, list[Pair]] = {}
    for pair in pairs:
        for name in _slices_of(pair):
            cut.setdefault(name, []).append(pair)
    found = [(name, difference) for name in sorted(cut) for difference in differences(cut[name], MAIN, seed)]
    tested = [index for index, (_, d) in enumerate(found) if smallest_p(d.wins + d.losses) <= SIGNIFICANT]
    adjustments = dict(zip(tested, adjusted([found[index][1].p for index in tested]), strict=True))
    for index, (name, difference) in enumerate(found):
        yield SliceDifference(name, difference, adjustments.get(index))


def _slices_of(pair: Pair) -> Iterator[str]:
    """The slices of a question, by what either run says of it: older runs say less."""
    one, other = pair
    if one.answerable is not None:
        yield f"answerable {'yes' if one.answerable else 'no'}"
    if fold := one.fold or other.fold:
        yield f"fold {fold}"
    if unanswerable := one.kind or other.kind:
        yield f"kind {unanswerable}"
    if languages := one.pair or other.pair:
        yield f"pair {languages}"
    elif language := one.language or other.language:
        yield f"language {language}"
    if kind := one.type or other.type:
        yield f"type {kind}"
    yield from (f"region {region}" for region in dict.fromkeys(one.regions or other.regions))
    if style := one.style or other.style:
        yield f"style {style}"


def _by_question(pairs: Sequence[Pair], measure: str) -> tuple[QuestionDifference, ...]:
    changed = [QuestionDifference(name, a, b) for name, (a, b) in scores_of(pairs, measure) if a != b]
    return tuple(sorted(changed, key=lambda q: (q.b > q.a, -abs(q.b - q.a), q.id)))
