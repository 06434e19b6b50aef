"""The writer: prompt → completion → sentences → what the passages bear out."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from index.encoders import Encoder
from rag.answer import SupportingSpan, Written, WrittenSentence
from rag.settings import Settings
from rag.strings import Words
from rag.writer.client import ChatModel, CompletionFailed
from rag.writer.draft import Sentence, sentences
from rag.writer.prompt import messages
from rag.writer.sources import Source
from rag.writer.support import NEAR, Support

MOST_SENTENCES = 30  # that are checked; the rest counts as dropped

logger = logging.getLogger(__name__)

_UNSPACED_END = re.compile("[。！？…」』”）]$")


class Writes(Protocol):
    """Whatever phrases an answer."""

    def write(self, question: str, language: str, sources: Sequence[Source]) -> Written:
        """The answer from these sources alone. Raises nothing: what went wrong is the `notice`."""
        ...


class Writer:
    """Phrases answers with a chat model. Safe to use from several threads."""

    def __init__(self, model: ChatModel, encoder: Encoder) -> None:
        self._model, self._encoder = model, encoder

    def write(self, question: str, language: str, sources: Sequence[Source]) -> Written:
        """What the model wrote, without the sentences that their cited passages do not bear out."""
        words = Words(language)
        try:
            completion = self._model.complete(messages(question, language, sources))
        except CompletionFailed as failed:
            logger.warning("the writer %s did not answer: %s", self._model.name, failed.fault)
            return Written(text="", sentences=[], dropped=0, model=self._model.name,
                           notice=words(f"writer.{failed.fault}"))  # fmt: skip
        drafted = sentences(completion.text, cut=completion.cut)
        support = Support(sources, self._encoder)
        kept = [found for one in drafted[:MOST_SENTENCES] if (found := _checked(one, support, sources)) is not None]
        return Written(
            text=_joined(kept),
            sentences=kept,
            dropped=len(drafted) - len(kept),
            model=self._model.name,
            notice=None if kept else words("writer.unsupported"),
        )


def writer_of(settings: Settings, encoders: Mapping[str, Encoder]) -> Writer | None:
    """The writer that the settings name, None where they name none; `encoders`, of the collection, by their names.

    Sentences are checked with the encoder whose cosines were measured, where the collection has it, else the first.
    """
    if settings.llm_url is None or settings.llm_model is None:
        return None
    model = ChatModel(settings.llm_url, settings.llm_model, settings.llm_key, settings.llm_timeout)
    name = next((name for name in encoders if name in NEAR), next(iter(encoders)))
    return Writer(model, encoders[name])


def _checked(sentence: Sentence, support: Support, sources: Sequence[Source]) -> WrittenSentence | None:
    """The sentence with those of its citations that bear it out; None where none does or one was never shown."""
    shown = {source.rank for source in sources}
    if not shown.issuperset(sentence.citations):
        return None
    verdicts = {rank: support.judge(sentence.text, rank) for rank in sentence.citations}
    proved = {rank: verdict.span for rank, verdict in verdicts.items() if verdict.against is None}
    if not proved:
        return None
    spans = [SupportingSpan(rank=rank, start=span.start, end=span.end) for rank, span in proved.items()]
    return WrittenSentence(text=sentence.text, citations=list(proved), supported_by=spans)


def _joined(kept: Sequence[WrittenSentence]) -> str:
    """The sentences, each followed by its numbers: `…。[1]`, `… . [1]`."""
    text = ""
    for sentence in kept:
        gap = "" if _UNSPACED_END.search(sentence.text) else " "
        text += f"{sentence.text}{gap}{''.join(f'[{rank}]' for rank in sentence.citations)}{gap or ' '}"
    return text.strip()
