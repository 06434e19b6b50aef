"""The online side: ask a collection, get cited passages.

from rag import Assistant

answer = Assistant.open().ask("…")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.answer import Answer, Citation
    from rag.assistant import Assistant

__all__ = ["Answer", "Assistant", "Citation"]

_HOMES = {"Answer": "rag.answer", "Assistant": "rag.assistant", "Citation": "rag.answer"}


def __getattr__(name: str) -> Any:
    """Load what is asked for, and only then: a command that is interrupted at once must end as quietly as later."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
