"""What the page fetches of one document: the audit of its layout, and its digest.toml."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from rag.audit_view import AUDIT_URL, TOML_URL, audit
from rag.engine import Engine
from rag.outline import document_toml
from rag.strings import Words

_FRESH = {"Cache-Control": "no-cache"}


def document_routes(engine: Engine) -> APIRouter:
    """Not part of the API: these belong to the page."""
    router = APIRouter(include_in_schema=False)

    @router.get(AUDIT_URL)
    def audited(id: str, language: str = "") -> HTMLResponse:
        """A fragment of HTML in which all text from outside is escaped."""
        return HTMLResponse(audit(engine.get().document(id), Words(language)), headers=_FRESH)

    @router.get(TOML_URL)
    def toml(id: str) -> Response:
        text = document_toml(engine.get().document(id))
        headers = {**_FRESH, "Content-Disposition": 'attachment; filename="digest.toml"'}
        return Response(text, media_type="application/toml; charset=utf-8", headers=headers)

    return router
