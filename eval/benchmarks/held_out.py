"""Of sets that our models were partly trained on, the questions whose articles they never saw: those that count."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from eval.benchmarks.records import Benchmark

ONE_IN: Mapping[str, int] = {"xquad_train": 3, "drcd_dev": 2}
"""Folder → of so many articles one is held out of all training (training/reader/sets.py)."""


def held_out(article: str, of: int) -> bool:
    """True for one article in `of`, by its name alone."""
    return int(hashlib.sha256(article.encode()).hexdigest()[:8], 16) % of == 0


def article_of(folder: str, title: str, passage: str) -> str:
    """What an article is called: by its folder and its title, where it has none by the id of its only passage."""
    return f"{folder} {title.replace('_', ' ') or passage}"


def unseen(benchmark: Benchmark, folder: str) -> Benchmark:
    """All passages, and the questions that are all on held-out articles. A set that was not trained on stays as it is.

    What is left out is counted.
    """
    if folder not in ONE_IN:
        return benchmark
    out = {
        passage.id
        for passage in benchmark.passages
        if not held_out(article_of(folder, passage.title, passage.id), ONE_IN[folder])
    }
    kept = tuple(question for question in benchmark.questions if not out & question.relevant.keys())
    lost = len(benchmark.questions) - len(kept)
    return replace(benchmark, questions=kept, left_out={**benchmark.left_out, "on articles that were trained on": lost})
