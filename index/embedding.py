"""What the encoders see of a passage, and its vectors, taken over from an older generation where texts are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from index.chunking import display_of
from index.collection import Collection
from index.dense import DenseIndex
from index.encoders import Encoder, Vectors, same_encoder
from index.encoders.protocol import Fingerprint
from index.schema import Document, Passage

BATCH = 128

Part = Literal["passages", "sentences"]


def passage_text(passage: Passage) -> str:
    """A passage for the encoders: its context where it has one, then its text without layout breaks."""
    return _in_context(passage, passage.display_text)


def sentence_texts(documents: Iterable[Document], passages: Sequence[Passage]) -> list[str]:
    """The sentences of the passages for the encoders, in order, each after its passage's context."""
    by_id = {document.id: document for document in documents}
    return [
        _in_context(passage, display_of(by_id[passage.document_id], sentence))
        for passage in passages
        for sentence in passage.sentences
    ]


def _in_context(passage: Passage, text: str) -> str:
    return f"{passage.context}\n{text}" if passage.context else text


@dataclass(frozen=True, slots=True)
class Known:
    """What an older generation can give: for each part the rows by the text they were made from."""

    rows: Mapping[Part, Mapping[str, int]]
    collection: Collection | None

    @classmethod
    def of(cls, collection: Collection | None) -> Known:
        """Nothing is known of None."""
        if collection is None:
            return cls({"passages": {}, "sentences": {}}, None)
        texts: dict[Part, list[str]] = {
            "passages": [passage_text(passage) for passage in collection.passages],
            "sentences": sentence_texts(collection.documents, collection.passages),
        }
        return cls({part: {text: row for row, text in enumerate(found)} for part, found in texts.items()}, collection)

    def fingerprint(self, spec: str) -> Fingerprint | None:
        """That of the older generation's encoder which the settings call so."""
        manifest = self.collection.manifest if self.collection is not None else None
        return dict(zip(manifest.specs, manifest.encoders, strict=True)).get(spec) if manifest is not None else None

    def index(self, name: str, part: Part) -> DenseIndex:
        """The older vectors. Raises KeyError when there are none of this encoder."""
        if self.collection is None:
            raise KeyError(name)
        pair = self.collection.dense[name]
        return pair.passages if part == "passages" else pair.sentences


def embed(
    spec: str,
    texts: Mapping[Part, Sequence[str]],
    load: Callable[[str], Encoder],
    known: Known,
    tick: Callable[[int], None],
) -> tuple[Fingerprint, dict[Part, Vectors]]:
    """The fingerprint of the encoder `spec`, and for each part float32 (n, d), row i for its text i.

    Vectors of the same text by the same encoder are taken over; the encoder is loaded only when there is a new text.
    `tick` is told how many texts are done since it was last told.
    """
    old = known.fingerprint(spec)
    new = any(text not in known.rows[part] for part, wanted in texts.items() for text in wanted)
    if old is not None and not new:
        vectors = {part: _taken_over(wanted, known, old.name, part)[1] for part, wanted in texts.items()}
        tick(sum(map(len, texts.values())))
        return old, vectors
    encoder = load(spec)
    same = old is not None and same_encoder(old, encoder.fingerprint())
    found: dict[Part, Vectors] = {}
    for part, wanted in texts.items():
        matrix = np.empty((len(wanted), encoder.dimension), np.float32)
        if old is not None and same:
            rows, vectors_there = _taken_over(wanted, known, old.name, part)
            matrix[rows] = vectors_there
            tick(len(rows))
        _encode(wanted, encoder, matrix, known.rows[part] if same else {}, tick)
        found[part] = matrix
    return encoder.fingerprint(), found


def _taken_over(texts: Sequence[str], known: Known, name: str, part: Part) -> tuple[npt.NDArray[np.int64], Vectors]:
    """The rows of the texts that are known, and their vectors."""
    rows = [(row, known.rows[part][text]) for row, text in enumerate(texts) if text in known.rows[part]]
    new_rows, old_rows = np.array(rows, np.int64).reshape(-1, 2).T
    return new_rows, known.index(name, part).vectors(old_rows)


def _encode(
    texts: Sequence[str], encoder: Encoder, matrix: Vectors, known: Mapping[str, int], tick: Callable[[int], None]
) -> None:
    """Fill the rows of the texts that are not known; a text that stands there twice is encoded once."""
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if text not in known:
            rows.setdefault(text, []).append(row)
    wanted = sorted(rows, key=len)  # texts of like length together: less padding
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        for text, vector in zip(batch, encoder.embed_passages(batch), strict=True):
            matrix[rows[text]] = vector
        tick(sum(len(rows[text]) for text in batch))
