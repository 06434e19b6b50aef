"""What a generation says of itself: how it was built, from what, and the checksum of each of its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter

from index.encoders.protocol import Fingerprint
from index.errors import CollectionDamaged

FORMAT = 1

REBUILD = "run: digest-qa index --rebuild PATH..."
"""What mends a damaged collection; the store is named by whoever knows it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document came from: its file (None for one that was handed over), the SHA-256 of the file's bytes (of the
    source text where there is no file) and of the digest.toml beside it ("" without one), and the version of what it
    was read by (`intake.LAYOUT_VERSION`; "" where it was handed over, or by one without). By these an unchanged file
    is known.
    """

    path: str | None
    sha256: str
    override_sha256: str = ""
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`encoders` are in the order of the settings, and `specs` are what the settings call them; `files` maps each
    file's path in the generation to its SHA-256; `origins` maps document ids. A manifest without `context` is of a
    collection that has it.
    """

    format: int
    generation: int
    analyser: str
    target_passage: int
    specs: tuple[str, ...]
    encoders: tuple[Fingerprint, ...]
    counts: dict[str, int]
    files: dict[str, str]
    origins: dict[str, Origin]
    context: bool = True

    def to_json(self) -> str:
        """Stable: the same manifest gives the same text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Raises CollectionDamaged when the text is no manifest, or one of another format."""
        try:
            found = json.loads(text)["format"]
            if found != FORMAT:
                problem = f"the collection has format {found}, this version reads format {FORMAT}"
                raise CollectionDamaged(problem, REBUILD)
            return _MANIFEST.validate_json(text)
        except (ValueError, KeyError, TypeError) as error:
            raise CollectionDamaged(f"the manifest cannot be read ({type(error).__name__})", REBUILD) from None


_MANIFEST = TypeAdapter(Manifest)
