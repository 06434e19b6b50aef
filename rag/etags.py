"""Strong ETags: a name for the exact content of an answer, so that a client need not fetch it twice."""

from __future__ import annotations

from hashlib import sha256

from rag.compression import SUFFIX


def etag_of(*parts: str) -> str:
    """An ETag for what these determine together."""
    return f'"{sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"'


def matches(if_none_match: str, etag: str) -> bool:
    """Whether the header names this ETag, as it is or as that of the compressed answer."""
    named = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in named or etag in named or f'{etag[:-1]}{SUFFIX}"' in named
