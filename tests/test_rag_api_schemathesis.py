"""Every operation is asked with what its OpenAPI document allows and with what it does not, over a real collection.

Half of the requests about a document or a job are about one that is there, so that removals and restorations are done.
"""

import zlib
from urllib.parse import quote

import httpx
import pytest
from asking import build_reports
from hypothesis import HealthCheck, given, settings
from serving_api import in_a_process

schemathesis = pytest.importorskip("schemathesis", reason="no schemathesis: pip install -e '.[dev]'")

EXAMPLES = 20  # of either kind, for each operation
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
    "missing_required_header",
)
DOCUMENTS = "/api/v1/documents"
UPLOAD = f"POST {DOCUMENTS}"
# operation -> the answers that it must have given at least once
OPERATIONS = {
    f"GET {DOCUMENTS}/{{id}}/text": {200, 404, 422},
    f"POST {DOCUMENTS}/{{id}}/restore": {200, 404},
    f"GET {DOCUMENTS}": {200, 422},
    UPLOAD: {201, 422},
    f"GET {DOCUMENTS}/{{id}}": {200, 404},
    f"DELETE {DOCUMENTS}/{{id}}": {200, 404},
    "POST /api/v1/ask": {200, 422},
    "POST /api/v1/search": {200, 422},
    "POST /api/v1/verify": {200, 422},
    "GET /api/v1/jobs/{id}": {200, 404},
    "DELETE /api/v1/jobs/{id}": {200, 404},
    "GET /healthz": {200},
    "GET /readyz": {200},
    "GET /metrics": {200},
    "POST /v1/chat/completions": {400, 422},
    "GET /v1/models": {200},
    "GET /v1/models/{name}": {404},
}
# Input of the right shape that may still be refused for what it says: an empty question, a range beyond the text.
JUDGED = {f"GET {DOCUMENTS}/{{id}}/text", UPLOAD, "POST /api/v1/ask", "POST /api/v1/search"}
JUDGED |= {"POST /v1/chat/completions", "GET /v1/models/{name}"}  # a model that there is not


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    # Not a thread: two threads that parse Python at once, as imports under pytest do, break each other in Python 3.11.
    with in_a_process(build_reports(tmp_path_factory.mktemp("api"))) as url:
        yield url


@pytest.fixture(scope="module")
def schema(address):
    return schemathesis.openapi.from_url(f"{address}/openapi.json")


TEXT = "东湾市渔港报告\n\n东湾渔港每天能存六十吨鱼，比去年多出二十吨，渔民说鱼价因此稳住了。".encode()


def upload(client):
    response = client.post(DOCUMENTS, files={"files": ("a harbour/东湾 100%.txt", TEXT)})
    assert response.status_code == 201
    return response.json()


def existing(client, operation):
    """The id of something that the operation can be done to."""
    job = upload(client)
    if "/jobs/" in operation:
        return job["id"]
    (document,) = job["result"]["documents"]
    name = document["name"]
    if operation.endswith("/restore"):
        assert client.delete(f"{DOCUMENTS}/{quote(name)}").status_code == 200
    return name


def test_the_operations_are_those_of_the_document(schema):
    assert {operation.ok().label for operation in schema.get_all_operations()} == set(OPERATIONS)


def try_all(strategy, send):
    """Ask with the same examples at every run."""
    every = settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    every(given(case=strategy)(send))()


@pytest.mark.parametrize("label", OPERATIONS)
def test_an_operation_keeps_its_contract(address, schema, label):
    method, path = label.split()
    operation = schema[path][method]
    left_out = {"positive_data_acceptance"} if label in JUDGED else set()
    if label == UPLOAD:  # in a form a boolean is five bytes of a file like any other
        left_out.add("negative_data_rejection")
    names = [name for name in CHECKS if name not in left_out]
    checks = [getattr(schemathesis.checks, name) for name in names]
    seen = set()

    def judge(case, response):
        seen.add(response.status_code)
        case.validate_response(response, checks=checks)

    def send(case):
        judge(case, case.call())

    def send_sensibly(case):
        chosen = zlib.crc32(repr(case).encode()) % 2
        if label == UPLOAD and chosen:  # of itself it calls every file after its field, which has no ending
            judge(case, case.call(files=[("files", ("harbour.txt", TEXT))]))
            return
        if "id" in case.path_parameters and chosen:
            case.path_parameters["id"] = existing(client, label)
        send(case)

    modes = schemathesis.GenerationMode
    with httpx.Client(base_url=address, timeout=60) as client:
        try_all(operation.as_strategy(generation_mode=modes.POSITIVE), send_sensibly)
        if operation.body or operation.query:
            try_all(operation.as_strategy(generation_mode=modes.NEGATIVE), send)
    assert seen >= OPERATIONS[label]
