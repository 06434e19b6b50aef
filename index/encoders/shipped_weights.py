"""Weights that come with the installation, each beside a file that names its SHA-256 as `sha256sum` writes it.

So weights that were cut off, altered, or mixed with those of another version are told from the right ones.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from index.errors import EncoderUnavailable

REMEDY = "install the project again from its own files"


def checked(weights: Path, whose: str) -> str:
    """The SHA-256 of the file, in hex. `whose` weights they are is told to the reader of an error.

    Raises EncoderUnavailable where the weights or the checksum cannot be read, or do not agree.
    """
    try:
        found = sha256(weights.read_bytes()).hexdigest()
        line = _checksum_file(weights).read_text("ascii", "replace")
    except OSError as error:
        raise EncoderUnavailable(
            f"{whose} weights {error.filename} cannot be read ({error.strerror})", REMEDY
        ) from error
    wanted = (line.split() or ["nothing"])[0]
    if found != wanted:
        raise EncoderUnavailable(f"{whose} weights {weights} have SHA-256 {found[:12]}, not {wanted[:12]}", REMEDY)
    return found


def sign(weights: Path) -> str:
    """Write the checksum file of these weights; returns their SHA-256 in hex."""
    found = sha256(weights.read_bytes()).hexdigest()
    _checksum_file(weights).write_text(f"{found}  {weights.name}\n", "ascii")
    return found


def _checksum_file(weights: Path) -> Path:
    return weights.with_name(weights.name + ".sha256")
