"""What was read from a document's layout, to be looked at and corrected."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from index.chunking import display_of
from index.collection import Collection
from index.layout import layout
from index.overrides import BY_HAND, FILE
from index.schema import Article, Document, Span

START = 24  # code points of a paragraph that are shown


def as_list(collection: Collection) -> str:
    """One line for each document."""
    lines = []
    passages = Counter(passage.document_id for passage in collection.passages)
    for document in collection.documents:
        counts = f"{len(document.articles)} articles, {passages[document.id]} passages, {len(document.text)} characters"
        lines.append(f"{document.id}  {document.name}  {counts}")
    return "\n".join(lines) or "no documents"


def as_text(collection: Collection) -> str:
    """Articles with authors, regions and spans; furniture with the reason; notices from reading."""
    lines: list[str] = []
    for document in collection.documents:
        lines.append(
            f"{document.name}  ({document.encoding}, {len(document.text)} characters, SHA-256 {document.sha256})"
        )
        lines += [f"  notice: {notice}" for notice in document.notices]
        for article in document.articles:
            lines += _article(document, article)
        lines += [
            f"  furniture {_span(mark.span)} {_start(document, mark.span)}: {mark.reason}"
            for mark in document.furniture
        ]
    return "\n".join(lines) or "no documents"


def as_records(collection: Collection) -> list[dict[str, object]]:
    """The same for programs."""
    return [
        {
            "id": document.id,
            "name": document.name,
            "sha256": document.sha256,
            "encoding": document.encoding,
            "characters": len(document.text),
            "notices": list(document.notices),
            "articles": [
                {
                    "index": article.index,
                    "title": article.title,
                    "authors": [{"name": author.name, "office": author.office} for author in article.authors],
                    "region": article.region,
                    "spans": [[span.start, span.end] for span in article.spans],
                    "paragraphs": [[span.start, span.end] for span in article.paragraphs],
                }
                for article in document.articles
            ],
            "furniture": [
                {"start": m.span.start, "end": m.span.end, "text": m.span.of(document.text).strip(), "reason": m.reason}
                for m in document.furniture
            ],
        }
        for document in collection.documents
    ]


def as_toml(collection: Collection) -> str:
    """For each folder that documents came from the digest.toml that says what was detected."""
    folders: dict[str, list[str]] = {}
    for document in collection.documents:
        path = Path(collection.manifest.origins[document.id].path or document.name)
        folders.setdefault(str(path.parent), []).append(_tables(document, _string(path.name)))
    return "\n".join(f"# {Path(folder) / FILE}\n\n{''.join(tables)}" for folder, tables in folders.items())


def document_toml(document: Document) -> str:
    """The digest.toml of one document, by its name."""
    return _tables(document, _string(document.name))


def _tables(document: Document, name: str) -> str:
    lines: list[str] = []
    if by_hand := _furniture_by_hand(document):
        lines += [f"[{name}]", f"furniture = [{', '.join(map(_string, by_hand))}]", ""]
    paragraphs = [display_of(document, span) for article in document.articles for span in article.paragraphs]
    for article in document.articles:
        people = [f"{{ name = {_string(one.name)}, office = {_string(one.office)} }}" for one in article.authors]
        lines += [f"[[{name}.article]]", f"title = {_string(article.title)}"]
        lines += [f"region = {_string(article.region)}"] if article.region is not None else []
        lines += [f"authors = [{', '.join(people)}]"]
        lines += [f"begins = {_string(_beginning(display_of(document, article.paragraphs[0]), paragraphs))}", ""]
    return "\n".join([*lines, ""])


def _furniture_by_hand(document: Document) -> list[str]:
    """What a person called furniture, block by block, as the layout reads it."""
    marks = [mark.span for mark in document.furniture if mark.reason == BY_HAND]
    blocks = layout(document.text, markdown=document.media_type == "text/markdown").blocks if marks else ()
    return [block.text for block in blocks if any(mark.overlap(block.lines[0]) for mark in marks)]


def _beginning(paragraph: str, paragraphs: Sequence[str]) -> str:
    """The first words of a paragraph, as many as tell it from the others."""
    length = START
    while length < len(paragraph) and sum(text.startswith(paragraph[:length]) for text in paragraphs) > 1:
        length *= 2
    return paragraph[:length]


def _string(text: str) -> str:
    """As in JSON, which is as in TOML but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _article(document: Document, article: Article) -> list[str]:
    region = f"  [{article.region}]" if article.region else ""
    lines = [f"  {article.index + 1}. {article.title}{region}"]
    lines += [f"     author: {author.name}  {author.office}".rstrip() for author in article.authors]
    lines.append(f"     spans: {', '.join(_span(span) for span in article.spans)}")
    if article.paragraphs:
        body = article.paragraphs
        lines.append(f"     body: {len(body)} paragraphs, {_start(document, body[0])}")
    return lines


def _span(span: Span) -> str:
    return f"{span.start}-{span.end}"


def _start(document: Document, span: Span) -> str:
    return " ".join(span.of(document.text).split())[:START]
