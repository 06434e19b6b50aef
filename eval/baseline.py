"""The naive pipeline that tutorials show, as a system that can be asked like ours: chunk → embed → nearest chunks.

Chunks of 500 characters with an overlap of 50 (langchain-text-splitters), one encoder, an exact FAISS index. It has no
articles, no lexical search, no quotes, no short answers and no refusals; its confidence is the cosine of the nearest
chunk, as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from time import perf_counter
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
from langchain_text_splitters import RecursiveCharacterTextSplitter

from eval.measures.ranking import Unit
from index.encoders import Encoder, Vectors
from index.errors import DocumentNotFound
from index.schema import Document
from rag.answer import Answer, ArticleRecord, Citation, CollectionRecord, Quote

ENCODER = "e5-small"
CHUNK, OVERLAP = 500, 50
SEPARATORS = ("\n\n", "\n", "。", "；", "，", "")

_NO_ARTICLE = ArticleRecord(title="", authors=[], region=None, index=0)


class Baseline:
    """Answers every question with its nearest chunks."""

    def __init__(self, documents: Iterable[Document], passages: tuple[Unit, ...], index: Any, encoder: Encoder) -> None:
        """`index` is a FAISS index of inner products whose row i is `passages[i]`; all are of `documents`."""
        self.passages = passages
        self._sources = {document.sha256: document for document in documents}
        self._index = index
        self._encoder = encoder
        self._rows: dict[str, list[int]] = {document.name: [] for document in self._sources.values()}
        for row, unit in enumerate(passages):
            self._rows[self._sources[unit.document_sha256].name].append(row)

    @classmethod
    def build(cls, documents: Sequence[Document], encoder: Encoder) -> Baseline:
        """Split and encode all documents."""
        units = tuple(unit for document in documents for unit in _chunks(document))
        sources = {document.sha256: document.text for document in documents}
        texts = [sources[unit.document_sha256][unit.start : unit.end] for unit in units]
        index: Any = faiss.IndexFlatIP(encoder.dimension)
        index.add(encoder.embed_passages(texts))
        return cls(documents, units, index, encoder)

    def ask_batch(self, questions: Sequence[str], k: int, within: Collection[str] | None = None) -> list[Answer]:
        """One answer for each question with its k nearest chunks, best first.

        `within`, when given, are the names of the only documents that may be cited. Raises DocumentNotFound.
        """
        began = perf_counter()
        options = {} if within is None else {"params": _only(self._rows_of(within))}
        vectors = self._encoder.embed_queries(questions)
        cosines, rows = self._index.search(vectors, min(k, len(self.passages)), **options)
        each = (perf_counter() - began) * 1000 / max(1, len(questions))
        return [
            self._answer(question, found[found >= 0], near[found >= 0], each)
            for question, found, near in zip(questions, rows, cosines, strict=True)
        ]

    def _rows_of(self, names: Iterable[str]) -> npt.NDArray[np.int64]:
        unknown = [name for name in names if name not in self._rows]
        if unknown:
            raise DocumentNotFound(f"no document is called {unknown[0]!r}", "name documents that were given to it")
        return np.array(sorted(row for name in names for row in self._rows[name]), np.int64)

    def _answer(self, question: str, rows: npt.NDArray[np.int64], cosines: Vectors, milliseconds: float) -> Answer:
        citations = [
            self._citation(self.passages[row], rank, min(1.0, max(0.0, float(cosine))))
            for rank, (row, cosine) in enumerate(zip(rows, cosines, strict=True), start=1)
        ]
        return Answer(
            question=question,
            language="",
            answerable=True,
            confidence=citations[0].score if citations else 0.0,
            answer=None,
            citations=citations,
            timing_ms={"total": round(milliseconds, 3)},
            collection=CollectionRecord(generation=0, encoders=[self._encoder.name]),
        )

    def _citation(self, unit: Unit, rank: int, score: float) -> Citation:
        document = self._sources[unit.document_sha256]
        text = document.text[unit.start : unit.end]
        return Citation(
            rank=rank,
            score=score,
            document=document.name,
            document_sha256=document.sha256,
            article=_NO_ARTICLE,
            passage_id=unit.id,
            start=unit.start,
            end=unit.end,
            text=text,
            display_text=text,
            quote=Quote(start=unit.start, end=unit.end, text=text),
            parts={"dense": score},
            url="",
        )


def _chunks(document: Document) -> Iterable[Unit]:
    """The splitter finds a chunk's start by its text, so of chunks with equal text some may go by one place."""
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=CHUNK,
        chunk_overlap=OVERLAP,
        separators=list(SEPARATORS),
        keep_separator="end",
        add_start_index=True,
    )
    places = dict.fromkeys(
        (chunk.metadata["start_index"], chunk.metadata["start_index"] + len(chunk.page_content))
        for chunk in splitter.create_documents([document.text])
    )
    for start, end in places:
        yield Unit(f"{document.id}:{start}-{end}", document.sha256, start, end)


def _only(rows: npt.NDArray[np.int64]) -> Any:
    options: Any = faiss.SearchParameters
    return options(sel=faiss.IDSelectorBatch(rows))
