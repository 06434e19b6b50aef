"""The assistant beside the naive pipeline, on the same questions, documents and machine, in one run.

    python -m eval.bench.naive [--shared ../shared]

The naive pipeline is what tutorials show (eval/baseline.py). Same e5 weights, same libraries, same measures; it has no
articles, quotes or refusals.
Prints a markdown table: Success@1 and @5 by the language of the question, the time of a warm question, and the ratios;
digest-qa in both modes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import click

from eval.baseline import ENCODER, Baseline
from eval.dataset import ResolvedQuestion
from eval.measures.ranking import covers
from eval.results.sets import own_sets
from eval.runner import System
from index.build import build_documents
from index.collection import Collection
from index.encoders import load_encoder
from rag import Assistant
from rag.answer import Citation
from rag.reading.shipped import shipped_reader
from rag.settings import Mode, load_settings

TIMED = 40
GROUPS = ("all", "zh", "en", "others")


def citations(system: System, question: str) -> list[Citation]:
    """Five of them, best first."""
    return system.ask_batch([question], 5)[0].citations


def relevant(cited: Citation, question: ResolvedQuestion) -> bool:
    """Whether it covers one of the evidence spans."""
    return any(covers(cited, place) for place in question.evidence)


def success(system: System, gold: Sequence[ResolvedQuestion], k: int) -> dict[str, float]:
    """Success@k in per cent for each group of languages."""
    hits = [
        (q.gold.language, any(relevant(cited, q) for cited in citations(system, q.gold.question)[:k])) for q in gold
    ]
    group = {language: language if language in ("zh", "en") else "others" for language, _ in hits}
    return {
        name: 100 * sum(hit for language, hit in hits if name in ("all", group[language]))
        / sum(name in ("all", group[language]) for language, _ in hits)
        for name in GROUPS
    }  # fmt: skip


def milliseconds(system: System, gold: Sequence[ResolvedQuestion]) -> float:
    """The median time of a warm question."""
    taken = []
    for question in gold[:TIMED]:
        began = perf_counter()
        citations(system, question.gold.question)
        taken.append((perf_counter() - began) * 1000)
    return median(taken)


def row(name: str, system: System, gold: Sequence[ResolvedQuestion]) -> tuple[str, float]:
    """A line of the table, and the time for the ratio."""
    citations(system, gold[0].gold.question)
    first, fifth, time = success(system, gold, 1), success(system, gold, 5), milliseconds(system, gold)
    cells = " | ".join(f"{first[group]:.0f} / {fifth[group]:.0f}" for group in GROUPS)
    return f"| {name} | {cells} | {time:.0f} ms |", time


@click.command()
@click.option("--shared", default=os.environ.get("DIGEST_QA_SHARED") or "../shared", show_default=True)
def main(shared: str) -> None:
    """Compare on each of our own gold sets whose documents are there."""
    settings = load_settings().build
    encoders = {name: load_encoder(name) for name in settings.encoders}
    reader = shipped_reader()
    for name, source in own_sets(Path(shared)).items():
        (own,) = source.read()
        with tempfile.TemporaryDirectory() as store:
            build_documents(own.documents, Path(store), settings, encoders.__getitem__)
            collection = Collection.open(Path(store))
        gold = [question for question in own.gold if question.evidence]
        naive = Baseline.build(collection.documents, load_encoder(ENCODER))
        theirs, naive_time = row("naive: 500-character chunks, e5, FAISS", naive, gold)
        ours = {
            mode: row(f"digest-qa, {mode}", Assistant(collection, encoders, reader=reader, mode=mode), gold)
            for mode in Mode
        }
        lines = "\n".join([theirs, *(line for line, _ in ours.values())])
        ratios = ", ".join(f"{time / naive_time:.1f} ({mode})" for mode, (_, time) in ours.items())
        click.echo(f"\n{name}: {len(gold)} answerable questions, Success@1 / @5 in %\n")
        click.echo(f"| | {' | '.join(GROUPS)} | warm question |\n|---|{'---|' * (len(GROUPS) + 1)}\n{lines}")
        click.echo(f"\nA question takes {ratios} times as long as in the naive pipeline.")


if __name__ == "__main__":
    main()
