"""Sends long answers of the API compressed to clients that take gzip."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MINIMUM_BYTES = 1_000
LEVEL = 6
SUFFIX = "-gzip"


class Compression:
    """ASGI middleware for the paths that `ours` is true of: the page's streams must not wait in a compressor.

    The ETag of a compressed answer ends in `-gzip`: a strong ETag stands for the bytes as they are sent.
    """

    def __init__(self, app: ASGIApp, *, ours: Callable[[str], bool]) -> None:
        self._app = app
        self._gzip = GZipMiddleware(app, minimum_size=MINIMUM_BYTES, compresslevel=LEVEL)
        self._ours = ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not self._ours(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                etag = headers.get("etag", "")
                if headers.get("content-encoding") == "gzip" and etag.endswith('"'):
                    headers["etag"] = f'{etag[:-1]}{SUFFIX}"'
            await send(message)

        await self._gzip(scope, receive, marked)
