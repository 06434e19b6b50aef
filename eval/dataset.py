"""The gold set: questions labelled by source span, so that labels survive another way of cutting passages.

One JSON object a line; `load_gold` checks the file alone, `resolve` checks it against the documents it speaks of. Both
report every problem at once: whoever mends a gold file wants the whole list.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index.errors import GoldInvalid
from index.schema import Document, Span

SHIPPED = Path(__file__).parent / "gold"
FOLDS = ("dev", "test")

_TEXTS = ("id", "language", "question", "type", "document")
_REQUIRED = (*_TEXTS, "answerable", "answers", "evidence")
_OPTIONAL = ("note", "style", "all_answers")
_WIDE = "\u2e80-\u2fff\u3001-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_LAYOUT_SPACE = re.compile(rf"(?<=[{_WIDE}])\s+|\s+(?=[{_WIDE}])")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span that proves the answer, in the document of that name, id or sha256."""

    document: str
    span: Span


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """One line of a gold file, as it stands there.

    Any one of `answers` is enough, unless `all_answers`: then all are needed. A Span among them points into `document`
    (where the text may not be copied). Unanswerable questions have neither answers nor evidence.
    """

    id: str
    language: str
    question: str
    type: str
    style: str | None
    answerable: bool
    document: str
    answers: tuple[str | Span, ...]
    all_answers: bool
    evidence: tuple[Evidence, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Place:
    """An evidence span in a known source: `text == source[span.start:span.end]`."""

    document_sha256: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class ResolvedQuestion:
    """A gold question whose documents were found: answers are text, evidence names its source by hash."""

    gold: GoldQuestion
    answers: tuple[str, ...]
    evidence: tuple[Place, ...]


def load_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """The questions of a gold file (UTF-8 JSONL, blank lines allowed), in order.

    Raises GoldInvalid listing every problem with its line number: not JSON, unknown or missing keys, wrong types, an id
    used twice, offsets that are no span, answerable without answers or evidence, unanswerable with, no question at all.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldInvalid(
            f"{path} cannot be read: {error}", "give a gold file in UTF-8, one JSON object a line"
        ) from error
    problems: list[str] = []
    questions: list[GoldQuestion] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        record, found = _parse(line)
        if record is not None and not found:
            questions.append(_question(record))
        identifier = record.get("id") if record is not None else None
        if isinstance(identifier, str):
            if identifier in first_line:
                found.append(f"id {identifier!r} was used on line {first_line[identifier]}")
            first_line.setdefault(identifier, number)
        problems += [f"line {number}: {problem}" for problem in found]
    if not questions and not problems:
        problems.append("it holds no question")
    if problems:
        raise GoldInvalid(f"{path}: {'; '.join(problems)}", "mend the gold file")
    return tuple(questions)


def fold(identifier: str) -> Literal["dev", "test"]:
    """The half that a question belongs to, by its id alone: stable when questions are added or reordered."""
    return "dev" if int(hashlib.sha256(identifier.encode()).hexdigest()[:8], 16) % 2 == 0 else "test"


def documents_named(gold: Iterable[GoldQuestion]) -> frozenset[str]:
    """Every document that the questions or their evidence name, by name, id or sha256 as written."""
    return frozenset(name for item in gold for name in (item.document, *(e.document for e in item.evidence)))


def known(documents: Sequence[Document], name: str) -> bool:
    """Whether `name` is the name, id or sha256 of one of the documents."""
    return any(name in (document.name, document.id, document.sha256) for document in documents)


def resolve(gold: Sequence[GoldQuestion], documents: Sequence[Document]) -> tuple[ResolvedQuestion, ...]:
    """Find every question's documents by name, id or sha256, and read answers and evidence from their source.

    Raises GoldInvalid listing every problem by question: an id in two files, an unknown document, a name that fits two,
    a span that ends past the end of its source.
    """
    problems: list[str] = []
    resolved: list[ResolvedQuestion] = []
    seen: set[str] = set()
    for item in gold:
        found: list[str] = [f"id {item.id!r} occurs twice"] if item.id in seen else []
        seen.add(item.id)
        sources = {name: _find(documents, name, found) for name in sorted(documents_named([item]))}
        spans = [(item.document, answer) for answer in item.answers if isinstance(answer, Span)]
        for name, span in [*spans, *((e.document, e.span) for e in item.evidence)]:
            source = sources[name]
            if source is not None and span.end > len(source.text):
                found.append(f"span {span.start}-{span.end} ends past the {len(source.text)} code points of {name}")
        problems += [f"question {item.id!r}: {problem}" for problem in found]
        if not found:
            resolved.append(_read(item, {name: source for name, source in sources.items() if source is not None}))
    if problems:
        raise GoldInvalid(
            "; ".join(problems),
            "mend the gold file, or add its documents: digest-qa index PATH (digest-qa documents lists what is there)",
        )
    return tuple(resolved)


def _find(documents: Sequence[Document], name: str, found: list[str]) -> Document | None:
    fitting = [document for document in documents if name in (document.name, document.id, document.sha256)]
    if len(fitting) == 1:
        return fitting[0]
    found.append(f"{len(fitting)} documents are called {name!r}" if fitting else f"no document is called {name!r}")
    return None


def _read(item: GoldQuestion, sources: dict[str, Document]) -> ResolvedQuestion:
    def text(answer: str | Span) -> str:
        if isinstance(answer, str):
            return answer
        return _LAYOUT_SPACE.sub("", answer.of(sources[item.document].text)).strip()

    places = (Place(sources[e.document].sha256, e.span, e.span.of(sources[e.document].text)) for e in item.evidence)
    return ResolvedQuestion(item, tuple(text(answer) for answer in item.answers), tuple(places))


def _parse(line: str) -> tuple[dict[str, Any] | None, list[str]]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return None, [f"not JSON ({error.msg} at column {error.colno})"]
    if not isinstance(record, dict):
        return None, [f"not a JSON object but {type(record).__name__}"]
    return record, list(_problems(record))


def _problems(record: dict[str, Any]) -> Iterator[str]:
    yield from (f"key {key!r} is missing" for key in _REQUIRED if key not in record)
    yield from (f"key {key!r} is unknown" for key in sorted(record.keys() - {*_REQUIRED, *_OPTIONAL}))
    for key in _TEXTS:
        if key in record and not _is_text(record[key]):
            yield f"{key} must be text, not {record[key]!r}"
    for key in ("note", "style"):
        if not isinstance(record.get(key), str | None):
            yield f"{key} must be text, not {record[key]!r}"
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
    return isinstance(value, str) and bool(value.strip())


def _question(record: dict[str, Any]) -> GoldQuestion:
    return GoldQuestion(
        id=record["id"],
        language=record["language"],
        question=record["question"],
        type=record["type"],
        style=record.get("style"),
        answerable=record["answerable"],
        document=record["document"],
        answers=tuple(a if isinstance(a, str) else Span(a["start"], a["end"]) for a in record["answers"]),
        all_answers=record.get("all_answers", False),
        evidence=tuple(
            Evidence(item.get("document", record["document"]), Span(item["start"], item["end"]))
            for item in record["evidence"]
        ),
        note=record.get("note") or "",
    )
