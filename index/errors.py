"""Every error that a user can meet, one small tree.

    DigestQAError
    ├── InputError                 exit 2: what was given cannot be used
    │   ├── DocumentUnreadable     missing, empty, binary, not decodable, not permitted
    │   ├── DocumentNotFound       not in the collection
    │   ├── OverrideInvalid        a digest.toml that does not fit its document
    │   ├── QuestionInvalid        empty, without words, too long; k out of bounds
    │   ├── SettingInvalid         an unknown or out-of-range setting
    │   ├── GoldInvalid            a gold file with problems
    │   └── SweepInvalid           a sweep file with problems
    └── CollectionError            exit 3: no or unusable collection
        ├── CollectionNotFound     nothing was built there yet
        ├── CollectionDamaged      a file is missing or its checksum differs
        ├── CollectionBusy         another build holds the lock
        ├── StoreNotWritable       read-only or full disk
        ├── EncoderMismatch        built with another encoder than the one in the settings
        └── EncoderUnavailable     a model package or weight file is missing or altered

Each names what is wrong (both values where two disagree) and the remedy, a command where there is one.
"""

from __future__ import annotations

from typing import ClassVar


class DigestQAError(Exception):
    """`problem` says what is wrong, `remedy` what mends it; both are one line without a final full stop."""

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    slug: ClassVar[str] = "error"

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


class InputError(DigestQAError):
    """What was given cannot be used."""

    exit_code = 2
    status = 422
    slug = "bad-input"


class DocumentUnreadable(InputError):
    """A document is missing, empty, binary, not decodable or not permitted."""

    slug = "document-unreadable"


class DocumentNotFound(InputError):
    """No document of that name or id is in the collection."""

    status = 404
    slug = "document-not-found"


class OverrideInvalid(InputError):
    """A digest.toml has unknown keys or does not fit its document."""

    slug = "override-invalid"


class QuestionInvalid(InputError):
    """A question is empty, has no words or is too long, or k is out of bounds."""

    slug = "question-invalid"


class SettingInvalid(InputError):
    """A setting is unknown or out of range."""

    slug = "setting-invalid"


class GoldInvalid(InputError):
    """A gold file has problems; the message lists them all."""

    slug = "gold-invalid"


class SweepInvalid(InputError):
    """A sweep file has problems; the message lists them all."""

    slug = "sweep-invalid"


class CollectionError(DigestQAError):
    """No or unusable collection."""

    exit_code = 3
    status = 503
    slug = "collection-unusable"


class CollectionNotFound(CollectionError):
    """No collection was built there yet."""

    slug = "collection-not-found"


class CollectionDamaged(CollectionError):
    """A file of the collection is missing, or its checksum differs."""

    slug = "collection-damaged"


class CollectionBusy(CollectionError):
    """Another build holds the lock."""

    slug = "collection-busy"


class StoreNotWritable(CollectionError):
    """The store cannot be written: read-only, or the disk is full."""

    slug = "store-not-writable"


class EncoderMismatch(CollectionError):
    """The collection was built with another encoder than the one in the settings."""

    slug = "encoder-mismatch"


class EncoderUnavailable(CollectionError):
    """A model package or weight file is missing or altered."""

    slug = "encoder-unavailable"
