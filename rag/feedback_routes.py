"""What the page sends and fetches of verdicts on passages. Only the page itself may send them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from index.errors import DocumentNotFound
from index.schema import Document
from rag.cross_site import only_from_the_page
from rag.engine import Engine
from rag.feedback import Feedback, FeedbackInvalid, Judgement
from rag.feedback_gold import export
from rag.feedback_view import GOLD_URL

FEEDBACK_URL = "/feedback"
MAX_FEEDBACK_BYTES = 64_000  # a question of 10,000 characters as JSON, and the rest

_FRESH = {"Cache-Control": "no-cache"}


def feedback_routes(engine: Engine, feedback: Feedback) -> APIRouter:
    """Not part of the API: these belong to the page."""
    router = APIRouter(include_in_schema=False)

    def told() -> dict[str, int]:
        return counts(feedback, engine.get().collection.documents)

    @router.post(FEEDBACK_URL, dependencies=[Depends(only_from_the_page)])
    def add(judgement: Judgement) -> JSONResponse:
        verdict = feedback.add(judgement, _document(engine, judgement.document_sha256))
        return JSONResponse({"id": verdict.id, **told()}, status_code=201)

    @router.delete(FEEDBACK_URL + "/{id}", dependencies=[Depends(only_from_the_page)])
    def withdraw(id: str) -> JSONResponse:
        feedback.withdraw(id)
        return JSONResponse({"id": id, **told()})

    @router.get(GOLD_URL)
    def gold() -> Response:
        made = export(feedback.verdicts(), engine.get().collection.documents)
        lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in made.lines)
        headers = {**_FRESH, "Content-Disposition": 'attachment; filename="feedback.jsonl"'}
        return Response(lines, media_type="application/x-ndjson; charset=utf-8", headers=headers)

    return router


def _document(engine: Engine, sha256: str) -> Document:
    """Raises FeedbackInvalid where the collection has no such text (any more)."""
    try:
        return engine.get().document(sha256)
    except DocumentNotFound as error:
        raise FeedbackInvalid(f"no document with the SHA-256 {sha256[:12]}… is there", "ask again") from error


def counts(feedback: Feedback, documents: Sequence[Document]) -> dict[str, int]:
    """How many questions the export has and lacks, and how many verdicts stand."""
    verdicts = feedback.verdicts()
    made = export(verdicts, documents)
    return {"questions": len(made.lines), "verdicts": len(verdicts), "left_out": made.left_out}
