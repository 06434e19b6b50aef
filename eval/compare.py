"""Is one run better than another? Question by question, with a test of whether chance would do as well."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.report import BY_QUESTION, table
from eval.runner import MEASURES
from index.errors import InputError

FLIPS = 10_000
_FLIPS_AT_ONCE = 100  # bounds the memory to 800 bytes a question

Scores = Mapping[str, Mapping[str, float]]
"""Question id → measure → score."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure over the n questions that both runs have it for; `wins` counts those where B is better."""

    measure: str
    n: int
    mean_a: float
    mean_b: float
    delta: float
    wins: int
    losses: int
    ties: int
    p: float


def read_run(path: Path) -> dict[str, dict[str, float]]:
    """The scores of a by-question file, or of the report folder that holds one. Raises InputError if it is neither."""
    file = path / BY_QUESTION if path.is_dir() else path
    try:
        records = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
        return {str(r["id"]): {name: float(score) for name, score in r["measures"].items()} for r in records}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file} is not a run: {error}", "make one: digest-qa eval --report DIR") from error


def compare(a: Scores, b: Scores, seed: int = 0) -> tuple[Difference, ...]:
    """Every measure that both runs have, over the questions that both have. Raises InputError if they share none."""
    shared = sorted(a.keys() & b.keys())
    if not shared:
        raise InputError(
            f"the runs ({len(a)} and {len(b)} questions) share no question", "compare runs on one gold set"
        )
    differences = []
    for measure in MEASURES:
        pairs = [(a[q][measure], b[q][measure]) for q in shared if measure in a[q] and measure in b[q]]
        if pairs:
            differences.append(_difference(measure, np.array(pairs, dtype=np.float64), seed))
    return tuple(differences)


def sign_flip_p(deltas: npt.NDArray[np.float64], seed: int = 0) -> float:
    """Two-sided p of Fisher's paired randomisation test (Smucker, Allan and Carterette 2007), in (0, 1].

    Were the runs alike, each difference could as well have had the other sign: p is the share of 10,000 random sign
    flips, the observed one counted among them, whose mean is at least as far from 0. Same seed, same p.
    """
    generator = np.random.default_rng(seed)
    # The margin keeps flips that differ from the observed sum by rounding only.
    bar = abs(float(deltas.sum())) - 1e-9
    as_far = 0
    for _ in range(FLIPS // _FLIPS_AT_ONCE):
        signs = generator.choice((-1.0, 1.0), size=(_FLIPS_AT_ONCE, len(deltas)))
        as_far += int((np.abs(signs @ deltas) >= bar).sum())
    return (1 + as_far) / (1 + FLIPS)


def render(differences: Sequence[Difference]) -> str:
    """A table, means in per cent with one decimal."""
    header = ["", "n", "A", "B", "B - A", "wins", "losses", "ties", "p"]
    rows = [
        [d.measure, str(d.n), f"{100 * d.mean_a:.1f}", f"{100 * d.mean_b:.1f}", f"{100 * d.delta:+.1f}",
         str(d.wins), str(d.losses), str(d.ties), f"{d.p:.4f}"]
        for d in differences
    ]  # fmt: skip
    return table([header, *rows])


def _difference(measure: str, pairs: npt.NDArray[np.float64], seed: int) -> Difference:
    mean_a, mean_b = (float(mean) for mean in pairs.mean(axis=0))
    deltas = pairs[:, 1] - pairs[:, 0]
    wins, losses = int((deltas > 0).sum()), int((deltas < 0).sum())
    ties = len(pairs) - wins - losses
    p = sign_flip_p(deltas, seed)
    return Difference(measure, len(pairs), mean_a, mean_b, mean_b - mean_a, wins, losses, ties, p)
