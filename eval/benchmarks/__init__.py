"""Outside benchmarks in the formats that they come in: load → sample → run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.benchmarks import beir, corpus_folder, squad
from eval.benchmarks.records import Benchmark, BenchmarkInvalid, BenchmarkPassage, BenchmarkQuestion

__all__ = ["Benchmark", "BenchmarkInvalid", "BenchmarkPassage", "BenchmarkQuestion", "load", "questions_file"]


def load(folder: Path) -> tuple[Benchmark, ...]:
    """The benchmark in a folder, or one for each passage language of it; the files there tell the format.

    Raises BenchmarkInvalid when it has none of the formats, or with every problem of its files.
    """
    read, _ = _format(folder)
    return read(folder)


def questions_file(folder: Path) -> Path:
    """The file that the questions are read from. Raises BenchmarkInvalid when the folder has none of the formats."""
    _, file = _format(folder)
    return file


def _format(folder: Path) -> tuple[Callable[[Path], tuple[Benchmark, ...]], Path]:
    """What reads the folder, and the file that holds its questions."""
    has_corpus = (folder / corpus_folder.CORPUS).is_file()
    if has_corpus and (folder / corpus_folder.QUESTIONS).is_file():
        return corpus_folder.load, folder / corpus_folder.QUESTIONS
    if has_corpus and (folder / beir.QUERIES).is_file() and beir.qrels_file(folder) is not None:
        return beir.load, folder / beir.QUERIES
    if len(squad.files(folder)) == 1:
        return squad.load, squad.files(folder)[0]
    there = ", ".join(sorted(path.name for path in folder.iterdir())[:10]) if folder.is_dir() else "no such folder"
    wanted = (
        f"{corpus_folder.CORPUS} with {corpus_folder.QUESTIONS}",
        f"{beir.CORPUS} with {beir.QUERIES} and {beir.QRELS}/*.tsv (BEIR)",
        "one *.json (SQuAD)",
    )
    raise BenchmarkInvalid(
        f"{folder} is no benchmark ({there or 'empty'}): looked for {', '.join(wanted[:-1])}, or {wanted[-1]}",
        "give a folder with one of these",
    )
