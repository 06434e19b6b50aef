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
from rag.evaluations import NAME, REPORTS

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

    The oldest go where there are more than KEPT. Raises InputError where the store cannot be written.
    """
    folder = _new(store)
    report.write(folder, files)
    _sweep(folder.parent)
    return folder


def evaluate(assistant: Assistant, store: Path, progress: Callable[[int, int], None]) -> Path:
    """Run the gold in the store, else the shipped one that fits the documents; keep the report and return its folder.

    `progress` is told how many of how many questions are answered. Raises GoldInvalid where no gold fits, InputError
    where the store cannot be written.
    """
    report.check_writable(_new(store))
    gold = gold_set([], assistant.collection.documents, store)
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(done, len(gold.questions))

    progress(0, len(gold.questions))
    return keep(perform(assistant, gold, progress=tell).files, store)


def _new(store: Path) -> Path:
    return store / REPORTS / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")  # names in the order of time


def _sweep(shelf: Path) -> None:
    """Remove the oldest reports, but nothing that holds anything else. One that cannot be removed is left."""
    with suppress(OSError):
        for old in sorted(filter(_is_report, shelf.iterdir()))[:-KEPT]:
            with suppress(OSError):
                shutil.rmtree(old)


def _is_report(folder: Path) -> bool:
    try:
        return NAME.fullmatch(folder.name) is not None and not report.foreign(folder)
    except OSError:
        return False
