"""Which pairs of a step are worth the backward pass: those that the model still gets wrong.

Asked as a reader is, in 8-bit integers where that pays, a pair costs a fifth of its part in a training step. That shows
which negatives are told apart already, so that their gradient is next to nothing: they keep their place in the losses,
but nothing flows through them (after Jiang et al. 2019, "Accelerating Deep Learning by Focusing on the Biggest Losers",
with a threshold on the gradient in the place of chance). Where the lowest layers are left as they are, their output is
taken from the same pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor

from rag.reading.inputs import Encoded
from rag.reading.model import CrossEncoder
from rag.reading.reader import padded

TOGETHER = 6  # pairs that are asked together: what is worked on stays in the processor's cache
LEAST = 0.05
"""The gradient of its group's losses by its relevance from which a pair takes part; at most 2 or so."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Of pair i: `relevance` float32 (i,), and `states[i]` float32 (t, hidden), that behind the frozen layers."""

    relevance: Tensor
    states: Sequence[Tensor]


class Screen:
    """A copy of a model in training, to be asked; made anew every `every` questions. `frozen` layers do not learn."""

    def __init__(self, model: CrossEncoder, frozen: int = 0, every: int = 10) -> None:
        self.frozen = frozen
        self._model, self._every = model, every
        self._copy: CrossEncoder | None = None
        self._asked = 0

    def of(self, pairs: Sequence[Encoded]) -> Screened:
        """What the copy makes of the pairs."""
        if self._copy is None or self._asked % self._every == 0:
            self._copy = deepcopy(self._model).for_reading()
        self._asked += 1
        relevance: list[Tensor] = [torch.empty(0)] * len(pairs)
        states: list[Tensor] = [torch.empty(0)] * len(pairs)
        order = sorted(range(len(pairs)), key=lambda at: len(pairs[at].ids))
        with torch.no_grad():
            for first in range(0, len(order), TOGETHER):
                rows = order[first : first + TOGETHER]
                ids, features, mask = padded([pairs[row] for row in rows])
                low = self._copy.through(self._copy.embedded(ids, features), mask, 0, self.frozen)
                told = self._copy.told(self._copy.through(low, mask, self.frozen), features, mask)
                for at, row in enumerate(rows):
                    relevance[row] = told.relevance[at]
                    states[row] = low[at, : len(pairs[row].ids)].float()
        return Screened(torch.stack(relevance), states)


def freeze(model: CrossEncoder, layers: int) -> None:
    """Leave the embedding and the lowest `layers` layers as they are; nothing for 0."""
    if layers:
        for part in (model.norm, model.feature, *model.layers[:layers]):
            part.requires_grad_(False)
