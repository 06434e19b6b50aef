"""The gold set: questions labelled by source span, so that labels survive another way of cutting passages.

One JSON object a line; `load_gold` checks the file alone, `resolve` checks it against the documents it speaks of. Both
report every problem at once: whoever mends a gold file wants the whole list.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.gold_format import parse
from index.errors import GoldInvalid
from index.schema import Document, Span
from rag.query import language_of

MEND = "mend the gold file, or add its documents: digest-qa index PATH (digest-qa documents lists what is there)"
SHIPPED = Path(__file__).parent / "gold"
FOLDS = ("dev", "test")
KINDS = ("wrong fact", "false premise", "other region", "other year", "near-miss entity")
"""The kinds of unanswerable questions; the note of one begins with its kind and a colon."""

_WIDE = "\u2e80-\u2fff\u3001-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_TELLING = 2000  # code points that tell the language of a document
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
    origin: str = ""

    @property
    def where(self) -> str:
        """The file and line it was read from, else its id: for messages."""
        return self.origin or f"question {self.id!r}"

    @property
    def kind(self) -> str | None:
        """Which of `KINDS` an unanswerable question is, where its note says so."""
        kind = self.note.partition(":")[0].strip()
        return kind if not self.answerable and kind in KINDS else None


@dataclass(frozen=True, slots=True)
class GoldFile:
    """A gold file as it was read: the hash of its bytes, its well-formed questions, what is wrong with the others."""

    path: Path
    sha256: str
    questions: tuple[GoldQuestion, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """An evidence span in a known source: `text == source[span.start:span.end]`."""

    document_sha256: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class ResolvedQuestion:
    """A gold question whose documents were found: answers are text, evidence names its source by hash.

    `document_language` is that of the text it asks about, "" where unknown; `regions` are those of the articles that
    prove the answer. Outside benchmarks label whole documents: `relevant` are then the grades by document name, in
    place of evidence, and `within` the names of the only documents that may be searched (None: all).
    """

    gold: GoldQuestion
    answers: tuple[str, ...]
    evidence: tuple[Place, ...]
    document_language: str = ""
    regions: tuple[str, ...] = ()
    relevant: Mapping[str, int] | None = None
    within: frozenset[str] | None = None


def unbroken(text: str) -> str:
    """The text without the line breaks of a layout: no blank space beside wide characters or at its ends."""
    return _LAYOUT_SPACE.sub("", text).strip()


def load_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """The questions of a gold file (UTF-8 JSONL, blank lines allowed), in order.

    Raises GoldInvalid listing every problem with its line number: not JSON, missing keys, wrong types, an id used
    twice, offsets that are no span, answerable without answers or evidence, unanswerable with, no question at all.
    """
    read = read_gold(path)
    if read.problems:
        raise GoldInvalid("; ".join(read.problems), "mend the gold file")
    return read.questions


def read_gold(path: Path) -> GoldFile:
    """The well-formed questions of a gold file, and every problem of the others with its line number.

    Raises GoldInvalid where the file cannot be read at all.
    """
    try:
        raw = path.read_bytes()
        lines = raw.decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldInvalid(
            f"{path} cannot be read: {error}", "give a gold file in UTF-8, one JSON object a line"
        ) from error
    wrong: list[str] = []
    questions: list[GoldQuestion] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        record, found = parse(line)
        origin = f"{path.name} line {number}"
        identifier = record.get("id") if record is not None else None
        if isinstance(identifier, str):
            if identifier in first_line:
                found.append(f"id {identifier!r} was used on line {first_line[identifier]}")
            first_line.setdefault(identifier, number)
        if record is not None and not found:
            questions.append(_question(record, origin))
        wrong += [f"{origin}: {problem}" for problem in found]
    if not questions and not wrong:
        wrong.append(f"{path}: it holds no question")
    return GoldFile(path, hashlib.sha256(raw).hexdigest(), tuple(questions), tuple(wrong))


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

    Raises GoldInvalid listing every problem with its file and line: an id in two files, an unknown document, a name
    that fits two, a span past the end of its source.
    """
    found, wrong = examine(gold, documents)
    if wrong:
        raise GoldInvalid("; ".join(wrong), MEND)
    return found


def examine(
    gold: Sequence[GoldQuestion], documents: Sequence[Document]
) -> tuple[tuple[ResolvedQuestion, ...], list[str]]:
    """The questions that fit the documents, and every problem of the others in plain words."""
    wrong: list[str] = []
    resolved: list[ResolvedQuestion] = []
    seen: dict[str, str] = {}
    for item in gold:
        found: list[str] = [f"id {item.id!r} was used in {seen[item.id]}"] if item.id in seen else []
        seen.setdefault(item.id, item.where)
        sources = {name: _find(documents, name, found) for name in sorted(documents_named([item]))}
        spans = [(item.document, answer) for answer in item.answers if isinstance(answer, Span)]
        for name, span in [*spans, *((e.document, e.span) for e in item.evidence)]:
            source = sources[name]
            if source is not None and span.end > len(source.text):
                found.append(f"span {span.start}-{span.end} ends past the {len(source.text)} code points of {name}")
        if not found:
            resolved.append(_read(item, {name: source for name, source in sources.items() if source is not None}))
        wrong += [f"{item.where}: {problem}" for problem in found]
    return tuple(resolved), wrong


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
        return unbroken(answer.of(sources[item.document].text))

    places = (Place(sources[e.document].sha256, e.span, e.span.of(sources[e.document].text)) for e in item.evidence)
    found = (_region(sources[e.document], e.span) for e in item.evidence)
    return ResolvedQuestion(
        gold=item,
        answers=tuple(text(answer) for answer in item.answers),
        evidence=tuple(places),
        document_language=language_of(sources[item.document].text[:_TELLING]),
        regions=tuple(sorted({region for region in found if region})),
    )


def _region(document: Document, span: Span) -> str | None:
    """The region of the article in which most of the span stands."""
    shares = [(sum(piece.overlap(span) for piece in article.spans), article) for article in document.articles]
    best = max(shares, key=lambda pair: pair[0], default=None)
    return best[1].region if best and best[0] else None


def _question(record: dict[str, Any], origin: str) -> GoldQuestion:
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
        origin=origin,
    )
