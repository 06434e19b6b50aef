"""The records that cross room walls: frozen, standard library only, no file is opened here.

All offsets are code points into a document's source text, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`source[start:end]`. Raises ValueError unless 0 <= start <= end."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: start {self.start}, end {self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, source: str) -> str:
        """The text that stands there."""
        return source[self.start : self.end]

    def overlap(self, other: Span) -> int:
        """Number of code points that both share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Author:
    """A name with the office that stands beside it ("" where none does), and where both stand."""

    name: str
    office: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One report of a digest.

    `spans` are all pieces of the source that belong to it, in order: its heading wherever it stands, its bylines, its
    body, and the blank space after each. `headings` are the title and byline lines among them; `paragraphs` the body,
    each one a paragraph as it was written, even where the print layout cut it into several lines.
    """

    index: int
    title: str
    authors: tuple[Author, ...]
    region: str | None
    spans: tuple[Span, ...]
    headings: tuple[Span, ...]
    paragraphs: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Furniture:
    """Text that belongs to no article (page theme, column name, running head), and why we think so."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A source text with its articles. `articles` and `furniture` together cover every character exactly once.

    `id` is the first 16 hex digits of `sha256`, the SHA-256 of the source text in UTF-8.
    `notices` are remarks from reading that a person should see (converted encoding, lines that fit nowhere).
    """

    id: str
    name: str
    sha256: str
    media_type: str
    encoding: str
    text: str
    articles: tuple[Article, ...]
    furniture: tuple[Furniture, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """At most 500 code points of one article, whole sentences wherever a sentence fits.

    `text == source[start:end]`; `display_text` is the same without the line breaks of the layout. `sentences` are the
    sentences in it, in source offsets. `context` (region, title, institution) is put before what the encoders see; it
    is no part of `text`, and may be "". `id` is the first 16 hex digits of a SHA-256 over the source's hash, start, end
    and text.
    """

    id: str
    document_id: str
    article_index: int
    start: int
    end: int
    text: str
    display_text: str
    context: str
    sentences: tuple[Span, ...]
