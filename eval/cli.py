"""The command `digest-qa eval`. Figures on stdout, remarks on stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import click
from tqdm import tqdm

from eval import bounds, gold_check, service
from eval.dataset import FOLDS, MEND, GoldQuestion, read_gold
from eval.gold_set import GoldSet, gold_set
from eval.measures.slices import ALL
from eval.reports import report
from eval.reports import text as text_report
from eval.runner import DEPTH, depth_note
from index.collection import Collection
from index.encoders import load_encoder
from index.errors import CollectionNotFound, GoldInvalid, InputError
from index.schema import Document
from rag.assistant import Assistant
from rag.mode_option import MODE
from rag.progress import bar
from rag.reading.deferred import DeferredReader
from rag.reading.shipped import shipped_reader
from rag.settings import Mode, load_settings
from rag.text_output import one_line

_PATH = click.Path(path_type=Path)


def _bounds(known: tuple[str, ...]) -> Callable[[click.Context, click.Parameter, Sequence[str]], dict[str, float]]:
    def read(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, float]:
        found: dict[str, float] = {}
        try:
            for name, bound in (bounds.parse(text, known) for text in values):
                if name in found:
                    raise ValueError(f"{name} is bound twice, by {found[name]} and {bound}")
                found[name] = bound
        except ValueError as error:
            raise click.BadParameter(str(error), context, parameter) from None
        return found

    return read


@click.command("eval", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--store", help="The collection to ask.")
@MODE
@click.option(
    "--gold", "files", type=_PATH, multiple=True, help="Gold file (default: STORE/gold/*.jsonl, else the shipped)."
)
@click.option("--fold", "part", type=click.Choice(["all", *FOLDS]), default="all", show_default=True)
@click.option("--report", "folder", type=_PATH, help="Write report.html, report.json, run, qrels there.")
@click.option(
    "--fail-under", "under", multiple=True, callback=_bounds(bounds.HIGHER), metavar="MEASURE=VALUE",
    help="Exit 1 where it is less, as in recall@5=0.9.",
)  # fmt: skip
@click.option(
    "--fail-over", "over", multiple=True, callback=_bounds(bounds.LOWER), metavar="MEASURE=VALUE",
    help="Exit 1 where it is more, as in false-answer-rate=0.2.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-k", type=click.IntRange(1, DEPTH), default=DEPTH, show_default=True, help="Citations to a question.")
@click.option("--check", is_flag=True, help="Only check the gold, its wording too, and count its questions.")
@click.option("--sweep", "grid", type=_PATH, metavar="FILE.toml", help="Compare settings: see eval/sweeps.")
@click.option("--benchmark", type=_PATH, metavar="FOLDER", help="Ask an outside set: ours, BEIR's or SQuAD's format.")
@click.option("--limit", type=click.IntRange(min=1), help="With --benchmark: a sample of so many questions.")
def evaluate(
    *,
    store: str | None,
    mode: Mode | None,
    files: tuple[Path, ...],
    part: str,
    folder: Path | None,
    under: Mapping[str, float],
    over: Mapping[str, float],
    as_json: bool,
    k: int,
    check: bool,
    grid: Path | None,
    benchmark: Path | None,
    limit: int | None,
) -> None:
    """Ask a gold set and measure the answers."""
    sweep, outside = grid is not None, benchmark is not None
    for wrong, message in (
        (check + sweep + outside > 1, "--check, --sweep and --benchmark exclude each other"),
        (limit is not None and not outside, "--limit is of --benchmark"),
        (folder is not None and (check or sweep), "--report is of an evaluation, not of --check or --sweep"),
        ((under or over) and (check or sweep), "--check and --sweep keep no --fail-under and no --fail-over"),
        (as_json and check, "--check prints no JSON"),
        (mode is not None and check, "--check asks nothing, so it has no --mode"),
        (k != DEPTH and (check or sweep), "-k is of an evaluation, not of --check or --sweep"),
        (part != "all" and sweep, "--sweep asks the fold that its file names, not that of --fold"),
        ((files or store is not None or part != "all") and outside, "--benchmark has no --gold, --fold or --store"),
    ):
        if wrong:
            raise click.UsageError(message)
    asked = Asked(store, mode)
    folders = {} if folder is None else _folders(folder, benchmark)
    for place in folders.values():
        report.check_writable(place)
    if benchmark is not None:
        evaluations = _benchmark(benchmark, limit, k, mode)
        for name, done in evaluations.items():
            for reason, count in done.content.get("left_out", {}).items():
                click.echo(one_line(f"{name}: {count} questions left out ({reason})"), err=True)
    else:
        gold = _gold(files, asked, "all" if grid is not None else part)
        for file in gold.files:
            click.echo(f"gold: {file.path} ({len(file.questions)} questions)", err=True)
        if check:
            _check(gold, asked.documents)
            return
        if grid is not None:
            _sweep(grid, gold, asked.documents, mode, as_json=as_json)
            return
        asked.assistant.warm_up()
        with _bar(len(gold.questions)) as progress:
            evaluations = {"": service.perform(asked.assistant, gold, part, k, progress)}
        click.echo(f"asked and scored in {evaluations[''].content['seconds']} s", err=True)
    if (note := depth_note(k)) is not None:
        click.echo(note, err=True)
    _print(evaluations, as_json=as_json)
    for name, place in folders.items():
        report.write(place, evaluations[name].files)
    kept_all = _bounds_kept(evaluations, under, over)
    if benchmark is None:
        _keep(evaluations[""], asked.store)
    if not kept_all:
        raise SystemExit(1)


class Asked:
    """The assistant that is asked; what only needs its documents need not wait for its models."""

    def __init__(self, store: str | None, mode: Mode | None) -> None:
        self._given = store
        self._mode = mode

    @cached_property
    def store(self) -> Path:
        """The folder of the collection. Raises SettingInvalid."""
        return load_settings(self._given, self._mode).store

    @cached_property
    def there(self) -> Sequence[Document] | None:
        """The documents of the collection, None where there is none yet. Raises CollectionError."""
        try:
            return Collection.open(self.store).documents
        except CollectionNotFound:
            return None

    @cached_property
    def documents(self) -> Sequence[Document]:
        """The documents of the collection, those of the sample where there is none yet. Raises CollectionError."""
        return self.there if self.there is not None else self.assistant.collection.documents

    @cached_property
    def assistant(self) -> Assistant:
        """The assistant over the collection."""
        return Assistant.open(self._given, self._mode)


def _gold(files: Sequence[Path], asked: Asked, part: str) -> GoldSet:
    """The gold that fits the collection; a bad file is told before the models are loaded or the sample is built."""
    read = [read_gold(path) for path in files]
    wrong = [problem for file in read for problem in file.problems]
    if wrong and asked.there is None:
        raise GoldInvalid("; ".join(wrong), MEND)
    return gold_set(read, asked.documents, asked.store, part)


def _check(gold: GoldSet, documents: Sequence[Document]) -> None:
    click.echo(gold_check.render_counts(gold_check.counts(_shown(question.gold) for question in gold.questions)))
    copied = gold_check.wording(gold.questions, documents)
    if copied:
        raise GoldInvalid("; ".join(copied), "ask in other words than the text's")


def _shown(question: GoldQuestion) -> GoldQuestion:
    """With values that can be cells of a table."""
    style = None if question.style is None else one_line(question.style)
    return dataclasses.replace(
        question, language=one_line(question.language), type=one_line(question.type), style=style
    )


def _sweep(grid: Path, gold: GoldSet, documents: Sequence[Document], mode: Mode | None, *, as_json: bool) -> None:
    from eval.sweeps import sweep as sweeping

    with bar() as progress:
        done = sweeping.sweep(
            grid, documents, gold.questions, load_encoder, progress, DeferredReader(shipped_reader), mode
        )
    click.echo(json.dumps(sweeping.as_json(done), indent=2) if as_json else sweeping.render(done))


def _benchmark(folder: Path, limit: int | None, k: int, mode: Mode | None) -> dict[str, service.Evaluation]:
    from eval.benchmarks.run import evaluate_folder

    reader = DeferredReader(shipped_reader) if load_settings(mode=mode).mode is Mode.BEST else None
    with bar() as progress:
        return evaluate_folder(folder, limit, k, load_encoder, progress, reader)


def _folders(folder: Path, benchmark: Path | None) -> dict[str, Path]:
    """Where the report of each evaluation goes, by its name: several lie beside each other in the folder."""
    if benchmark is None:
        return {"": folder}
    from eval.benchmarks import names

    found = names(benchmark)
    return {name: folder / name if len(found) > 1 else folder for name in found}


@contextmanager
def _bar(questions: int) -> Iterator[Callable[[int], object]]:
    with tqdm(total=questions, unit="question", file=sys.stderr, disable=not sys.stderr.isatty()) as drawn:
        yield drawn.update


def _print(evaluations: Mapping[str, service.Evaluation], *, as_json: bool) -> None:
    if as_json:
        contents = {name: done.content for name, done in evaluations.items()}
        click.echo(report.as_json(contents if len(contents) > 1 else next(iter(contents.values()))))
        return
    for name, done in evaluations.items():
        click.echo("\n".join(filter(None, (one_line(name), text_report.render(done.content)))))


def _keep(done: service.Evaluation, store: Path) -> None:
    """A copy of the report for the web page. The figures are told by now: that it cannot be kept is no failure."""
    try:
        kept = service.keep(done.files, store)
    except InputError as error:
        click.echo(f"no copy of the report is kept for the page: {error.problem}", err=True)
    else:
        click.echo(f"report kept in {kept} (shown on the page)", err=True)


def _bounds_kept(
    evaluations: Mapping[str, service.Evaluation], under: Mapping[str, float], over: Mapping[str, float]
) -> bool:
    kept = True
    for done in evaluations.values():
        for line in bounds.broken(done.content["measures"][ALL], under, over):
            click.echo(line, err=True)
            kept = False
    return kept
