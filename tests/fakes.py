"""Stand-ins small enough to reckon with in one's head."""

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from index.encoders.fingerprint import take_fingerprint
from index.encoders.protocol import Fingerprint, Vectors


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
