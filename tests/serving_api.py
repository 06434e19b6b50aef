"""The API over a real library with the fake encoder: here, in a thread, or in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from asking import build_reports, fake
from fakes import FigureReader
from fastapi import FastAPI

from rag.api import create_api
from rag.engine import Engine
from rag.library import Library
from rag.opening import Opening
from rag.settings import Settings


def opened(store: Path, *, read_only: bool = False) -> tuple[FastAPI, Engine, Library]:
    """The API, its engine (loaded) and the library behind it; an empty store gets the sample digest."""
    opening = Opening(Settings(store=store, encoders=("fake",)), load=fake, reader=FigureReader)
    engine = Engine(opening.assistant_or_sample)
    engine.get(timeout=60)
    library = Library(engine, opening)
    return create_api(engine, None if read_only else library), engine, library


def over_reports(folder: Path, *, read_only: bool = False) -> FastAPI:
    """The API over the invented reports: reports.txt and town.md."""
    return opened(build_reports(folder), read_only=read_only)[0]


@contextmanager
def on_loopback(app: FastAPI) -> Iterator[str]:
    """The address where the application is served from a thread, on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def in_a_process(store: Path) -> Iterator[str]:
    """The address where a process of its own serves the store; an empty one gets the sample digest."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(store)], cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=20)


if __name__ == "__main__":
    with on_loopback(opened(Path(sys.argv[1]))[0]) as address:
        print(address, flush=True)
        threading.Event().wait()
