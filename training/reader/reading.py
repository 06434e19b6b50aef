"""Ask the trained model: for each pair its relevance and its best answer span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import exp, log1p
from pathlib import Path
from typing import Protocol

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from index.encoders import Encoder
from index.schema import Span
from training.reader.export import unpacked
from training.reader.inputs import Encoded, Pair, encode, load_tokenizer
from training.reader.model import Reader, bf16_pays
from training.reader.train import base_folder, padded

LONGEST_ANSWER = 40  # tokens
BATCH_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Reading:
    """`relevance`, the logit that the window answers; the most likely `answer` in it and the log of its chance among
    all spans, `answer_log`; `null_log`, the log of the chance that there is none.
    """

    relevance: float
    answer: Span
    answer_log: float
    null_log: float

    @property
    def worth(self) -> float:
        """The log of the chance that the window answers, and with this span: what answers are chosen by."""
        return self.answer_log - log1p(exp(-self.relevance))


class Reads(Protocol):
    """Whatever can be asked."""

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """One reading for each pair, in order."""
        ...


class FirstStage:
    """The encoder that the reader is trained from, as it stands: what retrieval alone would say.

    Relevance is the cosine of question and window; the whole window is the answer.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """One reading for each pair, in order."""
        texts = [f"{pair.context}\n{pair.window}" if pair.context else pair.window for pair in pairs]
        with _fast():
            asked = self._encoder.embed_queries([pair.question for pair in pairs])
            cosines = (asked * self._encoder.embed_passages(texts)).sum(1)
        return [Reading(float(c), Span(0, len(p.window)), 0.0, 0.0) for c, p in zip(cosines, pairs, strict=True)]


class Asker:
    """A model ready to be asked."""

    def __init__(self, model: Reader, tokenizer: Tokenizer) -> None:
        self._model, self._tokenizer = model.eval(), tokenizer

    @classmethod
    def load(cls, weights: Path) -> Asker:
        """The base with these trained weights, packed or not."""
        folder = base_folder()
        model = Reader.from_folder(folder)
        model.load_trained(unpacked(load_file(weights)))
        return cls(model, load_tokenizer(folder))

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """One reading for each pair, in order."""
        encoded = encode(pairs, self._tokenizer)
        order = sorted(range(len(pairs)), key=lambda at: len(encoded[at].ids))
        found: dict[int, Reading] = {}
        for rows in _batches(order, encoded):
            ids, features, mask = padded([encoded[row] for row in rows])
            with torch.inference_mode(), _fast():
                output = self._model(ids, features, mask)
            start, end = output.start.log_softmax(1), output.end.log_softmax(1)
            for at, row in enumerate(rows):
                first, last, log = _best_span(start[at], end[at])
                offsets = encoded[row].offsets
                span = Span(int(offsets[first, 0]), int(offsets[last, 1])) if first else Span(0, 0)
                null = float(start[at, 0] + end[at, 0])
                found[row] = Reading(float(output.relevance[at]), _trimmed(pairs[row].window, span), log, null)
        return [found[row] for row in range(len(pairs))]


def _fast() -> AbstractContextManager[object]:
    return torch.autocast("cpu", torch.bfloat16) if bf16_pays() else nullcontext()


def _batches(order: Sequence[int], encoded: Sequence[Encoded]) -> Iterator[list[int]]:
    batch: list[int] = []
    for row in order:
        if batch and len(encoded[row].ids) * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _best_span(start: Tensor, end: Tensor) -> tuple[int, int, float]:
    """The best of the spans of at most LONGEST_ANSWER tokens, none of which is the first token."""
    size = len(start)
    allowed = torch.ones(size, size).triu().tril(LONGEST_ANSWER - 1).bool()
    allowed[0] = False
    scores = (start[:, None] + end[None, :]).masked_fill(~allowed, -torch.inf)
    best = int(scores.argmax())
    return best // size, best % size, float(scores.flatten()[best])


def _trimmed(window: str, span: Span) -> Span:
    text = span.of(window)
    return (
        Span(span.start + len(text) - len(text.lstrip()), span.end - len(text) + len(text.rstrip()))
        if text.strip()
        else span
    )
