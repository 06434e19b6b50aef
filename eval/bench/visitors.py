"""Many visitors of the page at once: do all get their answer, and how long do they wait?

    python -m eval.bench.visitors --visitors 200

A server of its own over the sample digest, on this machine. Each visitor opens the page and asks one question of the
sample's gold set, over the page's own protocol (Gradio's queue); then as many clients ask the API. Everything is
bounded: one question each, and no visitor waits longer than PATIENCE.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx
import numpy as np

PATIENCE = 900.0  # seconds
QUEUE = "/gradio_api/queue"
ANSWERED = 'class="card answer"'


@dataclass(frozen=True, slots=True)
class Waited:
    """How long one visitor waited for an answer, in seconds; `problem` is "" when there was one."""

    seconds: float
    problem: str = ""


def main() -> None:
    """Start the server, let the visitors come, print what they met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--mode", default="best")
    arguments = parser.parse_args()
    questions = _questions(arguments.visitors)
    with tempfile.TemporaryDirectory() as store, _served(Path(store), arguments.mode) as (url, process):
        page = _Page(url)
        print(f"mode {arguments.mode}, {arguments.visitors} at once, one question each, over the sample digest")
        for name, ask in (("page", page.ask), ("API", _Api(url).ask)):
            began = perf_counter()
            waited = asyncio.run(_all(ask, questions))
            _report(name, waited, perf_counter() - began)
        print(f"memory of the server at its most: {_peak_mb(process.pid):,.0f} MB")


def _questions(count: int) -> list[str]:
    lines = files("eval").joinpath("gold/sample.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [str(json.loads(line)["question"]) for line in lines if line.strip()]
    return [asked[number % len(asked)] for number in range(count)]


@contextmanager
def _served(store: Path, mode: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a server that is ready to answer, and its process."""
    command = [
        sys.executable,
        "-m",
        "rag",
        "serve",
        "--port",
        "0",
        "--store",
        str(store / "collection"),
        "--mode",
        mode,
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        url, ready = "", False
        while not (url and ready):
            line = process.stderr.readline()
            if not line:
                raise SystemExit("the server did not start")
            found = re.search(r"http://\S+", line)
            url = found[0] if found else url
            ready = ready or "ready to answer" in line
        yield url, process
    finally:
        process.terminate()
        process.wait(30)


async def _all(ask: Callable[[httpx.AsyncClient, str], Awaitable[str]], questions: Sequence[str]) -> list[Waited]:
    async def one(question: str) -> Waited:
        began = perf_counter()
        try:
            async with httpx.AsyncClient(timeout=PATIENCE) as client:
                problem = await asyncio.wait_for(ask(client, question), PATIENCE)
        except (httpx.HTTPError, TimeoutError) as error:
            problem = type(error).__name__
        return Waited(perf_counter() - began, problem)

    return list(await asyncio.gather(*map(one, questions)))


class _Page:
    """The page as a browser speaks to it: it is opened, then a question is put into the queue."""

    def __init__(self, url: str) -> None:
        self._url = url
        config: dict[str, Any] = httpx.get(f"{url}/config").json()
        ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        self._ask = next(d for d in config["dependencies"] if [ids["options"], "select"] in d["targets"])
        self._load = next(d for d in config["dependencies"] if any(event == "load" for _, event in d["targets"]))
        self._language = ids["language"]

    async def ask(self, client: httpx.AsyncClient, question: str) -> str:
        """ "" when an answer came, else what came instead."""
        session = uuid4().hex
        (await client.get(self._url)).raise_for_status()
        await self._event(client, session, self._load, {})
        shown = await self._event(client, session, self._ask, {"question": question, "number": 1, "origin": self._url})
        return "" if ANSWERED in shown else f"no answer card: {shown[:200]}"

    async def _event(self, client: httpx.AsyncClient, session: str, event: dict[str, Any], sent: dict[str, Any]) -> str:
        """The output of one event as JSON text; `sent` is what the browser says with it."""
        data = ["en" if part == self._language else None for part in event["inputs"]]
        body = {"data": data, "fn_index": event["id"], "session_hash": session, "event_data": sent}
        joined = await client.post(f"{self._url}{QUEUE}/join", json=body)
        joined.raise_for_status()
        shown = ""
        async with client.stream("GET", f"{self._url}{QUEUE}/data", params={"session_hash": session}) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[len("data:") :])
                shown += json.dumps(message.get("output"), ensure_ascii=False).replace('\\"', '"')
                if message["msg"] in ("process_completed", "close_stream", "unexpected_error"):
                    break
        return shown


class _Api:
    """POST /api/v1/ask."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/v1/ask"

    async def ask(self, client: httpx.AsyncClient, question: str) -> str:
        """ "" when an answer came, else the status."""
        response = await client.post(self._url, json={"question": question})
        return "" if response.status_code == httpx.codes.OK else f"status {response.status_code}"


def _report(name: str, waited: Sequence[Waited], seconds: float) -> None:
    problems = [one.problem for one in waited if one.problem]
    half, most = np.percentile([one.seconds for one in waited], [50, 95])
    print(
        f"{name}: {len(waited) - len(problems)} of {len(waited)} answered in {seconds:.1f} s "
        f"({len(waited) / seconds:.1f} a second); waited p50 {half:.1f} s, p95 {most:.1f} s"
    )
    for problem in sorted(set(problems)):
        print(f"  {problems.count(problem)} times: {problem}")


def _peak_mb(pid: int) -> float:
    """The most memory that a process had, in MB; NaN where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return float("nan")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else float("nan")


if __name__ == "__main__":
    main()
