"""Which files a build reads, and the name under which each is cited."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import category

from index.errors import DocumentUnreadable
from index.overrides import FILE as OVERRIDE_FILE
from index.readers import READERS

_UNCITABLE = ("Cc", "Cs", "Zl", "Zp")  # categories: controls and line breaks, and bytes that are not UTF-8


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read. `named`: it was given itself, not found in a folder, so that failing to read it is an error."""

    path: Path
    named: bool


def find(paths: Iterable[Path], *, may_be_empty: bool = False) -> tuple[Source, ...]:
    """The files given and those of a known kind in the folders given, sorted, each once.

    Hidden files and folders are passed over, and so are links to folders. Raises DocumentUnreadable for a path that
    does not exist, a folder that may not be listed, or, unless it `may_be_empty`, a folder without a document.
    """
    found: dict[Path, Source] = {}
    for given in paths:
        path = Path(os.path.abspath(given))
        if not stat.S_ISDIR(_mode(path)):
            check(path)
            found[path] = Source(path, named=True)
            continue
        inside = _documents_in(path)
        if not inside and not may_be_empty:
            known = " ".join(sorted(READERS))
            raise DocumentUnreadable(f"{path} holds no document", f"put files into it that end in: {known}")
        for file in inside:
            found.setdefault(file, Source(file, named=False))
    return tuple(found[path] for path in sorted(found))


def check(path: Path) -> None:
    """Raises DocumentUnreadable unless this is an ordinary file (a pipe might never end) whose path can be cited."""
    if not stat.S_ISREG(_mode(path)):
        raise DocumentUnreadable(f"{path} is not an ordinary file", "give a file")


def vanished(path: str) -> bool:
    """True when nothing is there any more; what may not be looked at may still be there."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


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


def _mode(path: Path) -> int:
    """What kind of file it is, and whether it can be cited: a name is printed in one line, and stored as UTF-8."""
    if any(category(char) in _UNCITABLE for char in str(path)):
        problem = f"{str(path)!r} has control characters, line breaks or bytes that are not UTF-8 in its name"
        raise DocumentUnreadable(problem, "rename it")
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise DocumentUnreadable(f"{path} does not exist", "check the path") from None
    except OSError as error:
        raise DocumentUnreadable(f"{path} cannot be read ({error.strerror})", "check the path, or allow it") from None


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
