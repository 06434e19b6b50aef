"""Routes for whoever runs the server: is it up, can it answer, what has it done."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict

from rag import api_examples as examples
from rag.engine import Engine, EngineNotReady
from rag.metrics import Metrics
from rag.problems import documented


class Health(BaseModel):
    """The process is up."""

    model_config = ConfigDict(frozen=True)

    status: str


class Readiness(BaseModel):
    """What can be asked now."""

    model_config = ConfigDict(frozen=True)

    status: str
    generation: int
    documents: int


def health(engine: Engine, counted: Metrics) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", responses=examples.answered(examples.HEALTH))
    def healthz() -> Health:
        """The process is up."""
        return Health(status="ok")

    @router.get("/readyz", responses={**examples.answered(examples.READINESS), **documented(503)})
    def readyz() -> Readiness:
        """Questions are answered now, and of which generation of the collection."""
        if not engine.ready:
            raise engine.error or EngineNotReady("the models are still loading", "ask again in a few seconds")
        collection = engine.get().collection
        return Readiness(status="ready", generation=collection.generation, documents=len(collection.documents))

    @router.get(
        "/metrics",
        response_class=PlainTextResponse,
        responses={200: {"content": {"text/plain": {"example": examples.METRICS}}}},
    )
    def metrics() -> Response:
        """What the server has counted since it started, in the text format of Prometheus: requests, questions, jobs,
        and the size of the collection. No document's name and no question is in it.
        """
        return Response(counted.text(), media_type=CONTENT_TYPE_LATEST)

    return router
