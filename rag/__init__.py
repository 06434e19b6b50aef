"""The online side: ask a collection, get cited passages.

from rag import Assistant

answer = Assistant.open().ask("…")
"""

from rag.answer import Answer, Citation
from rag.assistant import Assistant

__all__ = ["Answer", "Assistant", "Citation"]
