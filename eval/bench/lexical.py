"""Which engine for lexical search: ours (bm25s) against tantivy, on the same terms.

    python -m eval.bench.lexical            quality and cost on CMRC 2018 dev, cost again on 50,000 passages
    python -m eval.bench.lexical --sweep    k1 and b on the development sets

tantivy is no dependency of the project: `pip install tantivy` for its column, which is left out otherwise.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import click

from index.lexical import LexicalIndex
from index.terms import query_terms, terms

TEST_SET = "cmrc2018_dev"
DEVELOPMENT_SETS = ("cmrc2018_trial", "covid_policy_open")
SCALE_SETS = (TEST_SET, *DEVELOPMENT_SETS, "drcd_dev", "dureader_robust_dev", "rgb_int", "crud_events", "cjrc_dev")
PASSAGE = 400
DEPTH = 10
SHARED = Path(os.environ.get("DIGEST_QA_SHARED") or Path(__file__).resolve().parents[3] / "shared")


IndexWriter = Any  # tantivy's, which need not be installed


class QuestionSet(NamedTuple):
    """Passages with their documents' ids, and (question, ids of the documents that answer it)."""

    texts: list[str]
    ids: list[str]
    questions: list[tuple[str, frozenset[str]]]


class Bm25s:
    """`LexicalIndex`; a change writes the whole index anew."""

    name = "bm25s"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, texts: Sequence[str]) -> None:
        """Analyse, weigh, save, open: what a new generation of a collection costs."""
        LexicalIndex.build(texts).save(self.folder)
        self.open()

    def open(self, mmap: bool = True) -> None:
        """Memory-mapped, or read as a whole."""
        self.index = LexicalIndex.load(self.folder, mmap)

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """(row, score), best first."""
        return self.index.search(query, k)

    def add(self, texts: Sequence[str], text: str) -> None:
        """One more row after `texts`."""
        self.build([*texts, text])

    def delete_last(self, texts: Sequence[str]) -> None:
        """All of `texts` but the last."""
        self.build(texts[:-1])


class Tantivy:
    """An inverted index in segments: changes are small commits. k1 1.2 and b 0.75 are fixed in it."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self.tantivy = import_module("tantivy")
        builder = self.tantivy.SchemaBuilder()
        builder.add_unsigned_field("row", indexed=True, fast=True, stored=True)
        builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
        self.schema = builder.build()
        self.folder = folder

    def build(self, texts: Sequence[str]) -> None:
        """Analyse, index with one thread, commit, merge, open."""
        self.index = self.tantivy.Index(self.schema, path=str(self.folder), reuse=False)
        self._commit(lambda writer: self._put(writer, 0, texts))

    def open(self, mmap: bool = True) -> None:
        """tantivy maps its files whatever `mmap` says."""
        self.index = self.tantivy.Index.open(str(self.folder))
        self.searcher = self.index.searcher()

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """(row, score), best first."""
        make, should = self.tantivy.Query, self.tantivy.Occur.Should
        counts = Counter(query_terms(query)).items()
        clauses = [(make.term_query(self.schema, "terms", term, "freq"), float(repeats)) for term, repeats in counts]
        any_of = make.boolean_query([(should, make.boost_query(clause, repeats)) for clause, repeats in clauses])
        hits = self.searcher.search(any_of, k, count=False).hits
        return [(self.searcher.doc(address)["row"][0], score) for score, address in hits]

    def add(self, texts: Sequence[str], text: str) -> None:
        """One more row after `texts`."""
        self._commit(lambda writer: self._put(writer, len(texts), [text]))

    def delete_last(self, texts: Sequence[str]) -> None:
        """All of `texts` but the last."""
        self._commit(lambda writer: writer.delete_documents_by_term("row", len(texts) - 1))

    def _put(self, writer: IndexWriter, start: int, texts: Sequence[str]) -> None:
        for row, text in enumerate(texts, start):
            document = self.tantivy.Document()
            document.add_unsigned("row", row)
            document.add_text("terms", " ".join(terms(text)))
            writer.add_document(document)

    def _commit(self, change: Callable[[IndexWriter], object]) -> None:
        writer = self.index.writer(heap_size=200_000_000, num_threads=1)
        change(writer)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()


Engine = Bm25s | Tantivy


def read_set(folder: Path, cut: int | None = None) -> QuestionSet:
    """A corpus.jsonl with its questions.jsonl; with `cut`, texts in pieces of that many code points."""
    rows = [(d["id"], d["text"]) for d in read_lines(folder / "corpus.jsonl")]
    if cut:
        rows = [(name, text[i : i + cut]) for name, text in rows for i in range(0, len(text), cut)]
    questions = [(q["question"], frozenset(q["relevant"])) for q in read_lines(folder / "questions.jsonl")]
    return QuestionSet([text for _, text in rows], [name for name, _ in rows], questions)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def many_passages(data: Path, count: int) -> list[str]:
    """`count` passages of some `PASSAGE` code points, from the sentences of all sets in shuffled order, seeded."""
    texts = (d["text"] for name in SCALE_SETS for d in read_lines(data / name / "corpus.jsonl"))
    sentences = [s for text in texts for s in re.split(r"(?<=[。！？；\n])", text) if s.strip()]
    shuffle = random.Random(0).shuffle
    passages: list[str] = []
    while len(passages) < count:
        shuffle(sentences)
        passage = ""
        for sentence in sentences:
            passage += sentence[:PASSAGE]
            if len(passage) >= PASSAGE:
                passages.append(passage)
                passage = ""
    return passages[:count]


def quality(search: Callable[[str, int], list[tuple[int, float]]], data: QuestionSet) -> tuple[float, float]:
    """R@1 and MRR@10 over documents, in per cent of all questions; a document counts where its best row stands."""
    first = reciprocal = 0.0
    for question, relevant in data.questions:
        documents = list(dict.fromkeys(data.ids[row] for row, _ in search(question, 10 * DEPTH)))[:DEPTH]
        rank = next((rank for rank, name in enumerate(documents, start=1) if name in relevant), None)
        first += rank == 1
        reciprocal += 1 / rank if rank else 0
    return 100 * first / len(data.questions), 100 * reciprocal / len(data.questions)


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def content_hash(folder: Path) -> str:
    """SHA-256 over names and bytes of the files there."""
    files = sorted(path for path in folder.iterdir() if path.suffix != ".lock")
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()


def cost(engine: Engine, again: Engine, texts: Sequence[str], questions: Sequence[str]) -> dict[str, str]:
    """Fills both; the second build is compared byte by byte with the first, then changed, and the first is asked."""
    row = {"index s": f"{seconds(lambda: engine.build(texts)):.2f}"}
    row["MB on disk"] = f"{sum(path.stat().st_size for path in engine.folder.iterdir()) / 1e6:.1f}"
    again.build(texts)
    row["same bytes"] = "yes" if content_hash(engine.folder) == content_hash(again.folder) else "no"
    row["add 1, s"] = f"{seconds(lambda: again.add(texts, 'one more passage')):.2f}"
    row["delete 1, s"] = f"{seconds(lambda: again.delete_last(texts)):.2f}"
    row["load s, read / mapped"] = f"{seconds(lambda: engine.open(mmap=False)):.3f} / {seconds(engine.open):.3f}"
    times = [seconds(partial(engine.search, question, DEPTH)) for question in questions]
    row["query p50 ms"] = f"{1000 * statistics.median(times):.2f}"
    return row


def sweep(data: Path) -> None:
    """R@1 / MRR@10 of ours for each k1 and b: whole documents, and the long ones cut to the size of our passages."""
    sets = {name: read_set(data / name) for name in DEVELOPMENT_SETS}
    sets[f"{DEVELOPMENT_SETS[1]} cut"] = read_set(data / DEVELOPMENT_SETS[1], PASSAGE)
    print("| k1 | b |", " | ".join(sets), "|\n|---|---|" + "---|" * len(sets))
    for k1, b in product((0.3, 0.6, 0.9, 1.2, 1.5), (0.3, 0.5, 0.75)):
        indexes = [(LexicalIndex.build(s.texts, k1, b), s) for s in sets.values()]
        results = (quality(index.search, s) for index, s in indexes)
        print(f"| {k1} | {b} |", " | ".join(f"{r1:.1f} / {mrr:.1f}" for r1, mrr in results), "|", flush=True)


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), default=SHARED / "data" / "qa")
@click.option("--scale", default=50_000, show_default=True, help="Passages of the second comparison; 0 leaves it out.")
@click.option("--sweep", "only_sweep", is_flag=True, help="Only compare k1 and b, on the development sets.")
def main(data: Path, scale: int, only_sweep: bool) -> None:
    """Print the comparison as a Markdown table."""
    if only_sweep:
        sweep(data)
        return
    test = read_set(data / TEST_SET)
    questions = [question for question, _ in test.questions[:500]]
    kinds: list[type[Engine]] = [Bm25s, Tantivy] if find_spec("tantivy") else [Bm25s]
    header = True
    for size, texts in ((len(test.texts), test.texts), *([(scale, many_passages(data, scale))] if scale else [])):
        for kind in kinds:
            with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
                engine = kind(Path(first))
                row = cost(engine, kind(Path(second)), texts, questions)
                found = quality(engine.search, test) if texts is test.texts else None
            row = {"R@1 / MRR@10": f"{found[0]:.1f} / {found[1]:.1f}" if found else "", **row}
            if header:
                print("| passages | engine |", " | ".join(row), "|\n|---|---|" + "---|" * len(row))
                header = False
            print(f"| {size:,} | {kind.name} |", " | ".join(row.values()), "|", flush=True)


if __name__ == "__main__":
    main()
