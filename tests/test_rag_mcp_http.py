"""MCP at /mcp: beside the page and in the API alone, with and without slash, for whom, and how much at once."""

import asyncio
import json
import logging
import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn
from fakes_assistant import DOCUMENTS, FakeAssistant
from fastapi.testclient import TestClient
from mcp import Client
from mcp_clients import ERAS, call
from page_in_browser import served

from rag.api import MAX_BODY_BYTES, create_api
from rag.engine import Engine
from rag.mcp.http import known_hosts

PATHS = ("/mcp", "/mcp/")
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
ADDRESS = "http://127.0.0.1:7860"
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": {"question": "早市", "k": 1}},
}


@pytest.fixture
def api():
    return create_api(Engine(FakeAssistant.open))


@pytest.fixture
def client(api):
    with TestClient(api, base_url=ADDRESS, raise_server_exceptions=False) as opened:
        yield opened


@contextmanager
def listening(app, port=0):
    """The port that the application is served on, from a thread."""
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


def short(result):
    return result.structured_content["answer"]["text"]


@pytest.fixture(scope="module", name="address")
def address_fixture():
    with served() as url:
        yield url


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("path", PATHS)
def test_the_official_client_beside_the_page(address, path, era):
    assert short(call(address + path, "ask", era, question="早市")) == "每周三"
    piece = call(address + path, "read_document", era, document="orchard.md", start=3, end=20)
    assert piece.structured_content["text"] == DOCUMENTS[1].text[3:20]


@pytest.mark.parametrize("path", PATHS)
def test_the_api_without_the_page(client, path):
    response = client.post(path, json=CALL, headers=HEADERS, follow_redirects=False)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert "mcp-session-id" not in response.headers
    assert response.json()["result"]["structuredContent"]["answer"]["text"] == "每周三"


def test_the_application_can_be_started_again(api):
    for _ in range(2):
        with TestClient(api, base_url=ADDRESS) as client:
            assert client.post("/mcp", json=CALL, headers=HEADERS).status_code == 200
    response = TestClient(api, base_url=ADDRESS).post("/mcp", json=CALL, headers=HEADERS)
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
def test_there_are_no_sessions_to_listen_to_or_to_end(client, path, method):
    response = client.request(method, path, headers={"accept": "text/event-stream"})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["detail"] == f"{path} takes POST, not {method}"


@pytest.mark.parametrize("path", PATHS)
def test_a_body_over_the_limit(client, path):
    too_long = {**CALL, "method": "x" * MAX_BODY_BYTES}
    chunks = iter([b"x" * 600_000] * 2)
    for response in (
        client.post(path, json=too_long, headers=HEADERS),
        client.post(path, content=chunks, headers=HEADERS),
    ):
        assert (response.status_code, response.headers["content-type"]) == (413, "application/problem+json")
        assert response.json()["detail"] == "the body is over 1,000,000 bytes"


@pytest.mark.parametrize("body", [b"{", b"[]", b"", json.dumps({**CALL, "method": "nothing"}).encode()])
def test_a_body_that_is_no_request_is_no_fault_of_the_server(client, body):
    response = client.post("/mcp", content=body, headers=HEADERS)
    assert response.status_code in (200, 400)
    assert response.json()["error"]["code"] in (-32700, -32600, -32601, -32602)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost:7860"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "127.0.0.1:1"}, 200),
        ({"host": "[::1]:7860"}, 200),
        ({"host": "evil.example:7860"}, 421),
        ({"host": "localhost.evil.example"}, 421),
        ({"host": "192.168.0.5:7860"}, 421),
        ({"origin": "http://localhost:5173"}, 200),
        ({"origin": "https://localhost"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_a_web_page_that_calls_itself_our_address_is_not_answered(client, headers, status):
    assert client.post("/mcp", json=CALL, headers={**HEADERS, **headers}).status_code == status


@pytest.mark.parametrize(
    ("listens", "names", "host", "status"),
    [
        ("127.0.0.1", ["docs.example.org"], "docs.example.org", 200),
        ("127.0.0.1", ["docs.example.org"], "docs.example.org:8443", 200),
        ("127.0.0.1", ["docs.example.org:8443"], "docs.example.org:8443", 200),
        ("127.0.0.1", ["docs.example.org:8443"], "docs.example.org", 421),
        ("127.0.0.1", ["docs.example.org"], "localhost:7860", 200),
        ("::1", [], "docs.example.org", 421),
        ("localhost", [], "docs.example.org", 421),
        ("0.0.0.0", [], "docs.example.org", 200),
        ("192.168.0.5", [], "192.168.0.5:7860", 200),
        ("0.0.0.0", ["docs.example.org"], "docs.example.org", 200),
        ("0.0.0.0", ["docs.example.org"], "evil.example", 421),
    ],
)
def test_the_names_that_are_answered(listens, names, host, status):
    api = create_api(Engine(FakeAssistant.open), hosts=known_hosts(listens, names))
    with TestClient(api, base_url=ADDRESS) as client:
        assert client.post("/mcp", json=CALL, headers={**HEADERS, "host": host}).status_code == status


def test_two_clients_are_answered_at_once():
    both = threading.Barrier(2, timeout=30)

    class Meeting(FakeAssistant):
        def ask(self, question, k=5, **settings):
            both.wait()  # nobody is answered before the other has asked
            return super().ask(question, k, **settings)

    async def ask(url, question):
        async with Client(url) as client:
            return short(await client.call_tool("ask", {"question": question}))

    async def at_once(url):
        return await asyncio.gather(ask(url, "早市"), ask(url, "cold store"))

    with listening(create_api(Engine(Meeting, at_once=2))) as port:
        assert asyncio.run(at_once(f"http://127.0.0.1:{port}/mcp")) == ["每周三", "六十吨"]


@pytest.mark.parametrize("era", ERAS)
def test_a_server_that_starts_anew_is_asked_on(era):
    async def work():
        with listening(create_api(Engine(FakeAssistant.open))) as port:
            client = await Client(f"http://127.0.0.1:{port}/mcp", mode=era).__aenter__()
            first = short(await client.call_tool("ask", {"question": "早市"}))
        with listening(create_api(Engine(FakeAssistant.open)), port):
            second = short(await client.call_tool("ask", {"question": "冷库"}))
            await client.__aexit__(None, None, None)
        return first, second

    assert asyncio.run(work()) == ("每周三", "六十吨")


def test_an_unexpected_error_tells_the_client_nothing(client, caplog):
    with caplog.at_level(logging.ERROR):
        body = {**CALL, "params": {"name": "ask", "arguments": {"question": "crash"}}}
        response = client.post("/mcp", json=body, headers=HEADERS)
    assert response.json()["result"]["isError"] is True
    assert "secret" not in response.text
    assert "secret of the server" in caplog.text
