"""Reads the files of a benchmark and gathers every problem in them: whoever mends a folder wants the whole list."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from eval.benchmarks.records import BenchmarkInvalid
from rag.query import language_of

SHOWN = 100
"""Problems that a message names; of a file that is wrong throughout, the others are counted."""

_TELLING = 50  # texts that tell the language of a set
_BEGINNING = 300  # code points of each

Record = TypeVar("Record", bound=BaseModel)


class Reading:
    """One folder while it is read. `problem` notes, `finish` raises."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._problems: list[str] = []

    def problem(self, where: str, what: str) -> None:
        """`where` is the file with the line, `what` is wrong there."""
        self._problems.append(f"{where}: {what}")

    def finish(self) -> None:
        """Raises BenchmarkInvalid where a problem was found."""
        if self._problems:
            more = len(self._problems) - SHOWN
            shown = [*self._problems[:SHOWN], *([f"and {more:,} more problems"] if more > 0 else [])]
            raise BenchmarkInvalid(f"{self.folder}: {'; '.join(shown)}", "mend the files")

    def records(self, file: Path, shape: type[Record]) -> Iterator[tuple[str, Record]]:
        """(where, record) of every line of a JSONL file that is right; blank lines are allowed."""
        for number, line in self.lines(file):
            where = f"{file.name} line {number}"
            if not line.strip():
                continue
            try:
                content = json.loads(line)
            except json.JSONDecodeError as error:
                self.problem(where, f"not JSON ({error.msg} at column {error.colno})")
                continue
            record = self.shaped(where, content, shape)
            if record is not None:
                yield where, record

    def shaped(self, where: str, content: object, shape: type[Record]) -> Record | None:
        """The record, or None, and every problem that it has."""
        try:
            return shape.model_validate(content)
        except ValidationError as error:
            for found in error.errors():
                self.problem(where, _in_words(".".join(map(str, found["loc"])), found["type"], found["msg"]))
            return None

    def lines(self, file: Path) -> Iterator[tuple[int, str]]:
        """(number from 1, line) of a file in UTF-8."""
        number = 0
        try:
            with file.open(encoding="utf-8-sig", newline="\n") as stream:
                for number, line in enumerate(stream, start=1):
                    yield number, line
        except (OSError, UnicodeDecodeError) as error:
            self.problem(f"{file.name} line {number + 1}", f"cannot be read ({error})")

    def unique(self, named: Iterable[tuple[str, str]]) -> None:
        """Note ids that occur twice; `named` are (where, id)."""
        first: dict[str, str] = {}
        for where, identifier in named:
            if identifier in first:
                self.problem(where, f"id {identifier!r} was used in {first[identifier]}")
            first.setdefault(identifier, where)


def language_of_all(texts: Iterable[str]) -> str:
    """The language that most of the first 50 texts are in; "" of no text. Mixed sets get one of theirs."""
    found = Counter(language_of(text[:_BEGINNING]) for text, _ in zip(texts, range(_TELLING), strict=False))
    return found.most_common(1)[0][0] if found else ""


def _in_words(key: str, kind: str, message: str) -> str:
    match kind:
        case "missing":
            return f"key {key!r} is missing"
        case "extra_forbidden":
            return f"key {key!r} is unknown"
        case "model_type":
            return f"{key or 'it'} is not a JSON object"
        case _:
            return f"{key}: {message}"
