"""Readers: one file per format, one result for all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from index.errors import DocumentUnreadable
from index.readers.reading import Reading
from index.readers.text import read_markdown, read_text

READERS: dict[str, Callable[[bytes, str], Reading]] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
}

__all__ = ["READERS", "Reading", "decode", "load"]


def decode(raw: bytes, path: Path) -> Reading:
    """Read the bytes of a file by its ending. Raises DocumentUnreadable: empty, binary, damaged or of no known kind."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        problem = f"{path} is of a kind that cannot be read ({path.suffix or 'no ending'})"
        raise DocumentUnreadable(problem, f"give one of: {' '.join(sorted(READERS))}")
    return reader(raw, path.name)


def load(path: Path) -> bytes:
    """The bytes of a file. Raises DocumentUnreadable naming the path and the remedy."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DocumentUnreadable(f"{path} does not exist", "check the path") from None
    except IsADirectoryError:
        raise DocumentUnreadable(f"{path} is a folder", "give a file") from None
    except PermissionError:
        raise DocumentUnreadable(f"{path} may not be read", f"allow it, e.g. chmod u+r {path}") from None
    except OSError as error:
        raise DocumentUnreadable(
            f"{path} cannot be read ({os.strerror(error.errno or 0)})", "check the disk"
        ) from error
