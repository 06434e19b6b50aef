"""An assistant that answers one question at a time, in one thread, whoever asks: each with all cores.

OpenMP keeps a team of threads for every thread that computes. Several teams on the same cores are in each other's way,
and libgomp's then no longer wait by spinning: a question takes a quarter longer even when nobody else asks.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import TYPE_CHECKING

from index.schema import Document
from rag.answer import Answer, SearchResult
from rag.filters import Filters
from rag.question_counts import QuestionCounts
from rag.settings import DEFAULT_K, Mode

if TYPE_CHECKING:
    from rag.engine import Answerer, Collection


class InLine:
    """Hands questions on to `assistant`, first come, first served, as many at once as `line` has threads.

    `counts` is told of each.
    """

    def __init__(self, assistant: Answerer, line: Executor, counts: QuestionCounts) -> None:
        self._assistant = assistant
        self._line = line
        self._counts = counts

    @property
    def collection(self) -> Collection:
        """The assistant's."""
        return self._assistant.collection

    @property
    def mode(self) -> Mode:
        """The assistant's."""
        return self._assistant.mode

    def ask(
        self, question: str, k: int = DEFAULT_K, *, mode: Mode | None = None, filters: Filters | None = None
    ) -> Answer:
        """Once all that were asked before are answered. Raises what the assistant raises."""
        with self._counts.timing("ask", mode):
            found = self._line.submit(self._assistant.ask, question, k, mode=mode, filters=filters).result()
        self._counts.count(found)
        return found

    def search(
        self,
        question: str,
        k: int = DEFAULT_K,
        *,
        offset: int = 0,
        mode: Mode | None = None,
        filters: Filters | None = None,
    ) -> SearchResult:
        """As `ask`."""
        search = self._assistant.search
        with self._counts.timing("search", mode):
            return self._line.submit(search, question, k, offset=offset, mode=mode, filters=filters).result()

    def document(self, key: str) -> Document:
        """The assistant's, at once."""
        return self._assistant.document(key)
