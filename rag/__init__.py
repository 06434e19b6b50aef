"""The online side: ask a collection, get cited passages.

from rag import Assistant

answer = Assistant.open().ask("…")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.answer import Answer, Citation, SearchResult
    from rag.assistant import Assistant
    from rag.filters import ArticleKey, Filters

__all__ = ["Answer", "ArticleKey", "Assistant", "Citation", "Filters", "SearchResult"]

_HOMES = {
    "Answer": "rag.answer",
    "ArticleKey": "rag.filters",
    "Assistant": "rag.assistant",
    "Citation": "rag.answer",
    "Filters": "rag.filters",
    "SearchResult": "rag.answer",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for, and only then: a command that is interrupted at once must end as quietly as later."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
