"""Which files a build reads, and the name under which each is cited."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import DocumentUnreadable
from index.overrides import FILE as OVERRIDE_FILE
from index.readers import READERS


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read. `named`: it was given itself, not found in a folder, so that failing to read it is an error."""

    path: Path
    named: bool


def find(paths: Iterable[Path]) -> tuple[Source, ...]:
    """The files given and those of a known kind in the folders given, sorted, each once.

    Hidden files and folders are passed over. Raises DocumentUnreadable for a path that does not exist, a folder that
    may not be listed, or a folder without a document.
    """
    found: dict[Path, Source] = {}
    for path in paths:
        path = Path(os.path.abspath(path))
        if path.is_dir():
            inside = _documents_in(path)
            if not inside:
                known = " ".join(sorted(READERS))
                raise DocumentUnreadable(f"{path} holds no document", f"put files into it that end in: {known}")
            for file in inside:
                found.setdefault(file, Source(file, named=False))
        elif path.exists():
            found[path] = Source(path, named=True)
        else:
            raise DocumentUnreadable(f"{path} does not exist", "check the path")
    return tuple(found[path] for path in sorted(found))


def names(paths: Sequence[Path], taken: Iterable[str]) -> dict[Path, str]:
    """A name for each path, not in `taken`: the file name, led by as many parent folders as tell it from the others."""
    used = set(taken)
    given: dict[Path, str] = {}
    for path in paths:
        parts = path.parts
        name = path.name
        for depth in range(2, len(parts) + 1):
            if name not in used:
                break
            name = "/".join(parts[-depth:])
        used.add(name)
        given[path] = name
    return given


def _documents_in(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        remedy = f"allow it, e.g. chmod u+rx {error.filename}"
        raise DocumentUnreadable(f"{error.filename} may not be listed ({error.strerror})", remedy)

    found: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(
            Path(parent, name)
            for name in sorted(files)
            if not name.startswith(".") and name != OVERRIDE_FILE and Path(name).suffix.lower() in READERS
        )
    return found
