"""Build a collection: find → take in → split → encode → write, as a new generation beside the old."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path

from index import generations, sources
from index.chunking import TARGET_PASSAGE, passages
from index.collection import LEXICAL, Collection, dense_file, records
from index.dense import DenseIndex
from index.embedding import Known, Part, embed, passage_text, sentence_texts
from index.encoders import Encoder
from index.encoders.protocol import Fingerprint
from index.errors import CollectionNotFound, SettingInvalid
from index.intake import Intake, Item, Progress, hand_over, take_in
from index.lexical import LexicalIndex
from index.manifest import FORMAT, Manifest
from index.schema import Document
from index.terms import ANALYSER_VERSION

Load = Callable[[str], Encoder]


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What decides over the content of a collection besides the documents. `encoders` are what `Load` understands.

    `context`: whether region, title and institution stand before the texts that are encoded and searched.
    """

    encoders: tuple[str, ...]
    target_passage: int = TARGET_PASSAGE
    context: bool = True

    @classmethod
    def of(cls, manifest: Manifest) -> BuildSettings:
        """Those that a collection was built with."""
        return cls(manifest.specs, manifest.target_passage, manifest.context)


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
    patience: float = 0,
    progress: Progress = quiet,
) -> Summary:
    """Bring the collection in `store` up to date with the files and folders in `paths`.

    Unchanged files cost nothing, changed ones are replaced, those that no longer exist are dropped with `prune`;
    documents that `paths` do not name stay. `rebuild` starts anew, whatever stands in `store`. `load` turns one of
    `settings.encoders` into the encoder and is called only when there is something to encode. `patience` is how many
    seconds to wait for another build to finish. Raises InputError and CollectionError; the old collection is intact
    after any of them.
    """
    found = sources.find(paths, may_be_empty=prune)
    with generations.locked(store, patience):
        old = None if rebuild else _open(store)
        known = _items(old)
        intake = take_in(found, known, progress, prune=prune)
        items = {key: item for key, item in {**known, **intake.read}.items() if key not in intake.dropped}
        return _update(store, old, items, settings, load, _summary(intake, known), progress)


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


def remove(key: str, store: Path, load: Load) -> Summary:
    """Take a document (by id, SHA-256 or name) out of the collection. Raises DocumentNotFound, CollectionError."""
    generations.current(store)  # where there is no collection, locking would make a folder for one
    with generations.locked(store):
        old = Collection.open(store)
        document = old.document(key)
        items = {path: item for path, item in _items(old).items() if item.document.id != document.id}
        settings = BuildSettings.of(old.manifest)
        return _update(store, old, items, settings, load, Summary(0, removed=(document.name,)), quiet)


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


def _update(
    store: Path,
    old: Collection | None,
    items: Mapping[str, Item],
    settings: BuildSettings,
    load: Load,
    summary: Summary,
    progress: Progress,
) -> Summary:
    """Write a new generation where something differs from the old one."""
    same_build = old is not None and (
        BuildSettings.of(old.manifest) == settings and old.manifest.analyser == ANALYSER_VERSION
    )
    if old is not None and same_build and not (summary.added or summary.changed or summary.removed):
        manifest = old.manifest
    else:
        number = generations.next_number(store)
        by_name = sorted(items.values(), key=lambda item: item.document.name)
        writer = _Writer(store, number, by_name, settings, load, old, progress)
        manifest = generations.write_generation(store, number, writer.fill)
    counts = manifest.counts
    return replace(summary, generation=manifest.generation, documents=counts["documents"], passages=counts["passages"])


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the files of one generation."""

    store: Path
    number: int
    items: Sequence[Item]
    settings: BuildSettings
    load: Load
    old: Collection | None
    progress: Progress

    def fill(self, folder: Path) -> Manifest:
        """Everything but the manifest itself, which is returned."""
        documents = [item.document for item in self.items]
        target, context = self.settings.target_passage, self.settings.context
        split = [p for document in documents for p in passages(document, target=target, context=context)]
        with generations.writing(self.store):
            found = records(documents, split).items()
            files = {name: generations.write_file(folder / name, raw) for name, raw in found}
        texts: dict[Part, list[str]] = {
            "passages": [passage_text(p) for p in split],
            "sentences": sentence_texts(documents, split),
        }
        with generations.writing(self.store):
            files |= _write_lexical(folder, texts)
        encoders, dense_files = self._write_dense(folder, texts)
        return Manifest(
            format=FORMAT,
            generation=self.number,
            analyser=ANALYSER_VERSION,
            target_passage=self.settings.target_passage,
            specs=self.settings.encoders,
            encoders=encoders,
            counts={
                "documents": len(documents),
                "articles": sum(len(document.articles) for document in documents),
                "passages": len(split),
                "sentences": sum(len(passage.sentences) for passage in split),
            },
            files=files | dense_files,
            origins={item.document.id: item.origin for item in self.items},
            context=self.settings.context,
        )

    def _write_dense(
        self, folder: Path, texts: Mapping[Part, Sequence[str]]
    ) -> tuple[tuple[Fingerprint, ...], dict[str, str]]:
        known = Known.of(self.old)
        total = len(self.settings.encoders) * sum(map(len, texts.values()))
        done = 0

        def tick(count: int) -> None:
            nonlocal done
            done += count
            self.progress("encoding", done, total)

        files: dict[str, str] = {}
        fingerprints = []
        for spec in self.settings.encoders:
            fingerprint, vectors = embed(spec, texts, self.load, known, tick)
            fingerprints.append(fingerprint)
            for part, matrix in vectors.items():
                path = dense_file(fingerprint.name, part)
                if path in files:
                    problem = f"two encoders are called {fingerprint.name}: {', '.join(self.settings.encoders)}"
                    raise SettingInvalid(problem, "leave one out, or rename its folder")
                raw = DenseIndex.build(matrix).to_bytes()
                with generations.writing(self.store):
                    files[path] = generations.write_file(folder / path, raw)
        return tuple(fingerprints), files


def _write_lexical(folder: Path, texts: Mapping[Part, Sequence[str]]) -> dict[str, str]:
    files: dict[str, str] = {}
    for part, wanted in texts.items():
        place = folder / LEXICAL / part
        place.mkdir(parents=True)
        LexicalIndex.build(wanted).save(place)
        files |= {f"{LEXICAL}/{part}/{file.name}": _checksum(file) for file in sorted(place.iterdir())}
    return files


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
