"""Our own questions over open documents and our own articles (training/questions/), with what they are about."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from index import readers
from index.chunking import display_of, display_places, passages
from index.intake import document_of
from index.readers import Reading
from index.schema import Article, Document, Passage, Span
from index.sentences import sentence_spans

FOLDER = Path(__file__).parent / "questions"
REPORTS = "training/gov_report_pairs"
CORPORA = ("training/cmrc2018_train",)
"""Sets whose passages are documents of their own, named after the set."""
ARTICLES = "articles/"
"""What the names of documents that we wrote begin with: they lie beside the questions."""
NEAR_MISSES = "near-misses.jsonl"
LONGEST_LIST = 120  # code points over which several answers, all of them wanted, are still one


@dataclass(frozen=True, slots=True)
class Item:
    """One question in several languages. `answers` are spans of the passage's `display_text`; `evidence` of the source.

    `near_misses` are questions, by language, one or more, that the passage does not answer though it looks so.
    `other_half` is the document that tells the rest, where the question asks for one thing of each of two.
    """

    key: str
    document: str
    region: str | None
    passage: Passage
    type: str
    evidence: tuple[Span, ...]
    answers: tuple[Span, ...]
    questions: Mapping[str, str]
    near_misses: Mapping[str, tuple[str, ...]]
    other_half: str = ""

    @property
    def held_out(self) -> bool:
        """One item in ten, by its passage: not trained on."""
        return int(sha256(f"{self.document} {self.passage.start}".encode()).hexdigest()[:8], 16) % 10 == 0


@dataclass(frozen=True, slots=True)
class OwnQuestions:
    """The items, and every passage of the documents by the document's name."""

    items: tuple[Item, ...]
    passages: Mapping[str, tuple[Passage, ...]]


def own_questions(data: Path, folder: Path = FOLDER) -> OwnQuestions:
    """All items; their documents are under `data` or beside them.

    An item whose answer is cut by the border of a passage is left out. Raises ValueError where a document is not the
    one that its questions were made on.
    """
    checksums = json.loads((folder / "documents.json").read_text("utf-8"))
    further = _further(folder / NEAR_MISSES)
    items: list[Item] = []
    found: dict[str, tuple[Passage, ...]] = {}
    for path in sorted(path for path in folder.glob("*.jsonl") if path.name != NEAR_MISSES):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for name, mine in groupby(rows, key=lambda row: str(row["document"])):
            document = read(data, name)
            if document.sha256 != checksums[name]:
                raise ValueError(f"{name} has the text {document.sha256}, the questions are about {checksums[name]}")
            found[name] = passages(document) if not name.startswith(CORPORA) else (_whole(document),)
            items += filter(None, (_item(row, document, found[name], further) for row in mine))
    strange = further.keys() - {item.key for item in items}
    if strange:
        raise ValueError(f"{NEAR_MISSES} has {min(strange)!r}, which is no item's key")
    return OwnQuestions(tuple(items), found)


def _further(path: Path) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """More near misses of some items, by the item's key and the language."""
    if not path.is_file():
        return {}
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {row["item"]: row["near_misses"] for row in rows}


@lru_cache(maxsize=64)
def read(data: Path, name: str) -> Document:
    """A document by its path under `data`, or beside the questions where it begins with ARTICLES.

    Those under REPORTS are a year's Chinese lines, one under the other.
    """
    for corpus in CORPORA:
        if name.startswith(corpus):
            return _document_of_row(_rows(data / corpus)[name.removeprefix(f"{corpus}/")])
    if not name.startswith(REPORTS):
        path = (FOLDER if name.startswith(ARTICLES) else data) / name
        return document_of(readers.decode(readers.load(path), path), path.name)
    year = int(name.rpartition("/")[2])
    with (data / REPORTS / "pairs.jsonl").open(encoding="utf-8") as lines:
        text = "".join(row["zh"] + "\n" for row in map(json.loads, lines) if row["year"] == year)
    return document_of(Reading(text, "text/plain", "utf-8", ()), f"{year}年国务院政府工作报告.txt")


@lru_cache(maxsize=4)
def _rows(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def _document_of_row(row: Mapping[str, str]) -> Document:
    """A passage of an open set as it stands: no layout is read, the title is the article's."""
    text, digest = row["text"], sha256(row["text"].encode()).hexdigest()
    whole = Span(0, len(text))
    article = Article(0, row["title"] or "", (), None, (whole,), (), (whole,))
    return Document(digest[:16], row["id"], digest, "text/plain", "utf-8", text, (article,), (), ())


def _whole(document: Document) -> Passage:
    text = document.text
    sentences = tuple(sentence_spans(text))
    title = document.articles[0].title
    shown = display_of(document, Span(0, len(text)))
    return Passage(document.id, document.id, 0, 0, len(text), text, shown, title, sentences)


def _item(
    row: Mapping[str, object],
    document: Document,
    all_of_it: Sequence[Passage],
    further: Mapping[str, Mapping[str, Sequence[str]]],
) -> Item | None:
    evidence, answers = (_spans(row[name]) for name in ("evidence", "answers"))
    passage = next((p for p in all_of_it if p.start <= evidence[0].start and evidence[0].end <= p.end), None)
    if passage is None:
        return None
    places = display_places(document, Span(passage.start, passage.end))
    inside = [a for a in answers if passage.start <= a.start and a.end <= passage.end]
    if len(inside) < len(answers):
        return None
    hull = Span(min(a.start for a in inside), max(a.end for a in inside))
    inside = [hull] if len(hull) <= LONGEST_LIST else inside
    shown = tuple(Span(bisect_left(places, a.start), bisect_left(places, a.end)) for a in inside)
    name = str(row["document"])
    questions, written = dict(row["questions"]), dict(row["near_misses"])  # type: ignore[call-overload]
    key = f"{name} {passage.start} {answers[0].start} {sha256(str(questions).encode()).hexdigest()[:8]}"
    region = document.articles[passage.article_index].region
    more = further.get(key, {})
    near_misses = {
        language: tuple(filter(None, (written.get(language), *more.get(language, ()))))
        for language in sorted(written.keys() | more.keys())
    }
    other_half = str(row.get("other_half", ""))
    return Item(key, name, region, passage, str(row["type"]), evidence, shown, questions, near_misses, other_half)


def _spans(rows: object) -> tuple[Span, ...]:
    assert isinstance(rows, list)
    return tuple(Span(row["start"], row["end"]) for row in rows)
