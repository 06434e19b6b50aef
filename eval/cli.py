"""The commands `digest-qa eval` and `digest-qa compare`. Figures on stdout, remarks on stderr."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from eval import report as reports
from eval.dataset import (
    FOLDS,
    SHIPPED,
    GoldQuestion,
    ResolvedQuestion,
    documents_named,
    fold,
    known,
    load_gold,
    resolve,
)
from eval.runner import DEPTH, MEASURES, Answers, Run, run
from index.errors import GoldInvalid
from index.schema import Document

BOUNDED = (*MEASURES, "auroc")
"""What --fail-under may name: everything of which more is better."""

_PATH = click.Path(path_type=Path)


def _bounds(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, float]:
    bounds = {}
    for text in values:
        name, _, number = text.rpartition("=")
        name = name.strip().lower()
        if name not in BOUNDED:
            raise click.BadParameter(f"no measure {name or text!r}; there are {', '.join(BOUNDED)}", context, parameter)
        try:
            bounds[name] = float(number)
        except ValueError:
            raise click.BadParameter(f"{number!r} is not a number; write {name}=0.9", context, parameter) from None
        if not 0 <= bounds[name] <= 1:
            raise click.BadParameter(f"{number} is not between 0 and 1; write {name}=0.9", context, parameter)
    return bounds


@click.command("eval", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--store", help="The collection to ask.")
@click.option("--gold", "files", type=_PATH, multiple=True, help="Gold file (default: the shipped ones that fit).")
@click.option("--fold", "part", type=click.Choice(["all", *FOLDS]), default="all", show_default=True)
@click.option("--report", "folder", type=_PATH, help="Write report.json and by-question.jsonl there.")
@click.option("--fail-under", "bounds", multiple=True, callback=_bounds, metavar="MEASURE=VALUE", help="Else exit 1.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("-k", type=click.IntRange(min=1), default=DEPTH, show_default=True, help="Citations to a question.")
def evaluate(
    *,
    store: str | None,
    files: tuple[Path, ...],
    part: str,
    folder: Path | None,
    bounds: Mapping[str, float],
    as_json: bool,
    k: int,
) -> None:
    """Ask a gold set and measure the answers."""
    if folder is not None:
        reports.check_folder(folder)
    gold = {path: load_gold(path) for path in files}

    from rag import Assistant  # after the cheap checks: it brings the models

    assistant = Assistant.open(store=store)
    gold = gold or _fitting(assistant.collection.documents)
    for path, items in gold.items():
        click.echo(f"gold: {path} ({len(items)} questions)", err=True)
    resolved = resolve([item for items in gold.values() for item in items], assistant.collection.documents)
    asked = [item for item in resolved if part in ("all", fold(item.gold.id))]
    if not asked:
        raise GoldInvalid(f"none of the {len(resolved)} questions is in the {part} fold", "use --fold all")
    if k < DEPTH:
        click.echo(f"{k} citations are asked for: measures at {DEPTH} see no more", err=True)

    done = _with_progress(assistant, asked, k)
    manifest = dataclasses.asdict(assistant.collection.manifest)
    content = reports.build(done, [_describe(path, len(items)) for path, items in gold.items()], part, manifest)
    if folder is not None:
        reports.write(folder, content, done.results)
    click.echo(reports.as_json(content) if as_json else reports.render(content["measures"]))
    if _report_failures(content["measures"]["all"], bounds):
        raise SystemExit(1)


@click.command("compare", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run_a", type=_PATH)
@click.argument("run_b", type=_PATH)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the randomisation test.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def compare(run_a: Path, run_b: Path, seed: int, as_json: bool) -> None:
    """Compare two report folders (or their by-question.jsonl), question by question."""
    from eval import compare as comparing  # brings numpy

    a, b = comparing.read_run(run_a), comparing.read_run(run_b)
    differences = comparing.compare(a, b, seed)
    if a.keys() != b.keys():
        shared = len(a.keys() & b.keys())
        click.echo(f"compared on the {shared} questions that both have, of {len(a)} and {len(b)}", err=True)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(difference) for difference in differences], indent=2))
    else:
        click.echo(comparing.render(differences))


def _fitting(documents: Sequence[Document]) -> dict[Path, tuple[GoldQuestion, ...]]:
    """The shipped gold files all of whose documents are in the collection."""
    shipped = {path: load_gold(path) for path in sorted(SHIPPED.glob("*.jsonl"))}
    fitting = {
        path: items for path, items in shipped.items() if all(known(documents, name) for name in documents_named(items))
    }
    if not fitting:
        raise GoldInvalid(
            f"none of the {len(shipped)} shipped gold files fits the documents of this collection",
            "name a gold file: digest-qa eval --gold FILE",
        )
    return fitting


def _with_progress(assistant: Answers, asked: Sequence[ResolvedQuestion], k: int) -> Run:
    from tqdm import tqdm

    with tqdm(total=len(asked), unit="question", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
        return run(assistant, asked, k, bar.update)


def _describe(path: Path, questions: int) -> dict[str, object]:
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "questions": questions}


def _report_failures(figures: reports.Figures, bounds: Mapping[str, float]) -> bool:
    failed = False
    for name, bound in bounds.items():
        figure = figures[name]
        if figure is None:
            click.echo(f"{name} cannot be measured on these questions, {bound} is asked for", err=True)
            failed = True
        elif figure < bound:
            click.echo(f"{name} is {figure:.6g}, under {bound}", err=True)
            failed = True
    return failed
