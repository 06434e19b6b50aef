"""Asks an OpenAI-compatible server for one completion, within a time, and believes nothing that it sends.

No redirect is followed, no proxy or .netrc of the environment is used, one more try is made where no connection came
about. Neither the key nor what the server said stands in an error.
"""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 1_000_000
GRACE_SECONDS = 1.0  # for the thread to clean up, after its time

Fault = Literal["unreachable", "slow", "refused", "garbled"]


class CompletionFailed(Exception):
    """`fault`: no connection, out of time, another status than 200, or no completion in what came."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote; `cut` where it broke off for length."""

    text: str
    cut: bool


@dataclass(frozen=True)
class ChatModel:
    """One model of one server: `url` ends before `/chat/completions`; `timeout` in seconds is for all of a request."""

    url: str
    name: str
    key: SecretStr | None
    timeout: float

    def complete(self, messages: list[dict[str, str]]) -> Completion:
        """One completion. Raises CompletionFailed, at the latest GRACE_SECONDS after the time is up."""
        outcome: list[Completion | CompletionFailed] = []

        def work() -> None:
            try:
                outcome.append(asyncio.run(self._within_time(messages)))
            except CompletionFailed as failed:
                outcome.append(failed)

        # A thread, since the caller may be in an event loop; a request is only truly ended inside of one.
        thread = threading.Thread(target=work, name="digest-qa-writer", daemon=True)
        thread.start()
        thread.join(self.timeout + GRACE_SECONDS)
        found = outcome[0] if outcome else CompletionFailed("slow")
        if isinstance(found, CompletionFailed):
            raise found
        return found

    async def _within_time(self, messages: list[dict[str, str]]) -> Completion:
        import httpx

        try:
            async with asyncio.timeout(self.timeout):
                return _completion(await self._post(messages))
        except (TimeoutError, httpx.TimeoutException):
            raise CompletionFailed("slow") from None
        except httpx.ConnectError:
            raise CompletionFailed("unreachable") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise CompletionFailed("garbled") from None

    async def _post(self, messages: list[dict[str, str]]) -> bytes:
        import httpx

        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key.get_secret_value()}"
        body = {"model": self.name, "messages": messages, "temperature": 0, "stream": False}
        transport = httpx.AsyncHTTPTransport(retries=1)
        async with (
            httpx.AsyncClient(transport=transport, timeout=self.timeout, trust_env=False) as client,
            client.stream("POST", f"{self.url}/chat/completions", json=body, headers=headers) as response,
        ):
            return await _body(response)


async def _body(response: httpx.Response) -> bytes:
    if response.status_code != 200:
        raise CompletionFailed("refused")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or response.headers.get("content-encoding", "identity") != "identity":
        raise CompletionFailed("garbled")
    body = b""
    async for part in response.aiter_raw():
        body += part
        if len(body) > MAX_BYTES:
            raise CompletionFailed("garbled")
    return body


def _completion(body: bytes) -> Completion:
    try:
        choice = json.loads(body)["choices"][0]
        text = choice["message"]["content"]
        finish = choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise CompletionFailed("garbled") from None
    if not isinstance(text, str):
        raise CompletionFailed("garbled")
    return Completion(text.encode("utf-8", "replace").decode(), cut=finish == "length")
