"""The front door: the web page and the HTTP API on one port."""

from __future__ import annotations

import threading
from pathlib import Path
from time import perf_counter

import click
import gradio as gr
from fastapi import FastAPI

from rag.api import create_api
from rag.body_limit import BodyLimit
from rag.content_policy import ContentPolicy
from rag.document_routes import document_routes
from rag.engine import Answerer, Engine
from rag.evaluation_routes import evaluation_routes
from rag.evaluations import Evaluation
from rag.feedback import Feedback
from rag.feedback_routes import FEEDBACK_URL, MAX_FEEDBACK_BYTES, feedback_routes
from rag.known_hosts import KnownHosts
from rag.library import Library
from rag.mcp.http import LOCAL, Hosts, known_hosts
from rag.mode_option import MODE
from rag.opening import Opening
from rag.page.page import Page
from rag.server import listen, run, settings_or_exit
from rag.settings import Mode

STATIC = Path(__file__).parent / "rag" / "static"
SCRIPTS = ("page.js", "stream.js", "asking.js", "reading.js", "visit.js", "documents.js", "feedback.js")
WRITING = 16  # questions at once where a writer's answers are waited for
STYLES = ("page.css", "asking.css", "reading.css", "documents.css")


def create_app(engine: Engine, evaluation: Evaluation, library: Library | None = None, hosts: Hosts = LOCAL) -> FastAPI:
    """The API with the page at "/". Starts to load the engine; the page is up before it is ready.

    Without a `library` documents can neither be added nor removed; `hosts` are the names that the server answers to.
    """
    engine.start()
    app = create_api(engine, library, hosts)
    app.add_middleware(ContentPolicy)
    if hosts.enable_dns_rebinding_protection:
        app.add_middleware(KnownHosts, hosts=hosts.allowed_hosts)
    app.add_middleware(BodyLimit, prefix=FEEDBACK_URL, max_bytes=MAX_FEEDBACK_BYTES)
    feedback = Feedback(evaluation.store)
    for router in (evaluation_routes(evaluation), document_routes(engine), feedback_routes(engine, feedback)):
        app.include_router(router)
    gr.mount_gradio_app(
        app,
        Page(engine, evaluation, library, feedback).blocks,
        path="/",
        theme=gr.themes.Base(font="sans-serif", font_mono="monospace"),  # page.css names the fonts; none is fetched
        css_paths=[STATIC / name for name in STYLES],
        head="".join(f"<script>{(STATIC / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
    )
    return app


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--store", default=None, help="Folder of the collection.")
@click.option("--read-only", is_flag=True, help="Nobody can add or remove documents through the page or the API.")
@click.option("--allow-host", "names", metavar="NAME", multiple=True, help="A name that a proxy is reached by.")
@MODE
def serve(host: str, port: int, store: str | None, read_only: bool, names: tuple[str, ...], mode: Mode | None) -> None:
    """Serve the page and the API."""
    listener = listen(host, port)  # before anything slow
    settings = settings_or_exit(store, mode)
    opening = Opening(settings)

    def open_assistant() -> Answerer:
        began = perf_counter()
        assistant = opening.assistant_or_sample()
        assistant.warm_up()
        click.echo(f"digest-qa is ready to answer after {perf_counter() - began:.1f} s", err=True)
        return assistant

    engine = Engine(open_assistant, at_once=WRITING if settings.llm_url else 1)
    library = Library(engine, opening)
    stop = threading.Event()
    threading.Thread(target=library.follow, args=(stop,), name="digest-qa-follow", daemon=True).start()
    evaluation = Evaluation(engine, settings.store)
    run(create_app(engine, evaluation, None if read_only else library, known_hosts(host, names)), engine, listener)


if __name__ == "__main__":
    serve()
