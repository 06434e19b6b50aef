"""A piece of a document's source text, with the articles that stand in it and where to read on."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from index.errors import InputError
from index.schema import Document, Span
from rag.document_records import ArticleOutline, outline_of

LONGEST_PIECE = 20_000  # code points that one call returns


class PlaceInvalid(InputError):
    """A place to read that is not in the document."""

    slug = "place-invalid"


class DocumentText(BaseModel):
    """`text == source[start:end]`, in code points."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    document_sha256: str
    start: int
    end: int
    text: str
    length: int = Field(description="code points of the whole document")
    next_start: int | None = Field(description="where to read on; null where nothing that was asked for is left")
    articles: list[ArticleOutline] = Field(description="the articles of which something stands in this piece")


def read_piece(document: Document, start: int, end: int | None) -> DocumentText:
    """At most LONGEST_PIECE code points of `source[start:end]`; an end beyond the document's is the document's.

    Raises PlaceInvalid where nothing stands there.
    """
    length = len(document.text)
    wanted = length if end is None else min(end, length)
    if start >= length:
        problem = f"start {start} is not in {document.name}, which has {length} characters"
        raise PlaceInvalid(problem, f"start between 0 and {length - 1}")
    if wanted <= start:
        raise PlaceInvalid(f"end {end} is not after start {start}", "give an end after the start, or none")
    piece = Span(start, min(wanted, start + LONGEST_PIECE))
    return DocumentText(
        document=document.name,
        document_sha256=document.sha256,
        start=piece.start,
        end=piece.end,
        text=piece.of(document.text),
        length=length,
        next_start=piece.end if piece.end < wanted else None,
        articles=[outline_of(a) for a in document.articles if any(span.overlap(piece) for span in a.spans)],
    )
