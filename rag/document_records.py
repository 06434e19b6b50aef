"""Documents as the API shows them: what was read, article by article, and which characters belong to none."""

from __future__ import annotations

from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from index.schema import Article, Document, Span
from rag.answer import AuthorRecord
from rag.engine import Collection


class Record(BaseModel):
    """A frozen record of the API."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SpanRecord(Record):
    """`source[start:end]`, in code points."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class ArticleOutline(Record):
    """An article, and every piece of the source that belongs to it."""

    index: int
    title: str
    authors: list[AuthorRecord]
    region: str | None
    spans: list[SpanRecord]


class ArticleDetails(ArticleOutline):
    """The same with its paragraphs as they were written, even where the print layout cut them."""

    paragraphs: list[SpanRecord]


class FurnitureRecord(Record):
    """Text that belongs to no article, and why we think so."""

    start: int
    end: int
    text: str
    reason: str


class Coverage(Record):
    """How many characters belong to articles, how many to none, and how many there are: the sum of the two."""

    articles: int
    furniture: int
    total: int


class DocumentKey(Record):
    """Which document: each of the three names it, everywhere."""

    id: str
    name: str
    sha256: str


class DocumentRecord(DocumentKey):
    """A document. `sha256` is that of its source text in UTF-8, `url` opens it in the page's reader."""

    media_type: str
    encoding: str
    characters: int
    articles: tuple[ArticleOutline, ...]
    notices: list[str] = Field(description="remarks from reading that a person should see")
    passages: int
    url: str


class DocumentDetails(DocumentRecord):
    """A document with the audit of its layout."""

    articles: tuple[ArticleDetails, ...]
    furniture: list[FurnitureRecord]
    coverage: Coverage


def key_of(document: Document) -> DocumentKey:
    """What names the document."""
    return DocumentKey(id=document.id, name=document.name, sha256=document.sha256)


def record_of(document: Document, collection: Collection) -> DocumentRecord:
    """The document as the list shows it."""
    outlines = tuple(outline_of(article) for article in document.articles)
    return DocumentRecord.model_validate({**_members(document, collection), "articles": outlines})


def details_of(document: Document, collection: Collection) -> DocumentDetails:
    """The document with furniture, coverage and paragraphs."""
    articles = tuple(
        ArticleDetails.model_validate({**dict(outline_of(article)), "paragraphs": _spans(article.paragraphs)})
        for article in document.articles
    )
    furniture = [
        FurnitureRecord(start=mark.span.start, end=mark.span.end, text=mark.span.of(document.text), reason=mark.reason)
        for mark in document.furniture
    ]
    coverage = Coverage(
        articles=sum(len(span) for article in document.articles for span in article.spans),
        furniture=sum(len(mark.span) for mark in document.furniture),
        total=len(document.text),
    )
    members = {"articles": articles, "furniture": furniture, "coverage": coverage}
    return DocumentDetails.model_validate({**_members(document, collection), **members})


def _members(document: Document, collection: Collection) -> dict[str, object]:
    return {
        **dict(key_of(document)),
        "media_type": document.media_type,
        "encoding": document.encoding,
        "characters": len(document.text),
        "notices": list(document.notices),
        "passages": collection.passage_counts.get(document.id, 0),
        "url": f"/?{urlencode({'document': document.name, 'sha256': document.sha256})}",
    }


def outline_of(article: Article) -> ArticleOutline:
    """An article with the pieces of the source that belong to it."""
    return ArticleOutline(
        index=article.index,
        title=article.title,
        authors=[AuthorRecord(name=author.name, office=author.office) for author in article.authors],
        region=article.region,
        spans=_spans(article.spans),
    )


def _spans(spans: tuple[Span, ...]) -> list[SpanRecord]:
    return [SpanRecord(start=span.start, end=span.end) for span in spans]
