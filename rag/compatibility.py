"""Whether a collection can be asked: by these settings, by this version, with these encoders."""

from __future__ import annotations

import shlex
from pathlib import Path

from index.encoders import Fingerprint, same_encoder
from index.errors import CollectionDamaged, EncoderMismatch
from index.manifest import REBUILD, Manifest
from index.terms import ANALYSER_VERSION
from rag.settings import Settings


def rebuild(store: Path) -> str:
    """What mends a collection that does not fit."""
    return f"{REBUILD} --store {shlex.quote(str(store))}"


def check_settings(manifest: Manifest, settings: Settings) -> None:
    """Raises EncoderMismatch when the collection was built with other encoders than the settings name."""
    if manifest.specs != settings.encoders:
        built, wanted = ", ".join(manifest.specs), ", ".join(settings.encoders)
        problem = f"the collection was built with {built}, the settings ask for {wanted}"
        raise EncoderMismatch(problem, rebuild(settings.store))


def check_analyser(manifest: Manifest, store: Path) -> None:
    """Raises CollectionDamaged when the collection's terms are not those that this version makes of a question."""
    if manifest.analyser != ANALYSER_VERSION:
        problem = f"the terms were made by analyser {manifest.analyser}, this version has {ANALYSER_VERSION}"
        raise CollectionDamaged(problem, rebuild(store))


def check_encoder(built: Fingerprint, loaded: Fingerprint, remedy: str = REBUILD) -> None:
    """Raises EncoderMismatch when the loaded encoder makes other vectors than the one the collection was built with."""
    if not same_encoder(built, loaded):
        raise EncoderMismatch(
            f"the collection was built with {built.name} ({built.dimension} d, {built.weights_sha256[:12]}), loaded is "
            f"{loaded.name} ({loaded.dimension} d, {loaded.weights_sha256[:12]}), whose vectors differ",
            remedy,
        )
