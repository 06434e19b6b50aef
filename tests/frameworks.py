"""The frameworks that we have adapters for, asked in one way; and an assistant that records what it is asked."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest

from rag.answer import SearchResult
from rag.assistant import Assistant
from rag.filters import Filters

QUESTION = "全年衬砌干支渠多少公里？"


@dataclass(frozen=True)
class Found:
    """What a framework was handed: a passage, under an id, with the fields beside it and its score where it has one."""

    text: str
    id: str
    fields: dict[str, Any]
    score: float | None = None


@dataclass(frozen=True)
class Framework:
    """`package` is what `module` needs; `ask` and `ask_async` go through what a user calls."""

    name: str
    package: str
    extra: str | None
    ask: Callable[[Any, str], list[Found]]
    ask_async: Callable[[Any, str], list[Found]]

    @property
    def module(self) -> str:
        return f"rag.integrations.{self.name}"

    def retriever(self, **given: Any) -> Any:
        """A DigestRetriever of this framework; the test is skipped where the framework is not installed."""
        needed(self.package)
        return import_module(self.module).DigestRetriever(**given)


def needed(package: str) -> Any:
    return pytest.importorskip(package, reason=f"{package} is not installed: an optional extra (see pyproject.toml)")


def langchain(documents: list[Any]) -> list[Found]:
    return [Found(found.page_content, found.id, found.metadata) for found in documents]


def llamaindex(nodes: list[Any]) -> list[Found]:
    return [Found(found.node.text, found.node.node_id, found.node.metadata, found.score) for found in nodes]


def haystack(output: dict[str, list[Any]]) -> list[Found]:
    return [Found(found.content, found.id, found.meta, found.score) for found in output["documents"]]


FRAMEWORKS = (
    Framework(
        "langchain",
        "langchain_core",
        None,
        lambda retriever, question: langchain(retriever.invoke(question)),
        lambda retriever, question: langchain(asyncio.run(retriever.ainvoke(question))),
    ),
    Framework(
        "llamaindex",
        "llama_index.core",
        "llamaindex",
        lambda retriever, question: llamaindex(retriever.retrieve(question)),
        lambda retriever, question: llamaindex(asyncio.run(retriever.aretrieve(question))),
    ),
    Framework(
        "haystack",
        "haystack",
        "haystack",
        lambda retriever, question: haystack(retriever.run(query=question)),
        lambda retriever, question: haystack(asyncio.run(retriever.run_async(query=question))),
    ),
)


@dataclass
class Recorder:
    """Searches as the assistant does, and keeps (question, k, mode, filters) and the thread of every search."""

    assistant: Assistant
    asked: list[tuple[str, int, object, object]] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    warmed: int = 0

    def search(
        self, question: str, k: int = 5, *, offset: int = 0, mode: Any = None, filters: Filters | None = None
    ) -> SearchResult:
        self.asked.append((question, k, mode, filters))
        self.threads.append(threading.get_ident())
        return self.assistant.search(question, k, offset=offset, mode=mode, filters=filters)

    def warm_up(self) -> None:
        self.warmed += 1
