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
    site, origin, host = _said(request)
    if origin is not None and not _is_of(origin, host):
        raise CrossSite(f"the page is of {origin}, this server is {host}", _REMEDY)
    if site == "cross-site":
        raise CrossSite(f"the page is of another site than {host}", _REMEDY)


async def only_from_the_page(request: Request) -> None:
    """Dependency of routes that are the page's alone: who says nothing of where he comes from is refused, too.

    Raises CrossSite.
    """
    site, origin, host = _said(request)
    if not (site == "same-origin" if site is not None else origin is not None and _is_of(origin, host)):
        raise CrossSite(f"this is taken from the page of {host} only", "do it on the page")


def _said(request: Request) -> tuple[str | None, str | None, str]:
    """Sec-Fetch-Site, Origin and Host."""
    headers = request.headers
    return headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host", "")


def _is_of(origin: str, host: str) -> bool:
    return origin.partition("://")[2].lower() == host.lower()
