"""A store: generations of a collection side by side, and one file that says which is current.

    STORE/CURRENT          the name of the current generation and the SHA-256 of its manifest; CURRENT.new will be it
    STORE/g000001/         a generation, never changed once it is named
    STORE/.building-*/     one in the making; a leftover of an interrupted build is swept away by the next
    STORE/.lock            held while building

A build writes a new generation beside the old one and then replaces CURRENT, which is atomic: a reader sees the old
collection or the new one, and one that is open goes on with the files it has.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from index.errors import CollectionBusy, CollectionDamaged, CollectionError, CollectionNotFound, StoreNotWritable
from index.manifest import REBUILD, Manifest

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
LOCK = ".lock"
KEPT = 2  # generations: the current one and the one before, which readers may still be opening

_BUILDING = ".building-"
_NEXT = f"{CURRENT}.new"
_NAME = re.compile(r"g(\d{6,})")
_POINTER = re.compile(rb"(g\d{6,}) ([0-9a-f]{64})\n")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None)  # numpy gives no number when only a part could be written

_Read = TypeVar("_Read")


def current(store: Path) -> tuple[Path, Manifest]:
    """The folder and the manifest of the current generation. Raises what `read_current` raises."""
    return read_current(store, lambda folder, manifest: (folder, manifest))


def read_current(store: Path, read: Callable[[Path, Manifest], _Read]) -> _Read:
    """What `read` makes of the current generation's folder and manifest.

    Where builds replaced that generation meanwhile, and perhaps swept it away, the new one is read instead. Raises
    CollectionNotFound when nothing was built in `store`, CollectionDamaged when what is there does not fit or `read`
    raises CollectionDamaged or OSError.
    """
    while True:
        pointer = _pointer(store)
        try:
            folder = store / pointer[0]
            return read(folder, _manifest(folder, pointer[1]))
        except (CollectionDamaged, OSError) as error:
            if _pointer(store) == pointer:
                raise CollectionDamaged(_problem(error), _rebuild(store)) from None


def _pointer(store: Path) -> tuple[str, str]:
    """The name of the current generation and the SHA-256 of its manifest."""
    path = store / CURRENT
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if _numbered(store) and not (store / _NEXT).exists():
            if path.exists():  # a first build has just finished
                return _pointer(store)
            raise CollectionDamaged(f"{path} is missing", _rebuild(store)) from None
        remedy = f"build one: digest-qa index PATH... --store {shlex.quote(str(store))}"
        raise CollectionNotFound(f"there is no collection in {store}", remedy) from None
    except OSError as error:
        raise CollectionDamaged(_problem(error), _rebuild(store)) from None
    found = _POINTER.fullmatch(raw)
    if found is None:
        raise CollectionDamaged(f"{path} does not name a generation and a SHA-256", _rebuild(store))
    return found[1].decode(), found[2].decode()


def _manifest(folder: Path, expected: str) -> Manifest:
    raw = (folder / MANIFEST).read_bytes()
    found = sha256(raw).hexdigest()
    if found != expected:
        problem = f"{folder / MANIFEST} has SHA-256 {found[:12]}…, expected {expected[:12]}…"
        raise CollectionDamaged(problem, REBUILD)
    return Manifest.from_json(raw.decode())


def _problem(error: CollectionDamaged | OSError) -> str:
    if isinstance(error, CollectionDamaged):
        return error.problem
    return f"{error.filename or 'the collection'} cannot be read ({error.strerror or error})"


def _rebuild(store: Path) -> str:
    return f"{REBUILD} --store {shlex.quote(str(store))}"


def _numbered(store: Path) -> dict[int, Path]:
    """The generations in `store`, the current one or not, by their numbers, in rising order."""
    found = {int(name[1]): path for path in store.glob("g*") if (name := _NAME.fullmatch(path.name))}
    return dict(sorted(found.items()))


def next_number(store: Path) -> int:
    """One more than that of any generation in `store`."""
    return 1 + max(_numbered(store), default=0)


@contextmanager
def locked(store: Path, patience: float = 0) -> Iterator[None]:
    """Hold the store for one build. Raises CollectionBusy when another build holds it for more than `patience` seconds,
    StoreNotWritable.
    """
    with writing(store):
        store.mkdir(parents=True, exist_ok=True)
        lock = FileLock(store / LOCK)
        try:
            lock.acquire(timeout=patience)
        except Timeout:
            problem = f"another build is writing the collection in {store}"
            raise CollectionBusy(problem, "wait until it has finished, or give another --store") from None
    try:
        yield
    finally:
        lock.release()


def write_generation(store: Path, number: int, fill: Callable[[Path], Manifest]) -> Manifest:
    """Let `fill` write the files of generation `number` into an empty folder, then make it the current one.

    To be called inside `locked`, with the `next_number`; `fill` writes inside `writing`. Whatever goes wrong before
    the switch, the old generation stays current and the new one leaves nothing behind. Raises StoreNotWritable when
    the disk is full or the store is read-only.
    """
    building, pointer, final = store / f"{_BUILDING}{os.getpid()}", store / _NEXT, store / f"g{number:06d}"
    try:
        with writing(store):
            for leftover in store.glob(f"{_BUILDING}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            building.mkdir()
        manifest = fill(building)
        with writing(store):
            checksum = write_file(building / MANIFEST, manifest.to_json().encode())
            write_file(pointer, f"{final.name} {checksum}\n".encode())
            for path in (*building.rglob("*"), building, pointer):
                _flush(path)
            building.rename(final)
            _flush(store)  # the generation must be on the disk before anything names it
            pointer.replace(store / CURRENT)
    except BaseException:
        with suppress(OSError):
            pointer.unlink(missing_ok=True)
        for folder in (building, final):
            if not _is_current(folder):
                shutil.rmtree(folder, ignore_errors=True)
        raise
    with writing(store):
        _flush(store)
    for old in list(_numbered(store).values())[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return manifest


def _is_current(folder: Path) -> bool:
    try:
        return _pointer(folder.parent)[0] == folder.name
    except CollectionError:
        return False


def _flush(path: Path) -> None:
    """Let a file, or the names in a folder, reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network disks cannot do it for folders
            raise
    finally:
        os.close(handle)


def write_file(path: Path, raw: bytes) -> str:
    """Write a file and the folders above it; returns the SHA-256 of what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return sha256(raw).hexdigest()


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Turn the errors of a disk that cannot be written into StoreNotWritable."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            problem, remedy = f"the disk of {store} is full", "free some space, or give another --store"
        elif error.errno in (errno.ENOTDIR, errno.EEXIST):
            problem, remedy = f"{store} is not a folder", "give another --store"
        else:
            problem, remedy = f"{store} cannot be written ({error.strerror})", "allow it, or give another --store"
        raise StoreNotWritable(problem, remedy) from None
