"""Answers HEAD wherever GET is answered: the same headers, no body."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware for the paths that `ours` is true of."""

    def __init__(self, app: ASGIApp, *, ours: Callable[[str], bool]) -> None:
        self._app = app
        self._ours = ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or not self._ours(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A copy: the server goes on knowing that it answers a HEAD.
        await self._app({**scope, "method": "GET"}, receive, without_body)
