"""A store: generations of a collection side by side, and one file that says which is current.

    STORE/CURRENT          the name of the current generation and the SHA-256 of its manifest
    STORE/g000001/         a generation, never changed once it is named
    STORE/.building-*/     one in the making; a leftover of an interrupted build is swept away by the next
    STORE/.lock            held while building

A build writes a new generation beside the old one and then replaces CURRENT, which is atomic: a reader sees the old
collection or the new one, and one that is open goes on with the files it has.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import CollectionBusy, CollectionDamaged, CollectionNotFound, StoreNotWritable
from index.manifest import Manifest

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
LOCK = ".lock"
KEPT = 2  # generations: the current one and the one before, which readers may still be opening

_BUILDING = ".building-"


def current(store: Path) -> tuple[Path, Manifest]:
    """The folder and the manifest of the current generation.

    Raises CollectionNotFound when nothing was built in `store`, CollectionDamaged when what is there does not fit.
    """
    remedy = f"run: digest-qa index --rebuild PATH... --store {store}"
    try:
        pointer = (store / CURRENT).read_text("ascii").split()
    except (FileNotFoundError, NotADirectoryError):
        problem = f"there is no collection in {store}"
        raise CollectionNotFound(problem, f"build one: digest-qa index PATH... --store {store}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CollectionDamaged(f"{store / CURRENT} cannot be read ({error})", remedy) from None
    if len(pointer) != 2:
        raise CollectionDamaged(f"{store / CURRENT} has {len(pointer)} words instead of 2", remedy)
    name, expected = pointer
    folder = store / name
    try:
        raw = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise CollectionDamaged(f"{folder / MANIFEST} cannot be read ({error.strerror})", remedy) from None
    found = sha256(raw).hexdigest()
    if found != expected:
        raise CollectionDamaged(f"{folder / MANIFEST} has SHA-256 {found[:12]}…, expected {expected[:12]}…", remedy)
    return folder, Manifest.from_json(raw.decode())


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store for one build. Raises CollectionBusy when another build holds it, StoreNotWritable."""
    with writing(store):
        store.mkdir(parents=True, exist_ok=True)
        lock = FileLock(store / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            problem = f"another build is writing the collection in {store}"
            raise CollectionBusy(problem, "wait until it has finished, or give another --store") from None
    try:
        yield
    finally:
        lock.release()


def write_generation(store: Path, number: int, fill: Callable[[Path], Manifest]) -> Manifest:
    """Let `fill` write the files of generation `number` into an empty folder, then make it the current one.

    To be called inside `locked`. Whatever goes wrong, the old generation stays current and the new one leaves nothing
    behind. Raises StoreNotWritable when the disk is full or the store is read-only.
    """
    with writing(store):
        for leftover in store.glob(f"{_BUILDING}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        building = store / f"{_BUILDING}{os.getpid()}"
        try:
            building.mkdir()
            manifest = fill(building)
            raw = manifest.to_json().encode()
            write_file(building / MANIFEST, raw)
            final = store / f"g{number:06d}"
            shutil.rmtree(final, ignore_errors=True)  # one that never became current
            building.rename(final)
            pointer = store / f"{CURRENT}.new"
            write_file(pointer, f"{final.name} {sha256(raw).hexdigest()}\n".encode())
            pointer.replace(store / CURRENT)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        for old in sorted(store.glob("g[0-9]*"))[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return manifest


def write_file(path: Path, raw: bytes) -> str:
    """Write and flush to disk; returns the SHA-256 of what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    return sha256(raw).hexdigest()


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Turn the errors of a disk that cannot be written into StoreNotWritable."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = "free some space, or give another --store"
            raise StoreNotWritable(f"the disk of {store} is full", remedy) from None
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
            problem = f"{store} cannot be written ({os.strerror(error.errno)})"
            raise StoreNotWritable(problem, "allow it, or give another --store") from None
        raise
