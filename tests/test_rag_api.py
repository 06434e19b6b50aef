import json
import threading

import pytest
from api_checks import assert_problem, broken, stuck
from fakes_assistant import DOCUMENTS, STORES, FakeAssistant
from fastapi.testclient import TestClient

from index.errors import CollectionDamaged
from rag.answer import Answer
from rag.api import MAX_BODY_BYTES, create_api
from rag.engine import Engine, EngineFailed, EngineNotReady
from rag.settings import Mode

ASK = "/api/v1/ask"
JSON = {"content-type": "application/json"}


@pytest.fixture
def client():
    engine = Engine(FakeAssistant.open)
    engine.get(timeout=5)
    return TestClient(create_api(engine), raise_server_exceptions=False)


def test_ask_answers_with_the_answer_of_the_design(client):
    response = client.post(ASK, json={"question": "冷库每天能存多少鱼？", "k": 2})
    assert response.status_code == 200
    body = response.json()
    assert list(body) == [
        "question",
        "language",
        "answerable",
        "confidence",
        "reason",
        "answer",
        "citations",
        "timing_ms",
        "collection",
    ]
    source = DOCUMENTS[0].text
    assert body["answer"]["text"] == "六十吨" == source[body["answer"]["start"] : body["answer"]["end"]]
    assert [citation["rank"] for citation in body["citations"]] == [1, 2]
    quote = body["citations"][0]["quote"]
    assert quote["text"] == STORES == source[quote["start"] : quote["end"]]
    assert body["collection"] == {"generation": 7, "encoders": ["fake"]}
    assert Answer.model_validate(body) == FakeAssistant().ask("冷库每天能存多少鱼？", k=2)


def test_k_is_five_unless_said(client):
    paragraphs = sum(len(article.paragraphs) for document in DOCUMENTS for article in document.articles)
    assert paragraphs == 5
    assert len(client.post(ASK, json={"question": "早市"}).json()["citations"]) == 5
    assert len(client.post(ASK, json={"question": "早市", "k": 1}).json()["citations"]) == 1


@pytest.mark.parametrize(
    ("body", "mode"), [({}, None), ({"mode": None}, None), ({"mode": "best"}, Mode.BEST), ({"mode": "fast"}, Mode.FAST)]
)
def test_a_question_may_name_its_mode(body, mode):
    assistant = FakeAssistant()
    engine = Engine(lambda: assistant)
    assert TestClient(create_api(engine)).post(ASK, json={"question": "早市", **body}).status_code == 200
    assert assistant.asked == [mode]


def test_an_error_of_the_assistant_keeps_its_slug_and_remedy(client):
    body = assert_problem(client.post(ASK, json={"question": "  "}), 422, "question-invalid")
    assert body["detail"] == "the question is empty"
    assert body["remedy"] == "ask with at least one word"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/question"),
        ({"question": 3}, "#/question"),
        ({"question": None}, "#/question"),
        ({"question": "x", "k": 0}, "#/k"),
        ({"question": "x", "k": 101}, "#/k"),
        ({"question": "x", "k": 1.5}, "#/k"),
        ({"question": "x", "top": 1}, "#/top"),
        ({"question": "x", "mode": "quick"}, "#/mode"),
        ({"question": "x", "mode": "BEST"}, "#/mode"),
        ({"question": "x", "mode": 1}, "#/mode"),
        ([], "#"),
    ],
)
def test_a_body_of_the_wrong_shape_names_the_place(client, body, pointer):
    problem = assert_problem(client.post(ASK, json=body), 422, "request-invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize("content", [b"{", b'{"question": }', b"\xff"], ids=["cut", "hole", "not UTF-8"])
def test_a_body_that_is_not_json(client, content):
    response = client.post(ASK, content=content, headers=JSON)
    assert response.status_code == 400
    assert response.json()["type"] in ("urn:digest-qa:error:malformed-json", "urn:digest-qa:error:bad-request")
    assert response.headers["content-type"] == "application/problem+json"


def test_a_lone_surrogate_is_no_question(client):
    response = client.post(ASK, content=rb'{"question": "\ud800"}', headers=JSON)
    assert_problem(response, 422, "request-invalid")


def test_no_body(client):
    assert_problem(client.post(ASK), 422, "request-invalid")


def test_a_body_over_the_limit_by_its_announced_length(client):
    content = json.dumps({"question": "x" * MAX_BODY_BYTES}).encode()
    assert len(content) == MAX_BODY_BYTES + len('{"question": ""}')
    body = assert_problem(client.post(ASK, content=content, headers=JSON), 413, "body-too-large")
    assert body["detail"] == "the body is over 1,000,000 bytes"


def test_a_body_over_the_limit_without_announced_length(client):
    chunks = iter([b'{"question": "', *[b"x" * 250_000] * 5, b'"}'])
    assert_problem(client.post(ASK, content=chunks, headers=JSON), 413, "body-too-large")


def test_a_body_of_exactly_the_limit_is_read(client):
    frame = '{"question": ""}'
    content = json.dumps({"question": "x" * (MAX_BODY_BYTES - len(frame))}).encode()
    assert len(content) == MAX_BODY_BYTES
    assert client.post(ASK, content=content, headers=JSON).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/nothing"])
def test_an_unknown_path(client, path):
    assert assert_problem(client.get(path), 404, "not-found")["detail"] == f"there is nothing at {path}"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", ASK, "POST"), ("DELETE", ASK, "POST"), ("POST", "/healthz", "GET, HEAD"), ("PUT", "/readyz", "GET, HEAD")],
)
def test_a_wrong_method_says_which_is_right(client, method, path, allow):
    response = client.request(method, path)
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == allow


def test_an_unexpected_error_tells_the_client_nothing(client):
    response = client.post(ASK, json={"question": "crash"})
    assert_problem(response, 500, "internal")
    assert "secret" not in response.text
    assert "Traceback" not in response.text


def test_health_does_not_wait_for_the_models():
    engine, release = stuck()
    client = TestClient(create_api(engine))
    engine.start()
    assert client.get("/healthz").json() == {"status": "ok"}
    response = client.get("/readyz")
    assert_problem(response, 503, "not-ready")
    assert response.headers["retry-after"] == "5"
    release.set()
    engine.get(timeout=5)
    assert client.get("/readyz").json() == {"status": "ready", "generation": 7, "documents": 3}


def test_the_first_question_waits_for_the_models():
    engine, release = stuck()
    client = TestClient(create_api(engine))
    threading.Timer(0.2, release.set).start()
    assert client.post(ASK, json={"question": "早市"}).json()["answer"]["text"] == "每周三"


def test_a_collection_that_cannot_be_opened_is_said_everywhere():
    engine = broken(CollectionDamaged("passages.jsonl is damaged", "run: digest-qa doctor"))
    client = TestClient(create_api(engine))
    body = assert_problem(client.post(ASK, json={"question": "x"}), 503, "collection-damaged")
    assert (body["detail"], body["remedy"]) == ("passages.jsonl is damaged", "run: digest-qa doctor")
    assert_problem(client.get("/readyz"), 503, "collection-damaged")
    assert engine.ready is False


def test_engine_loads_once_and_tells_time_from_failure(caplog):
    opened = []
    engine = Engine(lambda: opened.append(1) or FakeAssistant())
    engine.start()
    engine.start()
    assert engine.get(timeout=5) is engine.get(timeout=5)
    assert opened == [1]
    waiting, release = stuck()
    with pytest.raises(EngineNotReady, match="still loading"):
        waiting.get(timeout=0)
    release.set()
    with pytest.raises(EngineFailed, match="RuntimeError: no weights"):
        broken(RuntimeError("no weights")).get(timeout=5)


def test_openapi_and_its_page_load_nothing_from_elsewhere(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {path: sorted(methods) for path, methods in paths.items()} == {
        ASK: ["post"],
        "/api/v1/search": ["post"],
        "/api/v1/verify": ["post"],
        "/api/v1/documents": ["get", "post"],
        "/api/v1/documents/{id}": ["delete", "get"],
        "/api/v1/documents/{id}/text": ["get"],
        "/api/v1/documents/{id}/restore": ["post"],
        "/api/v1/jobs/{id}": ["delete", "get"],
        "/healthz": ["get"],
        "/readyz": ["get"],
        "/metrics": ["get"],
        "/v1/chat/completions": ["post"],
        "/v1/models": ["get"],
        "/v1/models/{name}": ["get"],
    }
    page = client.get("/docs").text
    for path in paths:
        assert f"</b>{path}</h3>" in page
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    mode = schemas["AskRequest"]["properties"]["mode"]
    assert mode["anyOf"] == [{"$ref": "#/components/schemas/Mode"}, {"type": "null"}]
    assert schemas["Mode"]["enum"] == ["best", "fast"]
    assert "null: the server&#x27;s own" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "&quot;question&quot;" in page
