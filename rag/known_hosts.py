"""Answers only to the names that this server is meant to have.

A web page elsewhere may let its own name point at this machine (DNS rebinding): to the browser the two are then one
site, and whatever the page asks for it may read. The name in the request gives it away.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from rag import problems


class KnownHosts:
    """ASGI middleware: a request by any other name than `hosts` is a problem 421. A name counts with any port."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(_name(host) for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or _name(Headers(scope=scope).get("host", "")) in self._hosts:
            await self._app(scope, receive, send)
            return
        names = ", ".join(sorted(self._hosts))
        detail = f"this server answers to {names}, it was called {Headers(scope=scope).get('host', 'nothing')!r}"
        remedy = "digest-qa serve --allow-host NAME"
        await problems.problem(421, "unknown-host", detail, remedy=remedy)(scope, receive, send)


def _name(host: str) -> str:
    """Without the port: `[::1]:7860` is `[::1]`."""
    name, _, port = host.rpartition(":")
    return (name if name and not port.endswith("]") else host).lower()
