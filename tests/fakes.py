"""Stand-ins small enough to reckon with in one's head."""

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from index.encoders.fingerprint import take_fingerprint
from index.encoders.protocol import Fingerprint, Vectors
from index.schema import Span
from rag.reading.inputs import Pair
from rag.reading.reading import Reading


class HashEncoder:
    """Texts that share neighbouring characters are near each other.

    Every pair of neighbouring characters, lower case, adds 1 to the column crc32(pair) mod `dimension`; the text's
    ends count as a space, so that no text is without pairs. Queries and passages are embedded alike.
    """

    def __init__(self, dimension: int = 64, name: str = "fake") -> None:
        self.dimension = dimension
        self.name = name

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def fingerprint(self) -> Fingerprint:
        return take_fingerprint(self, "0" * 64)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for a, b in pairwise(f" {text.lower()} "):
                row[zlib.crc32((a + b).encode()) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class FigureReader:
    """The relevance of a window is how many digits it has; the answer is its longest run of them, else all of it.

    Every answer has the chance exp(-1), no answer exp(-2). `asked` holds the pairs of each call.
    """

    def __init__(self) -> None:
        self.asked: list[list[Pair]] = []

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        self.asked.append(list(pairs))
        return [self._reading(pair.window) for pair in pairs]

    def _reading(self, window: str) -> Reading:
        runs = [Span(*found.span()) for found in re.finditer("[0-9]+", window)]
        answer = max(runs, key=lambda run: run.end - run.start, default=Span(0, len(window)))
        return Reading(float(sum(char in "0123456789" for char in window)), answer, -1.0, -2.0)
