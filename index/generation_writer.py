"""The files of one generation: documents and passages, their terms, their vectors, and the manifest over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from index import generations
from index.chunking import TARGET_PASSAGE, passages
from index.collection import LEXICAL, Collection, dense_file, records
from index.dense import DenseIndex
from index.embedding import Known, Part, embed, passage_text, sentence_texts
from index.encoders import Encoder
from index.encoders.protocol import Fingerprint
from index.errors import SettingInvalid
from index.intake import Item, Progress
from index.lexical import LexicalIndex
from index.manifest import FORMAT, Manifest
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
class GenerationWriter:
    """Writes the files of one generation. `earlier` may give vectors of texts that stay the same."""

    store: Path
    number: int
    items: Sequence[Item]
    settings: BuildSettings
    load: Load
    earlier: Collection | None
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
        known = Known.of(self.earlier)
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
