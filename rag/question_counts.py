"""What is counted of the questions, whichever door they come in by: the page, the API, MCP, chat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from rag.answer import Answer
from rag.settings import Mode

SERVERS_OWN = "default"  # the mode of a question that names none

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second gauge beside every counter, which nobody asked for


class QuestionCounts:
    """Outcomes and times. Safe to share between threads."""

    def __init__(self) -> None:
        self._seconds = Histogram(
            "digest_qa_question_seconds",
            f"Time to answer, waiting in line included; the mode is {SERVERS_OWN} where the question names none",
            ["kind", "mode"],
            buckets=_SECONDS,
            registry=None,
        )
        self._answers = Counter("digest_qa_answers", "Questions by outcome", ["outcome"], registry=None)
        for outcome in ("answered", "refused", "failed"):
            self._answers.labels(outcome)

    def register(self, registry: CollectorRegistry) -> None:
        """Tell the counts in this registry, too."""
        registry.register(self._seconds)
        registry.register(self._answers)

    @contextmanager
    def timing(self, kind: str, mode: Mode | None) -> Iterator[None]:
        """Around one question of the kind "ask" or "search"; it counts as failed where it raises."""
        began = perf_counter()
        try:
            yield
        except Exception:
            self._answers.labels("failed").inc()
            raise
        self._seconds.labels(kind, SERVERS_OWN if mode is None else mode.value).observe(perf_counter() - began)

    def count(self, found: Answer) -> None:
        """One answer, or one refusal."""
        self._answers.labels("answered" if found.answerable else "refused").inc()
