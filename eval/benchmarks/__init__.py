"""Outside benchmarks in the formats that they come in: load → sample → run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from eval.benchmarks import beir, corpus_folder, squad
from eval.benchmarks.records import Benchmark, BenchmarkInvalid, BenchmarkPassage, BenchmarkQuestion

__all__ = ["Benchmark", "BenchmarkInvalid", "BenchmarkPassage", "BenchmarkQuestion", "load", "names", "questions_file"]

_NOT_IN_NAMES = re.compile(r"[^\w .()-]+")


class _Format(NamedTuple):
    load: Callable[[Path], tuple[Benchmark, ...]]
    names: Callable[[Path], tuple[str, ...]]
    questions: Path


def load(folder: Path) -> tuple[Benchmark, ...]:
    """The benchmark in a folder, or one for each passage language of it; the files there tell the format.

    No two have the same name, and every name can be that of a folder. Raises BenchmarkInvalid when it has none of the
    formats, no question to ask, or with every problem of its files.
    """
    found = _format(folder).load(folder)
    for benchmark in found:
        if not benchmark.questions:
            reasons = ", ".join(f"{number} left out: {reason}" for reason, number in benchmark.left_out.items())
            raise BenchmarkInvalid(
                f"{folder} has no question to ask ({reasons or 'it holds none'})", "give a benchmark with questions"
            )
    called = _names_of_folders(benchmark.name for benchmark in found)
    return tuple(replace(benchmark, name=name) for benchmark, name in zip(found, called, strict=True))


def names(folder: Path) -> tuple[str, ...]:
    """What `load` calls its benchmarks, in order, at the price of reading the questions at most.

    Raises BenchmarkInvalid when the folder has none of the formats; problems of its files are left to `load`.
    """
    return _names_of_folders(_format(folder).names(folder))


def questions_file(folder: Path) -> Path:
    """The file that the questions are read from. Raises BenchmarkInvalid when the folder has none of the formats."""
    return _format(folder).questions


def _names_of_folders(names: Iterable[str]) -> tuple[str, ...]:
    """Unlike names, also where case does not count, without what would lead out of the folder that they stand in."""
    found: dict[str, str] = {}
    for name in names:
        safe = _NOT_IN_NAMES.sub("_", name).strip(" .") or "_"
        numbered = (f"{safe}-{number}" for number in count(2))
        chosen = next(name for name in chain((safe,), numbered) if name.casefold() not in found)
        found[chosen.casefold()] = chosen
    return tuple(found.values())


def _format(folder: Path) -> _Format:
    has_corpus = (folder / corpus_folder.CORPUS).is_file()
    if has_corpus and (folder / corpus_folder.QUESTIONS).is_file():
        return _Format(corpus_folder.load, corpus_folder.names, folder / corpus_folder.QUESTIONS)
    if has_corpus and (folder / beir.QUERIES).is_file() and beir.qrels_file(folder) is not None:
        return _Format(beir.load, beir.names, folder / beir.QUERIES)
    if len(squad.files(folder)) == 1:
        return _Format(squad.load, squad.names, squad.files(folder)[0])
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
