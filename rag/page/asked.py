"""A question as the browser sends it, with how it is to be answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.filters import MOST, ArticleKey, Filters
from rag.options_view import MOST_PASSAGES
from rag.settings import DEFAULT_K, Mode

_ORIGIN = re.compile(r"https?://[^\s/?#<>\"']{1,255}")
_ARTICLE = re.compile(r"(\d{1,9})@(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """`number` counts what one visitor does, so that the newest question is known; `origin` begins the page's links.

    `home` asks nothing: the visitor goes back to the page as it was before the first question.
    """

    number: int
    question: str
    k: int = DEFAULT_K
    mode: Mode | None = None
    filters: Filters = field(default_factory=Filters)
    origin: str = ""
    home: bool = False

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> Asked:
        """From an event. The address bar can be written by hand: what makes no sense in it counts as not said."""
        mode, origin = sent.get("mode"), sent.get("origin")
        k = _number(sent.get("k"))
        return cls(
            number=_number(sent.get("number")) or 0,
            question=str(sent.get("question") or ""),
            k=DEFAULT_K if k is None else min(max(k, 1), MOST_PASSAGES),
            mode=Mode(mode) if mode in list(Mode) else None,
            filters=Filters(
                documents=_texts(sent.get("documents")),
                articles=tuple(filter(None, map(_article, _texts(sent.get("articles"))))),
                regions=_texts(sent.get("regions")),
            ),
            origin=origin if isinstance(origin, str) and _ORIGIN.fullmatch(origin) else "",
            home=bool(sent.get("home")),
        )


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value[:MOST])) if isinstance(value, list) else ()


def _article(key: str) -> ArticleKey | None:
    """Of "3@digest.txt", as `options_view.article_key` writes it."""
    match = _ARTICLE.fullmatch(key)
    return ArticleKey(document=match[2], index=int(match[1])) if match is not None else None
