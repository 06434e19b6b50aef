"""A component for Haystack: `pipeline.add_component("retriever", DigestRetriever(store=…))`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from index.errors import SettingInvalid
from rag.answer import Citation
from rag.filters import Filters
from rag.integrations.extras import extra
from rag.integrations.passage_fields import passage_fields
from rag.integrations.passage_search import Searches, StoreAssistant, checked_filters, cited, searcher
from rag.query import check_k
from rag.settings import DEFAULT_K, Mode, mode_of

with extra("haystack"):
    from haystack import Document, component, default_from_dict, default_to_dict


@component
class DigestRetriever:
    """Passages of the assistant, or of one over `store`, as Haystack's documents.

    The store is opened by `warm_up` or at the first question. A pipeline with a `store` can be dumped and loaded: the
    store's path is written down as it was given.
    """

    def __init__(
        self,
        store: str | Path | None = None,
        *,
        assistant: Searches | None = None,
        k: int = DEFAULT_K,
        filters: Filters | dict[str, Any] | None = None,
        mode: Mode | str | None = None,
    ) -> None:
        """At most `k` documents, best first; `filters` are ours, not Haystack's, {"regions": ["广东"]}; `mode` goes
        before the assistant's own.

        Raises SettingInvalid where both `assistant` and `store` are given or there is no such mode, FilterInvalid,
        and QuestionInvalid for a `k` out of bounds.
        """
        check_k(k)
        self.assistant = searcher(assistant, store)
        self.k = k
        self.filters = checked_filters(filters)
        self.mode = None if mode is None else mode_of(mode)
        self._warm = False

    def warm_up(self) -> None:
        """Open the store and load the models. Haystack calls this at every run; only the first one does something."""
        if not self._warm:
            self.assistant.warm_up()
            self._warm = True

    async def warm_up_async(self) -> None:
        """As `warm_up`, in a thread of its own."""
        await asyncio.to_thread(self.warm_up)

    def to_dict(self) -> dict[str, Any]:
        """For a pipeline that is dumped. Raises SettingInvalid where an assistant was given: it has no path to open."""
        if not isinstance(self.assistant, StoreAssistant):
            raise SettingInvalid(
                "this retriever was given an assistant, which cannot be written into a file",
                "make it over a folder: DigestRetriever(store=…)",
            )
        store = self.assistant.store
        filters = self.filters
        data: dict[str, Any] = default_to_dict(
            self,
            store=None if store is None else str(store),
            k=self.k,
            filters=None if filters is None else filters.model_dump(mode="json"),
            mode=None if self.mode is None else self.mode.value,
        )
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DigestRetriever:
        """What `to_dict` has written."""
        retriever: DigestRetriever = default_from_dict(cls, data)
        return retriever

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, top_k: int | None = None, filters: Filters | dict[str, Any] | None = None
    ) -> dict[str, list[Document]]:
        """{"documents": at most `top_k`}; `top_k` and `filters` go before the component's own."""
        k = self.k if top_k is None else top_k
        filters = self.filters if filters is None else filters
        return {"documents": [_document(citation) for citation in cited(self.assistant, query, k, filters, self.mode)]}

    @component.output_types(documents=list[Document])
    async def run_async(
        self, query: str, top_k: int | None = None, filters: Filters | dict[str, Any] | None = None
    ) -> dict[str, list[Document]]:
        """As `run`, in a thread of its own."""
        return await asyncio.to_thread(self.run, query, top_k, filters)


def _document(citation: Citation) -> Document:
    text, fields = passage_fields(citation)
    return Document(id=citation.passage_id, content=text, meta=fields, score=citation.score)
