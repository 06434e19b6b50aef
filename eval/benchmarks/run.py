"""Asks the assistant the questions of a benchmark, over a collection made of its passages for the purpose."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from eval.benchmarks import load as load_benchmarks
from eval.benchmarks import questions_file
from eval.benchmarks.trial import sample, trial
from eval.dataset import GoldFile, ResolvedQuestion
from eval.gold_set import GoldSet
from eval.measures.ranking import units
from eval.reports import report
from eval.reports.run_file import REPORT
from eval.runner import DEPTH, Run, run
from eval.service import Evaluation, perform
from index.build import BuildSettings, Load, build_documents, quiet
from index.collection import Collection
from index.intake import Progress
from index.schema import Document
from rag import Assistant
from rag.reading.reading import Reads
from rag.settings import load_settings


def evaluate_folder(
    folder: Path,
    limit: int | None,
    k: int,
    load: Load,
    progress: Progress = quiet,
    reader: Reads | None = None,
) -> dict[str, Evaluation]:
    """The evaluation of the benchmark in a folder, or of each passage language of it, by name.

    With `limit`, of at most that many of its questions (see `sample`), over all its passages. The encoders are those
    of the settings; without a `reader` the mode is `fast`. The content tells as `left_out` how many questions are not
    asked, by the reason. Raises BenchmarkInvalid, and what building and asking raise.
    """
    load = cache(load)
    file = questions_file(folder)
    evaluations = {}
    for benchmark in load_benchmarks(folder):
        asked = benchmark if limit is None else sample(benchmark, limit, len(benchmark.passages))
        documents, gold = trial(asked)
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        source = GoldFile(file, sha256, tuple(question.gold for question in gold), problems=())
        with assistant_over(documents, load_settings().build, load, progress, reader) as assistant:
            tell = _counted(progress, len(gold))
            done = perform(assistant, GoldSet([source], tuple(gold)), "all", k, tell)
        evaluations[benchmark.name] = _with_left_out(done, asked.left_out)
    return evaluations


def run_over(
    documents: Sequence[Document],
    gold: Sequence[ResolvedQuestion],
    settings: BuildSettings,
    load: Load,
    progress: Progress = quiet,
    reader: Reads | None = None,
) -> Run:
    """The assistant's run over these documents alone; without a `reader` in the mode `fast`."""
    with assistant_over(documents, settings, load, progress, reader) as assistant:
        searched = assistant.collection
        tell = _counted(progress, len(gold))
        return run(assistant, gold, DEPTH, tell, documents=searched.documents, passages=units(searched))


@contextmanager
def assistant_over(
    documents: Sequence[Document],
    settings: BuildSettings,
    load: Load,
    progress: Progress = quiet,
    reader: Reads | None = None,
) -> Iterator[Assistant]:
    """An assistant that knows these documents alone, for as long as the context lasts; warm, so that times tell.

    `load` turns an encoder of the settings into that encoder, and is called for each one twice.
    """
    with tempfile.TemporaryDirectory() as folder:
        build_documents(documents, Path(folder), settings, load, progress)
        collection = Collection.open(Path(folder))
        named = zip(collection.manifest.encoders, collection.manifest.specs, strict=True)
        assistant = Assistant(collection, {built.name: load(spec) for built, spec in named}, reader=reader)
        assistant.warm_up()
        yield assistant


def _with_left_out(done: Evaluation, left_out: Mapping[str, int]) -> Evaluation:
    content = {**done.content, "left_out": dict(left_out)}
    return replace(done, content=content, files={**done.files, REPORT: report.as_json(content) + "\n"})


def _counted(progress: Progress, total: int) -> Callable[[int], None]:
    """Told how many answers came, tells how many there are of how many."""
    asked = 0

    def tick(count: int) -> None:
        nonlocal asked
        asked += count
        progress("asking", asked, total)

    return tick
