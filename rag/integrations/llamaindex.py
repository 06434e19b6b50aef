"""A retriever for LlamaIndex: `DigestRetriever(k=3).retrieve("…")`, or that of a query engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.answer import Citation
from rag.filters import Filters
from rag.integrations.extras import extra
from rag.integrations.passage_fields import FOR_A_READER, passage_fields
from rag.integrations.passage_search import Searches, checked_filters, cited, searcher
from rag.query import check_k
from rag.settings import DEFAULT_K, Mode, mode_of

with extra("llamaindex"):
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode


class DigestRetriever(BaseRetriever):
    """Passages of the assistant, or of one over `store`, as LlamaIndex's nodes.

    The store is opened at the first question.
    """

    def __init__(
        self,
        store: str | Path | None = None,
        *,
        assistant: Searches | None = None,
        k: int = DEFAULT_K,
        filters: Filters | Mapping[str, Any] | None = None,
        mode: Mode | str | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """At most `k` nodes, best first; `filters` may be a plain mapping; `mode` goes before the assistant's own.

        Raises SettingInvalid where both `assistant` and `store` are given or there is no such mode, FilterInvalid,
        and QuestionInvalid for a `k` out of bounds.
        """
        super().__init__(callback_manager=callback_manager)
        check_k(k)
        self.assistant = searcher(assistant, store)
        self.k = k
        self.filters = checked_filters(filters)
        self.mode = None if mode is None else mode_of(mode)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = query_bundle.query_str
        return [_node(citation) for citation in cited(self.assistant, question, self.k, self.filters, self.mode)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(citation: Citation) -> NodeWithScore:
    """LlamaIndex puts the metadata before the text that a model reads: here whose word it is, and no more."""
    text, fields = passage_fields(citation)
    unread = [name for name in fields if name not in FOR_A_READER]
    node = TextNode(
        id_=citation.passage_id,
        text=text,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        metadata=fields,
        excluded_llm_metadata_keys=unread,
        excluded_embed_metadata_keys=unread,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=citation.document_sha256)},
    )
    return NodeWithScore(node=node, score=citation.score)
