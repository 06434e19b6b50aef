"""Routes that read documents: the list, one with the audit of its layout, and its text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, PlainTextResponse, Response

from index.errors import InputError
from index.schema import Document
from rag import api_examples as examples
from rag.document_records import (
    DocumentDetails,
    DocumentKey,
    DocumentRecord,
    Record,
    details_of,
    key_of,
    record_of,
)
from rag.engine import Engine
from rag.etags import etag_of, matches
from rag.library import Library
from rag.media_types import prefers
from rag.problems import documented

PREFIX = "/api/v1/documents"
DEFAULT_LIMIT = 100
MAX_LIMIT = 1000

Id = Annotated[str, Path(description="id, SHA-256 or name", examples=[examples.DOCUMENT_NAME])]


class RangeInvalid(InputError):
    """A range does not fit the text that it is of."""

    slug = "range-invalid"


class DocumentList(Record):
    """A page of the documents, in the order of the collection: those from `offset` on of `total`."""

    documents: list[DocumentRecord]
    total: int
    offset: int
    generation: int
    read_only: bool = Field(description="whether this server takes no uploads and removes nothing")
    restorable: list[DocumentKey] = Field(description="removed documents that can be put back, the last removed first")


class TextRecord(Record):
    """`text == source[start:end]`; `length` is that of the whole source, in code points."""

    document: str
    document_sha256: str
    start: int
    end: int
    length: int
    text: str


def texts(engine: Engine) -> APIRouter:
    """`/documents/{id}/text`."""
    router = APIRouter(prefix=PREFIX, tags=["documents"])
    content = {
        "application/json": {"example": examples.TEXT},
        "text/plain": {"schema": {"type": "string"}, "example": examples.TEXT["text"]},
    }

    @router.get(
        "/{id:path}/text",
        response_model=TextRecord,
        responses={
            200: {"content": content, "headers": {"ETag": {"schema": {"type": "string"}}}},
            304: {"description": "The text that the client has is the one it would get"},
            **documented(404, 422, 503),
        },
    )
    def read_text(
        request: Request,
        id: Id,
        start: Annotated[int, Query(ge=0, description="in code points")] = 0,
        end: Annotated[int | None, Query(ge=0, description="exclusive; the end of the text unless given")] = None,
        if_none_match: Annotated[str | None, Header(description="ETags of what the client has")] = None,
    ) -> Response:
        """The source text of a document, or a piece of it, verbatim. `Accept: text/plain` gives the bare text."""
        document = engine.get().document(id)
        end = len(document.text) if end is None else end
        _check_range(document, start, end)
        plain = prefers(request.headers.get("accept", ""), "text/plain", "application/json")
        etag = etag_of(document.sha256, document.name, str(start), str(end), "text" if plain else "json")
        headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept"}
        if if_none_match is not None and matches(if_none_match, etag):
            return Response(status_code=304, headers=headers)
        text = document.text[start:end]
        if plain:
            return PlainTextResponse(text, headers=headers)
        record = TextRecord(
            document=document.name,
            document_sha256=document.sha256,
            start=start,
            end=end,
            length=len(document.text),
            text=text,
        )
        return JSONResponse(record.model_dump(), headers=headers)

    return router


def documents(engine: Engine, library: Library | None) -> APIRouter:
    """`/documents` and `/documents/{id}`, reading only."""
    router = APIRouter(prefix=PREFIX, tags=["documents"])

    @router.get("", responses={**examples.answered(examples.DOCUMENT_LIST), **documented(422, 503)})
    def list_documents(
        offset: Annotated[int, Query(ge=0, description="how many of the first documents to pass over")] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="how many documents at most")] = DEFAULT_LIMIT,
    ) -> DocumentList:
        """The documents with their articles, in the order of the collection."""
        collection = engine.get().collection
        return DocumentList(
            documents=[record_of(one, collection) for one in collection.documents[offset : offset + limit]],
            total=len(collection.documents),
            offset=offset,
            generation=collection.generation,
            read_only=library is None,
            restorable=[] if library is None else [key_of(one) for one in library.restorable],
        )

    @router.get("/{id:path}", responses={**examples.answered(examples.DOCUMENT), **documented(404, 422, 503)})
    def read_document(id: Id) -> DocumentDetails:
        """One document with its articles, paragraph by paragraph, and what was set aside as belonging to none."""
        assistant = engine.get()
        return details_of(assistant.document(id), assistant.collection)

    return router


def _check_range(document: Document, start: int, end: int) -> None:
    length = len(document.text)
    if not start <= end <= length:
        raise RangeInvalid(
            f"start {start} and end {end} are no range of {document.name}, which has {length} characters",
            f"ask for 0 <= start <= end <= {length}",
        )
