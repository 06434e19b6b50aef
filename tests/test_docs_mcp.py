"""docs/mcp.md says what the server offers: its tools, their arguments, its limits and its address."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes_assistant import FakeAssistant
from mcp_clients import with_client

from app import serve
from rag.cli import digest_qa
from rag.mcp import http, server
from rag.mcp.document_text import LONGEST_PIECE
from rag.settings import DEFAULT_K, MAX_K, Mode

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "mcp.md").read_text(encoding="utf-8")


def rows():
    """(tool, argument, what it is) for each row of the table."""
    tool = ""
    for row in re.findall(r"^\|(.*?)\| `(\w+)` \| (.+) \|$", TEXT, re.MULTILINE):
        tool = row[0].strip("` ") or tool
        yield tool, row[1], row[2]


def test_the_tools_and_their_arguments_are_those_of_the_server():
    listed = with_client(FakeAssistant(), lambda client: client.list_tools()).tools
    offered = [(tool.name, argument) for tool in listed for argument in tool.input_schema["properties"]]
    assert [(tool, argument) for tool, argument, _ in rows()] == offered


def test_the_kinds_of_filters_are_those_of_the_server():
    tool = with_client(FakeAssistant(), lambda client: client.list_tools()).tools[0]
    kinds = tool.input_schema["properties"]["filters"]["anyOf"][0]["properties"]
    assert re.findall(r"`(\w+)` \((?:by|`|in)", TEXT) == list(kinds)


def test_the_limits_are_those_of_the_server():
    described = {(tool, argument): what for tool, argument, what in rows()}
    for tool in ("ask", "search"):
        assert f"1 to {MAX_K}; {DEFAULT_K} unless said" in described[tool, "k"]
    assert all(f"`{mode}`" in described["ask", "mode"] for mode in Mode)
    assert f"at most {LONGEST_PIECE:,} characters" in TEXT
    assert f"up to {server.PATIENCE_SECONDS:.0f} seconds" in TEXT
    assert f"`{server.SCHEME}`" in TEXT


def test_the_snippets_start_what_there_is():
    command, remote = (json.loads(snippet) for snippet in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))
    started = command["mcpServers"]["digest-qa"]
    assert started["command"].endswith("/.venv/bin/digest-qa")
    assert started["args"][0] in digest_qa.commands
    options = {name for parameter in digest_qa.commands["mcp"].params for name in parameter.opts}
    assert set(started["args"][1::2]) <= options == {"--store", "--mode"}
    port = next(parameter.default for parameter in serve.params if parameter.name == "port")
    assert remote["mcpServers"]["digest-qa"]["url"] == f"http://127.0.0.1:{port}{http.PATH}"


@pytest.mark.parametrize("option", ["--allow-host", "--host"])
def test_the_options_are_those_of_the_command(option):
    assert f"{option} " in TEXT
    assert option in CliRunner().invoke(serve, ["--help"]).output
