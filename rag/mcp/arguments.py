"""What the tools take, and the JSON schemas that tell it to a client."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rag.filters import Filters
from rag.json_schemas import inlined
from rag.settings import DEFAULT_K, MAX_K, Mode


def _unpacked(value: object) -> object:
    """Some clients send an object as the JSON text of it."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value  # refused as what it is


Question = Annotated[str, Field(description="the question, in any language, in full words and not as keywords")]
Wanted = Annotated[int, Field(ge=1, le=MAX_K, description="number of passages")]
Within = Annotated[
    Filters | None,
    BeforeValidator(_unpacked),
    Field(description="only passages that fit one value of each kind that is given; null: all passages"),
]


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AskArguments(_Arguments):
    """The arguments of `ask`."""

    question: Question
    k: Wanted = DEFAULT_K
    filters: Within = None
    mode: Mode | None = Field(
        default=None,
        description="best: the first passages are read before deciding; fast: search alone; null: the server's own",
    )


class SearchArguments(_Arguments):
    """The arguments of `search`."""

    question: Question
    k: Wanted = DEFAULT_K
    offset: int = Field(default=0, ge=0, description="how many of the best passages to skip, to go on from a search")
    filters: Within = None


class ReadArguments(_Arguments):
    """The arguments of `read_document`."""

    document: str = Field(description="the document by name, id or SHA-256, as citations name it")
    start: int = Field(default=0, ge=0, description="the first character, counted in code points from 0")
    end: int | None = Field(default=None, ge=1, description="the character to stop before; null: the document's end")


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema without references, which not every client follows."""
    schema = model.model_json_schema(mode="serialization" if not issubclass(model, _Arguments) else "validation")
    whole = inlined(schema, schema.get("$defs", {}))
    assert isinstance(whole, dict)
    return whole
