"""What one line of a gold file must look like, whatever documents it speaks of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from index.errors import QuestionInvalid
from rag.query import clean

_TEXTS = ("id", "language", "question", "type", "document")
_REQUIRED = (*_TEXTS, "answerable", "answers", "evidence")
_OPTIONAL = ("note", "style", "all_answers")


def parse(line: str) -> tuple[dict[str, Any] | None, list[str]]:
    """The record of a line, None where there is none, and its problems."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return None, [f"not JSON ({error.msg} at column {error.colno})"]
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets in thousands
        return None, [f"not JSON that can be read ({error})"]
    if not isinstance(record, dict):
        return None, [f"not a JSON object but {type(record).__name__}"]
    return record, list(problems(record))


def problems(record: Mapping[str, Any]) -> Iterator[str]:
    """Each problem of a record in plain words: missing keys, wrong types, offsets that are no span, answerable without
    answers or evidence, unanswerable with. Further keys are allowed, but not one that looks like a known one mistyped.
    """
    yield from (f"key {key!r} is missing" for key in _REQUIRED if key not in record)
    for key in sorted(record.keys() - {*_REQUIRED, *_OPTIONAL}):
        meant = get_close_matches(key, {*_REQUIRED, *_OPTIONAL} - record.keys(), n=1, cutoff=0.8)
        yield from (f"key {key!r} is unknown, is it {name!r}?" for name in meant)
    for key in _TEXTS:
        if key in record and not _is_text(record[key]):
            yield f"{key} must be text, not {record[key]!r}"
    for key in ("note", "style"):
        if record.get(key) is not None and not (record[key] == "" or _is_text(record[key])):
            yield f"{key} must be text, not {record[key]!r}"
    if _is_text(record.get("question")):
        try:
            clean(record["question"])
        except QuestionInvalid as error:
            yield error.problem
    for key in ("answerable", "all_answers"):
        if key in record and not isinstance(record[key], bool):
            yield f"{key} must be true or false, not {record[key]!r}"
    for key in ("answers", "evidence"):
        items = record.get(key, [])
        if not isinstance(items, list):
            yield f"{key} must be a list, not {items!r}"
            continue
        for item in items:
            if not (key == "answers" and _is_text(item)):
                yield from _span_problems(key, item)
        if key in record and record.get("answerable") is True and not items:
            yield f"answerable, but {key} is empty"
        if record.get("answerable") is False and items:
            yield f"not answerable, but {key} is not empty"


def _span_problems(key: str, item: object) -> Iterator[str]:
    if not isinstance(item, dict) or not {"start", "end"} <= item.keys():
        yield f"{key} must hold {'text or ' if key == 'answers' else ''}start and end, not {item!r}"
        return
    # A span answer points into the question's own document; only evidence may lie elsewhere.
    allowed = {"start", "end", "document"} if key == "evidence" else {"start", "end"}
    yield from (f"{key} has the unknown key {extra!r}" for extra in sorted(item.keys() - allowed))
    if "document" in item and key == "evidence" and not _is_text(item["document"]):
        yield f"document must be text, not {item['document']!r}"
    start, end = item["start"], item["end"]
    if type(start) is not int or type(end) is not int:
        yield f"{key} offsets must be whole numbers, not {start!r} and {end!r}"
    elif not 0 <= start < end:
        yield f"{key} offsets must be 0 <= start < end, not {start} and {end}"


def _is_text(value: object) -> bool:
    """Whether it is a text that says something and can be written down: half a character cannot."""
    return isinstance(value, str) and bool(value.strip()) and not any("\ud800" <= char <= "\udfff" for char in value)
