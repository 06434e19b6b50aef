"""The page in a real browser over the fake assistant: the fixtures, and what tests do to a page."""

import shutil
import socket
import threading
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import pytest
from fakes_assistant import FakeAssistant

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def served(open_assistant=FakeAssistant.open, *, store=None, evaluate=None, port=0):
    """The address of the application, served from a thread on this port; 0: on a free one."""
    from app import create_app
    from rag.engine import Engine
    from rag.evaluations import Evaluation
    from rag.settings import load_settings

    engine = Engine(open_assistant)
    app = create_app(engine, Evaluation(engine, load_settings(store).store, evaluate))
    with running(app, port) as address:
        yield address


@contextmanager
def running(app, port=0):
    """The address of an application, served from a thread on this port; 0: on a free one."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module", name="address")
def address_fixture():
    with served() as url:
        yield url


@pytest.fixture(scope="module", name="chromium")
def chromium_fixture():
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e '.[dev]'")
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH: apt-get install chromium (or: brew install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


GRADIO_LEFT = "AbortError: signal is aborted without reason"


@pytest.fixture(name="visit")
def visit_fixture(chromium, address):
    """Opens pages; at the end no page may have asked another host for anything or have logged an error.

    `allow` is a part of the errors that are meant to be logged: browsers log every answer that says no. One that was
    not to be `silent`, as its server goes away, may have logged what it likes.
    """
    contexts, complaints = [], []

    def open_page(path="/", *, locale="en-GB", base=address, silent=True, allow=None, script="", **options):
        context = chromium.new_context(locale=locale, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.add_init_script(script)

        def listen(request):
            url = urlsplit(request.url)
            if url.scheme not in ("data", "blob") and url.hostname != "127.0.0.1":
                complaints.append(f"asked another host: {request.url}")

        def read(message):
            # Pages ask there whether their server is still there; a test may have ended it before its pages.
            meant = (allow and allow in message.text) or message.location["url"].endswith("/gradio_api/app_id")
            # A page that is left closes its stream; on a busy machine gradio's client may still log that as an error.
            meant = meant or message.text.startswith(GRADIO_LEFT)
            if message.type == "error" and not meant:
                complaints.append(f"console: {message.text}")

        page.on("request", listen)
        if silent:
            page.on("console", read)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.goto(base + path)
        page.locator("#documents details").first.wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


def ask(page, question, *, key=None):
    page.locator("#question textarea").fill(question)
    if key:
        page.locator("#question textarea").press(key)
    else:
        page.locator("#ask").click()


def short(page):
    """The short answer, once there is one."""
    return page.locator("#answer .short .text").inner_text()


def cited_link(document, start, end):
    return "/?" + urlencode({"document": document.name, "sha256": document.sha256, "start": start, "end": end})


def in_view(page, selector):
    page.wait_for_function(
        """selector => {
            const found = document.querySelector(selector);
            if (!found) return false;
            const box = found.getBoundingClientRect();
            const pages = found.closest(".pages").getBoundingClientRect();
            return box.top >= Math.max(0, pages.top - 1) && box.top < Math.min(innerHeight, pages.bottom);
        }""",
        arg=selector,
    )
