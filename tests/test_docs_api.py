"""docs/api.md has every route and no other; its curl lines do what stands below them, against a real server."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from serving_api import on_loopback, opened

from rag import api_examples
from rag.api import MAX_BODY_BYTES, MAX_K, MAX_UPLOAD_BYTES
from rag.api_changes import MAX_WAIT_SECONDS, WAIT_SECONDS
from rag.api_documents import DEFAULT_LIMIT, MAX_LIMIT
from rag.library import UNDOABLE
from rag.multipart import MAX_FILES

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:7860"
HARBOUR = """走近渔港看变化

东湾：旧码头的新生意

林海生 东湾渔港管理处主任

东湾渔港有四十年没有大修。去年，管理处把三座旧冷库拆掉，换成集装箱式的小冷库，每天能存六十吨鱼。
"""
# Told exactly; other samples depend on the encoder.
EXACT = {"POST /api/v1/verify", "GET /api/v1/documents/{id}/text", "GET /healthz"}


def sections():
    """(operation, its text) for each section about one."""
    parts = re.split(r"^### `(\w+ \S+)`$", TEXT, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def blocks(language, text):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def same_shape(shown, found, place="answer"):
    """The same members everywhere, and values of the same kinds; `…` stands for what was left out."""
    assert shown is None or found is None or type(shown) is type(found), place
    if isinstance(shown, dict) and place not in ("answer.citations[0].parts", "answer.timing_ms"):
        assert list(shown) == list(found), place
        for key in shown:
            same_shape(shown[key], found[key], f"{place}.{key}")
    if isinstance(shown, list) and shown and found:
        same_shape(shown[0], found[0], f"{place}[0]")


def test_the_routes_are_those_of_the_server(tmp_path):
    paths = opened(tmp_path / "store")[0].openapi()["paths"]
    own = {path: methods for path, methods in paths.items() if not path.startswith("/v1/")}  # chat: docs/chat.md
    offered = {f"{method.upper()} {path}" for path, methods in own.items() for method in methods}
    assert sorted(operation for operation, _ in sections()) == sorted(offered)


def test_every_operation_has_a_curl_line():
    assert [operation for operation, text in sections() if not blocks("sh", text)] == []


def test_the_limits_are_those_of_the_server():
    assert f"{MAX_BODY_BYTES // 1_000_000} MB a request" in TEXT
    assert f"uploads {MAX_UPLOAD_BYTES // 1024**2} MiB and {MAX_FILES} files" in TEXT
    assert f"`k` is 1 to {MAX_K}" in TEXT
    assert f"`limit` ({DEFAULT_LIMIT} unless said, up to {MAX_LIMIT})" in TEXT
    assert f"`wait` seconds ({WAIT_SECONDS:.0f} unless said, up to {MAX_WAIT_SECONDS:.0f})" in TEXT
    assert UNDOABLE == 5
    assert "the last five can be" in TEXT


def test_the_curl_lines_do_what_they_say(tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("no curl on the PATH")
    (tmp_path / "harbour.txt").write_text(HARBOUR, "utf-8")
    job = api_examples.JOB_ID
    with on_loopback(opened(tmp_path / "store")[0]) as address:
        for operation, text in sections():
            shown = [json.loads(sample) for sample in blocks("json", text)]
            for number, line in enumerate(blocks("sh", text)):
                command = shlex.split(
                    line.replace("\\\n", " ").replace(ADDRESS, address).replace(api_examples.JOB_ID, job)
                )
                assert command[0] == "curl"
                done = subprocess.run(
                    ["curl", "--silent", "--show-error", "--fail-with-body", "--noproxy", "*", *command[1:]],
                    cwd=tmp_path,
                    capture_output=True,
                    encoding="utf-8",
                    check=False,
                    timeout=60,
                )
                assert done.returncode == 0, (operation, line, done.stdout, done.stderr)
                if number == 0 and shown:
                    found = json.loads(done.stdout)
                    same_shape(shown[0], found)
                    assert operation not in EXACT or shown[0] == found
                if operation == "POST /api/v1/documents":
                    job = json.loads(done.stdout)["id"]
                if "text/plain" in line:
                    assert done.stdout == HARBOUR
