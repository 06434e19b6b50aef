"""Holds the assistant, while it loads and after: the page and the API are up before the encoders are, and an assistant
over a newer collection takes the place of the old one between two questions.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Protocol

from index.errors import DigestQAError
from index.schema import Document
from rag.answer import Answer, SearchResult
from rag.filters import Filters
from rag.in_line import InLine
from rag.question_counts import QuestionCounts
from rag.settings import DEFAULT_K, Mode

DEFAULT_PATIENCE_SECONDS = 120.0

logger = logging.getLogger(__name__)


class Collection(Protocol):
    """What the page and the API read of a collection."""

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents, in the order of the collection."""
        ...

    @property
    def generation(self) -> int:
        """Counts the builds."""
        ...

    @property
    def passage_counts(self) -> Mapping[str, int]:
        """How many passages each document has, by its id."""
        ...


class Answerer(Protocol):
    """What the page and the API ask of an assistant. Its methods are called from several threads at once."""

    @property
    def collection(self) -> Collection:
        """What is asked."""
        ...

    @property
    def mode(self) -> Mode:
        """That of questions which name none."""
        ...

    def ask(
        self, question: str, k: int = DEFAULT_K, *, mode: Mode | None = None, filters: Filters | None = None
    ) -> Answer:
        """In its own mode where none is given. Raises QuestionInvalid, DocumentNotFound, FilterInvalid."""
        ...

    def search(
        self,
        question: str,
        k: int = DEFAULT_K,
        *,
        offset: int = 0,
        mode: Mode | None = None,
        filters: Filters | None = None,
    ) -> SearchResult:
        """Passages alone. Raises what `ask` raises."""
        ...

    def document(self, key: str) -> Document:
        """By id, SHA-256 or name. Raises DocumentNotFound."""
        ...


class EngineNotReady(DigestQAError):
    """The encoders are still loading."""

    exit_code = 3
    status: ClassVar[int] = 503
    slug = "not-ready"


class EngineFailed(DigestQAError):
    """The assistant could not be opened, for a reason that is no error of the user's."""

    exit_code = 1
    status: ClassVar[int] = 503
    slug = "engine-failed"


class Engine:
    """Opens an assistant in a background thread, once. Safe to share between threads."""

    def __init__(self, open: Callable[[], Answerer], at_once: int = 1) -> None:
        """`at_once` questions are worked on: one has all cores, more are for an assistant that waits for others.

        `counts` has what was asked of `get`'s assistants.
        """
        self._open = open
        self._done = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self.counts = QuestionCounts()
        self._line = ThreadPoolExecutor(at_once, "digest-qa-questions")
        self._assistant: Answerer | None = None
        self._answering: InLine | None = None
        self._error: DigestQAError | None = None

    def start(self) -> None:
        """Begin to load; a second call does nothing."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._load, name="digest-qa-engine", daemon=True)
                self._thread.start()

    def get(self, timeout: float | None = DEFAULT_PATIENCE_SECONDS) -> Answerer:
        """The assistant, answering `at_once` questions. Waits up to `timeout` seconds (None: for ever).

        Starts to load if nobody has. Raises EngineNotReady when the time is up, and the error of the load when it
        failed.
        """
        self.assistant(timeout)
        assert self._answering is not None
        return self._answering

    def assistant(self, timeout: float | None = DEFAULT_PATIENCE_SECONDS) -> Answerer:
        """The assistant itself, for who asks it many questions in a thread of his own. Raises what `get` raises."""
        self.start()
        if not self._done.wait(timeout):
            raise EngineNotReady("the models are still loading", "ask again in a few seconds")
        if self._error is not None:
            raise self._error
        assert self._assistant is not None
        return self._assistant

    def replace(self, assistant: Answerer) -> None:
        """From now on `get` gives this one; questions that are being answered go on with the one they have.

        To be called once the first one is there.
        """
        self._answering, self._assistant = InLine(assistant, self._line, self.counts), assistant

    @property
    def ready(self) -> bool:
        """Whether the assistant is loaded."""
        return self._assistant is not None

    @property
    def error(self) -> DigestQAError | None:
        """Why the load failed, if it did."""
        return self._error

    def _load(self) -> None:
        try:
            self.replace(self._open())
        except DigestQAError as error:
            self._error = error
        except Exception as error:
            logger.exception("the assistant could not be opened")
            self._error = EngineFailed(
                f"the assistant could not be opened ({type(error).__name__}: {error})", "run: digest-qa doctor"
            )
        finally:
            self._done.set()
