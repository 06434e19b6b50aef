"""The command that serves, and the API on the same port as the page."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from page_in_browser import served

ROOT = Path(__file__).parents[1]


def test_the_api_stands_beside_the_page():
    with served() as address:
        check_api(address)


def check_api(address):
    assert httpx.get(address + "/readyz").json() == {"status": "ready", "generation": 7, "documents": 3}
    answer = httpx.post(address + "/api/v1/ask", json={"question": "早市"}).json()
    assert answer["answer"]["text"] == "每周三"
    for response, status in (
        (httpx.get(address + "/api/v1/ask"), 405),
        (httpx.post(address + "/healthz"), 405),
        (httpx.get(address + "/api/v1/nothing"), 404),
    ):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
    page = httpx.get(address + "/", headers={"X-Request-ID": "visit-1"})
    assert page.headers["x-request-id"] == "visit-1"
    assert (
        'digest_qa_http_requests_total{method="GET",route="page",status="200"}' in httpx.get(address + "/metrics").text
    )
    assert httpx.head(address + "/api/v1/documents").headers["content-encoding"] == "gzip"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "http" not in policy


FINE = "FakeAssistant"
DAMAGED = "Damaged"
PROGRAM = """
import sys
sys.path[:0] = ["tests"]
import app
from fakes_assistant import FakeAssistant as Fake
from index.errors import CollectionDamaged
class FakeAssistant(app.Opening):
    def assistant_or_sample(self):
        return Fake()
class Damaged(app.Opening):
    def assistant_or_sample(self):
        raise CollectionDamaged(f"{self.settings.store} is damaged for {self.settings.mode}", "run: digest-qa doctor")
app.Opening = %s
app.serve()
"""


def serve_process(*arguments, assistant=FINE):
    program = PROGRAM % assistant
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_serve_says_where_it_is_and_ends_quietly_on_ctrl_c():
    process = serve_process("--port", "0")
    assert process.stderr is not None
    lines = sorted(process.stderr.readline() for _ in range(2))  # the assistant may be ready first
    line = lines[0]
    assert re.fullmatch(r"digest-qa is at http://127\.0\.0\.1:\d+\n", line)
    assert re.fullmatch(r"digest-qa is ready to answer after \d+\.\d s\n", lines[1])
    # An open page keeps this connection for as long as it is open.
    with httpx.stream("GET", f"{line.split()[-1]}/gradio_api/heartbeat/visitor") as heartbeat:
        assert heartbeat.status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")


def test_serve_on_a_port_in_use_says_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = serve_process("--port", str(port))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert re.fullmatch(
        rf"digest-qa: cannot listen on 127\.0\.0\.1:{port} \(.+\); "
        rf"choose another port, for example: --port {port + 1}\n",
        err,
    )


@pytest.mark.parametrize(("given", "mode"), [([], "best"), (["--mode", "fast"], "fast"), (["--mode", "best"], "best")])
def test_serve_stops_when_the_collection_cannot_be_opened(given, mode):
    process = serve_process("--port", "0", "--store", "here", *given, assistant=DAMAGED)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert err.splitlines()[-1] == f"digest-qa: here is damaged for {mode}; run: digest-qa doctor"


def test_serve_stops_at_a_setting_that_does_not_exist(monkeypatch):
    monkeypatch.setenv("DIGEST_QA_STOER", "here")
    process = serve_process("--port", "0")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("digest-qa: unknown settings: DIGEST_QA_STOER (there are DIGEST_QA_STORE, ")
    assert err.count("\n") == 1


def test_serve_refuses_a_wrong_mode():
    process = serve_process("--port", "0", "--mode", "quick")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.splitlines()[-1] == "Error: Invalid value for '--mode': 'quick' is not one of 'best', 'fast'."


def test_mcp_clients_reach_it_by_the_names_that_were_given():
    process = serve_process("--port", "0", "--allow-host", "docs.example.org", "--allow-host", "docs.local:80")
    assert process.stderr is not None
    address = next(line for line in process.stderr if line.startswith("digest-qa is at ")).split()[-1]
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = "application/json, text/event-stream"
    statuses = {
        host: httpx.post(f"{address}/mcp", json=body, headers={"host": host, "accept": accept}).status_code
        for host in ("localhost:1", "docs.example.org", "docs.local:80", "docs.local:81", "evil.example")
    }
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert statuses == {
        "localhost:1": 200,
        "docs.example.org": 200,
        "docs.local:80": 200,
        "docs.local:81": 421,
        "evil.example": 421,
    }


def test_the_pages_own_client_asks_too():
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    with served() as address:
        client = Client(address, verbose=False)
        answer = client.predict("冷库每天能存多少鱼？", 2, api_name="/ask")
        assert answer == {
            **httpx.post(f"{address}/api/v1/ask", json={"question": "冷库每天能存多少鱼？", "k": 2}).json(),
            "timing_ms": answer["timing_ms"],
        }
        assert (answer["answer"]["text"], len(answer["citations"])) == ("六十吨", 2)
        for given, said in (
            ({"question": " "}, "the question is empty"),
            ({"question": "冷库", "mode": "quick"}, "there is no mode 'quick'"),
            ({"question": "冷库", "k": 1.5}, "k is 1.5"),
            ({"question": "冷库", "filters": {"region": []}}, "the filters do not fit"),
        ):
            with pytest.raises(AppError, match=said):
                client.predict(**given, api_name="/ask")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:9", 200),
        ("[::1]:7860", 200),
        ("LOCALHOST", 200),
        ("evil.example:7860", 421),
        ("", 421),
    ],
)
def test_a_name_of_somebody_elses_is_not_answered(host, status):
    with served() as address:
        for path in ("/healthz", "/api/v1/documents", "/config"):
            response = httpx.get(address + path, headers={"Host": host})
            assert response.status_code == status, path
        if status != 200:
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["type"] == "urn:digest-qa:error:unknown-host"
