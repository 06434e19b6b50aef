"""`/ask` for programs that speak the page's own protocol: `gradio_client.Client(url).predict("…", api_name="/ask")`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from pydantic import ValidationError

from index.errors import DigestQAError, QuestionInvalid
from rag.engine import Engine
from rag.filters import FilterInvalid, Filters
from rag.settings import DEFAULT_K, mode_of

Call = Callable[[str, float, str | None, dict[str, Any] | None], dict[str, Any]]


def client_call(engine: Engine) -> Call:
    """The function behind `/ask`: an answer as the HTTP API gives it. What is wrong with a question is told as text."""

    # Gradio makes the arguments' widgets from these types: a number is a float there, a dict is JSON.
    def ask(
        question: str, k: float = DEFAULT_K, mode: str | None = None, filters: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            chosen = None if mode is None else mode_of(mode)
            answer = engine.get().ask(_text(question), _whole(k), mode=chosen, filters=_filters(filters))
        except DigestQAError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return answer.model_dump(mode="json")

    return ask


def _text(question: object) -> str:
    if not isinstance(question, str):
        raise QuestionInvalid(f"the question is {question!r}", "send it as text")
    return question


def _whole(k: object) -> int:
    if not isinstance(k, int | float) or int(k) != k:
        raise QuestionInvalid(f"k is {k!r}", "send a whole number")
    return int(k)


def _filters(given: dict[str, Any] | None) -> Filters | None:
    try:
        return None if given is None else Filters.model_validate(given)
    except ValidationError as error:
        raise FilterInvalid(f"the filters do not fit ({error.errors()[0]['msg']})", "see docs/api.md") from None
