"""The front door: the web page and the HTTP API on one port."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import gradio as gr
from fastapi import FastAPI

from index.errors import DigestQAError
from rag import evaluation_view, render
from rag.answer import Answer
from rag.api import create_api
from rag.content_policy import ContentPolicy
from rag.engine import Answerer, Engine
from rag.evaluation_routes import evaluation_routes
from rag.evaluations import Evaluation
from rag.library import Library
from rag.mcp.http import LOCAL, Hosts, known_hosts
from rag.mode_option import MODE
from rag.opening import Opening
from rag.server import listen, run, settings_or_exit
from rag.settings import Mode
from rag.source_view import Place, open_place
from rag.strings import DEFAULT_LANGUAGE, LANGUAGES, Words, preferred_language

STATIC = Path(__file__).parent / "rag" / "static"

Update = dict[Any, Any]  # Gradio's: a component and what becomes of it

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """What one visitor sees, so that it can be drawn again in another language."""

    answer: Answer | None = None
    place: Place | None = None


class Page:
    """The page: its components, and what happens to them. The ids are a contract with assistive and test tools."""

    def __init__(self, engine: Engine, evaluation: Evaluation) -> None:
        self._engine = engine
        self._evaluation = evaluation
        with gr.Blocks(title="digest-qa · 文摘问答", analytics_enabled=False) as self.blocks:
            self._lay_out()
            self._connect()

    def _lay_out(self) -> None:
        words = Words(DEFAULT_LANGUAGE)
        self.view = gr.State(View())
        with gr.Row(elem_id="top"):
            self.header = gr.HTML(render.header(words), elem_id="header", apply_default_css=False)
            choices = [(name, code) for code, name in LANGUAGES.items()]
            self.language = gr.Radio(choices, value=None, label=words("language"), elem_id="language", container=False)
        with gr.Row(elem_id="asking"):
            self.question = gr.Textbox(
                label=words("question"), placeholder=words("placeholder"), lines=1, max_lines=4, elem_id="question"
            )
            self.ask = gr.Button(words("ask"), variant="primary", elem_id="ask")
        self.examples = _html("examples", "digestQA.examples(element, trigger)")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="found"):
                self.answer = _html("answer", "digestQA.live(element); digestQA.links(element, trigger)")
                self.citations = _html("citations", "digestQA.links(element, trigger)")
                self.documents = _html("documents", "digestQA.links(element, trigger)")
            with gr.Column(elem_id="beside"):
                self.source = _html("source", "digestQA.reader(element, watch)")
        self.evaluation = _html("evaluation", "digestQA.evaluation(element, trigger, watch)")
        self.footer = gr.HTML(render.footer(words), elem_id="footer", apply_default_css=False)

    def _connect(self) -> None:
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        everything = [
            self.view, self.header, self.language, self.question, self.ask, self.examples, self.answer,
            self.citations, self.documents, self.source, self.evaluation, self.footer,
        ]  # fmt: skip
        asked = [self.question, self.language, self.view]
        found = [self.answer, self.citations, self.source, self.view]
        self.blocks.load(self._arrive, None, everything, **quiet)
        self.language.change(None, self.language, js="digestQA.language")
        self.language.input(self._translate, [self.language, self.view], everything, **quiet)
        gr.on([self.ask.click, self.question.submit], self._ask, asked, found, **quiet).then(
            None, self.question, js="digestQA.remember"
        )
        chosen = self.examples.select(self._choose, None, self.question, **quiet)
        chosen.then(self._ask, asked, found, **quiet).then(None, self.question, js="digestQA.remember")
        for part in (self.answer, self.citations, self.documents):
            part.select(self._open, [self.language, self.view], [self.source, self.view], **quiet)
        self.evaluation.select(self._evaluate, self.language, self.evaluation, **quiet)

    def _arrive(self, request: gr.Request) -> Iterator[Update]:
        """Draw the page for a visitor, at once what needs no models; then do what the address asks for."""
        query = request.query_params
        words = Words(preferred_language(request.headers.get("accept-language", "")))
        question = query.get("q", "")
        waiting = render.waiting(words, ready=False)
        yield {
            **self._labels(words),
            self.language: words.language,
            self.question: gr.update(**self._question_labels(words), value=question),
            self.documents: "" if self._engine.ready else waiting,
        }
        try:
            documents = self._engine.get().collection.documents
        except DigestQAError as error:
            yield {self.documents: render.failure(error, words)}
            return
        yield self._shelf(words)
        view = View(place=Place(documents[0].name, documents[0].sha256)) if documents else View()
        if "document" in query or "sha256" in query:
            yield self._opened(str(request.url), words, view)
        else:
            yield {self.source: self._source(view.place, words), self.view: view}
            if question:
                yield from self._ask(question, words.language, view)

    def _ask(self, question: str, language: str, view: View) -> Iterator[Update]:
        words = Words(language)
        if not question.strip():
            yield {self.answer: render.notice(words("notice.empty")), self.citations: ""}
            return
        yield {self.answer: render.waiting(words, self._engine.ready), self.citations: ""}
        try:
            answer = self._engine.get().ask(question)
        except DigestQAError as error:
            yield {self.answer: render.failure(error, words)}
            return
        except Exception:
            logger.exception("a question was not answered")
            yield {self.answer: render.notice(words("notice.unexpected"))}
            return
        place = Place.from_url(answer.citations[0].url) if answer.citations and answer.answerable else view.place
        view = View(answer, place)
        yield {**self._answered(view, words), self.source: self._source(place, words), self.view: view}

    def _open(self, language: str, view: View, event: gr.EventData) -> Update:
        return self._opened(str(event.url), Words(language), view)

    def _opened(self, url: str, words: Words, view: View) -> Update:
        try:
            place = Place.from_url(url)
        except ValueError:
            return {self.source: render.notice(words("notice.bad-link"))}
        html = open_place(self._engine.get(), place, words, jump=True)
        return {self.source: html, self.view: replace(view, place=place)}

    def _evaluate(self, language: str, event: gr.EventData) -> str:
        """Draw the card anew, after starting a run where that was asked for."""
        if event.run:
            self._evaluation.start()
        return evaluation_view.card(self._evaluation, Words(language))

    def _choose(self, event: gr.EventData) -> str:
        return str(event.question)

    def _translate(self, language: str, view: View) -> Update:
        words = Words(language)
        drawn = {**self._labels(words), **self._answered(view, words)}
        if self._engine.ready:
            drawn |= {**self._shelf(words), self.source: self._source(view.place, words)}
        return drawn

    def _labels(self, words: Words) -> Update:
        return {
            self.header: render.header(words),
            self.language: gr.update(label=words("language")),
            self.question: gr.update(**self._question_labels(words)),
            self.ask: words("ask"),
            self.evaluation: evaluation_view.card(self._evaluation, words),
            self.footer: render.footer(words),
        }

    def _question_labels(self, words: Words) -> dict[str, Any]:
        return {"label": words("question"), "placeholder": words("placeholder")}

    def _shelf(self, words: Words) -> Update:
        documents = self._engine.get().collection.documents
        examples = render.example_chips(render.example_questions(documents, words), words)
        return {self.documents: render.document_list(documents, words), self.examples: examples}

    def _answered(self, view: View, words: Words) -> Update:
        if view.answer is None:
            return {self.answer: "", self.citations: ""}
        return {
            self.answer: render.answer_card(view.answer, words),
            self.citations: render.citation_cards(view.answer, words),
        }

    def _source(self, place: Place | None, words: Words) -> str:
        if place is None:
            return render.notice(words("source.empty"))
        return open_place(self._engine.get(), place, words, jump=False)


def create_app(engine: Engine, evaluation: Evaluation, library: Library | None = None, hosts: Hosts = LOCAL) -> FastAPI:
    """The API with the page at "/". Starts to load the engine; the page is up before it is ready.

    Without a `library` documents can neither be added nor removed; `hosts` are the names that MCP answers to.
    """
    engine.start()
    app = create_api(engine, library, hosts)
    app.add_middleware(ContentPolicy)
    app.include_router(evaluation_routes(evaluation))
    gr.mount_gradio_app(
        app,
        Page(engine, evaluation).blocks,
        path="/",
        theme=gr.themes.Base(font="sans-serif", font_mono="monospace"),  # page.css names the fonts; none is fetched
        css_paths=STATIC / "page.css",
        head=f"<script>{(STATIC / 'page.js').read_text(encoding='utf-8')}</script>",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
    )
    return app


def _html(elem_id: str, script: str) -> gr.HTML:
    return gr.HTML("", elem_id=elem_id, js_on_load=script, apply_default_css=False)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--store", default=None, help="Folder of the collection.")
@click.option("--read-only", is_flag=True, help="Nobody can add or remove documents through the page or the API.")
@click.option("--allow-host", "names", metavar="NAME", multiple=True, help="A name that MCP clients reach a proxy by.")
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

    engine = Engine(open_assistant)
    library = Library(engine, opening)
    stop = threading.Event()
    threading.Thread(target=library.follow, args=(stop,), name="digest-qa-follow", daemon=True).start()
    evaluation = Evaluation(engine, settings.store)
    run(create_app(engine, evaluation, None if read_only else library, known_hosts(host, names)), engine, listener)


if __name__ == "__main__":
    serve()
