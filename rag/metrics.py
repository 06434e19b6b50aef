"""What the server counts, in the words of Prometheus. No document's name and no question is in it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from fastapi.routing import APIRoute
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Info,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.engine import Engine
from rag.jobs import Jobs, JobState

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Metrics:
    """The counters of one application, in a registry of their own. Safe to share between threads."""

    def __init__(self, engine: Engine, jobs: Jobs) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "digest_qa_http_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        engine.counts.register(self.registry)
        Info("digest_qa_build", "What is running", registry=self.registry).info({"version": _version()})
        self.registry.register(_State(engine, jobs))

    def text(self) -> bytes:
        """All of it as it stands now."""
        return generate_latest(self.registry)


class CountRequests:
    """ASGI middleware: counts every answer by method, route template and status."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, own = 500, scope.get("app")

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(method, _template(scope, own), str(status)).inc()


def _template(scope: Scope, own: object) -> str:
    """The route as the API's document writes it; "page" for what is mounted beside, "none" for what is nowhere.

    Never the path itself: it may hold a document's name, and anybody can ask for any path.
    """
    if scope.get("app") is not own:
        return "page"
    route = scope.get("route")
    return route.path_format if isinstance(route, APIRoute) else "none"


class _State(Collector):
    """Looks at the engine and the jobs when it is asked."""

    def __init__(self, engine: Engine, jobs: Jobs) -> None:
        self._engine = engine
        self._jobs = jobs

    def collect(self) -> Iterator[Metric]:
        """The gauges; those of the collection only once it is open."""
        yield GaugeMetricFamily("digest_qa_ready", "1 when questions are answered", float(self._engine.ready))
        if self._engine.ready:
            now = self._engine.get().collection
            yield GaugeMetricFamily("digest_qa_collection_generation", "Counts the builds", now.generation)
            yield GaugeMetricFamily("digest_qa_collection_documents", "Documents there", len(now.documents))
            passages = sum(now.passage_counts.values())
            yield GaugeMetricFamily("digest_qa_collection_passages", "Passages there", passages)
        jobs = GaugeMetricFamily("digest_qa_jobs", "Jobs still known, by state", labels=["state"])
        counts = self._jobs.states()
        for state in JobState:
            jobs.add_metric([state.value], counts[state])
        yield jobs


def _version() -> str:
    try:
        return version("digest-qa")
    except PackageNotFoundError:
        return "unknown"
