"""Documents over HTTP: the list, the audit of one, its text; over invented documents that can be read off a page."""

import dataclasses

import pytest
from api_checks import assert_problem, broken, stuck
from fakes_assistant import DOCUMENTS, HOSTILE_NAME, FakeAssistant, FakeCollection
from fastapi.testclient import TestClient

from index.errors import CollectionDamaged
from rag.api import create_api
from rag.engine import Engine

URL = "/api/v1/documents"
HARBOUR, ORCHARD, HOSTILE = DOCUMENTS


def client_over(*documents):
    class Assistant(FakeAssistant):
        collection = FakeCollection(documents)

    engine = Engine(Assistant.open)
    engine.get(timeout=5)
    return TestClient(create_api(engine))


@pytest.fixture
def client():
    return client_over(*DOCUMENTS)


def test_the_list(client):
    body = client.get(URL).json()
    assert {key: value for key, value in body.items() if key != "documents"} == {
        "total": 3,
        "offset": 0,
        "generation": 7,
        "read_only": True,
        "restorable": [],
    }
    assert [document["name"] for document in body["documents"]] == ["harbour.txt", "orchard.md", HOSTILE_NAME]
    theme, column = (mark.span for mark in HARBOUR.furniture)
    first, second = body["documents"][0]["articles"]
    assert first == {
        "index": 0,
        "title": "东湾：旧码头的新生意",
        "authors": [{"name": "林海生", "office": "东湾渔港管理处主任"}],
        "region": "东湾",
        "spans": [{"start": span.start, "end": span.end} for span in HARBOUR.articles[0].spans],
    }
    assert first["spans"][0]["start"] == theme.end == len("走近渔港看变化\n\n")
    assert second["spans"][-1]["end"] == column.start
    assert body["documents"][0] | {"articles": []} == {
        "id": HARBOUR.sha256[:16],
        "name": "harbour.txt",
        "sha256": HARBOUR.sha256,
        "media_type": "text/plain",
        "encoding": "utf-8",
        "characters": len(HARBOUR.text),
        "articles": [],
        "notices": [],
        "passages": 3,
        "url": f"/?document=harbour.txt&sha256={HARBOUR.sha256}",
    }


@pytest.mark.parametrize(
    ("offset", "limit", "names"),
    [
        (0, 1, ["harbour.txt"]),
        (1, 1, ["orchard.md"]),
        (1, 1000, ["orchard.md", HOSTILE_NAME]),
        (3, 1, []),
        (10**30, 1, []),
    ],
)
def test_pages_of_the_list(client, offset, limit, names):
    body = client.get(URL, params={"offset": offset, "limit": limit}).json()
    assert [document["name"] for document in body["documents"]] == names
    assert (body["offset"], body["total"]) == (offset, 3)


@pytest.mark.parametrize("query", ["offset=-1", "limit=0", "limit=1001", "limit=x"])
def test_pages_that_are_none(client, query):
    problem = assert_problem(client.get(f"{URL}?{query}"), 422, "request-invalid")
    assert problem["errors"][0]["pointer"] == f"query/{query.split('=')[0]}"


@pytest.mark.parametrize("key", [HARBOUR.id, HARBOUR.sha256, HARBOUR.name])
def test_a_document_goes_by_id_hash_and_name(client, key):
    body = client.get(f"{URL}/{key}").json()
    assert body["id"] == HARBOUR.id
    assert body["articles"][0]["paragraphs"] == [
        {"start": span.start, "end": span.end} for span in HARBOUR.articles[0].paragraphs
    ]
    theme = HARBOUR.furniture[0].span
    assert body["furniture"][0] == {"start": 0, "end": theme.end, "text": "走近渔港看变化\n\n", "reason": "page theme"}
    set_aside = len("走近渔港看变化\n\n") + len("基层来信\n\n")
    total = len(HARBOUR.text)
    assert body["coverage"] == {"articles": total - set_aside, "furniture": set_aside, "total": total}


@pytest.mark.parametrize("name", ["a/b/c.txt", "西岭 100%.txt", "a?b#c.txt", "text", "./x", HOSTILE_NAME])
def test_a_name_may_hold_anything(name):
    from urllib.parse import quote

    client = client_over(dataclasses.replace(HARBOUR, name=name))
    for written in (quote(name), quote(name, safe="")):
        if name != "./x":  # a client takes the dot away
            assert client.get(f"{URL}/{written}").json()["name"] == name
            assert client.get(f"{URL}/{written}/text?end=4").json()["text"] == "走近渔港"


def test_a_document_that_is_not_there(client):
    problem = assert_problem(client.get(f"{URL}/other.txt"), 404, "document-not-found")
    assert "'other.txt'" in problem["detail"]
    assert_problem(client.get(f"{URL}/other.txt/text"), 404, "document-not-found")


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [("", 0, len(HARBOUR.text)), ("?start=9", 9, len(HARBOUR.text)), ("?start=2&end=5", 2, 5)],
)
def test_the_text(client, query, start, end):
    assert client.get(f"{URL}/harbour.txt/text{query}").json() == {
        "document": "harbour.txt",
        "document_sha256": HARBOUR.sha256,
        "start": start,
        "end": end,
        "length": len(HARBOUR.text),
        "text": HARBOUR.text[start:end],
    }


@pytest.mark.parametrize(
    ("accept", "plain"),
    [
        ("text/plain", True),
        ("text/plain, application/json;q=0.5", True),
        ("text/*", True),
        ("application/json", False),
        ("*/*", False),
        ("text/plain;q=0.5, application/json", False),
        ("text/plain;q=x", True),
        ("", False),
        ("image/png", False),
    ],
)
def test_the_bare_text(client, accept, plain):
    response = client.get(f"{URL}/harbour.txt/text?start=2&end=5", headers={"Accept": accept})
    assert response.headers["content-type"] == ("text/plain; charset=utf-8" if plain else "application/json")
    assert response.headers["vary"] == "Accept"
    assert (response.text == HARBOUR.text[2:5]) == plain


@pytest.mark.parametrize(("start", "end"), [(0, len(HARBOUR.text) + 1), (5, 4), (len(HARBOUR.text) + 1, None)])
def test_a_range_beyond_the_text_names_both_values(client, start, end):
    query = {"start": start} | ({} if end is None else {"end": end})
    problem = assert_problem(client.get(f"{URL}/harbour.txt/text", params=query), 422, "range-invalid")
    length = len(HARBOUR.text)
    assert problem["detail"] == (
        f"start {start} and end {length if end is None else end} are no range of harbour.txt, "
        f"which has {length} characters"
    )


def test_an_etag_stands_for_one_text(client):
    def etag(path, **headers):
        return client.get(f"{URL}/{path}", headers=headers).headers["etag"]

    plain = {"Accept": "text/plain"}
    tags = [
        etag("harbour.txt/text"),
        etag("harbour.txt/text?start=1"),
        etag("harbour.txt/text?end=1"),
        etag("harbour.txt/text", **plain),
        etag("orchard.md/text"),
    ]
    assert len(set(tags)) == len(tags)
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)
    assert etag("harbour.txt/text?start=0") == etag(f"{HARBOUR.sha256}/text") == tags[0]


def test_what_a_client_has_is_not_sent_again(client):
    path = f"{URL}/harbour.txt/text?end=9"
    identity = client.get(path, headers={"Accept-Encoding": "identity"})
    tag = identity.headers["etag"]
    assert identity.headers["cache-control"] == "no-cache"
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_long_answers_are_compressed_and_have_an_etag_of_their_own():
    text = HARBOUR.text * 40
    client = client_over(dataclasses.replace(HARBOUR, text=text))
    path = f"{URL}/harbour.txt/text"
    small = client.get(path, headers={"Accept-Encoding": "gzip"})
    large = client.get(path, headers={"Accept-Encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in large.headers
    assert small.json() == large.json()
    assert small.json()["text"] == text
    assert int(small.headers["content-length"]) < int(large.headers["content-length"]) / 4
    assert small.headers["etag"] == f'{large.headers["etag"][:-1]}-gzip"'
    assert small.headers["vary"] == "Accept, Accept-Encoding"
    for tag in (small.headers["etag"], large.headers["etag"]):
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("path", [URL, f"{URL}/harbour.txt", f"{URL}/harbour.txt/text", "/readyz", "/metrics", "/docs"])
def test_head_is_get_without_the_body(client, path):
    plain = {"Accept-Encoding": "identity"}
    got, head = client.get(path, headers=plain), client.head(path, headers=plain)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    if path != "/metrics":
        assert head.headers["content-length"] == got.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", URL, "GET, HEAD, POST"),
        ("POST", f"{URL}/harbour.txt", "DELETE, GET, HEAD"),
        ("DELETE", f"{URL}/harbour.txt/text", "GET, HEAD"),
        ("GET", f"{URL}/harbour.txt/restore", "POST"),
        ("POST", "/api/v1/jobs/1", "DELETE, GET, HEAD"),
    ],
)
def test_a_wrong_method(client, method, path, allow):
    response = client.request(method, path)
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == allow


@pytest.mark.parametrize("path", [URL, f"{URL}/harbour.txt", f"{URL}/harbour.txt/text"])
def test_documents_wait_for_the_models_and_say_why_there_are_none(path):
    engine, release = stuck()
    release.set()
    assert TestClient(create_api(engine)).get(path).status_code == 200
    client = TestClient(create_api(broken(CollectionDamaged("damaged", "run: digest-qa doctor"))))
    response = client.get(path)
    assert_problem(response, 503, "collection-damaged")
    assert response.headers["retry-after"] == "5"
