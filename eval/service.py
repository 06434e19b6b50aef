"""One evaluation from the questions to the files of its report; the command line and the web page call it alike."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from eval.gold_set import GoldSet, gold_set
from eval.measures.ranking import units
from eval.reports import report
from eval.runner import DEPTH, Run, run
from rag.assistant import Assistant
from rag.evaluations import REPORTS

KEPT = 10
"""Reports of a store; older ones are swept away."""


@dataclasses.dataclass(frozen=True, slots=True)
class Evaluation:
    """A run with the content of its report (the JSON of `report.json`) and the files of it by name."""

    run: Run
    content: Mapping[str, Any]
    files: Mapping[str, str]


def perform(
    assistant: Assistant,
    gold: GoldSet,
    part: str = "all",
    k: int = DEPTH,
    progress: Callable[[int], object] | None = None,
) -> Evaluation:
    """Ask the questions and make the report; its `seconds` are those of asking and scoring.

    `progress` is told how many answers came since it was last told.
    """
    collection = assistant.collection
    began = perf_counter()
    done = run(assistant, gold.questions, k, progress, documents=collection.documents, passages=units(collection))
    manifest = dataclasses.asdict(collection.manifest)
    seconds = perf_counter() - began
    content = report.build(done, gold.describe(), part, assistant.settings(), manifest) | {"seconds": round(seconds, 1)}
    return Evaluation(done, content, report.contents(content, done.results, collection.documents))


def keep(files: Mapping[str, str], store: Path) -> Path:
    """Put a report among those of the store, where the web page finds it, and return its folder.

    Raises InputError where the store cannot be written.
    """
    shelf = store / REPORTS
    folder = shelf / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")  # names in the order of time
    report.write(folder, files)
    for old in sorted(path for path in shelf.iterdir() if path.is_dir() and not path.name.startswith("."))[:-KEPT]:
        with suppress(OSError):
            shutil.rmtree(old)
    return folder


def evaluate(assistant: Assistant, store: Path, progress: Callable[[int, int], None]) -> Path:
    """Run the shipped gold that fits the documents and keep the report; the folder of it is returned.

    `progress` is told how many of how many questions are answered. Raises GoldInvalid where no gold fits, InputError
    where the store cannot be written.
    """
    report.check_writable(store / REPORTS / "new")
    gold = gold_set({}, assistant.collection.documents)
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(done, len(gold.questions))

    progress(0, len(gold.questions))
    return keep(perform(assistant, gold, progress=tell).files, store)
