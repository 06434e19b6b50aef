"""What a chat client sends. Only the last message of the user is asked; what steers a language model is passed over."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.errors import DigestQAError
from rag.settings import Mode

MODELS = {"digest-qa": Mode.BEST, "digest-qa-fast": Mode.FAST}
"""The names that are offered, and how each answers."""


class ModelNotFound(DigestQAError):
    """A chat client names a model that is not offered."""

    status = 404
    slug = "model_not_found"


class MessageInvalid(DigestQAError):
    """A chat request has no question in it."""

    status = 400
    slug = "message-invalid"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(_Part):
    """One turn. `content` is text or a list of parts, of which those of type "text" are read."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """All its text, parts on lines of their own."""
        if isinstance(self.content, str):
            return self.content
        parts = (part.get("text") for part in self.content or () if part.get("type") == "text")
        return "\n".join(part for part in parts if isinstance(part, str))


class StreamOptions(_Part):
    """`include_usage` asks for one more event with the usage."""

    include_usage: bool | None = False


class ChatRequest(_Part):
    """A chat completion. Everything that is not here (temperature, max_tokens, tools …) is accepted and ignored."""

    model: str = Field(examples=["digest-qa"])
    messages: list[Message] = Field(
        min_length=1, examples=[[{"role": "user", "content": "青岛的科技金融产品帮企业融到多少钱？"}]]
    )
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1

    @property
    def mode(self) -> Mode:
        """How the named model answers. Raises ModelNotFound."""
        return mode_of_model(self.model)

    @property
    def question(self) -> str:
        """The text of the last user message. Raises MessageInvalid where there is none."""
        asked = next((message for message in reversed(self.messages) if message.role == "user"), None)
        if asked is None:
            raise MessageInvalid("there is no message of the role user", "send the question as the last user message")
        if not asked.text.strip():
            raise MessageInvalid("the last user message has no text", "send the question as text")
        return asked.text

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with its usage."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)


def mode_of_model(name: str) -> Mode:
    """Raises ModelNotFound for a name that is not offered."""
    if name not in MODELS:
        raise ModelNotFound(f"there is no model {name[:100]!r}", f"choose {' or '.join(MODELS)}")
    return MODELS[name]
