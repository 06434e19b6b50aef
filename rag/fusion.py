"""Put the scores of several arms together: a weighted sum of z-scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]


def z_scores(scores: Scores) -> Scores:
    """Each score's distance from the mean in standard deviations; zeros where all are equal. Float32 (n,) to (n,)."""
    spread = float(scores.std()) if len(scores) else 0.0
    if spread < 1e-6:
        return np.zeros_like(scores)
    found: Scores = ((scores - scores.mean()) / spread).astype(np.float32)
    return found


def weighted_z_scores(arms: Mapping[str, Scores], weights: Mapping[str, float]) -> Scores:
    """The sum over the arms of weight times z-score, float32 (n,), higher is better.

    All arms score the same n candidates. Score-based fusion after Lee, Analyses of multiple evidence combination
    (SIGIR 1997); here it beats reciprocal rank fusion where one arm is weak, since a weight can say so. Raises KeyError
    for an arm without a weight.
    """
    total = np.zeros(len(next(iter(arms.values()))), np.float32)
    for name, scores in arms.items():
        total += np.float32(weights[name]) * z_scores(scores)
    return total
