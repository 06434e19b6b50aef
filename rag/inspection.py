"""The doctor: checks of everything that a collection has on disk, each with what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index import generations
from index.collection import Collection, damages
from index.encoders import Encoder, same_encoder
from index.errors import CollectionDamaged, DigestQAError
from index.schema import Document
from index.terms import ANALYSER_VERSION


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked; `problem` is "" when it passed."""

    name: str
    problem: str = ""
    remedy: str = ""

    @property
    def passed(self) -> bool:
        """True when no problem was found."""
        return not self.problem


def checks(store: Path, load: Callable[[str], Encoder]) -> Iterator[Check]:
    """One check after the other, as they are done. Raises CollectionNotFound when there is nothing to check."""
    remedy = f"run: digest-qa index --rebuild PATH... --store {store}"
    try:
        folder, manifest = generations.current(store)
    except CollectionDamaged as error:
        yield Check("manifest", error.problem, error.remedy)
        return
    yield Check(f"manifest of generation {manifest.generation}")
    problems = list(damages(folder, manifest))
    yield Check(f"checksums of {len(manifest.files)} files", ", ".join(problems), remedy)
    if problems:
        return
    try:
        collection = Collection.open(store)
    except DigestQAError as error:
        yield Check("collection", error.problem, error.remedy)
        return
    yield Check(f"alignment of {len(collection.passages)} passages with vectors and terms")
    wrong = [p.id for p in collection.passages if collection.document(p.document_id).text[p.start : p.end] != p.text]
    yield Check("every passage equals its source", f"{len(wrong)} differ, first {wrong[0]}" if wrong else "", remedy)
    for document in collection.documents:
        gaps = _uncovered(document)
        problem = f"{gaps} characters belong to no article" if gaps else ""
        yield Check(f"coverage of {document.name}: {len(document.text)} characters", problem, remedy)
    analyser = manifest.analyser
    problem = "" if analyser == ANALYSER_VERSION else f"built with {analyser}, this version has {ANALYSER_VERSION}"
    yield Check(f"analyser {analyser}", problem, remedy)
    yield from _encoders(collection, load, remedy)


def _uncovered(document: Document) -> int:
    covered = sum(len(span) for article in document.articles for span in article.spans)
    return len(document.text) - covered - sum(len(mark.span) for mark in document.furniture)


def _encoders(collection: Collection, load: Callable[[str], Encoder], remedy: str) -> Iterator[Check]:
    manifest = collection.manifest
    for built, spec in zip(manifest.encoders, manifest.specs, strict=True):
        try:
            found = load(spec).fingerprint()
        except DigestQAError as error:
            yield Check(f"encoder {built.name}", error.problem, error.remedy)
            continue
        problem = "" if same_encoder(built, found) else "its vectors for the probe texts differ from the collection's"
        yield Check(f"encoder {built.name}", problem, remedy)
