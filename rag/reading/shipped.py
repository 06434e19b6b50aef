"""The reader that comes with the installation: trained weights over the bundled multilingual-e5-small."""

from __future__ import annotations

from pathlib import Path

from index.encoders.shipped_weights import checked
from rag.reading.reading import Reads

WEIGHTS = Path(__file__).parent / "reader.safetensors"


def shipped_reader() -> Reads:
    """Raises EncoderUnavailable where the weights are missing or altered, or the base cannot be had."""
    check_weights()
    from index.encoders.bundled import bundled_e5_folder  # with what follows some seconds to import
    from rag.reading.reader import Reader

    folder, _ = bundled_e5_folder()
    return Reader.load(WEIGHTS, folder)


def check_weights() -> None:
    """Raises EncoderUnavailable where the weights are missing or altered."""
    checked(WEIGHTS, "the reader's")
