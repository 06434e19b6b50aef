"""Gives every request an id, which its response, its problem and the server's log name."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")

# Not reset after the request: the handler of unexpected errors stands outside of all middleware and reads it last.
_current: ContextVar[str] = ContextVar("request_id", default="")

logger = logging.getLogger(__name__)


def current_request_id() -> str:
    """That of the request that is being answered; "" outside of one."""
    return _current.get()


class RequestIds:
    """ASGI middleware: takes the client's id over where it is sane, else makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else uuid4().hex
        _current.set(request_id)

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, with_id)
        except Exception:
            logger.error("request %s broke off: %s %s", request_id, scope["method"], scope["path"])
            raise
