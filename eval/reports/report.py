"""What a run says, as files: for people, for trec_eval, and for the next comparison."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any

from eval.dataset import fold
from eval.measures.ranking import first_relevant, qrels_lines, run_lines
from eval.measures.scorecard import scorecard
from eval.measures.slices import pair
from eval.reports.curves import curves
from eval.reports.failures import failures
from eval.reports.html import fragment, page
from eval.reports.run_file import BY_QUESTION, REPORT
from eval.runner import Result, Run
from index.errors import InputError
from index.schema import Document

RUN, QRELS = "run", "qrels"
PAGE, FRAGMENT = "report.html", "scorecard.html"
FILES = frozenset({REPORT, BY_QUESTION, RUN, QRELS, PAGE, FRAGMENT})

_PACKAGES = ("digest-qa", "sentence-transformers", "torch", "faiss-cpu", "bm25s", "ir_measures", "numpy")
_CITATIONS = 10  # of each question that by-question.jsonl spells out; `run` has all


def build(
    run: Run,
    gold: Sequence[Mapping[str, object]],
    part: str,
    settings: Mapping[str, object],
    manifest: Mapping[str, object],
) -> dict[str, Any]:
    """Everything a figure needs to be quoted: measures with intervals, gold files with their hashes, settings,
    the collection's manifest, versions. `part` is the fold that was asked: "all", "dev" or "test".
    """
    card = scorecard(run.results)
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "gold": list(gold),
        "fold": part,
        "k": run.k,
        "questions": len(run.results),
        "measures": card.measures,
        "intervals": card.intervals,
        "curves": curves(run.results),
        "settings": dict(settings),
        "manifest": dict(manifest),
        "versions": {"python": python_version(), **{name: _version(name) for name in _PACKAGES}},
    }


def contents(content: Mapping[str, Any], results: Sequence[Result], documents: Iterable[Document]) -> dict[str, str]:
    """The files of a report by their names. `documents` are the sources that were searched."""
    rankings = {result.question.gold.id: result.ranking for result in results}
    plain = json.loads(as_json(content))
    return {
        REPORT: as_json(content) + "\n",
        BY_QUESTION: _lines(json.dumps(_record(result), ensure_ascii=False, sort_keys=True) for result in results),
        RUN: _lines(run_lines(rankings)),
        QRELS: _lines(qrels_lines(rankings)),
        PAGE: page(plain, failures(results, documents)),
        FRAGMENT: fragment(plain),
    }


def check_folder(folder: Path) -> None:
    """Raises InputError unless a report may be written there: not yet there, empty, or holding a report only."""
    if folder.is_dir():
        foreign = sorted({path.name for path in folder.iterdir()} - FILES)
        if foreign:
            raise InputError(
                f"{folder} holds other things than a report: {', '.join(foreign[:3])}", "name another folder"
            )
    elif folder.exists():
        raise InputError(f"{folder} is a file, a report is a folder", "name another folder")


def check_writable(folder: Path) -> None:
    """Raises InputError, before the work is done, where a report could not be written after it."""
    check_folder(folder)
    with _writing(folder), tempfile.TemporaryDirectory(dir=_nearest(folder), prefix=f".{folder.name}-"):
        pass


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files beside the folder, then switch: a report is never seen half-written.

    An earlier report there is replaced. Raises InputError for a folder with other things in it or not writable.
    """
    check_folder(folder)
    with _writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as workshop:
            new = Path(workshop) / "new"
            new.mkdir()
            for name, text in files.items():
                (new / name).write_text(text, encoding="utf-8")
            if folder.exists():
                shutil.move(folder, Path(workshop) / "old")
            os.replace(new, folder)


def as_json(content: Mapping[str, object]) -> str:
    """Indented JSON, non-ASCII as it is; paths and the like as text."""
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"the report cannot be written to {folder}: {error}", "name a folder that can be written"
        ) from error


def _nearest(folder: Path) -> Path:
    """The nearest folder above that is there."""
    return next(parent for parent in folder.absolute().parents if parent.exists())


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _record(result: Result) -> dict[str, Any]:
    gold, answer = result.question.gold, result.answer
    return {
        "id": gold.id,
        "language": gold.language,
        "pair": pair(result),
        "type": gold.type,
        "style": gold.style,
        "fold": fold(gold.id),
        "regions": list(result.question.regions),
        "answerable": gold.answerable,
        "kind": gold.kind,
        "question": gold.question,
        "measures": dict(result.measures),
        "right": result.right,
        "answered": answer.answerable,
        "confidence": answer.confidence,
        "first_relevant": first_relevant(result.ranking),
        "answer": answer.answer.model_dump() if answer.answer is not None else None,
        "citations": [
            {"rank": c.rank, "score": c.score, "document": c.document, "start": c.start, "end": c.end,
             "quote": {"start": c.quote.start, "end": c.quote.end}}
            for c in answer.citations[:_CITATIONS]
        ],
    }  # fmt: skip


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
