"""The chat protocol over the fake assistant: texts, errors and events, and the official client over a real server."""

import asyncio
import json

import httpx
import pytest
from fakes_assistant import ATTACK, DOCUMENTS, STORES, STOVES, FakeAssistant
from fastapi.testclient import TestClient
from page_in_browser import served

from index.errors import CollectionNotFound
from rag.answer import Answer, SupportingSpan, Written, WrittenSentence
from rag.api import Engine, create_api
from rag.chat.errors import MAX_BODY_BYTES
from rag.chat.reply import reply
from rag.settings import Mode

openai = pytest.importorskip("openai", reason="no openai: pip install -e '.[dev]'")

COMPLETIONS = "/v1/chat/completions"
BASE = "http://testserver"
JSON = {"content-type": "application/json"}
QUESTION = "冷库每天能存多少鱼？"
STORES_SHOWN = "去年，管理处把三座旧冷库拆掉，换成集装箱式的小冷库，每天能存六十吨鱼。"


def asking(question, **more):
    return {"model": "digest-qa", "messages": [{"role": "user", "content": question}], **more}


@pytest.fixture(name="assistant")
def assistant_fixture():
    return FakeAssistant()


@pytest.fixture(name="client")
def client_fixture(assistant):
    return TestClient(create_api(Engine(lambda: assistant)), raise_server_exceptions=False)


@pytest.fixture(name="address", scope="module")
def address_fixture():
    with served() as url:
        yield url


def test_the_reply_is_the_short_answer_and_the_passages_with_links():
    answer = FakeAssistant().ask(QUESTION, k=1)
    url = answer.citations[0].url
    assert reply(answer, "http://h:1") == [
        "**六十吨** [1]",
        "**引文**",
        f"> {STORES_SHOWN}\n>\n> [1] 东湾：旧码头的新生意 · 林海生 东湾渔港管理处主任 · `harbour.txt` · "
        f"[在原文中查看](http://h:1{url})",
    ]


def test_the_reply_says_when_there_is_none_and_why():
    answer = FakeAssistant().ask("Who won the cup?", k=1)
    assert reply(answer, "")[:3] == [
        "**Not in these documents**",
        "no passage speaks of this",
        "**The closest passages**",
    ]
    bare = answer.model_copy(update={"citations": [], "reason": None})
    assert reply(bare, "") == ["**Not in these documents**"]


def test_a_hostile_document_is_quoted_dead():
    text = "\n".join(reply(FakeAssistant().ask("hostile", k=1), ""))
    assert ATTACK not in text
    assert "<" not in text
    assert r"&lt;img src=x onerror=" in text
    assert r"**\${alert(1)}** [1]".replace("{", r"\{").replace("}", r"\}") in text


def written(text, notice=None):
    sentences = [WrittenSentence(text=text, citations=[1, 2], supported_by=[SupportingSpan(rank=1, start=0, end=1)])]
    return Written(text=text, sentences=sentences if text else [], dropped=1, model="m", notice=notice)


def test_written_text_goes_before_the_short_answer_and_is_escaped():
    answer = FakeAssistant().ask(QUESTION, k=2)
    with_text = answer.model_copy(update={"written": written("每天<b>六十</b>吨。")})
    assert reply(with_text, "")[0] == "每天&lt;b&gt;六十&lt;/b&gt;吨。 [1][2]"
    assert reply(with_text, "")[1:] == reply(answer, "")[1:]
    failed = answer.model_copy(update={"written": written("", notice="太慢。")})
    assert reply(failed, "")[:2] == ["**六十吨** [1]", "*太慢。*"]


@pytest.mark.parametrize(("model", "mode"), [("digest-qa", Mode.BEST), ("digest-qa-fast", Mode.FAST)])
def test_a_completion(client, assistant, model, mode):
    body = client.post(COMPLETIONS, json={**asking(QUESTION), "model": model}).json()
    assert assistant.asked == [mode]
    assert (body["object"], body["model"], body["id"][:9]) == ("chat.completion", model, "chatcmpl-")
    (choice,) = body["choices"]
    assert (choice["index"], choice["finish_reason"], choice["message"]["role"]) == (0, "stop", "assistant")
    text = choice["message"]["content"]
    assert text == "\n\n".join(reply(assistant.ask(QUESTION), BASE))
    asked, said = len(QUESTION), len(text)
    assert body["usage"] == {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
    assert Answer.model_validate(body["digest_qa"]) == assistant.ask(QUESTION)
    source = DOCUMENTS[0].text
    quote = body["digest_qa"]["citations"][0]["quote"]
    assert source[quote["start"] : quote["end"]] == STORES


def test_only_the_last_user_message_is_asked_and_parts_are_joined(client):
    messages = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "早市"},
        {"role": "assistant", "content": None, "tool_calls": []},
        {
            "role": "user",
            "content": [{"type": "text", "text": "冷库"}, {"type": "image_url"}, {"type": "text", "text": "？"}],
        },
        {"role": "tool", "content": "x"},
    ]
    body = client.post(COMPLETIONS, json={"model": "digest-qa", "messages": messages}).json()
    assert body["digest_qa"]["question"] == "冷库\n？"


def test_what_steers_a_language_model_is_passed_over(client):
    more = {"temperature": 3, "max_tokens": -1, "tools": [{"type": "function"}], "n": 1, "stop": "x", "user": "u"}
    assert client.post(COMPLETIONS, json=asking(QUESTION, **more, stream=None, stream_options=None)).status_code == 200


REFUSED = {
    "another model": ({**asking("早市"), "model": "gpt-9"}, 404, "model_not_found", None),
    "no user message": (
        {"model": "digest-qa", "messages": [{"role": "system", "content": "x"}]},
        400,
        "message-invalid",
        None,
    ),
    "no text": (asking("  "), 400, "message-invalid", None),
    "a picture alone": (asking([{"type": "image_url", "image_url": {"url": "data:"}}]), 400, "message-invalid", None),
    "no messages": ({"model": "digest-qa", "messages": []}, 422, "request-invalid", "messages"),
    "no model": ({"messages": [{"role": "user", "content": "x"}]}, 422, "request-invalid", "model"),
    "two choices": (asking("早市", n=2), 422, "request-invalid", "n"),
    "a number": (asking(7), 422, "request-invalid", "messages.0.content.str"),
    "no object": ([], 422, "request-invalid", None),
}


@pytest.mark.parametrize(("body", "status", "code", "param"), REFUSED.values(), ids=REFUSED)
def test_errors_have_the_shape_of_the_protocol(client, body, status, code, param):
    response = client.post(COMPLETIONS, json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (status, code, param)
    assert error["type"] == ("not_found_error" if status == 404 else "invalid_request_error")
    assert error["message"]


def test_other_errors(client):
    assert client.post(COMPLETIONS, content=b"{", headers=JSON).json()["error"]["code"] == "malformed-json"
    crash = client.post(COMPLETIONS, json=asking("crash"))
    assert (crash.status_code, crash.json()["error"]["type"]) == (500, "server_error")
    assert "secret" not in crash.text
    for method, path, status, allow in [
        ("GET", COMPLETIONS, 405, "POST"),
        ("POST", "/v1/models", 405, "GET"),
        ("DELETE", "/v1/models/digest-qa", 405, "GET"),
        ("POST", "/v1/embeddings", 404, None),
    ]:
        response = client.request(method, path)
        assert (response.status_code, response.headers.get("allow")) == (status, allow)
        assert response.json()["error"]["type"]


def test_a_body_that_is_too_long(client):
    assert client.post(COMPLETIONS, content=b" " * (MAX_BODY_BYTES + 1)).status_code == 413
    parts = (b" " * 1_000_000 for _ in range(MAX_BODY_BYTES // 1_000_000 + 1))
    response = client.post(COMPLETIONS, content=parts, headers=JSON)
    assert response.status_code == 413
    assert response.json()["error"]["message"] == "the body is over 8,000,000 bytes"


def test_without_a_collection():
    def fail():
        raise CollectionNotFound("no collection", "run: digest-qa index")

    client = TestClient(create_api(Engine(fail)))
    response = client.post(COMPLETIONS, json=asking("早市"))
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.json() == {
        "error": {
            "message": "no collection; run: digest-qa index",
            "type": "server_error",
            "param": None,
            "code": "collection-not-found",
        }
    }


def test_models(client):
    listed = client.get("/v1/models").json()
    assert [model["id"] for model in listed["data"]] == ["digest-qa", "digest-qa-fast"]
    assert client.get("/v1/models/digest-qa-fast").json() == listed["data"][1]
    assert client.get("/v1/models/gpt-9").json()["error"]["code"] == "model_not_found"


def events(text):
    found = text.split("\n\n")
    assert found.pop() == ""
    assert all(event.startswith("data: ") and "\n" not in event for event in found)
    assert found.pop() == "data: [DONE]"
    return [json.loads(event.removeprefix("data: ")) for event in found]


@pytest.mark.parametrize("usage", [False, True])
def test_events(client, assistant, usage):
    response = client.post(COMPLETIONS, json=asking(QUESTION, stream=True, stream_options={"include_usage": usage}))
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    chunks = events(response.text)
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    expected = client.post(COMPLETIONS, json=asking(QUESTION)).json()
    if usage:
        last = chunks.pop()
        assert (last["choices"], last["usage"]) == ([], expected["usage"])
        assert all(chunk["usage"] is None for chunk in chunks)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == expected["choices"][0]["message"]["content"]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert deltas[-1] == {}
    assert Answer.model_validate(chunks[-1]["digest_qa"]) == assistant.ask(QUESTION)
    assert all("digest_qa" not in chunk for chunk in chunks[:-1])


def test_an_error_of_a_stream_keeps_its_status(client):
    assert client.post(COMPLETIONS, json=asking(" ", stream=True)).status_code == 400


# the official client, over a real server


@pytest.fixture(name="official", scope="module")
def official_fixture(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_the_official_client(official, address):
    completion = official.chat.completions.create(**asking("How many stoves?"), temperature=0.2)
    text = completion.choices[0].message.content
    assert text.startswith("**90** [1]\n\n**Citations**\n\n> " + " ".join(STOVES.split()))
    citation = completion.model_extra["digest_qa"]["citations"][0]
    assert f"[See it in the source]({address}{citation['url']})" in text
    assert httpx.get(address + citation["url"]).status_code == 200
    assert completion.usage.total_tokens == len("How many stoves?") + len(text)
    assert [model.id for model in official.models.list()] == ["digest-qa", "digest-qa-fast"]
    assert official.models.retrieve("digest-qa").owned_by == "digest-qa"


def test_the_official_client_streams(official):
    whole = official.chat.completions.create(**asking(QUESTION)).choices[0].message.content
    chunks = list(
        official.chat.completions.create(**asking(QUESTION), stream=True, stream_options={"include_usage": True})
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == whole
    assert chunks[-1].usage.completion_tokens == len(whole)
    assert chunks[-2].model_extra["digest_qa"]["answerable"] is True


def test_the_official_client_in_a_loop(address):
    async def ask():
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
            stream = await client.chat.completions.create(**asking("stoves"), stream=True)
            streamed = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            completion = await client.chat.completions.create(**asking("stoves"))
            return streamed, completion.choices[0].message.content

    streamed, whole = asyncio.run(ask())
    assert streamed == whole
    assert whole.startswith("**90** [1]")


def test_the_official_client_knows_our_errors(official):
    with pytest.raises(openai.NotFoundError, match="there is no model 'gpt-9'; choose digest-qa or digest-qa-fast"):
        official.chat.completions.create(**{**asking("x"), "model": "gpt-9"})
    with pytest.raises(openai.BadRequestError) as refused:
        official.chat.completions.create(**asking(" ", stream=True))
    assert refused.value.code == "message-invalid"
    with pytest.raises(openai.UnprocessableEntityError):
        official.chat.completions.create(**asking("x", n=3))


def test_a_client_that_goes_away_harms_nobody(official, address):
    for _ in range(3):
        with httpx.stream("POST", address + COMPLETIONS, json=asking(QUESTION, stream=True)) as response:
            next(response.iter_raw())
    assert official.chat.completions.create(**asking(QUESTION)).choices[0].finish_reason == "stop"
