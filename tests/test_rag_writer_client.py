"""A server of a language model that is dead, slow, broken or lying ends in a fault, in time, and without its words."""

import asyncio
import logging
from time import monotonic

import pytest
from pydantic import SecretStr
from writer_server import KEY, completion, drip, nobody_there, send, stand_in_server

from rag.writer.client import GRACE_SECONDS, MAX_BYTES, ChatModel, Completion, CompletionFailed

ASKED = [{"role": "user", "content": "早市几点开？"}]


@pytest.fixture(name="server")
def server_fixture():
    with stand_in_server() as stand_in:
        yield stand_in


def model(url, timeout=20.0, key=None):
    return ChatModel(url, "writer-1", key, timeout)


def test_what_is_sent(server):
    server.say("好。[1]")
    assert model(server.url, key=SecretStr(KEY)).complete(ASKED) == Completion("好。[1]", cut=False)
    ((path, headers, body),) = server.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["accept-encoding"] == "identity"
    assert body == {"model": "writer-1", "messages": ASKED, "temperature": 0, "stream": False}


def test_without_a_key_none_is_sent(server):
    server.say("x", finish="length")
    assert model(server.url).complete(ASKED) == Completion("x", cut=True)
    assert "authorization" not in server.asked[0][1]


def test_half_characters_are_replaced(server):
    server.behave = lambda handler: send(handler, completion("a\ud800b"))
    assert model(server.url).complete(ASKED).text == "a?b"


def test_within_an_event_loop(server):
    server.say("x")

    async def ask():
        return model(server.url).complete(ASKED)

    assert asyncio.run(ask()).text == "x"


BAD = {
    "no JSON": lambda handler: send(handler, b"{"),
    "no object": lambda handler: send(handler, b"[]"),
    "no choice": lambda handler: send(handler, b'{"choices": []}'),
    "no text": lambda handler: send(handler, completion(None)),
    "parts": lambda handler: send(handler, completion([{"type": "text", "text": "x"}])),
    "deep": lambda handler: send(handler, b"[" * 100_000),
    "a page": lambda handler: send(handler, completion("x"), content_type="text/html"),
    "packed": lambda handler: send(handler, completion("x"), content_encoding="gzip"),
    "huge": lambda handler: send(handler, completion("x" * (MAX_BYTES + 1))),
    "broken off": lambda handler: send(handler, completion("x")[:20], content_length="9999"),
    "no HTTP": lambda handler: handler.wfile.write(b"\x00garbage\r\n\r\n"),
    "nothing": lambda handler: None,
}


@pytest.mark.parametrize("behave", BAD.values(), ids=BAD)
def test_what_is_no_completion(server, behave):
    server.behave = behave
    with pytest.raises(CompletionFailed) as failed:
        model(server.url).complete(ASKED)
    assert failed.value.fault == "garbled"


@pytest.mark.parametrize("status", [301, 307, 401, 404, 429, 500, 503])
def test_another_status_and_no_redirect_is_followed(server, status, caplog):
    caplog.set_level(logging.DEBUG)
    server.behave = lambda handler: send(handler, b"no, " + KEY.encode(), status, location=f"{server.url}/elsewhere")
    with pytest.raises(CompletionFailed) as failed:
        model(server.url, key=SecretStr(KEY)).complete(ASKED)
    assert (failed.value.fault, str(failed.value), len(server.asked)) == ("refused", "refused", 1)
    assert KEY not in caplog.text


def test_nobody_is_there():
    with pytest.raises(CompletionFailed) as failed:
        model(nobody_there()).complete(ASKED)
    assert failed.value.fault == "unreachable"


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
STALLS = {
    "before the first byte": b"",
    "in the headers": HEAD + b"x-slow:",
    "in the body": HEAD + b"content-length: 99999\r\n\r\n" + completion("早市")[:40],
}


@pytest.mark.parametrize("text", STALLS.values(), ids=STALLS)
def test_a_stall_ends_when_the_time_is_up(server, text):
    server.behave = lambda handler: drip(server, handler, text) if text else server.stop.wait(30)
    began = monotonic()
    with pytest.raises(CompletionFailed) as failed:
        model(server.url, timeout=0.4).complete(ASKED)
    assert failed.value.fault == "slow"
    assert monotonic() - began < 0.4 + GRACE_SECONDS + 20  # it ended, though the server never would have


def test_the_environment_names_no_proxy(server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nobody_there())
    server.say("x")
    assert model(server.url).complete(ASKED).text == "x"
