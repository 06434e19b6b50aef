"""The page: which parts it has, and what happens to them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from gradio.events import api

from index.errors import DigestQAError
from rag import evaluation_view, render
from rag.answer import Answer
from rag.answer_view import answer_card, welcome
from rag.citation_view import citation_cards, citation_skeletons
from rag.document_view import Shelf, document_list, upload_panel
from rag.engine import Engine
from rag.evaluations import Evaluation
from rag.examples import example_chips, example_questions
from rag.feedback import Feedback
from rag.feedback_routes import counts
from rag.feedback_view import feedback_panel
from rag.library import Library
from rag.options_view import options
from rag.page.asked import Asked
from rag.page.client_call import client_call
from rag.page.newest import Newest
from rag.source_view import Layout, Place, open_place
from rag.strings import DEFAULT_LANGUAGE, LANGUAGES, Words, preferred_language

AT_ONCE = 16  # questions, and openings of a source, that are worked on; more of them wait

Update = dict[Any, Any]  # Gradio's: a component and what becomes of it

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """What one visitor reads, so that it can be drawn again in another language."""

    place: Place | None = None
    layout: Layout = Layout.REPAIRED


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer that one visitor sees, and how its links begin."""

    answer: Answer | None = None
    origin: str = ""


class Page:
    """The page: its components, and what happens to them. The ids are a contract with assistive and test tools."""

    def __init__(self, engine: Engine, evaluation: Evaluation, library: Library | None, feedback: Feedback) -> None:
        self._engine = engine
        self._evaluation = evaluation
        self._library = library
        self._feedback = feedback
        self._asked, self._opens = Newest(), Newest()
        with gr.Blocks(title="digest-qa · 文摘问答", analytics_enabled=False) as self.blocks:
            self._lay_out()
            self._connect()

    def _lay_out(self) -> None:
        words = Words(DEFAULT_LANGUAGE)
        self.view, self.shown = gr.State(View()), gr.State(Shown())
        with gr.Row(elem_id="top"):
            self.header = _html("header", "digestQA.header(element, watch)", render.header(words))
            choices = [(name, code) for code, name in LANGUAGES.items()]
            self.language = gr.Radio(choices, value=None, label=words("language"), elem_id="language", container=False)
        with gr.Row(elem_id="asking"):
            self.question = gr.Textbox(
                label=words("question"), placeholder=words("placeholder"), lines=1, max_lines=4, elem_id="question"
            )
            self.ask = gr.Button(words("ask"), variant="primary", elem_id="ask")
        self.examples = _html("examples", "digestQA.examples(element)")
        self.options = _html("options", "digestQA.options(element, trigger, watch)")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="found"):
                self.answer = _html("answer", "digestQA.answer(element, trigger, watch)")
                self.citations = _html(
                    "citations", "digestQA.citations(element, trigger, watch); digestQA.verdicts(element, watch)"
                )
                with gr.Column(elem_id="library"):
                    self.documents = _html(
                        "documents", "digestQA.links(element, trigger); digestQA.documents(element, watch)"
                    )
                    self.upload = _html("upload", "digestQA.upload(element, trigger, watch)")
            with gr.Column(elem_id="beside"):
                self.source = _html("source", "digestQA.reader(element, trigger, watch)")
        self.evaluation = _html("evaluation", "digestQA.evaluation(element, trigger, watch)")
        self.feedback = _html("feedback", "digestQA.feedback(element)")
        self.footer = gr.HTML(render.footer(words), elem_id="footer", apply_default_css=False)

    def _connect(self) -> None:
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        at_once: dict[str, Any] = {**quiet, "trigger_mode": "multiple", "concurrency_limit": AT_ONCE}
        everything = [
            self.view, self.header, self.language, self.question, self.ask, self.examples, self.options, self.answer,
            self.citations, self.documents, self.upload, self.source, self.evaluation, self.feedback, self.footer,
        ]  # fmt: skip
        found = [self.answer, self.citations, self.source, self.view, self.shown]
        self.blocks.load(self._arrive, None, everything, **at_once).then(None, js="digestQA.arrive")
        self.language.change(None, self.language, js="digestQA.language")
        self.language.input(self._translate, [self.language, self.view, self.shown], everything, **at_once)
        # The browser asks: it knows the address, the filters and what is newest.
        gr.on([self.ask.click, self.question.submit], None, self.question, js="digestQA.asked")
        self.options.select(self._ask, [self.language, self.view], found, **at_once)
        for part in (self.answer, self.citations, self.documents, self.source):
            part.select(self._open, self.language, [self.source, self.view], **at_once)
        self.evaluation.select(self._evaluate, self.language, self.evaluation, **quiet)
        shelf = [self.documents, self.examples, self.options, self.feedback, self.source]
        # Of two changes in a row the list is drawn after the last.
        last: dict[str, Any] = {**at_once, "trigger_mode": "always_last"}
        self.upload.select(self._changed, [self.language, self.view], shelf, **last)

        api(client_call(self._engine), api_name="ask", concurrency_limit=AT_ONCE)

    def _arrive(self, request: gr.Request) -> Iterator[Update]:
        """Draw the page for a visitor, at once what needs no models; then the place that the address names.

        Once this is done the browser asks the question that the address names.
        """
        query = request.query_params
        words = Words(preferred_language(request.headers.get("accept-language", "")))
        question = query.get("q", "")
        yield {
            **self._labels(words),
            self.language: words.language,
            self.question: gr.update(**self._question_labels(words), value=question),
            self.answer: render.waiting(words, self._engine.ready) if question else welcome(words),
            self.documents: "" if self._engine.ready else render.waiting(words, ready=False),
        }
        try:
            documents = self._engine.get().collection.documents
        except DigestQAError as error:
            yield {self.documents: render.failure(error, words)}
            return
        drawn = self._shelf(words)
        if self._opens.take(str(request.session_hash), 0):  # nothing has been asked while the models were loading
            named = not question and ("document" in query or "sha256" in query)
            first = Place(documents[0].name, documents[0].sha256) if documents else None
            drawn |= self._opened(str(request.url), words) if named else self._read(View(first), words)
        yield drawn

    def _ask(self, language: str, view: View, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Answer what the browser asks, unless the visitor has asked something newer by now."""
        words, asked, visit = Words(language), Asked.read(event._data), str(request.session_hash)
        if not self._asked.take(visit, asked.number):
            yield {self.answer: gr.skip()}
            return
        self._opens.take(visit, asked.number)
        if asked.home or not asked.question.strip():
            said = welcome(words) if asked.home else render.notice(words("notice.empty"))
            yield {self.answer: _numbered(said, asked), self.citations: "", self.shown: Shown()}
            return
        yield {self.answer: render.waiting(words, self._engine.ready), self.citations: citation_skeletons(words)}
        drawn = self._found(asked, view, words)
        if not self._asked.holds(visit, asked.number):
            drawn = {self.answer: gr.skip()}
        elif not self._opens.holds(visit, asked.number):  # something else is being read by now
            drawn = {part: new for part, new in drawn.items() if part not in (self.source, self.view)}
        yield drawn

    def _found(self, asked: Asked, view: View, words: Words) -> Update:
        """The answer with its citations, the first of them open; or the notice that says why there is none."""
        try:
            answer = self._engine.get().ask(asked.question, asked.k, mode=asked.mode, filters=asked.filters)
            shown = Shown(answer, asked.origin)
            drawn = {**self._answered(shown, words), self.shown: shown}
            if answer.answerable and answer.citations:
                drawn |= self._read(replace(view, place=Place.from_url(answer.citations[0].url)), words)
        except DigestQAError as error:
            drawn = {self.answer: render.failure(error, words), self.citations: "", self.shown: Shown()}
        except Exception:
            logger.exception("a question was not answered")
            notice = render.notice(words("notice.unexpected"))
            drawn = {self.answer: notice, self.citations: "", self.shown: Shown()}
        return {**drawn, self.answer: _numbered(drawn[self.answer], asked)}

    def _open(self, language: str, event: gr.EventData, request: gr.Request) -> Update:
        sent, words = event._data, Words(language)
        if not self._opens.take(str(request.session_hash), int(sent.get("number", 0))):
            return {self.source: gr.skip()}
        layout = Layout.PRINT if sent.get("layout") == Layout.PRINT else Layout.REPAIRED
        return self._opened(str(sent["url"]), words, layout, jump=bool(sent.get("jump", True)))

    def _opened(self, url: str, words: Words, layout: Layout = Layout.REPAIRED, *, jump: bool = True) -> Update:
        try:
            place = Place.from_url(url)
        except ValueError:
            return {self.source: render.notice(words("notice.bad-link"))}
        return self._read(View(place, layout), words, jump=jump)

    def _evaluate(self, language: str, event: gr.EventData) -> str:
        """Draw the card anew, after starting a run where that was asked for."""
        if event.run:
            self._evaluation.start()
        return evaluation_view.card(self._evaluation, Words(language))

    def _changed(self, language: str, view: View, event: gr.EventData) -> Update:
        """Documents have come or gone: the list, and what can be asked; the reader where its document is concerned."""
        words, documents = Words(language), self._engine.get().collection.documents
        drawn = self._shelf(words)
        there = view.place is not None and any(document.sha256 == view.place.sha256 for document in documents)
        if not (event._data.get("reading") and there):
            first = Place(documents[0].name, documents[0].sha256) if documents and view.place is None else view.place
            drawn[self.source] = self._read(replace(view, place=first), words)[self.source]
        return drawn

    def _translate(self, language: str, view: View, shown: Shown) -> Update:
        words = Words(language)
        drawn = {**self._labels(words), **self._answered(shown, words)}
        if self._engine.ready:
            drawn |= {**self._shelf(words), **self._read(view, words)}
        return drawn

    def _labels(self, words: Words) -> Update:
        return {
            self.header: render.header(words),
            self.language: gr.update(label=words("language")),
            self.question: gr.update(**self._question_labels(words)),
            self.ask: words("ask"),
            self.upload: upload_panel(self._library is not None, words),
            self.evaluation: evaluation_view.card(self._evaluation, words),
            self.footer: render.footer(words),
        }

    def _question_labels(self, words: Words) -> dict[str, Any]:
        return {"label": words("question"), "placeholder": words("placeholder")}

    def _shelf(self, words: Words) -> Update:
        assistant = self._engine.get()
        documents = assistant.collection.documents
        restorable = self._library.restorable if self._library is not None else None
        return {
            self.documents: document_list(Shelf.of(assistant.collection, restorable), words),
            self.examples: example_chips(example_questions(documents, words), words),
            self.options: options(documents, words, assistant.mode),
            self.feedback: feedback_panel(counts(self._feedback, documents), words),
        }

    def _answered(self, shown: Shown, words: Words) -> Update:
        if shown.answer is None:
            return {self.answer: welcome(words), self.citations: ""}
        return {
            self.answer: answer_card(shown.answer, words),
            self.citations: citation_cards(shown.answer, words, origin=shown.origin),
        }

    def _read(self, view: View, words: Words, *, jump: bool = False) -> Update:
        """The reader at the place that the visitor is to read."""
        if view.place is None:
            return {self.source: render.notice(words("source.empty")), self.view: view}
        html = open_place(self._engine.get(), view.place, words, jump=jump, layout=view.layout)
        return {self.source: html, self.view: view}


def _html(elem_id: str, script: str, html: str = "") -> gr.HTML:
    return gr.HTML(html, elem_id=elem_id, js_on_load=script, apply_default_css=False)


def _numbered(html: str, asked: Asked) -> str:
    """What is drawn for a question, so that the browser knows for which."""
    return f'<div data-number="{asked.number}">{html}</div>'
