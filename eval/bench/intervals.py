"""How often the 95 % intervals of the evaluation hold the truth, beside the plain percentile bootstrap, in one run.

    python -m eval.bench.intervals

Questions are drawn from a known truth: a share of 97 %, and confidences that promise too much by up to 10 points.
Prints a markdown table of the coverage in per cent; 95 is what is promised.
"""

from __future__ import annotations

import click
import numpy as np

from eval.measures.abstention import Array, calibration_error
from eval.measures.scorecard import LEVEL, wilson

WORLDS = 1000
DRAWS = 300
SHARE = 0.97
TOO_MUCH = 0.1
TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)


def share_coverage(n: int, generator: np.random.Generator) -> tuple[float, float]:
    """Coverage of the percentile bootstrap, and of the same widened to Wilson's interval, for a share of n."""
    plain = ours = 0
    for _ in range(WORLDS):
        values = (generator.random(n) < SHARE).astype(np.float64)
        low, high = np.quantile(values[generator.integers(0, n, (DRAWS, n))].mean(axis=1), TAILS)
        least, most = wilson(values)
        plain += low <= SHARE <= high
        ours += min(low, least) <= SHARE <= max(high, most)
    return plain / WORLDS, ours / WORLDS


def ece_coverage(n: int, generator: np.random.Generator) -> tuple[float, float]:
    """Coverage of the percentile bootstrap and of the basic one, for the calibration error of n questions."""
    truth = float(calibration_error(*_questions(400_000, generator, mean=True)))
    plain = ours = 0
    for _ in range(WORLDS):
        confidence, right = _questions(n, generator)
        drawn = generator.integers(0, n, (DRAWS, n))
        low, high = np.quantile(calibration_error(confidence[drawn], right[drawn]), TAILS)
        value = float(calibration_error(confidence, right))
        plain += low <= truth <= high
        ours += min(value, 2 * value - high) <= truth <= max(value, 2 * value - low)
    return plain / WORLDS, ours / WORLDS


def _questions(n: int, generator: np.random.Generator, *, mean: bool = False) -> tuple[Array, Array]:
    """Confidences, and whether each is right; with `mean` how likely it is right instead."""
    confidence = generator.random(n)
    likely = np.maximum(confidence - TOO_MUCH, 0.0)
    return confidence, likely if mean else (generator.random(n) < likely).astype(np.float64)


@click.command()
def main() -> None:
    """Print the coverage of both."""
    click.echo("| figure | questions | percentile bootstrap | ours |\n|---|---|---|---|")
    for name, measured, sizes in (("share of 97 %", share_coverage, (37, 203)), ("ECE", ece_coverage, (60, 120, 260))):
        for n in sizes:
            plain, ours = measured(n, np.random.default_rng(0))
            click.echo(f"| {name} | {n} | {100 * plain:.0f} | {100 * ours:.0f} |")


if __name__ == "__main__":
    main()
