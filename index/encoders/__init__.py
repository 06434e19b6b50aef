"""Text into vectors: the encoders, and how to tell two of them apart."""

from index.encoders.fingerprint import same_encoder
from index.encoders.loading import load_encoder
from index.encoders.protocol import Encoder, Fingerprint, Vectors

__all__ = ["Encoder", "Fingerprint", "Vectors", "load_encoder", "same_encoder"]
