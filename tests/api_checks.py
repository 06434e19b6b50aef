"""What tests of the API ask for again and again: engines that do not get ready, and the shape of a problem."""

import threading

from fakes_assistant import FakeAssistant

from rag.engine import Engine


def stuck():
    """An engine whose load goes on until its event is set."""
    release = threading.Event()

    def load():
        release.wait(10)
        return FakeAssistant()

    return Engine(load), release


def broken(error):
    def load():
        raise error

    return Engine(load)


def assert_problem(response, status, slug):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"urn:digest-qa:error:{slug}"
    assert body["status"] == status
    assert body["title"] == slug.replace("-", " ").capitalize()
    assert body["detail"]
    return body
