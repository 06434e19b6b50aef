"""Keeps pages of other sites, open in the same browser, from changing the collection of a server they can reach."""

from __future__ import annotations

from typing import ClassVar

from fastapi import Request

from index.errors import DigestQAError

_REMEDY = "change documents from this server's own page, or by curl"


class CrossSite(DigestQAError):
    """A browser sends this for a page that is not this server's."""

    exit_code = 2
    status: ClassVar[int] = 403
    slug = "cross-site"


async def refuse_cross_site(request: Request) -> None:
    """Dependency of every route that changes something. Programs send neither header. Raises CrossSite."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if origin is not None and origin.partition("://")[2].lower() != host.lower():
        raise CrossSite(f"the page is of {origin}, this server is {host}", _REMEDY)
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise CrossSite(f"the page is of another site than {host}", _REMEDY)
