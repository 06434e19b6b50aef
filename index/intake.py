"""Files → documents: what is new or changed is read, its layout repaired, its articles found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from index import readers, sources
from index.digest import articles
from index.errors import DocumentUnreadable, InputError
from index.layout import layout
from index.manifest import Origin
from index.overrides import Override, load_override
from index.readers import Reading
from index.schema import Document
from index.sources import Source

LAYOUT_VERSION = "3"
"""Raised whenever a file may come to other articles, regions, furniture or passages than before: then unchanged files
are read anew.
"""

Progress = Callable[[str, int, int], None]
"""Told the name of a step, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Item:
    """A document with where it came from."""

    document: Document
    origin: Origin


@dataclass(frozen=True, slots=True)
class Intake:
    """What reading brought: `read` are new or changed documents by their path, `unchanged` the paths of the others;
    `dropped` are the known paths whose documents are to go.
    """

    read: Mapping[str, Item]
    unchanged: tuple[str, ...]
    dropped: tuple[str, ...]
    notices: tuple[str, ...]


def take_in(found: Sequence[Source], known: Mapping[str, Item], progress: Progress, *, prune: bool = False) -> Intake:
    """Read the files that are not `known` (items by path) with the same bytes, digest.toml and layout version.

    A file from a folder that cannot be read is passed over with a notice, unless no file can be read; a file that was
    given itself raises DocumentUnreadable. A file with the text of another document is passed over with a notice, and
    what was known of it is dropped. With `prune` the known files that no longer exist are dropped.
    """
    gone = {path for path, item in known.items() if prune and item.origin.path and sources.vanished(item.origin.path)}
    taken = [item.document.name for path, item in known.items() if path not in gone]
    names = sources.names([source.path for source in found if str(source.path) not in known], taken)
    read: dict[str, Item] = {}
    unchanged: list[str] = []
    notices: list[str] = []
    for done, source in enumerate(found):
        progress("reading", done, len(found))
        path = str(source.path)
        old = known.get(path)
        try:
            origin, override, raw = _origin(source.path)
            if old is not None and old.origin == origin:
                unchanged.append(path)
                continue
            name = old.document.name if old is not None else names[source.path]
            read[path] = Item(document_of(readers.decode(raw, source.path), name, override), origin)
        except InputError as error:
            if source.named or len(found) == 1:
                raise
            notices.append(f"passed over: {error}")
    progress("reading", len(found), len(found))
    if not read and not unchanged and (found or not known):
        raise DocumentUnreadable(
            f"none of {len(found)} files can be read", notices[0] if notices else "give other files"
        )
    twins = _twins(read, [item.document for path, item in known.items() if path not in read and path not in gone])
    notices += [f"passed over: {read[path].document.name} has the same text as {twin}" for path, twin in twins.items()]
    new = {path: item for path, item in read.items() if path not in twins}
    notices += [f"{item.document.name}: {notice}" for item in new.values() for notice in item.document.notices]
    return Intake(new, tuple(unchanged), tuple(path for path in known if path in gone or path in twins), tuple(notices))


def hand_over(documents: Iterable[Document]) -> Intake:
    """Documents that are already read, by their ids; one with the text of an earlier one is passed over with a notice.

    Raises InputError where two of different texts have the same name.
    """
    read: dict[str, Item] = {}
    notices = []
    for document in documents:
        taken = read.setdefault(document.id, Item(document, Origin(None, document.sha256))).document
        if taken is not document:
            notices.append(f"passed over: {document.name} has the same text as {taken.name}")
    names = Counter(item.document.name for item in read.values())
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise InputError(f"several documents are called {', '.join(twice)}", "give each a name of its own")
    return Intake(read, (), (), tuple(notices))


def _twins(read: Mapping[str, Item], kept: Iterable[Document]) -> dict[str, str]:
    """The paths just read whose text is that of a document that is kept, or of one read before, and its name."""
    texts = {document.id: document.name for document in kept}
    twins: dict[str, str] = {}
    for path, item in read.items():
        first = texts.setdefault(item.document.id, item.document.name)
        if first != item.document.name:
            twins[path] = first
    return twins


def document_of(reading: Reading, name: str, override: Override | None = None) -> Document:
    """The document that a reading makes. Raises DocumentUnreadable when it has no text, OverrideInvalid."""
    text = reading.text
    markdown = reading.media_type == "text/markdown"
    found, furniture = articles(text, layout(text, markdown=markdown), Path(name).stem, override)
    if not found:
        raise DocumentUnreadable(
            f"{name} has no text, only {len(furniture)} pieces of page furniture", "give another file"
        )
    digest = sha256(text.encode()).hexdigest()
    return Document(
        digest[:16], name, digest, reading.media_type, reading.encoding, text, found, furniture, reading.notices
    )


def _origin(path: Path) -> tuple[Origin, Override | None, bytes]:
    sources.check(path)
    raw = readers.load(path)
    override, override_sha256 = load_override(path)
    return Origin(str(path), sha256(raw).hexdigest(), override_sha256, LAYOUT_VERSION), override, raw
