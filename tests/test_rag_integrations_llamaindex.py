"""The LlamaIndex retriever: nodes that know their place, and what of them a model reads."""

import asyncio
from typing import Any

import pytest
from asking import assistant_over, build_reports
from frameworks import QUESTION, needed

from rag.assistant import Assistant

needed("llama_index.core")

from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload, LlamaDebugHandler  # noqa: E402
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode  # noqa: E402

from rag.integrations.llamaindex import DigestRetriever  # noqa: E402


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return assistant_over(build_reports(tmp_path_factory.mktemp("llamaindex")))


def test_a_node_has_its_place_its_score_and_its_document(assistant: Assistant) -> None:
    cited = assistant.search(QUESTION, 3).citations
    found = DigestRetriever(assistant=assistant, k=3).retrieve(QueryBundle(QUESTION))
    assert [(n.node_id, n.score, n.node.start_char_idx, n.node.end_char_idx, n.node.ref_doc_id) for n in found] == [
        (c.passage_id, c.score, c.start, c.end, c.document_sha256) for c in cited
    ]
    for node in found:
        source = assistant.document(node.node.ref_doc_id).text
        assert node.text == source[node.node.start_char_idx : node.node.end_char_idx]


def test_a_model_reads_whose_word_it_is_and_the_text(assistant: Assistant) -> None:
    (found,) = DigestRetriever(assistant=assistant, k=1).retrieve(QUESTION)
    head = (
        "title: 甘肃：一渠清水上旱塬\n"
        "authors: [{'name': '马国栋', 'office': '甘肃省水利厅党组书记、厅长'}]\n"
        "region: 甘肃\n"
        "document: reports.txt"
    )
    for mode in (MetadataMode.LLM, MetadataMode.EMBED):
        assert found.get_content(mode) == f"{head}\n\n{found.text}"


def test_nodes_survive_json(assistant: Assistant) -> None:
    (found,) = DigestRetriever(assistant=assistant, k=1).retrieve(QUESTION)
    again = NodeWithScore(node=TextNode.from_json(found.node.to_json()), score=found.score)
    assert again == found


def test_callbacks_hear_of_the_search(assistant: Assistant) -> None:
    listener = LlamaDebugHandler(print_trace_on_end=False)
    retriever = DigestRetriever(assistant=assistant, k=2, callback_manager=CallbackManager([listener]))
    found = asyncio.run(retriever.aretrieve(QUESTION))
    ((start, end),) = listener.get_event_pairs(CBEventType.RETRIEVE)
    assert start.payload == {EventPayload.QUERY_STR: QUESTION}
    heard: dict[Any, Any] = end.payload
    assert heard[EventPayload.NODES] == found
