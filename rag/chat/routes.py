"""`/v1/chat/completions` and `/v1/models`: what a chat front end asks of an OpenAI-compatible server."""

from __future__ import annotations

from time import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from rag.chat.completions import Reply, model_list, model_record
from rag.chat.errors import ChatRoute, failure
from rag.chat.reply import reply
from rag.chat.requests import ChatRequest, mode_of_model
from rag.engine import Engine

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_ERROR: dict[str, Any] = {
    "description": "An error of the chat protocol",
    "content": {"application/json": {"example": {"error": {"message": "…", "type": "…", "param": None, "code": "…"}}}},
}
_COMPLETION = {
    "id": "chatcmpl-…",
    "object": "chat.completion",
    "created": 0,
    "model": "digest-qa",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "63家 [1]\n\n…"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 15, "completion_tokens": 120, "total_tokens": 135},
    "digest_qa": {"answerable": True, "confidence": 0.66},
}
_ERRORS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 404, 413, 422, 500, 503), _ERROR)


def _example(value: object) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": value}}}}


def chat_routes(engine: Engine) -> APIRouter:
    """The routes over one engine. Nothing else under /v1 is there, and that is told in the same protocol."""
    router = APIRouter(prefix="/v1", tags=["chat"], route_class=ChatRoute)
    began = int(time())

    @router.post(
        "/chat/completions",
        name="complete_chat",
        response_class=JSONResponse,
        responses={
            **_ERRORS,
            200: {"content": {"application/json": {"example": _COMPLETION}, "text/event-stream": {}}},
        },
    )
    def complete(request: Request, body: ChatRequest) -> Response:
        """The answer to the last user message as a chat reply in Markdown; the field `digest_qa` has all of it.

        Earlier turns are not looked at. A stream begins once the answer is known: so errors keep their status.
        """
        mode, question = body.mode, body.question
        answer = engine.get().ask(question, mode=mode)
        paragraphs = reply(answer, str(request.base_url).rstrip("/"))
        made = Reply(body.model, question, tuple(paragraphs), answer)
        if body.stream:
            events = made.events(usage=body.wants_usage)
            return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        return JSONResponse(made.completion())

    @router.get("/models", name="list_models", responses=_example(model_list(0)))
    def models() -> dict[str, Any]:
        """The models: `digest-qa` reads the first passages before it decides, `digest-qa-fast` trusts the search."""
        return model_list(began)

    @router.get(
        "/models/{name}",
        name="read_model",
        responses={404: _ERROR, 422: _ERROR, **_example(model_record("digest-qa", 0))},
    )
    def model(name: str) -> dict[str, Any]:
        """One model."""
        mode_of_model(name)
        return model_record(name, began)

    @router.api_route("/{rest:path}", methods=_METHODS, include_in_schema=False)
    def nothing(request: Request, rest: str) -> Response:
        there = {"chat/completions": "POST", "models": "GET"}
        allow = there.get(rest, "GET" if rest.startswith("models/") else "")
        if allow:
            detail = f"{request.url.path} takes {allow}, not {request.method}"
            return failure(405, detail, headers={"Allow": allow})
        return failure(404, f"there is nothing at {request.url.path}", code="not-found")

    return router
