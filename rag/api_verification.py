"""The route that checks a citation against the source."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from rag import api_examples as examples
from rag.engine import Engine
from rag.problems import documented
from rag.verification import Claim, Verification
from rag.verification import verify as look_up


def verification(engine: Engine) -> APIRouter:
    """`/verify`."""
    router = APIRouter(prefix="/api/v1", tags=["questions"])

    @router.post("/verify", responses={**examples.answered(examples.VERIFICATION), **documented(400, 413, 422, 503)})
    def verify(claim: Annotated[Claim, Body(openapi_examples=examples.CLAIM)]) -> Verification:
        """Whether a text stands in a document at these offsets, and why not where it does not. A document that is not
        in the collection makes a claim that does not hold, not an error.
        """
        return look_up(claim, engine.get())

    return router
