"""Which settings answer best: the gold questions asked again and again, each time with other settings.

Collections are made in a folder of their own and gone afterwards; runs that share what decides over a collection share
it, and no text is encoded or read twice. The confidence was fitted for the default settings: a run that leaves out an
encoder or a level is scored by the parameters for any encoders (rag/confidence.py), which shows in its AUROC.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.comparison.differences import Difference, FigureDifference, differences, figure_differences
from eval.dataset import ResolvedQuestion
from eval.dataset import fold as fold_of
from eval.measures.ranking import units
from eval.measures.scorecard import LOWER_IS_BETTER, Figures, figures, intervals
from eval.reports.run_file import Record
from eval.reports.tables import table
from eval.runner import MEASURES, Result, run
from eval.sweeps.memo_encoder import MemoEncoder
from eval.sweeps.memo_reader import MemoReader
from eval.sweeps.sweep_file import RunSettings, SweepPlan, Value, defaults, read_sweep, text_of
from index.build import BuildSettings, build_documents, quiet
from index.collection import Collection
from index.encoders import Encoder
from index.errors import GoldInvalid
from index.intake import Progress
from index.schema import Document
from rag.assistant import Assistant
from rag.reading.reading import Reads
from rag.settings import Mode, load_settings
from rag.weights import DEFAULT_WEIGHTS

SEED = 0

_COLUMNS = {
    "Success@1": "success@1",
    "Success@5": "success@5",
    "quote IoU": "quote-iou",
    "char-F1": "char-f1",
    "AUROC": "auroc",
}


@dataclass(frozen=True, slots=True)
class SweepRun:
    """What one run's settings are worth; `number` is its place in the plan, 0 for the default.

    `changed` are the settings that differ from the default; `interval` is the bootstrap 95 % interval of the figure
    that the sweep is sorted by; `delta` that figure less the default's, `margin` the interval and `p` the paired
    randomisation test of this difference. All are None where the figure cannot be measured, the last three of the
    default itself, and the last two of figures that have no such test (eval/comparison/differences.py). `others` are,
    of further figures that were asked for, the difference and the ends of its interval.
    """

    number: int
    name: str
    changed: Mapping[str, Value]
    figures: Figures
    interval: tuple[float, float] | None
    delta: float | None
    margin: tuple[float, float] | None
    p: float | None
    others: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sweep:
    """The runs, best first by `sort`; `default` are the settings that `SweepRun.changed` is told from."""

    sort: str
    fold: str
    questions: int
    default: Mapping[str, Value]
    runs: tuple[SweepRun, ...]


def sweep(
    path: Path,
    documents: Sequence[Document],
    gold: Sequence[ResolvedQuestion],
    load: Callable[[str], Encoder],
    progress: Progress = quiet,
    reader: Reads | None = None,
    mode: Mode | None = None,
    fold: str | None = None,
    also: Sequence[str] = (),
) -> Sweep:
    """Ask the questions of the `fold` (default: the file's) with each of its settings.

    The default settings are those of the environment.
    `load` turns the name of an encoder into the encoder and is called once for each, before the first run; `progress`
    is told "sweeping" with the number of runs that are done, and of all. `reader` reads in the runs whose `relevance`
    is above 0; without it none does. `also` are figures whose differences are told too. In the mode `fast` (else that
    of the environment) `relevance` is 0 by default.
    Raises SweepInvalid, GoldInvalid when no question is in the fold, and what loading, building and asking raise.
    """
    settings = load_settings(mode=mode)
    weights = DEFAULT_WEIGHTS if settings.mode is Mode.BEST else dataclasses.replace(DEFAULT_WEIGHTS, relevance=0.0)
    plan = read_sweep(path, settings.build, weights)
    chosen = fold or plan.fold
    asked = [question for question in gold if chosen in ("all", fold_of(question.gold.id))]
    if not asked:
        raise GoldInvalid(f"none of the {len(gold)} questions is in the {chosen} fold", 'set fold = "all"')
    specs = dict.fromkeys(spec for settings in plan.runs for spec in settings.build.encoders)
    encoders = {spec: MemoEncoder(load(spec)) for spec in specs}
    found: dict[int, SweepRun] = {}
    first: Sequence[Result] = ()
    memory = None if reader is None else MemoReader(reader)
    for number, results in _results(plan, documents, asked, encoders, memory, progress):
        first = first or results
        found[number] = _measured(number, plan.runs[number], results, first, plan.sort, also)
    runs = sorted((found[number] for number in sorted(found)), key=_order(plan.sort))
    return Sweep(plan.sort, chosen, len(asked), defaults(settings.build, weights), tuple(runs))


def _results(
    plan: SweepPlan,
    documents: Sequence[Document],
    asked: Sequence[ResolvedQuestion],
    encoders: Mapping[str, MemoEncoder],
    reader: Reads | None,
    progress: Progress,
) -> Iterator[tuple[int, Sequence[Result]]]:
    """The number of each run with its results: the default's first, those over one collection one after another."""
    sharing: dict[BuildSettings, list[int]] = {}
    for number, settings in enumerate(plan.runs):
        sharing.setdefault(settings.build, []).append(number)
    done = 0
    progress("sweeping", done, len(plan.runs))
    for build, members in sharing.items():
        with tempfile.TemporaryDirectory() as folder:
            build_documents(documents, Path(folder), build, encoders.__getitem__)
            collection = Collection.open(Path(folder))
            manifest = collection.manifest
            named = zip(manifest.encoders, manifest.specs, strict=True)
            by_name = {built.name: encoders[spec] for built, spec in named}
            passages = units(collection)
            for number in members:
                assistant = Assistant(collection, by_name, plan.runs[number].weights, reader)
                yield number, run(assistant, asked, documents=collection.documents, passages=passages).results
                done += 1
                progress("sweeping", done, len(plan.runs))


def _measured(
    number: int,
    settings: RunSettings,
    results: Sequence[Result],
    first: Sequence[Result],
    sort: str,
    also: Sequence[str],
) -> SweepRun:
    """`first` are the default's results."""
    found = figures(results)
    interval = intervals(results, SEED).get(sort)
    if results is first:
        return SweepRun(number, settings.name, settings.changed, found, interval, None, None, None)
    value, before = found[sort], figures(first)[sort]
    delta = None if value is None or before is None else value - before
    tested = _tested([sort, *also], first, results)
    margin, p = ((tested[sort].low, tested[sort].high), tested[sort].p) if sort in tested else (None, None)
    others = {name: (tested[name].delta, tested[name].low, tested[name].high) for name in also if name in tested}
    return SweepRun(number, settings.name, settings.changed, found, interval, delta, margin, p, others)


def _tested(
    names: Sequence[str], before: Sequence[Result], after: Sequence[Result]
) -> dict[str, Difference | FigureDifference]:
    """The differences of these figures, of those that have a test."""
    pairs = list(zip(map(_record, before), map(_record, after), strict=True))
    found: dict[str, Difference | FigureDifference] = {}
    for one in differences(pairs, [name for name in names if name in MEASURES], SEED):
        found[one.measure] = one
    if not set(names) <= set(MEASURES):
        found |= {one.figure: one for one in figure_differences(pairs, SEED) if one.figure in names}
    return found


def _record(result: Result) -> Record:
    return Record(
        id=result.question.gold.id,
        measures=result.measures,
        answerable=result.question.gold.answerable,
        answered=result.answer.answerable,
        right=result.right,
        confidence=result.answer.confidence,
    )


def _order(sort: str) -> Callable[[SweepRun], tuple[bool, float]]:
    """Best first, what cannot be measured last; equal ones stay in the order they were asked for."""
    sign = 1 if sort in LOWER_IS_BETTER else -1

    def key(found: SweepRun) -> tuple[bool, float]:
        value = found.figures[sort]
        return value is None, 0.0 if value is None else sign * value

    return key


def render(sweep: Sweep) -> str:
    """A table, one row a run, figures in per cent with one decimal."""
    columns = {title: key for title, key in _COLUMNS.items() if key != sweep.sort}
    header = ["", sweep.sort, "95 % interval", "- default", "p", *columns]
    rows = [
        [
            _label(found),
            _percent(found.figures[sweep.sort]),
            "–" if found.interval is None else " – ".join(map(_percent, found.interval)),
            "–" if found.delta is None else f"{100 * found.delta:+.1f}",
            "–" if found.p is None else f"{found.p:.4f}",
            *(_percent(found.figures[key]) for key in columns.values()),
        ]
        for found in sweep.runs
    ]
    which = "both folds" if sweep.fold == "all" else f"the {sweep.fold} fold"
    return "\n".join(
        [
            f"{len(sweep.runs)} runs, {sweep.questions} questions of {which} each (%)",
            f"default: {text_of(sweep.default)}",
            "",
            table([header, *rows]),
            "",
            "p: paired randomisation test against the default, not corrected for the number of runs",
        ]
    )


def as_json(sweep: Sweep) -> dict[str, object]:
    """The same with all figures, ready for `json.dumps`."""
    return dataclasses.asdict(sweep)


def _label(found: SweepRun) -> str:
    changed = text_of(found.changed)
    return found.name if found.name == changed or not changed else f"{found.name}: {changed}"


def _percent(figure: float | int | None) -> str:
    return "–" if figure is None else f"{100 * figure:.1f}"
