"""The tools: what each is for, what it takes and gives, and how it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import Any, Generic, TypeVar

from mcp.types import Tool as Listed
from mcp.types import ToolAnnotations
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from index.errors import InputError
from rag.answer import Answer, SearchResult
from rag.engine import Answerer
from rag.mcp.arguments import AskArguments, ReadArguments, SearchArguments, schema_of
from rag.mcp.document_text import LONGEST_PIECE, DocumentText, read_piece
from rag.mcp.texts import answer_text, document_text, search_text

LONGEST_ECHO = 100  # characters of a wrong argument that are repeated

A = TypeVar("A", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


class ArgumentsInvalid(InputError):
    """A tool was called with arguments that do not fit its schema."""

    slug = "arguments-invalid"


@dataclass(frozen=True, slots=True)
class Tool(Generic[A, R]):
    """One tool. `carry_out` may take seconds and raises DigestQAError; `write` gives the result as blocks of text."""

    name: str
    title: str
    description: str
    takes: type[A]
    gives: type[R]
    carry_out: Callable[[Answerer, A], R]
    write: Callable[[R], list[str]]

    def listed(self) -> Listed:
        """As a client sees it."""
        return Listed(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=schema_of(self.takes),
            output_schema=schema_of(self.gives),
            annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
        )

    def read(self, arguments: Mapping[str, Any]) -> A:
        """The arguments, checked. Raises ArgumentsInvalid naming each that does not fit."""
        try:
            return self.takes.model_validate(arguments)
        except ValidationError as error:
            takes = ", ".join(self.takes.model_fields)
            raise ArgumentsInvalid(
                f"{self.name}: {', '.join(map(_misfit, error.errors()))}", f"{self.name} takes {takes}: see its schema"
            ) from None


ASK = Tool(
    name="ask",
    title="Ask the documents",
    description=(
        "Answer a question from the documents, with the passages that prove it. `answer` is the shortest verbatim "
        "span that answers; each of `citations`, best first, has a verbatim quote, its article with authors and "
        "region, and offsets into the source. Where `answerable` is false the documents do not answer the question: "
        "say so, with `reason`, and do not answer from elsewhere. Cite as [rank] with the document's name."
    ),
    takes=AskArguments,
    gives=Answer,
    carry_out=lambda assistant, given: assistant.ask(given.question, k=given.k, mode=given.mode, filters=given.filters),
    write=answer_text,
)
SEARCH = Tool(
    name="search",
    title="Search the documents",
    description=(
        "Find passages about a question without deciding whether one answers it. Use it to gather material on a "
        "subject, or to look beyond the citations of `ask`: `offset` goes on where a search before it ended."
    ),
    takes=SearchArguments,
    gives=SearchResult,
    carry_out=lambda assistant, given: assistant.search(
        given.question, k=given.k, offset=given.offset, filters=given.filters
    ),
    write=search_text,
)
READ_DOCUMENT = Tool(
    name="read_document",
    title="Read a document",
    description=(
        f"Read the source text of a document verbatim, at most {LONGEST_PIECE:,} characters at a time, with the "
        "articles that stand in it. Use it to read around a citation, from a little before its `start`. Where "
        "`next_start` is a number there is more: call again with it as `start`."
    ),
    takes=ReadArguments,
    gives=DocumentText,
    carry_out=lambda assistant, given: read_piece(assistant.document(given.document), given.start, given.end),
    write=document_text,
)
TOOLS: Mapping[str, Tool[Any, Any]] = {tool.name: tool for tool in (ASK, SEARCH, READ_DOCUMENT)}


def _misfit(error: ErrorDetails) -> str:
    """One argument that does not fit, `("filters", "documents", 0)` as `filters.documents.0`."""
    place = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"{place} is missing"
    if error["type"] == "extra_forbidden":
        return f"there is no {place}"
    message = error["msg"].removeprefix("Input ")
    return f"{place} {message} (it is {shorten(repr(error['input']), LONGEST_ECHO)})"
