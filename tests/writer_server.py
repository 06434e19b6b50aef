"""A small OpenAI-compatible server on loopback that says what a test tells it to, and can stall, break off or lie."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-a-secret"


@dataclass
class StandIn:
    """`behave` gets the handler after the request was read; `asked` holds (path, headers, body) of each request."""

    url: str = ""
    behave: Callable[[BaseHTTPRequestHandler], None] = lambda handler: None
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def say(self, content: object, finish: str = "stop") -> None:
        self.behave = lambda handler: send(handler, completion(content, finish))


def completion(content: object, finish: str = "stop") -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}).encode()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    named = {"content-type": "application/json", "content-length": str(len(body))}
    for name, value in (named | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        handler.send_header(name, value)
    handler.end_headers()
    with suppress(OSError):
        handler.wfile.write(body)


def drip(stand_in: StandIn, handler: BaseHTTPRequestHandler, text: bytes) -> None:
    """One byte at a time, for ever or until the test is over: no read ever times out."""
    with suppress(OSError):
        handler.wfile.write(text)
        while not stand_in.stop.wait(0.02):
            handler.wfile.write(b" ")
            handler.wfile.flush()


@contextmanager
def stand_in_server() -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stand_in.asked.append((self.path, headers, json.loads(body)))
            self.close_connection = True
            stand_in.behave(self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.stop.set()
        server.shutdown()
        thread.join(5)
        server.server_close()


def nobody_there() -> str:
    """An address on loopback where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
