"""A retriever for LangChain: `DigestRetriever(k=3).invoke("…")`, and a link of any chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables.config import run_in_executor
from pydantic import Field, field_validator, model_validator

from rag.answer import Citation
from rag.filters import Filters
from rag.integrations.passage_fields import passage_fields
from rag.integrations.passage_search import Searches, StoreAssistant, checked_filters, cited, searcher
from rag.query import check_k
from rag.settings import DEFAULT_K, Mode, mode_of


class DigestRetriever(BaseRetriever):
    """Passages of the assistant, or of one over `store`, as LangChain's documents.

    The store is opened at the first question. At most `k` documents, best first; `filters` may be a plain dict; `mode`
    goes before the assistant's own. All three can be given for one question, too: `retriever.invoke("…", k=3)`.
    Raises SettingInvalid where both `assistant` and `store` are given or there is no such mode, FilterInvalid, and
    QuestionInvalid for a `k` out of bounds.
    """

    store: str | Path | None = None
    assistant: Searches | None = Field(default=None, exclude=True, repr=False)
    k: int = DEFAULT_K
    filters: Filters | None = None
    mode: Mode | None = None

    @field_validator("filters", mode="before")
    @classmethod
    def _filters(cls, value: Any) -> Filters | None:
        return checked_filters(value)

    @field_validator("mode", mode="before")
    @classmethod
    def _mode(cls, value: str | None) -> Mode | None:
        return None if value is None else mode_of(value)

    @field_validator("k")
    @classmethod
    def _k(cls, value: int) -> int:
        check_k(value)
        return value

    @model_validator(mode="after")
    def _searcher(self) -> Self:
        """A copy with other fields, which LangChain makes for every configured call, shares what was opened."""
        if isinstance(self.assistant, StoreAssistant) and self.store not in (None, self.assistant.store):
            self.assistant = None
        self.assistant = searcher(self.assistant, self.store)
        return self

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        filters: Filters | dict[str, Any] | None = None,
        mode: Mode | str | None = None,
    ) -> list[Document]:
        return self._documents(query, k, filters, mode)

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        k: int | None = None,
        filters: Filters | dict[str, Any] | None = None,
        mode: Mode | str | None = None,
    ) -> list[Document]:
        return await run_in_executor(None, self._documents, query, k, filters, mode)

    def _documents(
        self, query: str, k: int | None, filters: Filters | dict[str, Any] | None, mode: Mode | str | None
    ) -> list[Document]:
        assert self.assistant is not None
        k = self.k if k is None else k
        filters = self.filters if filters is None else filters
        return [_document(citation) for citation in cited(self.assistant, query, k, filters, mode or self.mode)]


def _document(citation: Citation) -> Document:
    text, fields = passage_fields(citation)
    return Document(page_content=text, id=citation.passage_id, metadata=fields)
