"""digest-qa mcp: the protocol on stdin and stdout, nothing else on stdout, and how it ends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from asking import TESTS, assistant_over, build_reports, fake
from mcp.client.stdio import StdioServerParameters
from mcp_clients import ERAS, call, failure, with_client

from index.build import BuildSettings, build
from index.collection import Collection
from rag.answer import Answer

QUESTION = "全年衬砌干支渠多少公里？"
TIMES = {"timing_ms"}  # the only member of an answer that differs from one to the next


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reports(tmp_path_factory.mktemp("mcp"))


def command(store: Path, *more: str) -> StdioServerParameters:
    arguments = [str(TESTS / "cli_with_fake.py"), "mcp", "--store", str(store), *more]
    environment = {"DIGEST_QA_ENCODERS": "fake", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    return StdioServerParameters(command=sys.executable, args=arguments, env=environment, cwd=TESTS.parent)


def started(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(TESTS / "cli_with_fake.py"), "mcp", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=TESTS.parent,
        env={**os.environ, "DIGEST_QA_ENCODERS": "fake", **environment},
    )


def request(number: int, method: str, **parameters: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}) + "\n"


HELLO = request(
    1,
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "pipe", "version": "1"},
)


@pytest.mark.parametrize("era", ERAS)
def test_the_official_client_asks_searches_and_reads(store: Path, era: str) -> None:
    collection = Collection.open(store)
    document = next(d for d in collection.documents if d.name == "reports.txt")
    expected = assistant_over(store)
    filters = {"documents": ["reports.txt"]}

    async def work(client):
        return [
            await client.call_tool("ask", {"question": QUESTION, "k": 3}),
            await client.call_tool("search", {"question": QUESTION, "k": 2, "offset": 1, "filters": filters}),
            await client.call_tool("read_document", {"document": document.id, "start": 5, "end": 25}),
            await client.call_tool("read_document", {"document": "nope"}),
            await client.list_resources(),
        ]

    asked, found, read, missing, listed = with_client(command(store), work, era)
    answer = Answer.model_validate(asked.structured_content)
    assert answer.model_dump(exclude=TIMES) == expected.ask(QUESTION, 3).model_dump(exclude=TIMES)
    ranks = [(cited["rank"], cited["document"]) for cited in found.structured_content["citations"]]
    assert ranks == [(2, "reports.txt"), (3, "reports.txt")]
    assert read.structured_content["text"] == document.text[5:25]
    assert failure(missing).startswith("no document 'nope' in the collection (it has: reports.txt, town.md); ")
    assert [resource.name for resource in listed.resources] == ["reports.txt", "town.md"]


def test_a_collection_that_is_built_anew_is_taken_over(tmp_path: Path) -> None:
    store = build_reports(tmp_path)
    (tmp_path / "documents" / "more.txt").write_text("大塘村的水渠去年修好了，今年春天通水。\n", "utf-8")

    async def work(client):
        before = [resource.name for resource in (await client.list_resources()).resources]
        build([tmp_path / "documents"], store, BuildSettings(("fake",)), fake)
        after = before
        async with asyncio.timeout(60):
            while after == before:
                await asyncio.sleep(0.1)
                after = [resource.name for resource in (await client.list_resources()).resources]
        return before, after

    names = ["reports.txt", "town.md"]
    assert with_client(command(store), work) == (names, ["more.txt", *names])


def test_in_a_pipe_every_request_is_answered_before_the_end(store: Path, tmp_path: Path) -> None:
    lines = [
        HELLO,
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n",
        "this is no message\n",
        *(request(n, "tools/call", name="ask", arguments={"question": QUESTION, "k": n}) for n in (2, 3, 4)),
        request(5, "nothing"),
    ]
    process = started("--store", str(store))
    out, err = process.communicate("".join(lines), timeout=120)
    assert process.returncode == 0
    answers = {message["id"]: message for message in map(json.loads, out.splitlines())}
    assert sorted(answers) == [1, 2, 3, 4, 5]
    assert [len(answers[n]["result"]["structuredContent"]["citations"]) for n in (2, 3, 4)] == [2, 3, 4]
    assert "error" in answers[5]
    assert err == ""


def test_messages_go_to_stderr_and_the_sample_is_built_without_bars(tmp_path: Path) -> None:
    process = started("--store", str(tmp_path / "new"))
    ask = request(2, "tools/call", name="read_document", arguments={"document": "sample-digest.txt", "end": 3})
    out, err = process.communicate(HELLO + ask, timeout=120)
    assert process.returncode == 0
    messages = list(map(json.loads, out.splitlines()))
    assert [message["id"] for message in messages] == [1, 2]
    assert len(messages[1]["result"]["structuredContent"]["text"]) == 3
    assert err == f"digest-qa: no collection in {tmp_path / 'new'} yet: building that of the sample digest\n"


@pytest.mark.parametrize("given", ["", HELLO])
def test_it_ends_with_the_input(store: Path, given: str) -> None:
    process = started("--store", str(store))
    out, err = process.communicate(given, timeout=60)
    assert (process.returncode, len(out.splitlines()), err) == (0, len(given.splitlines()), "")


def test_a_request_that_was_cancelled_is_not_waited_for(store: Path) -> None:
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}
    ask = request(2, "tools/call", name="ask", arguments={"question": QUESTION})
    process = started("--store", str(store))
    out, _ = process.communicate(HELLO + ask + json.dumps(cancel) + "\n", timeout=60)
    assert process.returncode == 0
    assert json.loads(out.splitlines()[0])["id"] == 1


def test_a_client_that_goes_away_is_no_error(store: Path) -> None:
    process = started("--store", str(store))
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(HELLO, timeout=60)
    assert (process.returncode, err) == (0, "")


def test_ctrl_c_ends_it_at_once(store: Path) -> None:
    process = started("--store", str(store))
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(HELLO)
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    out, err = process.communicate(timeout=30)
    assert (out, err) == ("", "digest-qa: interrupted\n")


def test_a_wrong_setting_ends_it_before_it_begins() -> None:
    process = started(DIGEST_QA_STOER="x")
    out, err = process.communicate("", timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("digest-qa: unknown settings: DIGEST_QA_STOER (there are ")
    assert err.count("\n") == 1


def test_a_damaged_collection_is_told_to_the_client(tmp_path: Path) -> None:
    store = build_reports(tmp_path)
    (store / "CURRENT").write_text("nonsense")
    message = failure(call(command(store), "ask", question=QUESTION))
    assert str(store) in message
    assert "run: digest-qa index" in message
