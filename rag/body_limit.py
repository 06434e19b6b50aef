"""Refuses request bodies that are too large before they fill the memory."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import problems


class BodyLimit:
    """ASGI middleware: bodies over `max_bytes` under `prefix` are a problem 413, announced length or not.

    `larger` holds the limits of the paths that may take more. FastAPI's own limit answers an announced length in plain
    text, hence this one.
    """

    def __init__(self, app: ASGIApp, *, prefix: str, max_bytes: int, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._max_bytes)
        detail = f"the body is over {limit:,} bytes"
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            await problems.problem(413, "body-too-large", detail, remedy="send less")(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, detail)  # raised inside the route, whose handler makes the response
            return message

        await self._app(scope, counted, send)
