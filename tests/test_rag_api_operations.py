"""What the API does for whoever runs it: request ids, metrics, and a document of itself that is exact."""

import logging
import re

import pytest
from api_checks import assert_problem, stuck
from fakes_assistant import DOCUMENTS, FakeAssistant
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import TypeAdapter

from rag import api_examples
from rag.answer import Answer, SearchResult
from rag.api import create_api
from rag.api_changes import Removed, Restored
from rag.api_documents import DocumentList, TextRecord
from rag.api_health import Health, Readiness
from rag.api_jobs import JobRecord
from rag.api_questions import AskRequest, SearchRequest
from rag.document_records import DocumentDetails
from rag.engine import Engine
from rag.settings import Mode
from rag.verification import Claim, Verification

ASK = "/api/v1/ask"


@pytest.fixture
def client():
    engine = Engine(FakeAssistant.open)
    engine.get(timeout=5)
    return TestClient(create_api(engine), raise_server_exceptions=False)


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 64])
def test_a_sane_request_id_is_taken_over(client, given):
    for method, path in (("GET", "/healthz"), ("GET", "/api/v1/nothing"), ("PUT", ASK), ("HEAD", "/docs")):
        response = client.request(method, path, headers={"X-Request-ID": given})
        assert response.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "é".encode(), "<b>", "a;b"])
def test_any_other_is_replaced(client, given):
    response = client.get("/healthz", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])


def test_every_request_has_an_id_of_its_own(client):
    ids = [client.get("/healthz").headers["x-request-id"] for _ in range(3)]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("request_", "status", "slug"),
    [
        (("GET", "/api/v1/nothing", {}), 404, "not-found"),
        (("GET", ASK, {}), 405, "method-not-allowed"),
        (("POST", ASK, {"json": {}}), 422, "request-invalid"),
        (("POST", ASK, {"content": b"{"}), 422, "request-invalid"),
        (("POST", ASK, {"json": {"question": " "}}), 422, "question-invalid"),
        (("POST", ASK, {"content": b"x" * 1_000_001}), 413, "body-too-large"),
        (("POST", ASK, {"json": {"question": "crash"}}), 500, "internal"),
    ],
)
def test_every_problem_names_its_request(client, request_, status, slug):
    method, path, body = request_
    response = client.request(method, path, headers={"X-Request-ID": "mine-1"}, **body)
    assert assert_problem(response, status, slug)["request_id"] == "mine-1"
    assert response.headers.get_list("x-request-id") == ["mine-1"]


def test_an_unexpected_error_is_found_in_the_log_by_its_request(client, caplog):
    with caplog.at_level(logging.ERROR):
        client.post(ASK, json={"question": "crash"}, headers={"X-Request-ID": "mine-2"})
    assert "request mine-2 broke off: POST /api/v1/ask" in caplog.messages


def test_half_a_character_in_a_request_is_no_error_of_the_server(client):
    content = rb'{"question": "x", "\ud800": 1}'
    response = client.post(ASK, content=content, headers={"content-type": "application/json"})
    assert_problem(response, 422, "request-invalid")


def samples(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples}


def test_what_is_counted(client):
    client.post(ASK, json={"question": "早市"})
    client.post(ASK, json={"question": "早市", "mode": "fast"})
    client.post(ASK, json={"question": "nothing known"})
    client.post(ASK, json={"question": " "})
    client.post("/api/v1/search", json={"question": "早市", "mode": "best"})
    client.get(f"/api/v1/documents/{DOCUMENTS[0].name}/text")
    client.get(f"/api/v1/documents/{DOCUMENTS[1].name}/text")
    client.get("/api/v1/nothing")
    client.request("BREW", "/healthz")
    found = samples(client)

    def requests(method, route, status):
        labels = ("method", method), ("route", route), ("status", str(status))
        return found["digest_qa_http_requests_total", *labels]

    assert requests("POST", ASK, 200) == 3
    assert requests("POST", ASK, 422) == 1
    assert requests("GET", "/api/v1/documents/{id}/text", 200) == 2
    assert requests("GET", "none", 404) == 1
    assert [value for key, value in found.items() if ("method", "other") in key] == [1]

    def answers(outcome):
        return found["digest_qa_answers_total", ("outcome", outcome)]

    assert (answers("answered"), answers("refused"), answers("failed")) == (2, 1, 1)

    def timed(kind, mode):
        return found["digest_qa_question_seconds_count", ("kind", kind), ("mode", mode)]

    assert (timed("ask", "default"), timed("ask", "fast"), timed("search", "best")) == (2, 1, 1)
    assert found["digest_qa_ready",] == 1
    assert found["digest_qa_collection_generation",] == 7
    assert found["digest_qa_collection_documents",] == len(DOCUMENTS) == 3
    paragraphs = sum(len(article.paragraphs) for document in DOCUMENTS for article in document.articles)
    assert found["digest_qa_collection_passages",] == paragraphs == 5
    states = ("cancelled", "done", "failed", "queued", "running")
    assert [found["digest_qa_jobs", ("state", state)] for state in states] == [0] * 5
    assert [key[1][0] for key in found if key[0] == "digest_qa_build_info"] == ["version"]


def test_a_question_counts_whichever_door_it_comes_in_by(client):
    message = {"model": "digest-qa", "messages": [{"role": "user", "content": "早市"}]}
    assert client.post("/v1/chat/completions", json=message).status_code == 200
    found = samples(client)
    assert found["digest_qa_answers_total", ("outcome", "answered")] == 1
    assert sum(value for key, value in found.items() if key[0] == "digest_qa_question_seconds_count") == 1


def test_metrics_tell_nothing_of_documents_and_questions(client):
    client.post(ASK, json={"question": "冷库每天能存多少鱼？"})
    client.get(f"/api/v1/documents/{DOCUMENTS[0].name}")
    client.delete(f"/api/v1/documents/{DOCUMENTS[0].name}")
    text = client.get("/metrics").text
    assert "harbour" not in text
    assert "冷库" not in text


def test_metrics_do_not_wait_for_the_models_and_are_of_one_application():
    engine, release = stuck()
    client = TestClient(create_api(engine))
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "digest_qa_ready 0.0" in response.text
    assert "digest_qa_collection_documents" not in response.text
    assert "digest_qa_http_requests_total{" not in TestClient(create_api(engine)).get("/metrics").text
    release.set()


def test_operation_ids_are_for_clients_that_are_generated(client):
    paths = client.get("/openapi.json").json()["paths"]
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert sorted(ids) == [
        "ask",
        "cancel_job",
        "complete_chat",
        "healthz",
        "list_documents",
        "list_models",
        "metrics",
        "read_document",
        "read_job",
        "read_model",
        "read_text",
        "readyz",
        "remove_document",
        "restore_document",
        "search",
        "upload_documents",
        "verify",
    ]


def test_every_operation_has_a_tag_a_text_an_example_and_its_problems(client):
    document = client.get("/openapi.json").json()
    tags = {tag["name"] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method} {path}"
            assert set(operation["tags"]) <= tags, name
            assert operation["description"], name
            good = [response for status, response in operation["responses"].items() if status < "300"]
            assert any(
                "example" in content for one in good for content in one.get("content", {}).values()
            ) or name.startswith("delete /api/v1/jobs"), name
            for status, response in operation["responses"].items():
                if status >= "400" and path.startswith("/v1/"):  # errors of the chat protocol
                    assert "error" in response["content"]["application/json"]["example"], name
                elif status >= "400":
                    schema = response["content"]["application/problem+json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}, name
    assert document["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status", "detail"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (Answer, api_examples.ANSWER),
        (SearchResult, api_examples.SEARCH_RESULT),
        (Verification, api_examples.VERIFICATION),
        (DocumentList, api_examples.DOCUMENT_LIST),
        (DocumentDetails, api_examples.DOCUMENT),
        (TextRecord, api_examples.TEXT),
        (JobRecord, api_examples.JOB),
        (Removed, api_examples.REMOVED),
        (Restored, api_examples.RESTORED),
        (Health, api_examples.HEALTH),
        (Readiness, api_examples.READINESS),
        *((AskRequest, example["value"]) for example in api_examples.ASK.values()),
        *((SearchRequest, example["value"]) for example in api_examples.SEARCH.values()),
        *((Claim, example["value"]) for example in api_examples.CLAIM.values()),
    ],
)
def test_examples_are_what_they_are_examples_of(model, example):
    adapter = TypeAdapter(model)
    assert adapter.dump_python(adapter.validate_python(example), mode="json", exclude_unset=True) == example


def test_the_page_of_operations_shows_examples_and_loads_nothing(client):
    page = client.get("/docs").text
    assert page.index('id="questions"') < page.index('id="documents"') < page.index('id="jobs"')
    assert "青岛有多少家省级新型研发机构？" in page
    assert "urn:digest-qa:error:question-invalid" in page
    for operation in ("upload_documents", "restore_document", "metrics"):
        assert f'<article id="{operation}">' in page
    assert "<script" not in page
    assert "src=" not in page


@pytest.mark.parametrize(("offset", "k", "ranks"), [(0, 2, [1, 2]), (2, 2, [3, 4]), (4, 5, [5]), (5, 5, [])])
def test_search_gives_passages_page_by_page(client, offset, k, ranks):
    body = client.post("/api/v1/search", json={"question": "早市", "k": k, "offset": offset}).json()
    assert [citation["rank"] for citation in body["citations"]] == ranks
    assert (body["offset"], body["total"]) == (offset, 5)
    assert "answer" not in body


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"offset": -1}, "#/offset"),
        ({"offset": 10_001}, "#/offset"),
        ({"k": 0}, "#/k"),
        ({"filters": {"places": ["x"]}}, "#/filters/places"),
        ({"filters": {"articles": [{"document": "x", "index": -1}]}}, "#/filters/articles/0/index"),
    ],
)
def test_a_search_of_the_wrong_shape(client, body, pointer):
    problem = assert_problem(client.post("/api/v1/search", json={"question": "x", **body}), 422, "request-invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_filters_and_mode_reach_the_assistant():
    assistant = FakeAssistant()
    client = TestClient(create_api(Engine(lambda: assistant)))
    filters = {"documents": ["harbour.txt"], "articles": [{"document": "harbour.txt", "index": 1}], "regions": ["西岭"]}
    for path in (ASK, "/api/v1/search"):
        assert client.post(path, json={"question": "早市", "filters": filters, "mode": "fast"}).status_code == 200
    first, second = (one.model_dump(mode="json") for one in assistant.filtered)
    assert first == second == filters
    assert assistant.asked == [Mode.FAST, Mode.FAST]
