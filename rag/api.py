"""The HTTP API: ask a question, see whether the process is up and whether it can answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.exceptions import HTTPException

from rag import problems
from rag.answer import Answer
from rag.api_docs import operations_page
from rag.body_limit import BodyLimit
from rag.chat import chat_routes
from rag.engine import Engine, EngineNotReady
from rag.filters import Filters
from rag.library import Library
from rag.mcp.http import LOCAL, Hosts, mount_mcp
from rag.settings import DEFAULT_K, MAX_K, Mode

__all__ = ["DEFAULT_K", "MAX_BODY_BYTES", "MAX_K", "AskRequest", "Engine", "create_api"]

MAX_BODY_BYTES = 1_000_000

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


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


class Readiness(BaseModel):
    """What can be asked now."""

    model_config = ConfigDict(frozen=True)

    status: str
    generation: int
    documents: int


def create_api(engine: Engine, library: Library | None = None, hosts: Hosts = LOCAL) -> FastAPI:
    """The API over one engine. Without a `library` documents can neither be added nor removed.

    `hosts` are the names under which MCP clients are answered.

    Handlers are plain functions, so that they block a pool thread and never the loop.
    """
    app = FastAPI(
        title="digest-qa",
        summary="Ask a digest of reports; get the passages that answer, cited to the character.",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    app.add_middleware(BodyLimit, prefix="/api/", max_bytes=MAX_BODY_BYTES)
    app.include_router(_questions(engine))
    app.include_router(_health(engine))
    app.include_router(chat_routes(engine))
    mount_mcp(app, engine, hosts, max_body_bytes=MAX_BODY_BYTES)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(operations_page(app.openapi()))

    _close(app)
    return app


def _questions(engine: Engine) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["questions"])

    @router.post("/ask", responses=_documented(400, 413, 422, 503))
    def ask(request: AskRequest) -> Answer:
        """The answer to one question with the passages that prove it, best first."""
        return engine.get().ask(request.question, k=request.k, mode=request.mode, filters=request.filters)

    return router


def _health(engine: Engine) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process is up."""
        return {"status": "ok"}

    @router.get("/readyz", responses=_documented(503))
    def readyz() -> Readiness:
        """Questions are answered now, and of which generation of the collection."""
        if not engine.ready:
            raise engine.error or EngineNotReady("the models are still loading", "ask again in a few seconds")
        collection = engine.get().collection
        return Readiness(status="ready", generation=collection.generation, documents=len(collection.documents))

    return router


def _documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the problems that a route can answer with."""
    return {status: {"description": "Problem (RFC 9457)", "content": {problems.MEDIA_TYPE: {}}} for status in statuses}


def _close(app: FastAPI) -> None:
    """Answer 405 and 404 on the API's own paths here: a page mounted at "/" would otherwise take these requests."""
    for path, operations in app.openapi()["paths"].items():
        methods = {method.upper() for method in operations}
        app.add_route(path, _refusal(405, methods), methods=sorted(_METHODS - methods), include_in_schema=False)
    app.add_route("/api/{rest:path}", _refusal(404, set()), methods=sorted(_METHODS), include_in_schema=False)


def _refusal(status: int, methods: set[str]) -> Any:
    async def refuse(request: Request) -> JSONResponse:
        allow = ", ".join(sorted(methods))
        detail = f"{request.url.path} takes {allow}, not {request.method}" if methods else None
        raise HTTPException(status, detail, headers={"Allow": allow} if methods else None)

    return refuse
