"""A folder of files that are made once, checked whenever they are used, and made again when damaged."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from index.encoders.packaged import sha256_of

RECORD_FILE = "checksums.json"


@dataclass(frozen=True, slots=True)
class _FileRecord:
    """A file as it was written: a file whose size and time (nanoseconds) are still these is not read again."""

    sha256: str
    size: int
    mtime_ns: int


def ensure_folder(folder: Path, recipe: str, make: Callable[[Path], None]) -> dict[str, str]:
    """Sees to it that `folder` holds what `make` writes into the empty folder it is given; SHA-256 by file name.

    An intact folder of the same `recipe` is taken as it is, and then nothing is written: it may be read-only. Anything
    else (missing, half-written, damaged, another recipe) is made anew beside it and put in its place by renaming. Of
    several processes that need it at once one makes it and the others wait. Raises OSError, and what `make` raises.
    """
    checksums = _checksums(folder, recipe)
    if checksums is not None:
        return checksums
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f"{folder.name}.lock"):
        checksums = _checksums(folder, recipe)  # another process may have made it meanwhile
        if checksums is not None:
            return checksums
        _sweep(folder)
        new = Path(tempfile.mkdtemp(prefix=_workshop(folder), dir=folder.parent))
        try:
            make(new)
            checksums = _write_record(new, recipe)
            _replace(folder, new)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return checksums


def _workshop(folder: Path) -> str:
    return f".{folder.name}-"


def _sweep(folder: Path) -> None:
    """Removes what killed processes left; only the holder of the lock may."""
    for left in folder.parent.glob(f"{_workshop(folder)}*"):
        shutil.rmtree(left, ignore_errors=True)


def _replace(folder: Path, new: Path) -> None:
    """Puts `new` where `folder` is. A folder with content cannot be renamed over, so the old one steps aside."""
    if folder.exists() or folder.is_symlink():
        folder.rename(Path(tempfile.mkdtemp(prefix=_workshop(folder), dir=folder.parent)) / "old")
    new.rename(folder)
    _sweep(folder)


def _write_record(folder: Path, recipe: str) -> dict[str, str]:
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        status = path.stat()
        record = _FileRecord(sha256_of(path), status.st_size, status.st_mtime_ns)
        files[path.relative_to(folder).as_posix()] = record
    content = {"recipe": recipe, "files": {name: asdict(record) for name, record in files.items()}}
    (folder / RECORD_FILE).write_text(json.dumps(content, indent=2), encoding="utf-8")
    return {name: record.sha256 for name, record in files.items()}


def _checksums(folder: Path, recipe: str) -> dict[str, str] | None:
    """SHA-256 by file name when every file is as it was written, else None."""
    try:
        content = json.loads((folder / RECORD_FILE).read_text(encoding="utf-8"))
        files = {name: _FileRecord(**record) for name, record in content["files"].items()}
        if content["recipe"] != recipe or not all(_unchanged(folder / name, files[name]) for name in files):
            return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return {name: record.sha256 for name, record in files.items()}


def _unchanged(path: Path, record: _FileRecord) -> bool:
    status = path.stat()
    if status.st_size != record.size:
        return False
    return status.st_mtime_ns == record.mtime_ns or sha256_of(path) == record.sha256
