"""Errors of the chat routes in the shape that their clients know: {"error": {"message", "type", "param", "code"}}."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message

from index.errors import DigestQAError
from rag.problems import RETRY_AFTER_SECONDS

MAX_BODY_BYTES = 8_000_000  # a chat's earlier turns and pictures come along each time

_KINDS = {404: "not_found_error", 503: "server_error", 500: "server_error"}

logger = logging.getLogger(__name__)


class ChatRoute(APIRoute):
    """A route whose errors are told in the chat protocol, and whose body is limited."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, inside ours."""
        handle = super().get_route_handler()

        async def handle_or_tell(request: Request) -> Response:
            try:
                return await handle(_limited(request))
            except DigestQAError as error:
                return _own(error)
            except RequestValidationError as error:
                return _invalid(error)
            except HTTPException as error:
                return failure(error.status_code, str(error.detail), headers=dict(error.headers or {}))
            except Exception:
                logger.exception("a chat request was not answered")
                return failure(500, "something went wrong on the server; look at the server's log", code="internal")

        return handle_or_tell


def failure(
    status: int,
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """One error of the chat protocol."""
    kind = _KINDS.get(status, "invalid_request_error")
    error = {"message": message, "type": kind, "param": param, "code": code}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


def _own(error: DigestQAError) -> JSONResponse:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.status == 503 else None
    return failure(error.status, str(error), code=error.slug, headers=headers)


def _invalid(error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return failure(400, "the body is not JSON", code="malformed-json")
    places = [".".join(str(part) for part in item["loc"][1:]) for item in found]
    message = "; ".join(f"{place or 'body'}: {item['msg']}" for place, item in zip(places, found, strict=True))
    return failure(422, message, param=places[0] or None, code="request-invalid")


def _limited(request: Request) -> Request:
    """The request, whose body raises a 413 once it is too long."""
    detail = f"the body is over {MAX_BODY_BYTES:,} bytes"
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise HTTPException(413, detail)
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise HTTPException(413, detail)
        return message

    return Request(request.scope, counted)
