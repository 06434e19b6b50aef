"""Opens assistants over one store, again and again: encoders and reader are loaded once and shared by all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from index.build import Load, build
from index.collection import Collection
from index.encoders import Encoder, load_encoder
from index.errors import CollectionNotFound
from index.sample import sample_digest
from rag.assistant import Assistant
from rag.compatibility import check_analyser, check_settings
from rag.reading.deferred import DeferredReader
from rag.reading.reading import Reads
from rag.reading.shipped import shipped_reader
from rag.settings import Mode, Settings

if TYPE_CHECKING:
    from rag.writer.writing import Writes

SAMPLE_PATIENCE = 120.0  # seconds that a first question waits for another that builds the same

logger = logging.getLogger(__name__)


class Opening:
    """What it takes to open a collection. Safe to use from several threads."""

    def __init__(self, settings: Settings, load: Load | None = None, reader: Callable[[], Reads] | None = None) -> None:
        """`load` and `reader` give the encoders and the reader; those of the installation unless given."""
        self.settings = settings
        self._load = load
        self._make_reader = reader
        self._reader: Reads | None = None
        self._encoders: dict[str, Encoder] = {}
        self._lock = Lock()

    def encoder(self, spec: str) -> Encoder:
        """The encoder that the settings call so. Raises EncoderUnavailable."""
        with self._lock:
            if spec not in self._encoders:
                self._encoders[spec] = (self._load or load_encoder)(spec)
            return self._encoders[spec]

    def assistant(self) -> Assistant:
        """Over the current generation. Raises CollectionError."""
        settings = self.settings
        collection = Collection.open(settings.store)
        manifest = collection.manifest
        check_settings(manifest, settings)
        check_analyser(manifest, settings.store)
        named = zip(manifest.encoders, manifest.specs, strict=True)
        loaded = {built.name: self.encoder(spec) for built, spec in named}
        writer = self._writer(loaded)
        return Assistant(collection, loaded, reader=self._shared_reader(), mode=settings.mode, writer=writer)

    def assistant_or_sample(self) -> Assistant:
        """The same; where there is no collection yet, that of the sample digest is built. Raises CollectionError."""
        try:
            return self.assistant()
        except CollectionNotFound:
            store = self.settings.store
            logger.warning("no collection in %s yet: building that of the sample digest", store)
            with sample_digest() as path:
                build([path], store, self.settings.build, self.encoder, patience=SAMPLE_PATIENCE)
            return self.assistant()

    def _writer(self, encoders: Mapping[str, Encoder]) -> Writes | None:
        if self.settings.llm_url is None:
            return None
        from rag.writer.writing import writer_of  # nobody who has no writer waits for its libraries

        return writer_of(self.settings, encoders)

    def _shared_reader(self) -> Reads:
        with self._lock:
            if self._reader is None:
                make = self._make_reader or shipped_reader
                self._reader = make() if self.settings.mode is Mode.BEST else DeferredReader(make)
            return self._reader
