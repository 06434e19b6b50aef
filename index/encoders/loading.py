"""From the name of an encoder in the settings to the encoder."""

from __future__ import annotations

from index.encoders.bundled import E5_NAME, bundled_e5
from index.encoders.protocol import Encoder
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.encoders.universal import USE_NAME, UniversalEncoder

TUNED_NAME = "e5-tuned"


def load_encoder(spec: str) -> Encoder:
    """The encoder that `spec` names, ready to use.

    "e5-tuned", "e5-small" and "use-m3" come with the installation; anything else is the folder or the model hub id of a
    sentence-transformers model. Raises EncoderUnavailable.
    """
    if spec == TUNED_NAME:
        from index.encoders.tuned_e5 import TunedE5  # imports torch

        return TunedE5()
    if spec == E5_NAME:
        return bundled_e5()
    if spec == USE_NAME:
        return UniversalEncoder()
    return SentenceTransformerEncoder(spec)
