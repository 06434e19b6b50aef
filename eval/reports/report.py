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
_WORKSHOP = ".report-"
_CITATIONS = 10  # of each question that by-question.jsonl spells out; `run` has all


def build(
    run: Run,
    gold: Sequence[Mapping[str, object]],
    part: str,
    settings: Mapping[str, object],
    manifest: Mapping[str, Any],
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
        "counts": card.counts,
        "curves": curves(run.results),
        "settings": dict(settings),
        "manifest": _portable(manifest),
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


def foreign(folder: Path) -> list[str]:
    """The names in a folder that are no files of a report, sorted. Raises OSError where it cannot be read."""
    return sorted(path.name for path in folder.iterdir() if path.name not in FILES or not path.is_file())


def check_writable(folder: Path) -> None:
    """Raises InputError, before the work is done, where a report could not be written after it."""
    with _writing(folder):
        place = _place(folder)
        there = place if place.is_dir() else next(filter(os.path.lexists, place.parents))
        with tempfile.TemporaryDirectory(dir=there, prefix=_WORKSHOP) as workshop:
            trial = Path(workshop, place.relative_to(there))  # the names that are still to be made
            trial.mkdir(parents=True, exist_ok=True)
            (trial / REPORT).write_text("{}\n", encoding="utf-8")


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write a report; an earlier one there is replaced, and still whole where this fails.

    A new folder appears with all its files in it. A folder that is there stays, be it a mounted disk, a link or where
    one stands: its files are replaced one by one once all are written, report.json last, so that nobody sees a new
    report.json with old companions. Raises InputError for a folder with other things in it or not writable.
    """
    with _writing(folder):
        place = _place(folder)
        there = place.is_dir()
        if not there:
            place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place if there else place.parent, prefix=_WORKSHOP) as workshop:
            new = Path(workshop, "new")
            new.mkdir()
            for name, text in files.items():
                (new / name).write_text(text, encoding="utf-8")
            if there:
                _replace(place, new, Path(workshop, "old"))
            else:
                os.rename(new, place)


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


def _place(folder: Path) -> Path:
    """Where the folder really is. Raises InputError unless it is not yet there, empty, or holding a report only."""
    place = Path(os.path.realpath(folder))
    if place.is_dir():
        if names := foreign(place):
            raise InputError(
                f"{folder} holds other things than a report: {', '.join(names[:3])}", "name another folder"
            )
    elif os.path.lexists(place):
        raise InputError(f"{folder} is a file, a report is a folder", "name another folder")
    return place


def _replace(folder: Path, new: Path, old: Path) -> None:
    """The files of `new` instead of those in `folder`; `old` is where these are kept meanwhile."""
    old.mkdir()
    for name in FILES:
        if (folder / name).exists():
            shutil.copy2(folder / name, old)
    try:
        _move(new, folder)
    except BaseException:
        _move(old, folder)
        raise


def _move(source: Path, folder: Path) -> None:
    for name in sorted(FILES, key=lambda name: (name == REPORT, name)):
        if (source / name).exists():
            os.replace(source / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _portable(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with the names of the files only: a report is passed on, the folders of this machine are not."""
    origins = {key: {**origin, "path": _name(origin["path"])} for key, origin in manifest.get("origins", {}).items()}
    return {**manifest, **({"origins": origins} if origins else {})}


def _name(path: str | None) -> str | None:
    return Path(path).name if path else None


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
