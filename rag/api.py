"""The HTTP API: ask, search, check citations, read and change documents, see how the server fares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from rag import api_documents, problems
from rag.api_changes import Changes, changing, restoring
from rag.api_docs import operations_page
from rag.api_health import health
from rag.api_jobs import job_routes
from rag.api_questions import AskRequest, SearchRequest, questions
from rag.api_verification import verification
from rag.body_limit import BodyLimit
from rag.chat import chat_routes
from rag.compression import Compression
from rag.engine import Engine
from rag.head_requests import HeadAsGet
from rag.jobs import Jobs
from rag.library import Library
from rag.mcp.http import LOCAL, Hosts, mount_mcp
from rag.metrics import CountRequests, Metrics
from rag.request_ids import RequestIds
from rag.settings import DEFAULT_K, MAX_K

__all__ = [
    "DEFAULT_K",
    "MAX_BODY_BYTES",
    "MAX_K",
    "MAX_UPLOAD_BYTES",
    "AskRequest",
    "Engine",
    "SearchRequest",
    "create_api",
]

MAX_BODY_BYTES = 1_000_000
MAX_UPLOAD_BYTES = 64 * 1024 * 1024

_TAGS = {
    "questions": "Ask, search, and check what is cited.",
    "documents": "Read the collection and change it. Every document goes by its id, its SHA-256 or its name.",
    "jobs": "What an upload does after it was answered.",
    "chat": "The same answers for chat front ends, in the protocol that they speak.",
    "health": "For whoever runs the server.",
}
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_BESIDE = ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json")  # the API's paths that are not under /api/


def create_api(engine: Engine, library: Library | None = None, hosts: Hosts = LOCAL) -> FastAPI:
    """The API over one engine. Without a `library` documents can neither be added nor removed.

    `hosts` are the names under which MCP clients are answered. `app.state.metrics` counts, `app.state.jobs` are the
    changes. Handlers that wait for the engine are plain functions, so that they block a pool thread, never the loop.
    """
    jobs = Jobs()
    metrics = Metrics(engine, jobs)
    changes = Changes(engine, library, jobs)
    app = _application(jobs, metrics)
    # A document's name may hold slashes: what stands below a document goes before the documents themselves.
    _include(app, api_documents.texts(engine), restoring(changes))
    _include(app, api_documents.documents(engine, library), changing(engine, changes))
    _include(app, questions(engine), verification(engine), job_routes(jobs), health(engine, metrics))
    app.include_router(chat_routes(engine))
    mount_mcp(app, engine, hosts, max_body_bytes=MAX_BODY_BYTES)
    app.add_middleware(RequestIds)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(operations_page(app.openapi()))

    app.add_route("/api/{rest:path}", _refusal(404, set()), methods=sorted(_METHODS), include_in_schema=False)
    return app


def _application(jobs: Jobs, metrics: Metrics) -> FastAPI:
    """Without routes. The middleware that is added last sees a request first."""

    @asynccontextmanager
    async def until_the_end(_: FastAPI) -> AsyncIterator[None]:
        yield
        jobs.cancel_all()

    app = FastAPI(
        title="digest-qa",
        summary="Ask a digest of reports; get the passages that answer, cited to the character.",
        docs_url=None,
        redoc_url=None,
        openapi_tags=[{"name": name, "description": description} for name, description in _TAGS.items()],
        lifespan=until_the_end,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.jobs, app.state.metrics = jobs, metrics
    problems.install(app)
    larger = {api_documents.PREFIX: MAX_UPLOAD_BYTES}
    app.add_middleware(BodyLimit, prefix="/api/", max_bytes=MAX_BODY_BYTES, larger=larger)
    app.add_middleware(CountRequests, metrics=metrics)
    app.add_middleware(Compression, ours=_is_ours)
    app.add_middleware(HeadAsGet, ours=_is_ours)
    return app


def _is_ours(path: str) -> bool:
    return path.startswith("/api/") or path in _BESIDE


def _include(app: FastAPI, *routers: APIRouter) -> None:
    """Add the routes, and answer 405 to other methods: a page mounted at "/" would otherwise take these requests."""
    methods: dict[str, set[str]] = {}
    for router in routers:
        app.include_router(router)
        for route in router.routes:
            if isinstance(route, APIRoute):
                methods.setdefault(route.path, set()).update(route.methods or ())
    for path, allowed in methods.items():
        taken = allowed | ({"HEAD"} if "GET" in allowed else set())
        app.add_route(path, _refusal(405, taken), methods=sorted(_METHODS - taken), include_in_schema=False)


def _refusal(status: int, methods: set[str]) -> Any:
    async def refuse(request: Request) -> JSONResponse:
        allow = ", ".join(sorted(methods))
        detail = f"{request.url.path} takes {allow}, not {request.method}" if methods else None
        raise HTTPException(status, detail, headers={"Allow": allow} if methods else None)

    return refuse
