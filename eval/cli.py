"""The command `digest-qa eval`. Figures on stdout, remarks on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import click
from tqdm import tqdm

from eval import bounds, gold_check, service
from eval.dataset import FOLDS, MEND, read_gold
from eval.gold_set import GoldSet, gold_set
from eval.measures.slices import ALL
from eval.reports import report
from eval.reports import text as text_report
from eval.runner import DEPTH, depth_note
from index.collection import Collection
from index.encoders import load_encoder
from index.errors import CollectionNotFound, GoldInvalid
from index.schema import Document
from rag.assistant import Assistant
from rag.progress import bar
from rag.settings import load_settings

_PATH = click.Path(path_type=Path)


def _bounds(known: tuple[str, ...]) -> Callable[[click.Context, click.Parameter, Sequence[str]], dict[str, float]]:
    def read(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, float]:
        try:
            return dict(bounds.parse(text, known) for text in values)
        except ValueError as error:
            raise click.BadParameter(str(error), context, parameter) from None

    return read


@click.command("eval", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--store", help="The collection to ask.")
@click.option("--gold", "files", type=_PATH, multiple=True, help="Gold file (default: the shipped ones that fit).")
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
    if sum((check, grid is not None, benchmark is not None)) > 1:
        raise click.UsageError("--check, --sweep and --benchmark exclude each other")
    if limit is not None and benchmark is None:
        raise click.UsageError("--limit is of --benchmark")
    if folder is not None and (check or grid is not None):
        raise click.UsageError("--report is of an evaluation, not of --check or --sweep")
    if folder is not None:
        report.check_writable(folder)
    if benchmark is not None:
        evaluations = _benchmark(benchmark, limit, k)
    else:
        asked = Asked(store)
        gold = _gold(files, asked, "all" if grid is not None else part)
        for path, items in gold.files.items():
            click.echo(f"gold: {path} ({len(items)} questions)", err=True)
        if check:
            _check(gold, asked.documents)
            return
        if grid is not None:
            _sweep(grid, gold, asked.documents, as_json=as_json)
            return
        with _bar(len(gold.questions)) as progress:
            evaluations = {"": service.perform(asked.assistant, gold, part, k, progress)}
        click.echo(f"asked and scored in {evaluations[''].content['seconds']} s", err=True)
        service.keep(evaluations[""].files, asked.store)
    if (note := depth_note(k)) is not None:
        click.echo(note, err=True)
    _print(evaluations, as_json=as_json)
    if folder is not None:
        for name, done in evaluations.items():
            report.write(folder / name if len(evaluations) > 1 else folder, done.files)
    _end(evaluations, under, over)


class Asked:
    """The assistant that is asked; what only needs its documents need not wait for its models."""

    def __init__(self, store: str | None) -> None:
        self._given = store

    @cached_property
    def store(self) -> Path:
        """The folder of the collection. Raises SettingInvalid."""
        return load_settings(self._given).store

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
        return Assistant.open(self._given)


def _gold(files: Sequence[Path], asked: Asked, part: str) -> GoldSet:
    """The gold that fits the collection; a bad file is told before the models are loaded or the sample is built."""
    read = {path: read_gold(path) for path in files}
    wrong = [problem for _, problems in read.values() for problem in problems]
    if wrong and asked.there is None:
        raise GoldInvalid("; ".join(wrong), MEND)
    return gold_set({path: questions for path, (questions, _) in read.items()}, asked.documents, part, wrong)


def _check(gold: GoldSet, documents: Sequence[Document]) -> None:
    click.echo(gold_check.render_counts(gold_check.counts(question.gold for question in gold.questions)))
    copied = gold_check.wording(gold.questions, documents)
    if copied:
        raise GoldInvalid("; ".join(copied), "ask in other words than the text's")


def _sweep(grid: Path, gold: GoldSet, documents: Sequence[Document], *, as_json: bool) -> None:
    from eval.sweeps import sweep as sweeping

    with bar() as progress:
        done = sweeping.sweep(grid, documents, gold.questions, load_encoder, progress)
    click.echo(json.dumps(sweeping.as_json(done), indent=2) if as_json else sweeping.render(done))


def _benchmark(folder: Path, limit: int | None, k: int) -> dict[str, service.Evaluation]:
    from eval.benchmarks.run import evaluate_folder

    with bar() as progress:
        return evaluate_folder(folder, limit, k, load_encoder, progress)


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
        click.echo(
            "\n".join(filter(None, (name, text_report.render(done.content["measures"], done.content["intervals"]))))
        )


def _end(evaluations: Mapping[str, service.Evaluation], under: Mapping[str, float], over: Mapping[str, float]) -> None:
    failed = False
    for done in evaluations.values():
        for line in bounds.broken(done.content["measures"][ALL], under, over):
            click.echo(line, err=True)
            failed = True
    if failed:
        raise SystemExit(1)
