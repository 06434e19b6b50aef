"""Whom an adapter asks: an assistant that is given, or one that opens a store when it is first asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import ValidationError

from index.errors import SettingInvalid
from rag.answer import Citation, SearchResult
from rag.filters import FilterInvalid, Filters
from rag.settings import DEFAULT_K, Mode

if TYPE_CHECKING:
    from rag.assistant import Assistant


@runtime_checkable
class Searches(Protocol):
    """What an adapter asks of an assistant. Its methods are called from several threads at once."""

    def search(
        self,
        question: str,
        k: int = DEFAULT_K,
        *,
        offset: int = 0,
        mode: Mode | str | None = None,
        filters: Filters | None = None,
    ) -> SearchResult:
        """The passages, best first. Raises QuestionInvalid, DocumentNotFound, FilterInvalid, SettingInvalid."""
        ...

    def warm_up(self) -> None:
        """Do what the first question would wait for."""
        ...


class StoreAssistant:
    """Opens the assistant over `store` (None: as `Assistant.open` finds it) when it is first asked, and keeps it.

    So it goes on to search the collection as it was then. Where the store cannot be opened, the next search tries
    again.
    """

    def __init__(self, store: str | Path | None = None) -> None:
        self.store = store
        self._assistant: Assistant | None = None
        self._lock = Lock()

    def search(
        self,
        question: str,
        k: int = DEFAULT_K,
        *,
        offset: int = 0,
        mode: Mode | str | None = None,
        filters: Filters | None = None,
    ) -> SearchResult:
        """As `Assistant.search`. Raises what `Assistant.open` raises, too."""
        return self._open().search(question, k, offset=offset, mode=mode, filters=filters)

    def warm_up(self) -> None:
        """Open the store and load the models."""
        self._open().warm_up()

    def _open(self) -> Assistant:
        from rag.assistant import Assistant

        with self._lock:
            if self._assistant is None:
                self._assistant = Assistant.open(self.store)
            return self._assistant


def searcher(assistant: Searches | None, store: str | Path | None) -> Searches:
    """The assistant, or else one over the store. Raises SettingInvalid where both are given and differ."""
    if assistant is None:
        return StoreAssistant(store)
    opens_it = isinstance(assistant, StoreAssistant) and assistant.store == store
    if store is not None and not opens_it:
        raise SettingInvalid("a retriever was given both an assistant and a store", "give one of them")
    return assistant


def checked_filters(filters: Filters | Mapping[str, Any] | None) -> Filters | None:
    """Filters, or the same as a plain mapping: {"regions": ["广东"]}. Raises FilterInvalid naming each problem."""
    if filters is None or isinstance(filters, Filters):
        return filters
    try:
        return Filters.model_validate(filters)
    except ValidationError as error:
        problems = ", ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        remedy = f"filter by {', '.join(Filters.model_fields)}"
        raise FilterInvalid(f"these filters do not fit: {problems}", remedy) from None


def cited(
    assistant: Searches,
    question: str,
    k: int,
    filters: Filters | Mapping[str, Any] | None = None,
    mode: Mode | str | None = None,
) -> list[Citation]:
    """At most `k` citations, best first."""
    return assistant.search(question, k, mode=mode, filters=checked_filters(filters)).citations
