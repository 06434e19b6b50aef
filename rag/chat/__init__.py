"""An OpenAI-compatible door to the answers, for chat front ends: requests → reply → completion or events."""

from rag.chat.routes import chat_routes

__all__ = ["chat_routes"]
