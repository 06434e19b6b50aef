"""The official client, called from tests that are no coroutines."""

import asyncio

import pytest
from mcp import Client, MCPError

from rag.engine import Engine
from rag.mcp.server import build_server

ERAS = ("auto", "legacy")  # the protocol without sessions, and the one that begins with a handshake


def with_client(server, work, era="auto"):
    """What the coroutine function `work` gives for a client of `server`: a URL, a command, or an assistant's fake."""
    if callable(getattr(server, "ask", None)):
        server = build_server(Engine(lambda assistant=server: assistant))

    async def run():
        async with Client(server, mode=era) as client:
            return await work(client)

    return asyncio.run(run())


def call(server, tool, era="auto", /, **arguments):
    """The result of one call of a tool."""
    return with_client(server, lambda client: client.call_tool(tool, arguments), era)


def refused(server, work):
    """The code and the message of the protocol's error that `work` ends with."""

    async def caught(client):
        with pytest.raises(MCPError) as error:
            await work(client)
        return error.value.error.code, error.value.error.message

    return with_client(server, caught)


def texts(result):
    return [block.text for block in result.content]


def failure(result):
    """The one line of a call that failed."""
    assert result.is_error
    assert result.structured_content is None
    (text,) = texts(result)
    assert "Traceback" not in text
    return text
