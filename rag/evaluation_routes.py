"""What the page fetches of the evaluation: the whole report, and how far a run is."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse

from rag.evaluation_view import REPORT_URL, mark
from rag.evaluations import Evaluation, ReportNotFound

_FRESH = {"Cache-Control": "no-cache"}  # the same address leads to the next report


def evaluation_routes(evaluation: Evaluation) -> APIRouter:
    """Not part of the API: these belong to the page."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(REPORT_URL, methods=["GET", "HEAD"])
    def report() -> FileResponse:
        newest = evaluation.newest()
        if newest is None or newest.page is None:
            raise ReportNotFound("there is no evaluation report yet", "run: digest-qa eval")
        return FileResponse(newest.page, media_type="text/html; charset=utf-8", headers=_FRESH)

    @router.get("/evaluation/state")
    def state() -> JSONResponse:
        now = evaluation.state
        report = None if now.running else evaluation.newest()
        return JSONResponse({"state": mark(now, report), "done": now.done, "total": now.total}, headers=_FRESH)

    return router
