"""What was read from a document's layout, to be looked at and corrected."""

from __future__ import annotations

import json

from index.collection import Collection
from index.schema import Article, Document, Span


def as_list(collection: Collection) -> str:
    """One line for each document."""
    lines = []
    for document in collection.documents:
        passages = sum(passage.document_id == document.id for passage in collection.passages)
        counts = f"{len(document.articles)} articles, {passages} passages, {len(document.text)} characters"
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
    """A digest.toml that says what was detected; TOML's basic strings are JSON's."""
    lines: list[str] = []
    for document in collection.documents:
        for article in document.articles:
            lines.append(f"[[{_string(document.name)}.article]]")
            lines.append(f"title = {_string(article.title)}")
            if article.region is not None:
                lines.append(f"region = {_string(article.region)}")
            people = [f"{{ name = {_string(one.name)}, office = {_string(one.office)} }}" for one in article.authors]
            lines.append(f"authors = [{', '.join(people)}]")
            lines.append(f"begins = {_string(_first_words(document, article))}")
            lines.append("")
    return "\n".join(lines)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _first_words(document: Document, article: Article) -> str:
    return " ".join(article.paragraphs[0].of(document.text)[:24].split())


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
    return " ".join(span.of(document.text).split())[:24]
