"""The LangChain retriever in chains: what is given for one question, batches, configured calls, callbacks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asking import assistant_over, build_reports
from frameworks import QUESTION, Recorder
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField, RunnableLambda, RunnablePassthrough

from index.errors import QuestionInvalid, SettingInvalid
from rag.assistant import Assistant
from rag.filters import Filters
from rag.integrations.langchain import DigestRetriever
from rag.settings import Mode

ENGLISH = "Who leads the Riverton water board?"
TITLES = {QUESTION: "甘肃：一渠清水上旱塬", ENGLISH: "Pipes that listen"}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return assistant_over(build_reports(tmp_path_factory.mktemp("langchain")))


@pytest.fixture
def recorder(assistant: Assistant) -> Recorder:
    return Recorder(assistant)


@pytest.fixture
def opened(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The stores that were opened."""
    found: list[object] = []
    monkeypatch.setattr(Assistant, "open", lambda store: found.append(store) or assistant)
    return found


def titles(documents: list[Document]) -> list[str]:
    return [document.metadata["title"] for document in documents]


def test_a_chain_hands_the_passages_to_the_prompt(assistant: Assistant) -> None:
    prompts: list[str] = []

    def sources(documents: list[Document]) -> str:
        return "\n".join(f"[{d.metadata['rank']}] {d.metadata['title']}: {d.page_content}" for d in documents)

    def keep(prompt: Any) -> Any:
        prompts.append(prompt.to_string())
        return prompt

    chain = (
        {"sources": DigestRetriever(assistant=assistant, k=1) | sources, "question": RunnablePassthrough()}
        | ChatPromptTemplate.from_template("{sources}\n\n{question}")
        | RunnableLambda(keep)
        | FakeListChatModel(responses=["740公里 [1]"])
        | StrOutputParser()
    )
    assert chain.invoke(QUESTION) == "740公里 [1]"
    cited = assistant.search(QUESTION, 1).citations[0]
    assert prompts == [f"Human: [1] 甘肃：一渠清水上旱塬: {cited.text}\n\n{QUESTION}"]
    assert asyncio.run(chain.ainvoke(QUESTION)) == "740公里 [1]"
    assert prompts[1] == prompts[0]


def test_batches_keep_the_order_of_the_questions(assistant: Assistant) -> None:
    retriever = DigestRetriever(assistant=assistant, k=1)
    wanted = [[TITLES[ENGLISH]], [TITLES[QUESTION]]]
    assert list(map(titles, retriever.batch([ENGLISH, QUESTION]))) == wanted
    assert list(map(titles, asyncio.run(retriever.abatch([ENGLISH, QUESTION])))) == wanted


def test_one_question_may_have_its_own_k_filters_and_mode(recorder: Recorder) -> None:
    retriever = DigestRetriever(assistant=recorder, k=1, mode="fast")
    town = {"documents": ["town.md"]}
    assert len(retriever.invoke(QUESTION, k=2, filters=town, mode="best")) == 2
    assert len(asyncio.run(retriever.ainvoke(QUESTION, k=3))) == 3
    assert len(retriever.bind(filters=Filters(**town)).invoke(QUESTION)) == 1
    assert recorder.asked == [
        (QUESTION, 2, Mode.BEST, Filters(documents=("town.md",))),
        (QUESTION, 3, Mode.FAST, None),
        (QUESTION, 1, Mode.FAST, Filters(documents=("town.md",))),
    ]
    with pytest.raises(QuestionInvalid):
        retriever.invoke(QUESTION, k=0)
    with pytest.raises(SettingInvalid):
        retriever.invoke(QUESTION, mode="slow")


def test_a_configured_copy_asks_the_assistant_that_was_opened(opened: list[object]) -> None:
    retriever = DigestRetriever(store=Path("reports"), k=1).configurable_fields(k=ConfigurableField(id="k"))
    found = [len(retriever.invoke(QUESTION, {"configurable": {"k": k}})) for k in (2, 3)]
    assert (found, len(retriever.invoke(QUESTION))) == ([2, 3], 1)
    assert opened == [Path("reports")]


def test_a_copy_over_another_store_opens_that(opened: list[object]) -> None:
    retriever = DigestRetriever(store="reports").configurable_fields(store=ConfigurableField(id="store"))
    retriever.invoke(QUESTION)
    retriever.invoke(QUESTION, {"configurable": {"store": "others"}})
    assert opened == ["reports", "others"]


def test_callbacks_hear_of_the_search(assistant: Assistant) -> None:
    heard: list[Any] = []

    class Listener(BaseCallbackHandler):
        def on_retriever_start(self, serialized: Any, query: str, **_: Any) -> None:
            heard.append(query)

        def on_retriever_end(self, documents: Any, **_: Any) -> None:
            heard.append(titles(list(documents)))

    DigestRetriever(assistant=assistant, k=1).invoke(QUESTION, {"callbacks": [Listener()]})
    assert heard == [QUESTION, [TITLES[QUESTION]]]


def test_what_is_shown_and_dumped_of_a_retriever_is_its_settings() -> None:
    retriever = DigestRetriever(store="reports", k=2, filters={"regions": ["甘肃"]}, mode="fast")
    assert retriever.model_dump(exclude_none=True) == {
        "store": "reports",
        "k": 2,
        "filters": {"documents": (), "articles": (), "regions": ("甘肃",)},
        "mode": Mode.FAST,
    }
    assert repr(retriever) == (
        "DigestRetriever(store='reports', k=2, filters=Filters(documents=(), articles=(), regions=('甘肃',)), "
        "mode=<Mode.FAST: 'fast'>)"
    )
