"""Documents that are uploaded, removed and put back over HTTP, in a real library with the fake encoder."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from api_checks import assert_problem, broken, stuck
from asking import build_reports
from fakes_assistant import FakeAssistant
from fastapi.testclient import TestClient
from serving_api import opened

from index.errors import CollectionDamaged
from rag import api_changes
from rag.api import MAX_UPLOAD_BYTES, create_api
from rag.engine import Engine
from rag.multipart import MAX_FILES

URL = "/api/v1/documents"
STAYS, GOES = "reports.txt", "town.md"


def report(fish):
    return f"东湾市渔港报告\n\n东湾渔港每天能存{fish}吨鱼，比去年多出二十吨，渔民说鱼价因此稳住了。\n".encode()


def files(**texts):
    return [("files", (f"{name}.txt", text)) for name, text in texts.items()]


@pytest.fixture
def app(tmp_path):
    return opened(build_reports(tmp_path))[0]


@pytest.fixture
def client(app):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@contextmanager
def held_up(app):
    """Until the block ends the one worker of the jobs is busy."""
    release = threading.Event()
    started = threading.Event()

    def work(_):
        started.set()
        release.wait(20)

    app.state.jobs.start("test", work)
    started.wait(20)
    try:
        yield release
    finally:
        release.set()


def names(client):
    return [document["name"] for document in client.get(URL).json()["documents"]]


def test_an_upload_is_answered_with_the_documents(client):
    response = client.post(URL, files=files(harbour=report(60), empty=b""))
    assert response.status_code == 201
    job = response.json()
    assert response.headers["location"] == job["url"] == f"/api/v1/jobs/{job['id']}"
    assert (job["state"], job["problem"]) == ("done", None)
    assert job["done"] == job["total"] > 0
    result = job["result"]
    assert {key: result[key] for key in ("generation", "added", "changed", "unchanged", "removed")} == {
        "generation": 2,
        "added": ["harbour.txt"],
        "changed": [],
        "unchanged": [],
        "removed": [],
    }
    assert [notice.partition(";")[0] for notice in result["notices"]] == [
        "passed over: empty.txt is empty (0 characters of text)"
    ]
    listed = client.get(URL).json()
    assert (listed["generation"], listed["read_only"]) == (2, False)
    assert result["documents"] == [document for document in listed["documents"] if document["name"] == "harbour.txt"]
    assert client.get(job["url"]).json() == job
    assert client.get(f"{URL}/harbour.txt/text", headers={"Accept": "text/plain"}).content == report(60)


def test_the_same_file_again_costs_nothing_and_another_replaces_it(client):
    client.post(URL, files=files(harbour=report(60)))
    again = client.post(URL, files=[("file", ("harbour.txt", report(60)))]).json()["result"]
    assert (again["unchanged"], again["generation"]) == (["harbour.txt"], 2)
    assert [document["name"] for document in again["documents"]] == ["harbour.txt"]
    other = client.post(URL, files=files(harbour=report(90))).json()["result"]
    assert (other["changed"], other["added"], other["generation"]) == (["harbour.txt"], [], 3)
    assert names(client) == ["harbour.txt", STAYS, GOES]


def test_several_files_in_one_request(client):
    given = [*files(b=report(1), a=report(2)), ("file", ("折子/c.txt", report(3)))]
    result = client.post(URL, files=given).json()["result"]
    assert sorted(result["added"]) == ["a.txt", "b.txt", "c.txt"]


def test_an_upload_of_which_nothing_can_be_read_is_its_problem(client):
    problem = assert_problem(client.post(URL, files=files(empty=b" ")), 422, "document-unreadable")
    assert problem["detail"] == "empty.txt is empty (0 characters of text)"
    assert names(client) == [STAYS, GOES]


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"json": {"files": []}}, 415, "unsupported-media-type"),
        ({}, 415, "unsupported-media-type"),
        ({"data": {"files": "text"}}, 415, "unsupported-media-type"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "bad-request"),
        ({"files": [("other", ("a.txt", b"x"))]}, 422, "request-invalid"),
        ({"files": [("files", (None, b"x"))]}, 422, "request-invalid"),
        ({"files": [("files", (f"{n}.txt", b"x")) for n in range(MAX_FILES + 1)]}, 400, "bad-request"),
    ],
    ids=["JSON", "nothing", "form", "no boundary", "other field", "no name", "too many"],
)
def test_bodies_that_are_no_upload(client, body, status, slug):
    problem = assert_problem(client.post(URL, **body), status, slug)
    if status == 415:
        assert "multipart/form-data" in problem["detail"]


@pytest.mark.parametrize("wait", ["-1", "61", "x", "nan", "inf"])
def test_a_time_to_wait_that_is_none(client, wait):
    problem = assert_problem(client.post(f"{URL}?wait={wait}", files=files(a=report(1))), 422, "request-invalid")
    assert problem["errors"][0]["pointer"] == "query/wait"


def test_uploads_may_be_large_but_not_too_large(client):
    sent = b"\0" * 2_000_000  # no text, but taken
    assert_problem(client.post(URL, files=files(a=sent)), 422, "document-unreadable")
    headers = {"content-type": "multipart/form-data; boundary=b", "content-length": str(MAX_UPLOAD_BYTES + 1)}
    problem = assert_problem(client.post(URL, content=b"--b", headers=headers), 413, "body-too-large")
    assert problem["detail"] == "the body is over 67,108,864 bytes"
    assert client.post("/api/v1/ask", content=sent).status_code == 413


@pytest.mark.parametrize(("query", "headers"), [("?wait=0", {}), ("", {"Prefer": "respond-async"})])
def test_an_upload_that_takes_longer_goes_on_as_a_job(app, client, query, headers):
    with held_up(app):
        response = client.post(URL + query, files=files(harbour=report(60)), headers=headers)
        assert response.status_code == 202
        assert response.headers.get("preference-applied") == headers.get("Prefer")
        job = response.json()
        assert response.headers["location"] == job["url"]
        assert (job["state"], job["result"]) == ("queued", None)
        assert client.get(job["url"]).json() == job
        assert names(client) == [STAYS, GOES]
    assert app.state.jobs.wait(job["id"], 20).state == "done"
    assert client.get(job["url"]).json()["result"]["added"] == ["harbour.txt"]
    assert names(client) == ["harbour.txt", STAYS, GOES]


def test_a_job_that_failed_tells_its_problem(app, client):
    with held_up(app):
        job = client.post(f"{URL}?wait=0", files=files(empty=b"")).json()
    app.state.jobs.wait(job["id"], 20)
    body = client.get(job["url"]).json()
    assert (body["state"], body["result"]) == ("failed", None)
    assert body["problem"]["type"] == "urn:digest-qa:error:document-unreadable"
    assert (body["problem"]["status"], body["problem"]["remedy"]) == (422, "give a file with text in it")


def test_a_job_is_cancelled(app, client):
    with held_up(app):
        job = client.post(f"{URL}?wait=0", files=files(harbour=report(60))).json()
        response = client.delete(job["url"])
        assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    assert client.delete(job["url"]).json()["state"] == "cancelled"
    assert client.post(URL, files=files(a=report(1))).status_code == 201
    assert names(client) == ["a.txt", STAYS, GOES]


def test_a_running_job_is_about_to_end(app, client):
    with held_up(app) as release:
        (running,) = [key for key, job in app.state.jobs._jobs.items() if job.state == "running"]
        response = client.delete(f"/api/v1/jobs/{running}")
        assert (response.status_code, response.json()["state"]) == (202, "running")
        release.set()


def test_an_upload_that_is_cancelled_while_it_is_waited_for(app, client):
    with held_up(app), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.post, URL, files=files(a=report(1)))
        queued = []
        while not queued:
            queued = [key for key, job in app.state.jobs._jobs.items() if job.state == "queued"]
        client.delete(f"/api/v1/jobs/{queued[0]}")
        assert_problem(waiting.result(20), 409, "job-cancelled")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_jobs_that_are_not_there(client, method):
    assert_problem(client.request(method, "/api/v1/jobs/other"), 404, "job-not-found")
    assert_problem(client.request("GET", "/api/v1/jobs"), 404, "not-found")


def test_more_uploads_than_memory_is_for_are_put_off(app, client, monkeypatch):
    monkeypatch.setattr(api_changes, "MOST_WAITING", 1)
    with held_up(app):
        assert client.post(f"{URL}?wait=0", files=files(a=report(1))).status_code == 202
        response = client.post(f"{URL}?wait=0", files=files(b=report(2)))
        assert_problem(response, 503, "collection-busy")
        assert response.headers["retry-after"] == "5"


def test_a_removal_whose_turn_does_not_come_is_put_off(app, client, monkeypatch):
    monkeypatch.setattr(api_changes, "PATIENCE_SECONDS", 0.01)
    with held_up(app):
        assert_problem(client.delete(f"{URL}/{GOES}"), 503, "collection-busy")
    client.post(URL, files=files(a=report(1)))  # after whatever was queued
    assert names(client) == ["a.txt", STAYS, GOES]


@pytest.mark.parametrize("key", ["id", "name", "sha256"])
def test_removed_and_put_back(client, key):
    document = next(one for one in client.get(URL).json()["documents"] if one["name"] == GOES)
    response = client.delete(f"{URL}/{document[key]}")
    assert response.status_code == 200
    assert response.json() == {
        "id": document["id"],
        "name": GOES,
        "sha256": document["sha256"],
        "generation": 2,
        "restore": f"{URL}/{document['id']}/restore",
    }
    listed = client.get(URL).json()
    assert [one["name"] for one in listed["documents"]] == [STAYS]
    assert listed["restorable"] == [{"id": document["id"], "name": GOES, "sha256": document["sha256"]}]
    assert_problem(client.delete(f"{URL}/{document[key]}"), 404, "document-not-found")
    back = client.post(f"{URL}/{document[key]}/restore")
    assert (back.status_code, back.json()) == (200, {"id": document["id"], "name": GOES, "generation": 3})
    assert client.get(f"{URL}/{GOES}").json()["sha256"] == document["sha256"]
    problem = assert_problem(client.post(f"{URL}/{document[key]}/restore"), 404, "not-restorable")
    assert problem["remedy"] == "give the file again"


def test_what_was_replaced_can_be_put_back(client):
    first = client.post(URL, files=files(harbour=report(60))).json()["result"]["documents"][0]
    client.post(URL, files=files(harbour=report(90)))
    assert client.post(f"{URL}/{first['id']}/restore").json() == {
        "id": first["id"],
        "name": "harbour.txt",
        "generation": 4,  # the document of that name goes in the same change
    }
    assert client.get(f"{URL}/harbour.txt/text", headers={"Accept": "text/plain"}).content == report(60)


CHANGES = [
    ("POST", URL, {"files": files(a=report(1))}),
    ("DELETE", f"{URL}/{GOES}", {}),
    ("POST", f"{URL}/{GOES}/restore", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_read_only_server_changes_nothing(tmp_path, method, path, body):
    client = TestClient(opened(build_reports(tmp_path), read_only=True)[0])
    problem = assert_problem(client.request(method, path, **body), 403, "read-only")
    assert problem["detail"] == "this server is read-only"
    assert problem["remedy"] == "serve without --read-only, or on the server: digest-qa index"
    assert client.get(URL).json()["read_only"] is True
    assert names(client) == [STAYS, GOES]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://testserver:81"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize(("method", "path", "body"), [*CHANGES, ("DELETE", "/api/v1/jobs/x", {})])
def test_pages_of_other_sites_change_nothing(client, method, path, body, headers):
    assert_problem(client.request(method, path, headers=headers, **body), 403, "cross-site")
    assert names(client) == [STAYS, GOES]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, {"Origin": "HTTPS://TestServer"}],
)
def test_the_servers_own_page_and_programs_may(client, headers):
    response = client.post(URL, files=files(a=report(1)), headers=headers)
    assert response.status_code == 201
    assert not [name for name in response.headers if name.startswith("access-control")]
    assert client.delete(f"{URL}/a.txt", headers=headers).status_code == 200


def test_other_sites_may_still_ask_but_not_read(client):
    response = client.post("/api/v1/ask", json={"question": "贷款"}, headers={"Origin": "https://elsewhere.example"})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_an_upload_waits_for_the_models(tmp_path):
    """The job is taken at once; it goes on when the engine is there."""
    _, engine, library = opened(build_reports(tmp_path))
    release = threading.Event()
    slow = Engine(lambda: release.wait(20) and engine.get())
    library._engine = slow
    app = create_api(slow, library)
    client = TestClient(app)
    response = client.post(f"{URL}?wait=0.2", files=files(a=report(1)))
    assert (response.status_code, response.json()["state"]) == (202, "running")
    release.set()
    assert app.state.jobs.wait(response.json()["id"], 20).state == "done"


def test_changes_of_a_collection_that_cannot_be_opened():
    class Library:
        restorable = ()

        def add(self, uploads, progress):
            engine.get()

    engine = broken(CollectionDamaged("damaged", "run: digest-qa doctor"))
    client = TestClient(create_api(engine, Library()))
    for method, path, body in CHANGES[:2]:
        response = client.request(method, path, **body)
        assert_problem(response, 503, "collection-damaged")
        assert response.headers["retry-after"] == "5"


def test_questions_are_answered_while_documents_come_and_go(tmp_path):
    """Every answer is from one collection, and a document is never cited once its removal was answered."""
    app, engine, _ = opened(build_reports(tmp_path))
    removed, wrong, asked = threading.Event(), [], []
    ended = threading.Event()

    with TestClient(app) as client:

        def ask():
            while not ended.is_set():
                gone = removed.is_set()
                body = client.post("/api/v1/ask", json={"question": "town 企业贷款", "k": 20, "mode": "fast"}).json()
                asked.append(body["collection"]["generation"])
                cited = {citation["document"] for citation in body["citations"]}
                if gone and GOES in cited:
                    wrong.append(body)

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask) for _ in range(3)]
            try:
                assert client.post(URL, files=files(a=report(1))).status_code == 201
                assert client.delete(f"{URL}/{GOES}").status_code == 200
                removed.set()
                for fish in range(2, 6):
                    assert client.post(URL, files=files(a=report(fish))).status_code == 201
                seen = len(asked)
                while len(asked) < seen + 6:
                    assert not any(one.done() for one in asking)
            finally:
                ended.set()
            for one in asking:
                one.result(20)
    assert wrong == []
    assert max(asked) == engine.get().collection.generation == 7
    assert set(asked) <= set(range(1, 8))


def test_the_api_may_be_started_again(app):
    for fish in (1, 2):
        with TestClient(app) as client:
            assert client.post(URL, files=files(a=report(fish))).status_code == 201


def test_documents_are_read_before_the_models_are_there():
    engine, release = stuck()
    client = TestClient(create_api(engine))
    threading.Timer(0.2, release.set).start()
    assert client.get(URL).json()["generation"] == FakeAssistant.collection.generation
