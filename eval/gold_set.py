"""Which gold is asked, and whether it fits: the files that were named, or the shipped ones that fit the documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import (
    MEND,
    SHIPPED,
    GoldQuestion,
    ResolvedQuestion,
    documents_named,
    examine,
    fold,
    known,
    load_gold,
)
from eval.gold_check import problems
from index.errors import GoldInvalid
from index.schema import Document


@dataclass(frozen=True, slots=True)
class GoldSet:
    """The questions that are asked, checked against their documents, and the files they come from."""

    files: Mapping[Path, Sequence[GoldQuestion]]
    questions: tuple[ResolvedQuestion, ...]

    def describe(self) -> list[dict[str, object]]:
        """Each file with its SHA-256 and the number of its questions, whatever the fold."""
        return [
            {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "questions": len(items)}
            for path, items in self.files.items()
        ]


def gold_set(
    files: Mapping[Path, Sequence[GoldQuestion]],
    documents: Sequence[Document],
    part: str = "all",
    wrong: Sequence[str] = (),
) -> GoldSet:
    """The questions of one fold ("all": both) of these files, or of the shipped ones where none is named.

    `wrong` are problems that reading the files has found. Raises GoldInvalid listing these and every problem of every
    file, or where no question is left.
    """
    files = files or _fitting(documents)
    resolved, misplaced = examine([item for items in files.values() for item in items], documents)
    found = [*wrong, *misplaced, *problems(resolved, documents)]
    if found:
        raise GoldInvalid("; ".join(found), MEND)
    asked = tuple(item for item in resolved if part in ("all", fold(item.gold.id)))
    if not asked:
        raise GoldInvalid(f"none of the {len(resolved)} questions is in the {part} fold", "use --fold all")
    return GoldSet(files, asked)


def _fitting(documents: Sequence[Document]) -> dict[Path, Sequence[GoldQuestion]]:
    """The shipped gold files all of whose documents are in the collection."""
    shipped = {path: load_gold(path) for path in sorted(SHIPPED.glob("*.jsonl"))}
    fitting = {
        path: items for path, items in shipped.items() if all(known(documents, name) for name in documents_named(items))
    }
    if not fitting:
        raise GoldInvalid(
            f"none of the {len(shipped)} shipped gold files fits the documents of this collection",
            "name a gold file of your own: digest-qa eval --gold FILE",
        )
    return dict(fitting)
