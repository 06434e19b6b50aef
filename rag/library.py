"""The collection that people change while it is served: documents are added, replaced, removed and put back.

Each change is a new generation on the disk and then a new assistant in the engine, so that a question is answered from
the collection before the change or after it. Uploaded files are kept in the store:

    STORE/uploads/<first 16 hex digits of the content's SHA-256>/<name>
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import ClassVar

from index import build as building
from index import generations, intake, readers
from index.build import Summary, quiet
from index.collection import Collection
from index.errors import CollectionNotFound, DigestQAError, DocumentUnreadable, InputError
from index.intake import Progress
from index.manifest import Origin
from index.schema import Document
from rag.engine import Engine
from rag.opening import Opening

UPLOADS = "uploads"
UNDOABLE = 5  # removals that can be undone; each keeps the vectors of the collection it was made in
PATIENCE = 60.0  # seconds that a change waits for a build of another process
LOOK_SECONDS = 2.0  # between two looks for a generation that another process has built
LONGEST_NAME = 180  # bytes of a file name: file systems take 255

logger = logging.getLogger(__name__)


class NotRestorable(InputError):
    """A removal cannot be undone any more."""

    status: ClassVar[int] = 404
    slug = "not-restorable"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody gives: its name, of which folders are passed over, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Removal:
    """What puts a document back; `content` is that of an uploaded file, None for one that lies elsewhere."""

    document: Document
    origin: Origin
    content: bytes | None
    earlier: Collection


class Library:
    """Changes the collection that an engine serves. Safe to use from several threads: changes wait for each other."""

    def __init__(self, engine: Engine, opening: Opening) -> None:
        self._engine = engine
        self._opening = opening
        self._store = opening.settings.store
        self._changing = threading.Lock()
        self._removed: deque[_Removal] = deque(maxlen=UNDOABLE)

    def add(self, uploads: Sequence[Upload], progress: Progress = quiet) -> Summary:
        """Take files in; one with the name of a document replaces it, one that is there already costs nothing.

        A file that cannot be read is passed over with a notice, unless none can be read. Raises InputError and
        CollectionError, and whatever `progress` raises: then nothing has changed.
        """
        files, notices = _readable(uploads)
        with self._changing:
            self._engine.get(timeout=None)  # the sample's collection is there before the first change
            before = Collection.open(self._store)
            named = {document.name: document for document in before.documents}
            places = {self._place(file): file for file in files}
            replacing = {
                named[path.name].id
                for path in places
                if path.name in named and before.manifest.origins[named[path.name].id].path != str(path)
            }
            try:
                for path, file in places.items():
                    self._write(path, file.content)
                summary = building.build(
                    places,
                    self._store,
                    self._opening.settings.build,
                    self._opening.encoder,
                    replacing=replacing,
                    patience=PATIENCE,
                    progress=progress,
                )
            finally:
                self._sweep(places)
            self._note_removed(before, replacing)
            self._reopen()
        return replace(summary, notices=(*notices, *summary.notices))

    def remove(self, key: str) -> Summary:
        """Take a document out, by id, SHA-256 or name. Raises DocumentNotFound, CollectionError."""
        with self._changing:
            before = Collection.open(self._store)
            document = before.document(key)
            summary = building.remove(document.id, self._store, self._opening.encoder, PATIENCE)
            self._note_removed(before, {document.id})
            self._reopen()
        return summary

    def restore(self, key: str) -> Summary:
        """Undo that a document was removed or replaced, by id, SHA-256 or name; the last UNDOABLE ones are known.

        Where another document has its name now, that one goes. Raises NotRestorable, CollectionError.
        """
        with self._changing:
            removal = next((one for one in reversed(self._removed) if key in _keys(one.document)), None)
            if removal is None:
                raise NotRestorable(f"the removal of {key!r} cannot be undone any more", "give the file again")
            document, origin = removal.document, removal.origin
            before = Collection.open(self._store)
            replacing = {other.id for other in before.documents if other.name == document.name}
            try:
                if removal.content is not None and origin.path is not None:
                    self._write(Path(origin.path), removal.content)
                summary = building.restore(
                    document,
                    origin,
                    self._store,
                    self._opening.encoder,
                    removal.earlier,
                    replacing=replacing,
                    patience=PATIENCE,
                )
            finally:
                if removal.content is not None and origin.path is not None:
                    self._sweep([Path(origin.path)])
            self._removed.remove(removal)
            self._note_removed(before, replacing)
            self._reopen()
        return summary

    @property
    def restorable(self) -> tuple[Document, ...]:
        """The documents whose removal can be undone, the last removed first."""
        return tuple(removal.document for removal in reversed(tuple(self._removed)))  # a copy: others may change it

    def follow(self, stop: threading.Event) -> None:
        """Take over what other processes build, until `stop` is set: `digest-qa index` beside a server that runs."""
        told = ""
        while not stop.wait(LOOK_SECONDS):
            if not self._engine.ready:
                continue
            try:
                with self._changing:
                    _, manifest = generations.current(self._store)
                    if manifest.generation != self._engine.get().collection.generation:
                        self._reopen()
                told = ""
            except CollectionNotFound:
                continue  # nothing was built, or it was taken away: there is nothing to take over
            except DigestQAError as error:
                if str(error) != told:
                    told = str(error)
                    logger.warning("answers come from the collection as it was: %s", told)

    def _place(self, upload: Upload) -> Path:
        """Where an uploaded file lies."""
        return (self._store / UPLOADS / sha256(upload.content).hexdigest()[:16] / upload.name).absolute()

    def _write(self, path: Path, content: bytes) -> None:
        with generations.writing(self._store):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _note_removed(self, before: Collection, ids: Iterable[str]) -> None:
        """Remember what goes, and delete the files of it that were uploaded."""
        for document in (before.document(key) for key in ids):
            origin = before.manifest.origins[document.id]
            path = Path(origin.path) if origin.path is not None else None
            content = None
            if path is not None and self._ours(path):
                with suppress(OSError):
                    content = path.read_bytes()
                self._delete(path)
            self._removed.append(_Removal(document, origin, content, before))

    def _sweep(self, paths: Iterable[Path]) -> None:
        """Delete what was uploaded and is no document: passed over, or of a change that broke off."""
        origins = {origin.path for origin in generations.current(self._store)[1].origins.values()}
        for path in paths:
            if str(path) not in origins:
                self._delete(path)

    def _ours(self, path: Path) -> bool:
        return (self._store / UPLOADS).absolute() in path.parents

    def _delete(self, path: Path) -> None:
        with suppress(OSError):
            path.unlink()
            path.parent.rmdir()

    def _reopen(self) -> None:
        self._engine.replace(self._opening.assistant())


def _keys(document: Document) -> tuple[str, str, str]:
    return document.id, document.sha256, document.name


def _readable(uploads: Sequence[Upload]) -> tuple[list[Upload], list[str]]:
    """The files that make documents, the last of each name, and notices on the others. Raises InputError: none does."""
    found: dict[str, Upload] = {}
    problems: list[InputError] = []
    for upload in uploads:
        try:
            name = _plain_name(upload.name)
            intake.document_of(readers.decode(upload.content, Path(name)), name)
            found[name] = Upload(name, upload.content)
        except InputError as error:
            problems.append(error)
    if not found:
        raise problems[0] if problems else DocumentUnreadable("no file was given", "give at least one file")
    return list(found.values()), [f"passed over: {error}" for error in problems]


def _plain_name(given: str) -> str:
    """The last part of a path, in the manner of either system. Raises DocumentUnreadable where there is none."""
    name = PurePosixPath(PureWindowsPath(given).name).name.strip()
    if not name.strip("."):
        raise DocumentUnreadable(f"{given!r} is no file name", "give the file a name")
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise DocumentUnreadable(f"the name {name[:20]}… is over {LONGEST_NAME} bytes long", "give a shorter one")
    return name
