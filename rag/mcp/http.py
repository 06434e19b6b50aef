"""The server at `/mcp` of the web application: streamable HTTP, one request at a time and no sessions.

Without sessions nothing is lost when the server starts anew in the middle of a visit, and nothing piles up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rag.body_limit import BodyLimit
from rag.engine import Engine
from rag.mcp.server import build_server

PATH = "/mcp"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

Hosts = TransportSecuritySettings


def known_hosts(host: str, names: Sequence[str] = ()) -> Hosts:
    """Which Host and Origin headers are answered, so that no web page reaches us by a name of its own (DNS rebinding).

    A server that listens on a loopback address answers to localhost, and to `names`, those a proxy passes on. One that
    listens elsewhere is meant to be reached from elsewhere: it answers to every name, or where `names` are given to
    those alone. A name may have a port; without one any port will do.
    """
    local = host in ("localhost", "::1") or host.startswith("127.")
    if not local and not names:
        return Hosts(enable_dns_rebinding_protection=False)
    hosts = [*LOOPBACK, *names]
    hosts += [f"{name}:*" for name in hosts if not name.rpartition("]")[2].partition(":")[1]]
    return Hosts(
        allowed_hosts=hosts,
        allowed_origins=[f"{scheme}://{name}" for name in hosts for scheme in ("http", "https")],
    )


LOCAL = known_hosts("localhost")


def mount_mcp(app: FastAPI, engine: Engine, hosts: Hosts, *, max_body_bytes: int) -> None:
    """Serve the protocol at `/mcp`, with or without a slash at the end, to clients that use one of `hosts`.

    To be called before anything is mounted at "/". It works while the application's lifespan runs.
    """
    door = _Door(build_server(engine), hosts, max_body_bytes)
    app.add_middleware(BodyLimit, prefix=PATH, max_bytes=max_body_bytes)
    for path in (PATH, f"{PATH}/"):
        app.router.routes.append(Route(path, door, methods=METHODS, include_in_schema=False))
    before = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[Any]:
        async with before(served) as state, door.open():
            yield state

    app.router.lifespan_context = lifespan


class _Door:
    """ASGI application: hands requests to the session manager of the lifespan that runs."""

    def __init__(self, server: Server[Any], hosts: Hosts, max_body_bytes: int) -> None:
        self._server = server
        self._hosts = hosts
        self._max_body_bytes = max_body_bytes
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take requests. A manager runs once only, an application may be started again: hence one for each time."""
        manager = StreamableHTTPSessionManager(
            self._server,
            json_response=True,
            stateless=True,
            security_settings=self._hosts,
            max_request_body_size=self._max_body_bytes,
        )
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request. The protocol's other methods are for sessions: GET would be a stream without an end."""
        if scope["method"] != "POST":
            raise HTTPException(405, f"{scope['path']} takes POST, not {scope['method']}", headers={"Allow": "POST"})
        if self._manager is None:
            raise HTTPException(503, "the server has not started yet, or is about to stop")
        await self._manager.handle_request(scope, receive, send)
