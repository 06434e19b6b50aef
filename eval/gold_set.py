"""Which gold is asked, and whether it fits: the files that were named, or the shipped ones that fit the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import MEND, SHIPPED, GoldFile, ResolvedQuestion, documents_named, examine, fold, known, read_gold
from eval.gold_check import problems
from index.errors import GoldInvalid
from index.schema import Document

OWN = "gold"
"""The folder of a store that may hold gold files about its documents: they are asked where none is named."""


@dataclass(frozen=True, slots=True)
class GoldSet:
    """The questions that are asked, checked against their documents, and the files they come from."""

    files: Sequence[GoldFile]
    questions: tuple[ResolvedQuestion, ...]

    def describe(self) -> list[dict[str, object]]:
        """Each file with its SHA-256 and the number of its questions, whatever the fold."""
        return [
            {"file": file.path.name, "sha256": file.sha256, "questions": len(file.questions)} for file in self.files
        ]


def gold_set(files: Sequence[GoldFile], documents: Sequence[Document], store: Path, part: str = "all") -> GoldSet:
    """The questions of one fold ("all": both) of these files; where none is named, of those in STORE/gold, and where
    none lies there, of the shipped ones that fit the documents.

    Raises GoldInvalid listing every problem of every file, or where no question is left.
    """
    files = files or [read_gold(path) for path in sorted((store / OWN).glob("*.jsonl"))] or _fitting(documents)
    resolved, misplaced = examine([item for file in files for item in file.questions], documents)
    found = [*(problem for file in files for problem in file.problems), *misplaced, *problems(resolved, documents)]
    if found:
        raise GoldInvalid("; ".join(found), MEND)
    asked = tuple(item for item in resolved if part in ("all", fold(item.gold.id)))
    if not asked:
        raise GoldInvalid(f"none of the {len(resolved)} questions is in the {part} fold", "use --fold all")
    return GoldSet(files, asked)


def _fitting(documents: Sequence[Document]) -> list[GoldFile]:
    """The shipped gold files all of whose documents are in the collection."""
    shipped = [read_gold(path) for path in sorted(SHIPPED.glob("*.jsonl"))]
    fitting = [file for file in shipped if all(known(documents, name) for name in documents_named(file.questions))]
    if not fitting:
        raise GoldInvalid(
            f"none of the {len(shipped)} shipped gold files fits the documents of this collection",
            f"name a gold file of your own, digest-qa eval --gold FILE, or put it into the store's folder {OWN}",
        )
    return fitting
