"""Reads the files of a benchmark and gathers every problem in them: whoever mends a folder wants the whole list."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, StrictStr, ValidationError
from pydantic_core import PydanticCustomError

from eval.benchmarks.records import BenchmarkInvalid
from index.errors import QuestionInvalid
from rag.query import clean, language_of

SHOWN = 100
"""Problems that a message names; of a file that is wrong throughout, the others are counted."""

_TELLING = 50  # texts that tell the language of a set
_BEGINNING = 300  # code points of each

Record = TypeVar("Record", bound=BaseModel)


def _written(text: str) -> str:
    """JSON can name half of a character, which no file in UTF-8 can hold: neither an index nor a report."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found = {"found": ascii(text[error.start]), "place": error.start}
        raise PydanticCustomError("not_utf8", "unpaired surrogate {found} at {place}", found) from None
    return text


Text = Annotated[StrictStr, AfterValidator(_written)]
"""A text that can be written as UTF-8."""


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
            if not line.strip():
                continue
            record = self.record(file, line, shape, number)
            if record is not None:
                yield f"{file.name} line {number}", record

    def record(self, file: Path, text: str, shape: type[Record], line: int | None = None) -> Record | None:
        """The record that a text in JSON is, or None and every problem that it has.

        `line` is where the text stands in the file; without it the text is all of the file.
        """
        where = file.name if line is None else f"{file.name} line {line}"
        try:
            return shape.model_validate(json.loads(text))
        except json.JSONDecodeError as error:
            self.problem(f"{file.name} line {line or error.lineno}", f"not JSON ({error.msg} at column {error.colno})")
        except RecursionError:
            self.problem(where, "it is nested too deeply to be read")
        except ValidationError as error:
            for found in error.errors():
                self.problem(where, _in_words(".".join(map(str, found["loc"])), found["type"], found["msg"]))
        except ValueError:  # the only other one: an integer that Python does not convert
            self.problem(where, f"it has a number of more than {sys.get_int_max_str_digits():,} digits")
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

    def check_ids(self, named: Iterable[tuple[str, str]]) -> None:
        """Note ids that are empty or occur twice; `named` are (where, id)."""
        first: dict[str, str] = {}
        for where, identifier in named:
            if not identifier.strip():
                self.problem(where, "the id is empty")
            elif identifier in first:
                self.problem(where, f"id {identifier!r} was used in {first[identifier]}")
            first.setdefault(identifier, where)


def refusals(question: str) -> Iterator[str]:
    """Why the assistant would not take a question; nothing where it does."""
    try:
        clean(question)
    except QuestionInvalid as error:
        yield error.problem


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
        case "string_unicode":
            return f"{key or 'a key'}: unpaired surrogate"
        case "model_type":
            return f"{key or 'it'} is not a JSON object"
        case _:
            return f"{key}: {message}"
