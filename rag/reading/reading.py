"""What is made of a question and a window, and who can be asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log1p
from typing import Protocol

from index.schema import Span
from rag.reading.inputs import Pair


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of one pair.

    `relevance` is the logit that the window answers. `answer` is the most likely span of the window (code points),
    `answer_log` the log of its chance among all spans, `null_log` the log of the chance that there is none. `others`
    are the next likely spans with the logs of their chances, best first.
    """

    relevance: float
    answer: Span
    answer_log: float
    null_log: float
    others: tuple[tuple[Span, float], ...] = ()

    @property
    def answering(self) -> float:
        """The log of the chance that the window answers."""
        return -log1p(exp(-max(self.relevance, -50.0)))

    @property
    def worth(self) -> float:
        """The log of the chance that the window answers, and with this span."""
        return self.answer_log + self.answering


class Reads(Protocol):
    """Whatever can be asked."""

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """One reading for each pair, in order."""
        ...
