"""What a run says: the figures of every group, as a table for people and as files for the next comparison."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any

from eval.dataset import FOLDS, fold
from eval.runner import Result, Run, summary
from index.errors import InputError

REPORT = "report.json"
BY_QUESTION = "by-question.jsonl"

Figures = Mapping[str, float | int | None]

_PACKAGES = ("digest-qa", "sentence-transformers", "torch", "faiss-cpu", "bm25s", "numpy")
_GROUPS = ("zh", "en", "others")
_RANKING_COLUMNS = {
    "n": "answerable",
    "Success@1": "success@1",
    "Success@5": "success@5",
    "MRR@10": "mrr@10",
    "nDCG@10": "ndcg@10",
    "quote IoU": "quote-iou",
    "contains": "contains",
    "char-F1": "char-f1",
}
_ABSTENTION_COLUMNS = {
    "answerable": "answerable",
    "unanswerable": "unanswerable",
    "right decision": "decision",
    "false answers": "false-answer-rate",
    "false refusals": "false-refusal-rate",
    "AUROC": "auroc",
    "false answers @10 %": "false-answers@10%",
}


def language_group(language: str) -> str:
    """`zh` and `en` with all their scripts and regions, `others` for the rest."""
    base = language.lower().replace("_", "-").split("-")[0]
    return base if base in _GROUPS else "others"


def groups(results: Sequence[Result]) -> dict[str, Figures]:
    """The figures of all results and of every fold, language group, language and type among them, in that order."""
    keyed: dict[str, list[Result]] = {"all": list(results)}
    for name in FOLDS:
        keyed[f"fold {name}"] = [r for r in results if fold(r.question.gold.id) == name]
    for name in _GROUPS:
        keyed[f"languages {name}"] = [r for r in results if language_group(r.question.gold.language) == name]
    for name in sorted({r.question.gold.language for r in results}):
        keyed[f"language {name}"] = [r for r in results if r.question.gold.language == name]
    for name in sorted({r.question.gold.type for r in results}):
        keyed[f"type {name}"] = [r for r in results if r.question.gold.type == name]
    return {name: summary(members) for name, members in keyed.items() if members}


def build(run: Run, gold: Sequence[Mapping[str, object]], part: str, manifest: Mapping[str, object]) -> dict[str, Any]:
    """Everything a figure needs to be quoted: measures, gold files with their hashes, settings, collection, versions.

    `part` is the fold that was asked ("all", "dev" or "test"), `manifest` the collection's.
    """
    return {
        "measures": groups(run.results),
        "gold": list(gold),
        "settings": {"k": run.k, "fold": part},
        "collection": dict(manifest),
        "versions": {"python": python_version(), **{name: _version(name) for name in _PACKAGES}},
    }


def render(measures: Mapping[str, Figures]) -> str:
    """Two tables, percentages with one decimal: rankings and answers, then abstention."""
    return "\n\n".join(
        (
            "Answerable questions (%)\n" + table(_rows(measures, _RANKING_COLUMNS)),
            "Knowing when there is no answer (%; @10 %: at the threshold that refuses at most 10 % of the answerable)\n"
            + table(_rows(measures, _ABSTENTION_COLUMNS)),
        )
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned by display width (wide characters take two cells), the first to the left, the rest right."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        padding = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([row[0] + padding[0], *(p + c for p, c in zip(padding[1:], row[1:], strict=True))]))
    return "\n".join(line.rstrip() for line in lines)


def check_folder(folder: Path) -> None:
    """Raises InputError unless a report may be written there: not yet there, empty, or holding a report only."""
    if folder.is_dir():
        foreign = sorted({path.name for path in folder.iterdir()} - {REPORT, BY_QUESTION})
        if foreign:
            raise InputError(
                f"{folder} holds other things than a report: {', '.join(foreign[:3])}", "name another folder"
            )
    elif folder.exists():
        raise InputError(f"{folder} is a file, a report is a folder", "name another folder")


def write(folder: Path, content: Mapping[str, object], results: Sequence[Result]) -> None:
    """Write `report.json` and `by-question.jsonl` beside the folder, then switch: it is never seen half-written.

    An earlier report there is replaced. Raises InputError for a folder with other things in it or not writable.
    """
    check_folder(folder)
    lines = (json.dumps(_line(result), ensure_ascii=False, sort_keys=True) for result in results)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as workshop:
            new = Path(workshop) / "new"
            new.mkdir()
            (new / REPORT).write_text(as_json(content) + "\n", encoding="utf-8")
            (new / BY_QUESTION).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            if folder.exists():
                shutil.move(folder, Path(workshop) / "old")
            os.replace(new, folder)
    except OSError as error:
        raise InputError(
            f"the report cannot be written to {folder}: {error}", "name a folder that can be written"
        ) from error


def as_json(content: Mapping[str, object]) -> str:
    """Indented JSON, non-ASCII as it is; paths and the like as text."""
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def _line(result: Result) -> dict[str, Any]:
    gold, answer = result.question.gold, result.answer
    return {
        "id": gold.id,
        "language": gold.language,
        "type": gold.type,
        "style": gold.style,
        "fold": fold(gold.id),
        "answerable": gold.answerable,
        "question": gold.question,
        "measures": dict(result.measures),
        "answered": answer.answerable,
        "confidence": answer.confidence,
        "answer": answer.answer.model_dump() if answer.answer is not None else None,
        "citations": [
            {"rank": c.rank, "score": c.score, "document": c.document, "start": c.start, "end": c.end,
             "quote": {"start": c.quote.start, "end": c.quote.end}}
            for c in answer.citations
        ],
    }  # fmt: skip


def _rows(measures: Mapping[str, Figures], columns: Mapping[str, str]) -> list[list[str]]:
    header = ["", *columns]
    return [header, *([name, *(_cell(figures[key]) for key in columns.values())] for name, figures in measures.items())]


def _cell(figure: float | int | None) -> str:
    if figure is None:
        return "–"
    return str(figure) if isinstance(figure, int) else f"{100 * figure:.1f}"


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
