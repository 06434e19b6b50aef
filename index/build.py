"""Build a collection: find → take in → split → encode → write, as a new generation beside the old."""

from __future__ import annotations

from collections.abc import Collection as Members
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index import generations, sources
from index.collection import Collection
from index.errors import CollectionNotFound, InputError
from index.generation_writer import BuildSettings, GenerationWriter, Load
from index.intake import Intake, Item, Progress, hand_over, take_in
from index.manifest import Origin
from index.schema import Document
from index.terms import ANALYSER_VERSION

__all__ = ["BuildSettings", "Load", "Summary", "build", "build_documents", "quiet", "remove", "restore"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a build did; the lists name documents."""

    generation: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    documents: int = 0
    passages: int = 0


def quiet(step: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def build(
    paths: Iterable[Path],
    store: Path,
    settings: BuildSettings,
    load: Load,
    *,
    prune: bool = False,
    rebuild: bool = False,
    replacing: Members[str] = (),
    patience: float = 0,
    progress: Progress = quiet,
) -> Summary:
    """Bring the collection in `store` up to date with the files and folders in `paths`.

    Unchanged files cost nothing, changed ones are replaced, those that no longer exist are dropped with `prune`;
    documents that `paths` do not name stay, but for those whose ids are in `replacing`: they go, and their names are
    free for what is read. `rebuild` starts anew, whatever stands in `store`. `load` turns one of `settings.encoders`
    into the encoder and is called only when there is something to encode. `patience` is how many seconds to wait for
    another build to finish. Raises InputError and CollectionError; the old collection is intact after any of them.
    """
    found = sources.find(paths, may_be_empty=prune)
    with generations.locked(store, patience):
        old = None if rebuild else _open(store)
        there = _items(old)
        known = {key: item for key, item in there.items() if item.document.id not in replacing}
        gone = [item.document.name for key, item in there.items() if key not in known]
        intake = take_in(found, known, progress, prune=prune)
        items = {key: item for key, item in {**known, **intake.read}.items() if key not in intake.dropped}
        summary = _replaced(_summary(intake, known), gone)
        return _update(store, old, items, settings, load, summary, progress)


def build_documents(
    documents: Sequence[Document], store: Path, settings: BuildSettings, load: Load, progress: Progress = quiet
) -> Summary:
    """Write a collection of documents that are already read, in place of whatever stands in `store`.

    A document with the text of an earlier one is passed over with a notice, as in `build`. Raises InputError where two
    documents of different texts have the same name, and CollectionError.
    """
    intake = hand_over(documents)
    with generations.locked(store):
        return _update(store, None, intake.read, settings, load, _summary(intake, {}), progress)


def remove(key: str, store: Path, load: Load, patience: float = 0) -> Summary:
    """Take a document (by id, SHA-256 or name) out of the collection. Raises DocumentNotFound, CollectionError."""
    generations.current(store)  # where there is no collection, locking would make a folder for one
    with generations.locked(store, patience):
        old = Collection.open(store)
        document = old.document(key)
        items = {path: item for path, item in _items(old).items() if item.document.id != document.id}
        settings = BuildSettings.of(old.manifest)
        return _update(store, old, items, settings, load, Summary(0, removed=(document.name,)), quiet)


def restore(
    document: Document,
    origin: Origin,
    store: Path,
    load: Load,
    earlier: Collection,
    *,
    replacing: Members[str] = (),
    patience: float = 0,
) -> Summary:
    """Put a document back that was taken out; `earlier` is a collection that had it, and still has its vectors.

    Those whose ids are in `replacing` go. Raises InputError where another document of its name or its text is there
    meanwhile, and CollectionError.
    """
    with generations.locked(store, patience):
        old = Collection.open(store)
        items = {key: item for key, item in _items(old).items() if item.document.id not in replacing}
        for other in (item.document for item in items.values()):
            if document.name == other.name or document.id == other.id:
                raise InputError(f"{document.name} is there already", f"remove it first: digest-qa remove {other.id}")
        items[origin.path or document.id] = Item(document, origin)
        settings, summary = BuildSettings.of(old.manifest), Summary(0, added=(document.name,))
        return _update(store, old, items, settings, load, summary, quiet, vectors=earlier)


def _open(store: Path) -> Collection | None:
    try:
        return Collection.open(store)
    except CollectionNotFound:
        return None


def _items(collection: Collection | None) -> dict[str, Item]:
    """The documents of a collection by the path they came from; one that was handed over goes by its id."""
    if collection is None:
        return {}
    origins = collection.manifest.origins
    return {origins[d.id].path or d.id: Item(d, origins[d.id]) for d in collection.documents}


def _summary(intake: Intake, known: Mapping[str, Item]) -> Summary:
    return Summary(
        generation=0,
        added=tuple(item.document.name for key, item in intake.read.items() if key not in known),
        changed=tuple(item.document.name for key, item in intake.read.items() if key in known),
        unchanged=tuple(known[key].document.name for key in intake.unchanged),
        removed=tuple(known[key].document.name for key in intake.dropped),
        notices=intake.notices,
    )


def _replaced(summary: Summary, gone: Sequence[str]) -> Summary:
    """What was read under a name that had to go has changed; the other names that had to go are removed."""
    return replace(
        summary,
        added=tuple(name for name in summary.added if name not in gone),
        changed=(*summary.changed, *(name for name in summary.added if name in gone)),
        removed=(*summary.removed, *(name for name in gone if name not in summary.added)),
    )


def _update(
    store: Path,
    old: Collection | None,
    items: Mapping[str, Item],
    settings: BuildSettings,
    load: Load,
    summary: Summary,
    progress: Progress,
    vectors: Collection | None = None,
) -> Summary:
    """Write a new generation where something differs from the old one; `vectors` may give those it has (else `old`)."""
    same_build = old is not None and (
        BuildSettings.of(old.manifest) == settings and old.manifest.analyser == ANALYSER_VERSION
    )
    if old is not None and same_build and not (summary.added or summary.changed or summary.removed):
        manifest = old.manifest
    else:
        number = generations.next_number(store)
        by_name = sorted(items.values(), key=lambda item: item.document.name)
        writer = GenerationWriter(store, number, by_name, settings, load, vectors or old, progress)
        manifest = generations.write_generation(store, number, writer.fill)
    counts = manifest.counts
    return replace(summary, generation=manifest.generation, documents=counts["documents"], passages=counts["passages"])
