"""Which of several overlapping spans to answer with: the one that agrees best with all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.schema import Span

COVER = 0.5
"""What holding a whole likely span is worth, beside how much of it is shared; fitted on development questions."""


def agreeing(spans: Sequence[Span], logs: Sequence[float], cover: float = COVER) -> int:
    """The place of the span of the greatest expected worth, if one of `spans` is true by the logs of their chances.

    Minimum Bayes risk decoding (Kumar and Byrne 2004). The worth of a span when another is true: F1 of their code
    points, and with the weight `cover` whether it holds all of it. So "about 2,400 kilometres" wins over "2,400" where
    the reader is sure of the number and unsure of the ends. `logs` need not be normalised; one span at least.
    """
    starts = np.array([span.start for span in spans], np.float64)
    ends = np.array([span.end for span in spans], np.float64)
    chances = np.exp(np.array(logs, np.float64) - max(logs))
    shared = np.minimum(ends[:, None], ends[None, :]) - np.maximum(starts[:, None], starts[None, :])
    lengths = ends - starts
    f1 = 2 * shared.clip(0) / (lengths[:, None] + lengths[None, :])
    holds = (starts[:, None] <= starts[None, :]) & (ends[:, None] >= ends[None, :])
    return int(((1 - cover) * f1 + cover * holds).dot(chances).argmax())
