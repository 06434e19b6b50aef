"""What the report draws: risk against coverage, reliability, ranks of the first relevant citation, latency."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from eval.measures.abstention import Array, reliability, risk_coverage
from eval.measures.ranking import first_relevant
from eval.runner import DEPTH, Result

MISSED = "missed"
_DEEPER = ((11, 20), (21, DEPTH))
_LATENCY_BINS = 12


def curves(results: Sequence[Result]) -> dict[str, list[dict[str, Any]]]:
    """The points of every picture, by its name, in the order they are drawn; lists of nothing are empty.

    Questions whose relevant passages nobody knows are in the latencies only.
    """
    judged = [result for result in results if result.right is not None]
    confidence = np.array([result.answer.confidence for result in judged], np.float64)
    right = np.array([result.right for result in judged], np.float64)
    return {
        "risk_coverage": _risk_coverage(confidence, right),
        "reliability": [dataclasses.asdict(bar) for bar in reliability(confidence, right)],
        "ranks": _ranks([result for result in judged if result.question.gold.answerable]),
        "latency_ms": _latency([r.answer.timing_ms["total"] for r in results if "total" in r.answer.timing_ms]),
    }


def _risk_coverage(confidence: Array, right: Array) -> list[dict[str, Any]]:
    risks = risk_coverage(confidence, right)
    return [{"coverage": (at + 1) / len(risks), "risk": float(risk)} for at, risk in enumerate(risks)]


def _ranks(results: Sequence[Result]) -> list[dict[str, Any]]:
    """How many answerable questions have their first relevant citation at each rank; deeper ones in two groups."""
    found = [first_relevant(result.ranking) for result in results]
    bars = [{"rank": str(rank), "n": found.count(rank)} for rank in range(1, _DEEPER[0][0])]
    for low, high in _DEEPER:
        bars.append({"rank": f"{low}-{high}", "n": sum(rank is not None and low <= rank <= high for rank in found)})
    return [*bars, {"rank": MISSED, "n": found.count(None)}] if results else []


def _latency(milliseconds: Sequence[float]) -> list[dict[str, Any]]:
    """A histogram up to the 99th percentile; the last bar has all that took longer."""
    if not milliseconds:
        return []
    values = np.array(milliseconds)
    edges = np.linspace(0, max(float(np.quantile(values, 0.99)), 1.0), _LATENCY_BINS + 1)
    counts, _ = np.histogram(np.minimum(values, edges[-1]), edges)
    return [
        {"low": float(low), "high": float(high), "n": int(n)}
        for low, high, n in zip(edges, edges[1:], counts, strict=False)
    ]
