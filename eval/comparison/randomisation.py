"""How sure is a difference between two runs over the same questions? Tests, intervals and the price of many tests.

Every function is seeded: same seed, same number. Arrays are float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from eval.measures.abstention import Array
from eval.measures.scorecard import LEVEL, ROUNDS

FLIPS = 10_000
_AT_ONCE = 100  # bounds the memory to 800 bytes a question
# Keeps what differs from the observed difference by rounding only.
_MARGIN = 1e-9


def sign_flip_p(deltas: Array, seed: int = 0) -> float:
    """Two-sided p of Fisher's paired randomisation test (Smucker, Allan and Carterette 2007), in (0, 1].

    Were the runs alike, each difference could as well have had the other sign: p is the share of 10,000 random sign
    flips, the observed one counted among them, whose mean is at least as far from 0. `deltas` is (n,).
    """
    if not deltas.any():
        return 1.0  # what every flip would give
    generator = np.random.default_rng(seed)
    bar = abs(float(deltas.sum())) - _MARGIN
    as_far = 0
    for _ in range(FLIPS // _AT_ONCE):
        signs = generator.choice((-1.0, 1.0), size=(_AT_ONCE, len(deltas)))
        as_far += int((np.abs(signs @ deltas) >= bar).sum())
    return (1 + as_far) / (1 + FLIPS)


def swap_p(figure: Callable[[Array], Array], a: Array, b: Array, seed: int = 0) -> float:
    """Two-sided p of the same test for a figure that is no mean of scores, such as AUROC, in (0, 1].

    `a` and `b` are (columns, n): what each run said of each question. Were the runs alike, it would not matter which of
    them said it: whole questions are swapped at random, all columns together. So each column must be on one scale in
    both runs: where only the order counts, hand over `average_ranks`. `figure` turns (rounds, columns, n) into
    (rounds,); a round in which it is undefined (nan) counts as one at least as far from 0.
    """
    generator = np.random.default_rng(seed)
    bar = abs(float(figure(b[None])[0] - figure(a[None])[0])) - _MARGIN
    as_far = 0
    for _ in range(FLIPS // _AT_ONCE):
        swap = generator.random((_AT_ONCE, 1, a.shape[-1])) < 0.5
        deltas = figure(np.where(swap, a, b)) - figure(np.where(swap, b, a))
        as_far += int((~(np.abs(deltas) < bar)).sum())
    return (1 + as_far) / (1 + FLIPS)


def average_ranks(values: Array) -> Array:
    """The ranks of `values` (n,) in rising order, from 1; equal ones share the mean of theirs.

    What two runs say can be swapped only after this where each has a scale of its own, as confidences have (Venkatraman
    and Begg 1996, who test two ROC curves so).
    """
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which], np.float64)


def mean_interval(deltas: Array, seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean of `deltas` (n,), n ≥ 1 (Efron 1979), from 1,000 resamples."""
    n = len(deltas)
    return _bounds([deltas[rows].mean(axis=-1) for rows in _resamples([n], seed)])


def figure_interval(
    figure: Callable[[Array], Array], a: Array, b: Array, first: int, seed: int = 0
) -> tuple[float, float]:
    """The same for the difference that `swap_p` tests, figure(b) - figure(a); both runs have the same questions drawn.

    The `first` questions are drawn among themselves, and so are the rest: how many of the questions are answerable is
    the gold author's choice, no chance. Resamples in which the figure is undefined (nan) are left out.
    """
    found = []
    for rows in _resamples([first, a.shape[-1] - first], seed):
        drawn_a, drawn_b = (run[:, rows].swapaxes(0, 1) for run in (a, b))
        found.append(figure(drawn_b) - figure(drawn_a))
    return _bounds(found)


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p-values (1995), in the order given.

    Of all tests whose adjusted p is at most q, a share of q is expected to be chance. min over the not smaller
    p-values of p · tests / rank, at most 1.
    """
    n = len(p_values)
    order = sorted(range(n), key=lambda index: p_values[index], reverse=True)
    found = [1.0] * n
    best = 1.0
    for rank, index in zip(range(n, 0, -1), order, strict=True):
        best = min(best, p_values[index] * n / rank)
        found[index] = best
    return found


def smallest_p(differing: int) -> float:
    """The smallest p that the sign-flip test can give where `differing` of the differences are not 0.

    Two of 2ᵏ sign patterns, all of one sign, are the farthest from 0. What can never come out significant need not be
    paid for when many tests are adjusted (Tarone 1990; Gilbert 2005): the flips leave the sizes as they are.
    """
    return min(1.0, 2.0 ** (1 - differing))


def _resamples(sizes: Sequence[int], seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Rows drawn with replacement, block after block of `sizes`, (_AT_ONCE, sum of sizes) at a time."""
    generator = np.random.default_rng(seed)
    for _ in range(ROUNDS // _AT_ONCE):
        blocks, start = [], 0
        for size in sizes:
            if size:
                blocks.append(start + generator.integers(0, size, (_AT_ONCE, size)))
            start += size
        yield np.concatenate(blocks, axis=-1)


def _bounds(found: Sequence[Array]) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(np.concatenate(found), (tail, 1 - tail))
    return float(low), float(high)
