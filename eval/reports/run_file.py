"""A run as it lies on disk: what was measured of each question, and the gold set and fold that were asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from index.errors import InputError

REPORT = "report.json"
BY_QUESTION = "by-question.jsonl"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Record:
    """What a run says of one question; None, "" or () is what its file does not say.

    `pair` is the language of the question and that of the document, "en→zh"; `regions` those of the evidence; `kind` is
    that of an unanswerable question. `answered` is whether it was not refused, `right` whether citation 1 proves the
    answer, None also where nobody knows.
    """

    id: str
    measures: Mapping[str, float]
    language: str = ""
    pair: str = ""
    type: str = ""
    style: str = ""
    kind: str = ""
    fold: str = ""
    regions: tuple[str, ...] = ()
    answerable: bool | None = None
    answered: bool | None = None
    right: bool | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class RunFile:
    """The records of a run by question id, and how they were made as far as its report.json tells.

    `gold` are the SHA-256 of the gold files, None without a report.json; `k` is how many citations were asked for;
    `settings` (of the assistant) and `manifest` (of the collection) are as they stand there, empty where they do not.
    """

    name: str
    records: Mapping[str, Record]
    gold: frozenset[str] | None = None
    fold: str | None = None
    k: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)


def read_run(path: Path) -> RunFile:
    """The run in a report folder, or in its by-question file (its report.json may be missing).

    Keys that an older report lacks are left open. Raises InputError if it is no run.
    """
    file = path / BY_QUESTION if path.is_dir() else path
    records: dict[str, Record] = {}
    try:
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                record = _record(json.loads(line))
                if record.id in records:
                    raise ValueError(f"question {record.id!r} occurs twice")
                records[record.id] = record
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_run(file, error) from error
    return _with_setup(RunFile(str(path), records), file.parent / REPORT)


def _with_setup(run: RunFile, file: Path) -> RunFile:
    """The run with what a report.json tells; older ones have k and the fold among the settings."""
    if not file.is_file():
        return run
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        settings = dict(_of(dict, content.get("settings", {})))
        older = {key: settings.pop(key, None) for key in ("k", "fold")}
        return replace(
            run,
            gold=frozenset(_of(str, item["sha256"]) for item in content["gold"]),
            fold=_optional(str, content.get("fold") or older["fold"]),
            k=_optional(int, content.get("k") or older["k"]),
            settings=settings,
            manifest=_of(dict, content.get("manifest", {})),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_run(file, error) from error


def _no_run(file: Path, error: Exception) -> InputError:
    reason = f"no key {error}" if isinstance(error, KeyError) else error
    return InputError(f"{file} is not a run: {reason}", "make one: digest-qa eval --report DIR")


def _record(line: Any) -> Record:
    return Record(
        id=_of(str, line["id"]),
        measures={name: _number(score) for name, score in line["measures"].items()},
        language=_optional(str, line.get("language")) or "",
        pair=_optional(str, line.get("pair")) or "",
        type=_optional(str, line.get("type")) or "",
        style=_optional(str, line.get("style")) or "",
        kind=_optional(str, line.get("kind")) or "",
        fold=_optional(str, line.get("fold")) or "",
        regions=tuple(_of(str, region) for region in line.get("regions") or ()),
        answerable=_optional(bool, line.get("answerable")),
        answered=_optional(bool, line.get("answered")),
        right=_optional(bool, line.get("right")),
        confidence=None if line.get("confidence") is None else _number(line["confidence"]),
    )


def _of(kind: type[_T], value: Any) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _optional(kind: type[_T], value: Any) -> _T | None:
    return None if value is None else _of(kind, value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError(f"{value!r} is no number")
    return float(value)
