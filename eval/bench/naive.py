"""The assistant beside the naive pipeline, on the same questions, documents and machine, in one run.

    python -m eval.bench.naive [--shared ../shared]

The naive pipeline is what tutorials show: chunks of 500 characters with an overlap of 50 (langchain-text-splitters),
one encoder, one FAISS index. Same e5 weights, same libraries, same measures; it has no articles, quotes or refusals.
Prints a markdown table: Success@1 and @5 by the language of the question, the time of a warm question, and the ratio.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import click
import faiss
from langchain_text_splitters import RecursiveCharacterTextSplitter

from eval.dataset import ResolvedQuestion, load_gold, resolve
from index.build import build
from index.collection import Collection
from index.encoders import Encoder, load_encoder
from index.schema import Document, Span
from rag import Assistant
from rag.settings import load_settings

Ask = Callable[[str], list[Span]]
TIMED = 40
GROUPS = ("all", "zh", "en", "others")


def naive(document: Document, encoder: Encoder) -> Ask:
    """Chunk, embed, index; a question gives the spans of the five nearest chunks."""
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=500, chunk_overlap=50, separators=["\n\n", "\n", "。", "；", "，", ""], keep_separator="end",
        add_start_index=True,
    )  # fmt: skip
    chunks = splitter.create_documents([document.text])
    spans = [Span(c.metadata["start_index"], c.metadata["start_index"] + len(c.page_content)) for c in chunks]
    index = faiss.IndexFlatIP(encoder.dimension)
    index.add(encoder.embed_passages([chunk.page_content for chunk in chunks]))

    def ask(question: str) -> list[Span]:
        rows = index.search(encoder.embed_queries([question]), 5)[1][0]
        return [spans[row] for row in rows if row >= 0]

    return ask


def ours(assistant: Assistant) -> Ask:
    """The spans of the assistant's five citations."""
    return lambda question: [Span(cited.start, cited.end) for cited in assistant.ask(question, 5).citations]


def relevant(span: Span, question: ResolvedQuestion) -> bool:
    """At most 500 code points that cover at least 80 % of one evidence span."""
    return len(span) <= 500 and any(span.overlap(place.span) >= 0.8 * len(place.span) for place in question.evidence)


def success(ask: Ask, gold: Sequence[ResolvedQuestion], k: int) -> dict[str, float]:
    """Success@k in per cent for each group of languages."""
    hits = [(q.gold.language, any(relevant(span, q) for span in ask(q.gold.question)[:k])) for q in gold]
    group = {language: language if language in ("zh", "en") else "others" for language, _ in hits}
    return {
        name: 100 * sum(hit for language, hit in hits if name in ("all", group[language]))
        / sum(name in ("all", group[language]) for language, _ in hits)
        for name in GROUPS
    }  # fmt: skip


def milliseconds(ask: Ask, gold: Sequence[ResolvedQuestion]) -> float:
    """The median time of a warm question."""
    taken = []
    for question in gold[:TIMED]:
        began = perf_counter()
        ask(question.gold.question)
        taken.append((perf_counter() - began) * 1000)
    return median(taken)


def row(name: str, ask: Ask, gold: Sequence[ResolvedQuestion]) -> tuple[str, float]:
    """A line of the table, and the time for the ratio."""
    ask(gold[0].gold.question)
    first, fifth, time = success(ask, gold, 1), success(ask, gold, 5), milliseconds(ask, gold)
    cells = " | ".join(f"{first[group]:.0f} / {fifth[group]:.0f}" for group in GROUPS)
    return f"| {name} | {cells} | {time:.0f} ms |", time


@click.command()
@click.option("--shared", default=os.environ.get("DIGEST_QA_SHARED") or "../shared", show_default=True)
def main(shared: str) -> None:
    """Compare on the sample digest, and on the real one where it is there."""
    sets = {"sample": Path("index/sample/sample-digest.txt"), "digest": Path(shared, "digest", "digest.txt")}
    settings = load_settings().build
    encoders = {name: load_encoder(name) for name in settings.encoders}
    for name, path in sets.items():
        if not path.is_file():
            click.echo(f"skipped {name}: {path} not found (set DIGEST_QA_SHARED)", err=True)
            continue
        with tempfile.TemporaryDirectory() as store:
            build([path], Path(store), settings, encoders.__getitem__)
            collection = Collection.open(Path(store))
        gold = [q for q in resolve(load_gold(Path(f"eval/gold/{name}.jsonl")), collection.documents) if q.evidence]
        theirs, slow = row(
            "naive: 500-character chunks, e5, FAISS", naive(collection.documents[0], encoders["e5-small"]), gold
        )
        mine, fast = row("digest-qa", ours(Assistant(collection, encoders)), gold)
        click.echo(f"\n{name}: {len(gold)} answerable questions, Success@1 / @5 in %\n")
        click.echo(f"| | {' | '.join(GROUPS)} | warm question |\n|---|{'---|' * (len(GROUPS) + 1)}\n{theirs}\n{mine}")
        click.echo(f"\nA question takes {fast / slow:.1f} times as long as in the naive pipeline.")


if __name__ == "__main__":
    main()
