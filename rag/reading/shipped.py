"""The reader that comes with the installation: trained weights over the bundled multilingual-e5-small."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from index.errors import EncoderUnavailable
from rag.reading.reading import Reads

WEIGHTS = Path(__file__).parent / "reader.safetensors"
WEIGHTS_SHA256 = "9af7da46e406aad2f456ac70a4649772edd2547cce9af3b7e8aaf1f154c33137"


def shipped_reader() -> Reads:
    """Raises EncoderUnavailable where the weights are missing or altered, or the base cannot be had."""
    check_weights()
    from index.encoders.bundled import bundled_e5_folder  # with what follows some seconds to import
    from rag.reading.reader import Reader

    folder, _ = bundled_e5_folder()
    return Reader.load(WEIGHTS, folder)


def check_weights() -> None:
    """Raises EncoderUnavailable where the weights are missing or altered."""
    remedy = "install the project again from its own files"
    try:
        found = sha256(WEIGHTS.read_bytes()).hexdigest()
    except OSError as error:
        raise EncoderUnavailable(f"the reader's weights {WEIGHTS} cannot be read ({error.strerror})", remedy) from error
    if found != WEIGHTS_SHA256:
        raise EncoderUnavailable(
            f"the reader's weights {WEIGHTS} have SHA-256 {found[:12]}, not {WEIGHTS_SHA256[:12]}", remedy
        )
