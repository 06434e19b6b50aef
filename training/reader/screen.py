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
    """`relevance` float32 (n,) of n pairs; `states[i]` float32 (t, hidden) of pair i, that behind the frozen layers.

    The states of what was given beside the pairs follow theirs.
    """

    relevance: Tensor
    states: Sequence[Tensor]


class Screen:
    """A copy of a model in training, to be asked; made anew every `every` questions. `frozen` layers do not learn."""

    def __init__(self, model: CrossEncoder, frozen: int = 0, every: int = 10) -> None:
        self.frozen = frozen
        self._model, self._every = model, every
        self._copy: CrossEncoder | None = None
        self._asked = 0

    def of(self, pairs: Sequence[Encoded], beside: Sequence[Encoded] = ()) -> Screened:
        """What the copy makes of the pairs, and the states alone of those `beside` them."""
        if self._copy is None or self._asked % self._every == 0:
            self._copy = deepcopy(self._model).for_reading()
        self._asked += 1
        relevance, states = _asked(self._copy, pairs, self.frozen)
        return Screened(relevance, [*states, *(_asked(self._copy, beside, self.frozen, told=False)[1])])


def _asked(
    model: CrossEncoder, pairs: Sequence[Encoded], frozen: int, *, told: bool = True
) -> tuple[Tensor, list[Tensor]]:
    """Relevance and states as in `Screened`; with `told` False the relevance is left at 0."""
    relevance = torch.zeros(len(pairs))
    states: list[Tensor] = [torch.empty(0)] * len(pairs)
    order = sorted(range(len(pairs)), key=lambda at: len(pairs[at].ids))
    with torch.no_grad():
        for first in range(0, len(order), TOGETHER):
            rows = order[first : first + TOGETHER]
            ids, features, mask = padded([pairs[row] for row in rows])
            low = model.through(model.embedded(ids, features), mask, 0, frozen)
            if told:
                relevance[rows] = model.relevances(model.through(low, mask, frozen), mask)
            for at, row in enumerate(rows):
                states[row] = low[at, : len(pairs[row].ids)].float()
    return relevance, states


def freeze(model: CrossEncoder, layers: int) -> None:
    """Leave the embedding and the lowest `layers` layers as they are; nothing for 0."""
    if layers:
        for part in (model.norm, model.feature, *model.layers[:layers]):
            part.requires_grad_(False)
