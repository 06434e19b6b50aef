"""A collection opened for reading: its documents, passages, vectors and terms, checked against their checksums."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from index import generations
from index.dense import DenseIndex
from index.errors import CollectionDamaged, DocumentNotFound
from index.lexical import LexicalIndex
from index.manifest import REBUILD, Manifest
from index.schema import Document, Passage

_DOCUMENT, _PASSAGE = TypeAdapter(Document), TypeAdapter(Passage)

DOCUMENTS, PASSAGES, TEXTS, LEXICAL, DENSE = "documents.jsonl", "passages.jsonl", "texts", "lexical", "dense"


@dataclass(frozen=True, slots=True)
class DensePair:
    """The vectors of one encoder: of whole passages, and of their sentences."""

    passages: DenseIndex
    sentences: DenseIndex


@dataclass(frozen=True, slots=True)
class LexicalPair:
    """The terms of whole passages, and of their sentences."""

    passages: LexicalIndex
    sentences: LexicalIndex


class Collection:
    """What `Collection.open` read. Rows number the passages, sentence rows their sentences, both in file order."""

    def __init__(
        self,
        manifest: Manifest,
        documents: Iterable[Document],
        passages: Iterable[Passage],
        lexical: LexicalPair,
        dense: Mapping[str, DensePair],
    ) -> None:
        """Raises CollectionDamaged when the numbers of passages, sentences, vectors and terms' rows differ."""
        self.manifest = manifest
        self.documents = tuple(documents)
        self.passages = tuple(passages)
        self.lexical = lexical
        self.dense = dict(dense)
        self._check_alignment()

    @property
    def generation(self) -> int:
        """The number of the generation, counted up by each build."""
        return self.manifest.generation

    @cached_property
    def sentence_starts(self) -> npt.NDArray[np.int64]:
        """int64 (passages + 1,): the sentences of passage i have the rows [starts[i], starts[i + 1])."""
        return np.fromiter(accumulate((len(p.sentences) for p in self.passages), initial=0), np.int64)

    @cached_property
    def passage_of_sentence(self) -> npt.NDArray[np.int64]:
        """int64 (sentences,): the row of the passage that a sentence row belongs to."""
        return np.repeat(np.arange(len(self.passages)), np.diff(self.sentence_starts))

    @cached_property
    def passage_counts(self) -> Mapping[str, int]:
        """How many passages each document has, by its id."""
        return Counter(passage.document_id for passage in self.passages)

    @cached_property
    def _by_key(self) -> dict[str, Document]:
        keys: dict[str, Document] = {document.name: document for document in self.documents}
        for document in self.documents:
            keys[document.id] = keys[document.sha256] = document
        return keys

    def document(self, key: str) -> Document:
        """By id, SHA-256 or name. Raises DocumentNotFound."""
        try:
            return self._by_key[key]
        except KeyError:
            names = ", ".join(document.name for document in self.documents[:5]) or "none"
            raise DocumentNotFound(
                f"no document {key!r} in the collection (it has: {names})", "see: digest-qa documents"
            ) from None

    def _check_alignment(self) -> None:
        sentences = int(self.sentence_starts[-1])
        expected = {
            "terms of passages": (len(self.lexical.passages), len(self.passages)),
            "terms of sentences": (len(self.lexical.sentences), sentences),
        }
        for name, pair in self.dense.items():
            expected[f"{name} passages"] = len(pair.passages), len(self.passages)
            expected[f"{name} sentences"] = len(pair.sentences), sentences
        for what, (found, wanted) in expected.items():
            if found != wanted:
                raise CollectionDamaged(f"{what}: {found} rows for {wanted}", REBUILD)

    @classmethod
    def open(cls, store: Path) -> Collection:
        """Open the current generation of `store` and check every file of it.

        Builds that switch generations meanwhile do no harm. Raises CollectionNotFound, or CollectionDamaged naming the
        file and both checksums.
        """
        return generations.read_current(store, cls._read)

    @classmethod
    def _read(cls, folder: Path, manifest: Manifest) -> Collection:
        for problem in damages(folder, manifest):
            raise CollectionDamaged(problem, REBUILD)
        documents = _read_documents(folder)
        dense = {
            encoder.name: DensePair(
                passages=DenseIndex.from_bytes((folder / dense_file(encoder.name, "passages")).read_bytes()),
                sentences=DenseIndex.from_bytes((folder / dense_file(encoder.name, "sentences")).read_bytes()),
            )
            for encoder in manifest.encoders
        }
        lexical = LexicalPair(
            passages=LexicalIndex.load(folder / LEXICAL / "passages"),
            sentences=LexicalIndex.load(folder / LEXICAL / "sentences"),
        )
        return cls(manifest, documents, _read_passages(folder, documents), lexical, dense)


def dense_file(encoder: str, part: str) -> str:
    """The path of a vector index in a generation."""
    safe = "".join(char if char.isalnum() or char in "-." else "_" for char in encoder)
    return f"{DENSE}/{safe}.{part}.faiss"


def damages(folder: Path, manifest: Manifest) -> Iterable[str]:
    """What is wrong with the files of a generation, one line for each."""
    for name, expected in manifest.files.items():
        try:
            with (folder / name).open("rb") as file:
                found = file_digest(file, "sha256").hexdigest()
        except OSError as error:
            yield f"{folder / name} cannot be read ({error.strerror})"
            continue
        if found != expected:
            yield f"{folder / name} has SHA-256 {found[:12]}…, expected {expected[:12]}…"


def records(documents: Iterable[Document], passages: Iterable[Passage]) -> dict[str, bytes]:
    """The files of a generation that hold records and texts, by their paths."""
    files = {f"{TEXTS}/{document.id}.txt": document.text.encode() for document in documents}
    files[DOCUMENTS] = b"".join(_DOCUMENT.dump_json(document, exclude={"text"}) + b"\n" for document in documents)
    files[PASSAGES] = b"".join(_PASSAGE.dump_json(passage, exclude={"text"}) + b"\n" for passage in passages)
    return files


def _read_documents(folder: Path) -> list[Document]:
    rows = [json.loads(line) for line in (folder / DOCUMENTS).read_bytes().splitlines()]
    return [
        _DOCUMENT.validate_python({**row, "text": (folder / TEXTS / f"{row['id']}.txt").read_bytes().decode()})
        for row in rows
    ]


def _read_passages(folder: Path, documents: Iterable[Document]) -> Iterable[Passage]:
    by_id = {document.id: document for document in documents}
    for line in (folder / PASSAGES).read_bytes().splitlines():
        row = json.loads(line)
        document = by_id[row["document_id"]]
        text = document.text[row["start"] : row["end"]]
        yield _PASSAGE.validate_python({**row, "text": text})
