"""What every reader returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """The source text of a document, newlines untouched; `notices` are remarks that a person should see."""

    text: str
    media_type: str
    encoding: str
    notices: tuple[str, ...] = ()
