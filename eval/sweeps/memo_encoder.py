"""An encoder that remembers: over many runs on the same texts each text is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from index.encoders import Encoder, Fingerprint, Vectors


class MemoEncoder:
    """Keeps the vector of every text in memory, those of queries and of passages apart. Not for several threads."""

    def __init__(self, encoder: Encoder) -> None:
        """Goes by the name, the dimension and the fingerprint of `encoder`."""
        self._encoder = encoder
        self._queries: dict[str, Vectors] = {}
        self._passages: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        """That of the encoder."""
        return self._encoder.name

    @property
    def dimension(self) -> int:
        """That of the encoder."""
        return self._encoder.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, d); the encoder is asked for the texts that are new."""
        return self._remembered(texts, self._queries, self._encoder.embed_queries)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, d); the encoder is asked for the texts that are new."""
        return self._remembered(texts, self._passages, self._encoder.embed_passages)

    def fingerprint(self) -> Fingerprint:
        """That of the encoder."""
        return self._encoder.fingerprint()

    def _remembered(
        self, texts: Sequence[str], known: dict[str, Vectors], encode: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            known.update(zip(new, encode(new), strict=True))
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)
