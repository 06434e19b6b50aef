"""The doctor: checks of everything on disk, of the collection and of the reader, each with what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index import generations
from index.collection import Collection, damages
from index.encoders import Encoder, Fingerprint
from index.errors import CollectionDamaged, DigestQAError
from index.manifest import Manifest
from index.schema import Document
from rag.compatibility import check_analyser, check_encoder, check_settings, rebuild
from rag.reading.shipped import check_weights
from rag.settings import Settings


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


def checks(settings: Settings, load: Callable[[str], Encoder]) -> Iterator[Check]:
    """One check after the other, as they are done. Raises CollectionNotFound when there is nothing to check."""
    store, remedy = settings.store, rebuild(settings.store)
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
        wrong_places = _not_covered_once(document)
        problem = f"{wrong_places} characters are in no article, or in two" if wrong_places else ""
        yield Check(f"coverage of {document.name}: {len(document.text)} characters", problem, remedy)
    yield _check(f"analyser {manifest.analyser}", lambda: check_analyser(manifest, store))
    yield _check(
        f"encoders of the settings: {', '.join(settings.encoders)}", lambda: check_settings(manifest, settings)
    )
    yield from _encoders(manifest, load, remedy)
    yield _check("reader's weights", check_weights)


def _check(name: str, check: Callable[[], None]) -> Check:
    try:
        check()
    except DigestQAError as error:
        return Check(name, error.problem, error.remedy)
    return Check(name)


def _not_covered_once(document: Document) -> int:
    spans = [span for article in document.articles for span in article.spans]
    edges = [0]
    for span in sorted([*spans, *(mark.span for mark in document.furniture)]):
        edges += [span.start, span.end]
    edges.append(len(document.text))
    return sum(abs(start - end) for end, start in zip(edges[::2], edges[1::2], strict=True))


def _encoders(manifest: Manifest, load: Callable[[str], Encoder], remedy: str) -> Iterator[Check]:
    for built, spec in zip(manifest.encoders, manifest.specs, strict=True):

        def check(built: Fingerprint = built, spec: str = spec) -> None:
            check_encoder(built, load(spec).fingerprint(), remedy)

        yield _check(f"encoder {built.name}", check)
