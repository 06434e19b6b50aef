"""Answers, build summaries and checks as readable text."""

from __future__ import annotations

import json
from dataclasses import asdict
from unicodedata import category

import click

from index.build import Summary
from index.layout import display
from rag.answer import Answer, Citation
from rag.inspection import Check


def visible(text: str) -> str:
    """Without control characters, which a document could use to steer the terminal."""
    return "".join(char for char in text if char in "\n\t" or category(char) != "Cc")


def one_line(text: str) -> str:
    """What a file says, as a cell of a table: visible, on one line."""
    return " ".join(visible(text).split())


def answer(found: Answer) -> str:
    """The short answer or the reason, then the numbered citations with the quote in bold."""
    if found.answer is not None:
        head = click.style(_line(found.answer.text), bold=True) + f"  [1]  ({found.confidence:.0%})"
    else:
        head = found.reason or ""
    return "\n\n".join([head, *map(_citation, found.citations)])


def _citation(cited: Citation) -> str:
    """The article, its authors and the score, the quote, and where the quote stands."""
    authors = "; ".join(" ".join(filter(None, (author.name, author.office))) for author in cited.article.authors)
    what = " · ".join(filter(None, (cited.article.title, authors, f"{cited.score:.0%}")))
    place = f"{cited.document} {cited.quote.start}-{cited.quote.end}"
    return (
        f"[{cited.rank}] {visible(what)}\n    {click.style(_line(cited.quote.text), bold=True)}\n    {visible(place)}"
    )


def _line(text: str) -> str:
    return visible(display(text))


def summary(done: Summary) -> str:
    """What a build did, in one line."""
    counts = (
        ("added", done.added),
        ("changed", done.changed),
        ("unchanged", done.unchanged),
        ("removed", done.removed),
    )
    what = ", ".join(f"{len(names)} {verb}" for verb, names in counts if names) or "nothing to do"
    return f"{what}; generation {done.generation} has {done.documents} documents, {done.passages} passages"


def summary_json(done: Summary) -> str:
    """The same as JSON, with the names."""
    return json.dumps(asdict(done), ensure_ascii=False)


def check(done: Check) -> str:
    """One line of the doctor."""
    return f"ok      {done.name}" if done.passed else f"FAILED  {done.name}: {done.problem}; {done.remedy}"
