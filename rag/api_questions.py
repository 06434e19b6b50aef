"""Routes that ask: an answer with its proof, or passages alone, page by page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, field_validator

from rag import api_examples as examples
from rag.answer import Answer, SearchResult
from rag.engine import Engine
from rag.filters import Filters
from rag.problems import documented
from rag.settings import DEFAULT_K, MAX_K, Mode

MAX_OFFSET = 10_000


class AskRequest(BaseModel):
    """One question, the number of citations wanted, and how it is answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(description="in any language", examples=["广东的基础研究有哪些做法?"])
    k: int = Field(default=DEFAULT_K, ge=1, le=MAX_K, description="number of citations")
    filters: Filters | None = Field(default=None, description="the only documents, articles and regions to answer from")
    mode: Mode | None = Field(
        default=None,
        description="best: the first passages are read before deciding; fast: search alone; null: the server's own",
    )

    @field_validator("question")
    @classmethod
    def _is_unicode(cls, question: str) -> str:
        r"""JSON can spell half a character (`"\ud800"`), which no answer could repeat."""
        if any("\ud800" <= char <= "\udfff" for char in question):
            raise ValueError("a lone surrogate is not a character")
        return question


class SearchRequest(AskRequest):
    """One question, and which of the ranked passages are wanted: `k` of them after the first `offset`."""

    k: int = Field(default=DEFAULT_K, ge=1, le=MAX_K, description="number of passages")
    offset: int = Field(default=0, ge=0, le=MAX_OFFSET, description="how many of the first passages to pass over")


def questions(engine: Engine) -> APIRouter:
    """`/ask` and `/search`."""
    router = APIRouter(prefix="/api/v1", tags=["questions"])
    problems = documented(400, 404, 413, 422, 503)

    @router.post("/ask", responses={**examples.answered(examples.ANSWER), **problems})
    def ask(request: Annotated[AskRequest, Body(openapi_examples=examples.ASK)]) -> Answer:
        """The answer to one question with the passages that prove it, best first."""
        return engine.get().ask(request.question, k=request.k, mode=request.mode, filters=request.filters)

    @router.post("/search", responses={**examples.answered(examples.SEARCH_RESULT), **problems})
    def search(request: Annotated[SearchRequest, Body(openapi_examples=examples.SEARCH)]) -> SearchResult:
        """Passages alone, best first, without a decision whether one answers. The next page is at `offset` + `k`, as
        long as that is less than `total`.
        """
        return engine.get().search(
            request.question, request.k, offset=request.offset, mode=request.mode, filters=request.filters
        )

    return router
