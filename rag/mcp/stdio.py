"""The server over stdin and stdout, for programs that start their tools themselves.

Stdout carries the protocol alone: what anything else prints there while it is served goes to stderr.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import anyio
import click
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from rag.engine import Answerer, Engine
from rag.library import Library
from rag.mcp.server import build_server
from rag.opening import Opening

INTERRUPTED_EXIT = 130

Incoming = ObjectReceiveStream[SessionMessage | Exception]
Outgoing = ObjectSendStream[SessionMessage]


def serve(opening: Opening) -> NoReturn:
    """Serve one client until the end of its input, answer all that it asked for, and end the process with exit code 0.

    A collection that cannot be opened is told to the client; one that is built anew meanwhile is taken over.
    """

    def open_assistant() -> Answerer:
        assistant = opening.assistant_or_sample()
        assistant.warm_up()
        return assistant

    # The thread that reads stdin cannot be woken: Ctrl-C would wait for a next line.
    signal.signal(signal.SIGINT, _interrupted)
    engine = Engine(open_assistant)
    engine.start()
    follow = Library(engine, opening).follow
    threading.Thread(target=follow, args=(threading.Event(),), name="digest-qa-follow", daemon=True).start()
    try:
        anyio.run(_serve, build_server(engine))
    except* BrokenPipeError:
        pass  # the client went away
    # Models may still be loading in a thread: an interpreter that is taken down under them aborts.
    _leave(0)


def _interrupted(*_: object) -> NoReturn:
    click.echo("digest-qa: interrupted", err=True)
    _leave(INTERRUPTED_EXIT)


def _leave(code: int) -> NoReturn:
    sys.stderr.flush()
    os._exit(code)


async def _serve(server: Server[Any]) -> None:
    async with stdio_server() as (read, write), _until_answered(read, write) as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


@asynccontextmanager
async def _until_answered(read: Incoming, write: Outgoing) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """The same streams, but the end of the input is held back while a request is not answered yet.

    At the end of its input the server drops what it is working on; in a pipe that would be every slow question.
    """
    to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception]()
    outgoing, from_server = anyio.create_memory_object_stream[SessionMessage]()
    unanswered = _Unanswered()

    async def forward() -> None:
        async with to_server:
            async for item in read:
                unanswered.received(item)
                await to_server.send(item)
            await unanswered.wait_for_none()

    async def back() -> None:
        async with write:
            async for item in from_server:
                await write.send(item)
                unanswered.sent(item)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(forward)
        tasks.start_soon(back)
        yield incoming, outgoing


class _Unanswered:
    """The ids of the requests that came in and were neither answered nor cancelled."""

    def __init__(self) -> None:
        self._ids: set[object] = set()
        self._none = anyio.Event()

    def received(self, item: SessionMessage | Exception) -> None:
        message = item.message if isinstance(item, SessionMessage) else None
        if isinstance(message, JSONRPCRequest):
            self._ids.add(message.id)
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            self._settle((message.params or {}).get("requestId"))

    def sent(self, item: SessionMessage) -> None:
        if isinstance(item.message, JSONRPCResponse | JSONRPCError):
            self._settle(item.message.id)

    async def wait_for_none(self) -> None:
        while self._ids:
            self._none = anyio.Event()
            await self._none.wait()

    def _settle(self, request: object) -> None:
        self._ids.discard(request)
        if not self._ids:
            self._none.set()
