"""BEIR's format (Thakur et al. 2021): corpus.jsonl, queries.jsonl and qrels/*.tsv.

Every query of the qrels is a question; all are answerable, none has a short answer. Grades are kept; a passage judged
0 or less is a negative. A query with no relevant passage is left out and counted, as nothing can be measured on it.
The format does not tell languages, so they are recognised, one for all questions and one for all passages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from eval.benchmarks.reading import Reading, Text, language_of_all, refusals
from eval.benchmarks.records import Benchmark, BenchmarkPassage, BenchmarkQuestion, merged

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels"
SPLITS = ("test.tsv", "dev.tsv", "train.tsv")
"""Preferred in this order, before any other name."""
_GRADE = re.compile(r"-?\d{1,9}")


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)
    id: Text = Field(alias="_id")
    text: Text


class _Passage(_Line):
    title: Text = ""


def qrels_file(folder: Path) -> Path | None:
    """The judgments that are used: test.tsv where there is one."""
    found = {path.name: path for path in sorted((folder / QRELS).glob("*.tsv"))}
    return next((found[name] for name in (*SPLITS, *found) if name in found), None)


def names(folder: Path) -> tuple[str, ...]:
    """What `load` calls its benchmark."""
    return (folder.resolve().name,)


def load(folder: Path) -> tuple[Benchmark, ...]:
    """One benchmark. A passage without text has its title for it. Raises BenchmarkInvalid with every problem."""
    reading = Reading(folder)
    lines = list(reading.records(folder / CORPUS, _Passage))
    queries = list(reading.records(folder / QUERIES, _Line))
    reading.check_ids((where, line.id) for where, line in lines)
    reading.check_ids((where, line.id) for where, line in queries)
    for where, line in lines:
        if not (line.text.strip() or line.title.strip()):
            reading.problem(where, f"passage {line.id!r} has neither text nor title")
    judged = _judgments(reading, qrels_file(folder), {line.id for _, line in queries}, {line.id for _, line in lines})
    for where, query in queries:
        for problem in refusals(query.text) if query.id in judged else ():
            reading.problem(where, problem)
    reading.finish()

    language = language_of_all(line.text for _, line in lines if line.text.strip())
    passages = [
        BenchmarkPassage(line.id, line.title, line.text, language)
        if line.text.strip()
        else BenchmarkPassage(line.id, "", line.title, language)
        for _, line in lines
    ]
    asked = [line for _, line in queries if line.id in judged]
    spoken = language_of_all(line.text for line in asked)
    questions = [
        BenchmarkQuestion(
            id=line.id,
            language=spoken,
            question=line.text,
            answerable=True,
            relevant={name: grade for name, grade in judged[line.id].items() if grade > 0},
            negatives=tuple(name for name, grade in judged[line.id].items() if grade <= 0),
        )
        for line in asked
        if any(grade > 0 for grade in judged[line.id].values())
    ]
    unjudged = len(asked) - len(questions)
    left_out = {"no relevant passage": unjudged} if unjudged else {}
    (name,) = names(folder)
    return (Benchmark(name, *merged(passages, questions), left_out),)


def _judgments(
    reading: Reading, file: Path | None, queries: set[str], corpus: set[str]
) -> Mapping[str, dict[str, int]]:
    """Query → passage → grade. The first line is a header."""
    judged: dict[str, dict[str, int]] = {}
    if file is None:
        reading.problem(QRELS, "it holds no *.tsv")
        return judged
    for number, line in reading.lines(file):
        where, cells = f"{QRELS}/{file.name} line {number}", line.rstrip("\r\n").split("\t")
        if (number == 1 and not _is_grade(cells[-1])) or not line.strip():
            continue
        if len(cells) != 3 or not _is_grade(cells[2]):
            reading.problem(where, f"not a query, a passage and a grade, parted by tabs: {line.strip()!r}")
            continue
        query, passage, grade = cells
        if query not in queries:
            reading.problem(where, f"no query is called {query!r}")
        if passage not in corpus:
            reading.problem(where, f"no passage is called {passage!r}")
        if passage in judged.setdefault(query, {}):
            reading.problem(where, f"passage {passage!r} was judged for query {query!r} before")
        judged[query][passage] = int(grade)
    if not judged:
        reading.problem(f"{QRELS}/{file.name}", "it holds no judgment")
    return judged


def _is_grade(cell: str) -> bool:
    return _GRADE.fullmatch(cell.strip()) is not None
