"""Fingerprints: how a collection recognises the encoder that built it."""

from __future__ import annotations

import numpy as np

from index.encoders.protocol import PROBES, Encoder, Fingerprint

SAME_COSINE = 0.999
"""Probe cosines from here on count as equal: room for another engine or number format, not for another model."""


def take_fingerprint(encoder: Encoder, weights_sha256: str) -> Fingerprint:
    """The fingerprint of `encoder`, whose weights have that SHA-256; embeds `PROBES` as passages."""
    probe = encoder.embed_passages(PROBES)
    rows = tuple(tuple(round(float(value), 4) for value in row) for row in probe)
    return Fingerprint(encoder.name, encoder.dimension, weights_sha256, rows)


def same_encoder(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether both encoders make interchangeable vectors: equal dimension and every probe row's cosine >= 0.999.

    Name and checksum are not asked: a renamed or re-packed model is the same encoder. A fingerprint taken with
    another number of probes is never the same.
    """
    if a.dimension != b.dimension or len(a.probe) != len(b.probe):
        return False
    left, right = np.array(a.probe), np.array(b.probe)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return bool(np.all(np.sum(left * right, axis=1) >= SAME_COSINE * lengths))
