"""Ask the cross-encoder: for each pair of question and window its relevance and its best answer span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from index.schema import Span
from rag.reading.inputs import PAD, Encoded, Pair, encode, load_tokenizer
from rag.reading.model import NEVER, CrossEncoder
from rag.reading.packing import unpacked
from rag.reading.reading import Reading

LONGEST_ANSWER = 60  # tokens
SPANS = 60  # of a window that are told: what a choice by agreement weighs
BATCH_TOKENS = 480
"""With padding; pairs of like length go together. So few that what is worked on stays in the processor's cache."""


class Reader:
    """A cross-encoder ready to be asked, from several threads at once if need be."""

    def __init__(self, model: CrossEncoder, tokenizer: Tokenizer) -> None:
        self._model, self._tokenizer = model.for_reading(), tokenizer

    @classmethod
    def load(cls, weights: Path, base: Path) -> Reader:
        """The model folder `base` with these trained weights, packed or not, over its own."""
        model = CrossEncoder.from_folder(base)
        model.load_trained(unpacked(load_file(weights)))
        return cls(model, load_tokenizer(base))

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """One reading for each pair, in order."""
        encoded = encode(pairs, self._tokenizer)
        order = sorted(range(len(pairs)), key=lambda at: len(encoded[at].ids))
        found: dict[int, Reading] = {}
        for rows in _batches(order, encoded):
            with torch.inference_mode():
                output = self._model(*padded([encoded[row] for row in rows]))
            logs = output.spans.flatten(1).log_softmax(1).view_as(output.spans).numpy()
            for at, row in enumerate(rows):
                spans, null = likeliest(logs[at]), float(logs[at, 0, 0])
                found[row] = _reading(float(output.relevance[at]), spans, null, encoded[row], pairs[row].window)
        return [found[row] for row in range(len(pairs))]


def _reading(
    relevance: float, spans: Sequence[tuple[int, int, float]], null: float, encoded: Encoded, window: str
) -> Reading:
    """Tokens told as code points of the window."""
    offsets = encoded.offsets
    found = [(_trimmed(window, Span(int(offsets[first, 0]), int(offsets[last, 1]))), log) for first, last, log in spans]
    if not found:
        return Reading(relevance, Span(0, 0), NEVER, null)
    (answer, log), *others = found
    return Reading(relevance, answer, log, null, tuple(others))


def padded(pairs: Sequence[Encoded]) -> tuple[Tensor, Tensor, Tensor]:
    """ids, features, mask, all (n, t) with the longest pair's t."""
    longest = max(len(pair.ids) for pair in pairs)
    ids = torch.full((len(pairs), longest), PAD)
    features = torch.zeros((len(pairs), longest), dtype=torch.int64)
    mask = torch.zeros((len(pairs), longest), dtype=torch.bool)
    for row, pair in enumerate(pairs):
        size = len(pair.ids)
        ids[row, :size] = torch.from_numpy(pair.ids)
        features[row, :size] = torch.from_numpy(pair.features)
        mask[row, :size] = True
    return ids, features, mask


def likeliest(logs: npt.NDArray[np.float32], count: int = SPANS) -> list[tuple[int, int, float]]:
    """The first and last token of the likeliest spans of at most LONGEST_ANSWER tokens, and the logs of their chances.

    Best first, at most `count`. `logs` are logs of chances, float32 (t, t), of the spans that begin with the token of
    the row and end with that of the column. Token 0, which stands for no answer, is in none; nor is what cannot be.
    """
    size = len(logs)
    allowed = np.tri(size, size, LONGEST_ANSWER - 1, dtype=bool) & ~np.tri(size, size, -1, dtype=bool)
    allowed[0] = False
    scores = np.where(allowed, logs, -np.inf).ravel()
    best = np.argpartition(-scores, min(count, len(scores) - 1))[:count]
    ordered = best[np.argsort(-scores[best], kind="stable")]
    return [(int(at // size), int(at % size), float(scores[at])) for at in ordered if scores[at] > NEVER / 2]


def _batches(order: Sequence[int], encoded: Sequence[Encoded]) -> Iterator[list[int]]:
    batch: list[int] = []
    for row in order:
        if batch and len(encoded[row].ids) * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _trimmed(window: str, span: Span) -> Span:
    text = span.of(window)
    left = len(text) - len(text.lstrip())
    return Span(span.start + left, span.start + len(text.rstrip())) if left < len(text) else span
