"""The records of the chat protocol: a completion, the events of a stream, the models."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from time import time
from typing import Any

from rag.answer import Answer
from rag.chat.requests import MODELS

EXTENSION = "digest_qa"
"""The field with the whole answer, in the completion or in the last event that has a choice."""
OWNER = "digest-qa"
DONE = "data: [DONE]\n\n"


@dataclass(frozen=True)
class Reply:
    """The paragraphs that answer `question`, by `model`, and the answer they were made from."""

    model: str
    question: str
    paragraphs: tuple[str, ...]
    answer: Answer
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time()))

    @property
    def usage(self) -> dict[str, int]:
        """In code points of the question and of the reply: nothing here is made of a language model's tokens."""
        asked, said = len(self.question), len("\n\n".join(self.paragraphs))
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}

    def completion(self) -> dict[str, Any]:
        """The reply as one object."""
        message = {"role": "assistant", "content": "\n\n".join(self.paragraphs), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self._envelope("chat.completion"),
            "choices": [choice],
            "usage": self.usage,
            EXTENSION: self.answer.model_dump(mode="json"),
        }

    async def events(self, *, usage: bool) -> AsyncIterator[str]:
        """The reply as server-sent events, the role first; with `usage` one more event without a choice."""
        for chunk in self._chunks(usage):
            yield f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"
        yield DONE

    def _chunks(self, usage: bool) -> Iterator[dict[str, Any]]:
        none_yet = {"usage": None} if usage else {}
        yield {**self._chunk({"role": "assistant", "content": ""}), **none_yet}
        for at, paragraph in enumerate(self.paragraphs):
            yield {**self._chunk({"content": f"\n\n{paragraph}" if at else paragraph}), **none_yet}
        yield {**self._chunk({}, "stop"), **none_yet, EXTENSION: self.answer.model_dump(mode="json")}
        if usage:
            yield {**self._envelope("chat.completion.chunk"), "choices": [], "usage": self.usage}

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._envelope("chat.completion.chunk"), "choices": [choice]}

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def model_record(name: str, created: int) -> dict[str, Any]:
    """One model; `created` in seconds since 1970."""
    return {"id": name, "object": "model", "created": created, "owned_by": OWNER}


def model_list(created: int) -> dict[str, Any]:
    """All models."""
    return {"object": "list", "data": [model_record(name, created) for name in MODELS]}
