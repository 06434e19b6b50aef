"""Claims about the source: true ones, false ones, and what is said of each."""

import pytest
from api_checks import assert_problem
from fakes_assistant import DOCUMENTS, STORES, FakeAssistant
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from rag.api import create_api
from rag.engine import Engine
from rag.verification import MOST_FOUND, Claim, verify

HARBOUR, ORCHARD, _ = DOCUMENTS
START = HARBOUR.text.index(STORES)
WHITE_SPACE = "what stands there differs in its white space"
NOWHERE = "; the text stands nowhere else in the document"


def claimed(text, start, end, document=HARBOUR):
    claim = Claim(document_sha256=document.sha256, start=start, end=end, text=text)
    return verify(claim, FakeAssistant())


def test_a_true_claim():
    found = claimed(STORES, START, START + len(STORES))
    assert (found.valid, found.reason) == (True, "the text stands there, character for character")
    assert (found.document, found.document_sha256) == ("harbour.txt", HARBOUR.sha256)
    assert (found.found, found.elsewhere) == (STORES, [])


BEYOND = f"the document has {len(HARBOUR.text)} characters, {{}} is not in it; the text stands at {{{{at}}}}"


@pytest.mark.parametrize(
    ("text", "start", "end", "reason", "places"),
    [
        (STORES, START + 1, START + 1 + len(STORES), "another text stands there; the text stands at {at}", [START]),
        ("nothing of it", START, START + 3, f"another text stands there{NOWHERE}", []),
        (STORES.replace("\n", ""), START, START + len(STORES), f"{WHITE_SPACE}{NOWHERE}", []),
        (STORES, START, 9_999, BEYOND.format(f"{START} to 9999"), [START]),
        ("早市", 9, 3, BEYOND.format("9 to 3"), None),
    ],
    ids=["shifted", "other", "white space", "beyond", "backwards"],
)
def test_a_false_claim_says_why(text, start, end, reason, places):
    found = claimed(text, start, end)
    if places is None:
        places = [at for at in range(len(HARBOUR.text)) if HARBOUR.text.startswith(text, at)]
        assert len(places) == 2
    at = ", ".join(f"{place} to {place + len(text)}" for place in places)
    assert found.valid is False
    assert found.reason == reason.format(at=at)
    assert [(span.start, span.end) for span in found.elsewhere] == [(place, place + len(text)) for place in places]
    assert found.found == (HARBOUR.text[start:end] if start <= end <= len(HARBOUR.text) else None)


def test_a_document_that_is_not_there():
    found = verify(Claim(document_sha256="A" * 64, start=0, end=1, text="x"), FakeAssistant())
    assert (found.valid, found.reason) == (False, "no document of this SHA-256 is in the collection")
    assert (found.document, found.document_sha256, found.found) == (None, "A" * 64, None)
    named = verify(Claim(document="gone.txt", start=0, end=1, text="x"), FakeAssistant())
    assert (named.valid, named.reason) == (False, "no document of this id or name is in the collection")


def test_the_hash_may_be_written_in_capitals():
    claim = Claim(document_sha256=HARBOUR.sha256.upper(), start=0, end=4, text="走近渔港")
    assert verify(claim, FakeAssistant()).valid is True


@pytest.mark.parametrize("key", [ORCHARD.id, ORCHARD.name])
def test_the_document_by_id_or_name(key):
    claim = Claim(document=key, start=0, end=5, text=ORCHARD.text[:5])
    found = verify(claim, FakeAssistant())
    assert (found.valid, found.document_sha256) == (True, ORCHARD.sha256)


def test_what_stands_there_is_cut():
    found = claimed("x", 0, len(HARBOUR.text))
    assert found.found == HARBOUR.text[:MOST_FOUND]
    assert found.valid is False


@given(st.data())
def test_exactly_the_true_claims_hold(data):
    """Every slice of a source is a true claim; moved by some characters it holds where the same text stands there."""
    start = data.draw(st.integers(0, len(ORCHARD.text) - 1))
    end = data.draw(st.integers(start + 1, len(ORCHARD.text)))
    moved = data.draw(st.integers(-start, 40))
    text = ORCHARD.text[start:end]
    assert claimed(text, start, end, ORCHARD).valid is True
    there = end + moved <= len(ORCHARD.text) and ORCHARD.text[start + moved : end + moved] == text
    assert claimed(text, start + moved, end + moved, ORCHARD).valid is there


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"document_sha256": "ab"}, "#/document_sha256"),
        ({"document": "harbour.txt"}, "#"),
        ({"document_sha256": None}, "#"),
        ({"start": -1}, "#/start"),
        ({"text": ""}, "#/text"),
        ({"more": 1}, "#/more"),
    ],
)
def test_a_claim_of_the_wrong_shape(change, pointer):
    claim = {"document_sha256": HARBOUR.sha256, "start": 0, "end": 2, "text": "走近"}
    client = TestClient(create_api(Engine(FakeAssistant)))
    assert client.post("/api/v1/verify", json=claim).json()["valid"] is True
    problem = assert_problem(client.post("/api/v1/verify", json=claim | change), 422, "request-invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("members", "status"),
    [(rb'"document": "\ud800", "text": "x"', 200), (rb'"document": "harbour.txt", "text": "\ud800"', 422)],
)
def test_half_a_character_is_in_no_document(members, status):
    client = TestClient(create_api(Engine(FakeAssistant)), raise_server_exceptions=False)
    content = b'{"start": 0, "end": 1, ' + members + b"}"
    response = client.post("/api/v1/verify", content=content, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert response.json().get("valid", False) is False
