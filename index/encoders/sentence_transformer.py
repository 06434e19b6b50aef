"""Any sentence-transformers model, from a folder or from the model hub."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.encoders.fingerprint import take_fingerprint
from index.encoders.packaged import sha256_of
from index.encoders.protocol import Fingerprint, Vectors
from index.errors import EncoderUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32
_QUERY_PROMPTS = ("query",)
_PASSAGE_PROMPTS = ("document", "passage", "corpus")
_HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_WEIGHT_FILE = re.compile(r"(model|pytorch_model|adapter_model)\b.*\.(safetensors|bin)")
_HUB_TIMEOUT = 10.0  # seconds
_LOGGERS = ("transformers", "sentence_transformers", "huggingface_hub")


class SentenceTransformerEncoder:
    """Wraps a sentence-transformers model; safe to call from several threads, which take turns.

    `model` is a folder, which loads without any network access, or a hub id such as "BAAI/bge-m3", which is
    downloaded unless it already was. `name` defaults to the last part of it. The prompts are put before every text;
    they default to the model's own: its "query" prompt, and the first that is not empty of "document", "passage" and
    "corpus". `weights_sha256` spares reading the weights again where the caller has checked them. `adapt` may change
    the model before it is used.

    Weights become float32 whatever they are stored in: in a shorter format a vector would depend on its batch.
    Raises EncoderUnavailable when the model is missing, broken or cannot be fetched.
    """

    def __init__(
        self,
        model: str | Path,
        name: str | None = None,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        *,
        weights_sha256: str | None = None,
        adapt: Callable[[SentenceTransformer], None] = lambda _: None,
    ) -> None:
        self._model, self._folder = _load(model)
        adapt(self._model)
        self._name = name or re.sub(r"[^\w.-]+", "-", Path(model).expanduser().absolute().name)
        own = self._model.prompts
        self._query_prompt = _first_prompt(own, _QUERY_PROMPTS) if query_prompt is None else query_prompt
        self._passage_prompt = _first_prompt(own, _PASSAGE_PROMPTS) if passage_prompt is None else passage_prompt
        self._weights_sha256 = weights_sha256
        self._lock = threading.Lock()  # the tokeniser keeps its padding and truncation in itself: not for two at once
        self._dimension = int(self._encode(["0"], "").shape[1])

    @property
    def name(self) -> str:
        """As given, else the last part of the folder or hub id."""
        return self._name

    @property
    def dimension(self) -> int:
        """d, the number of columns of every result."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, d), each row of length 1; (0, d) for no texts."""
        return self._encode(texts, self._query_prompt)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, d), each row of length 1, independent of the order and company of the texts."""
        return self._encode(texts, self._passage_prompt)

    def fingerprint(self) -> Fingerprint:
        """Computed once and kept; its `weights_sha256` is that of the weight file, or of the list of them."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> Fingerprint:
        return take_fingerprint(self, self._weights_sha256 or _weights_sha256(self._folder))

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        with self._lock:  # sentence-transformers sorts the texts by length before it cuts them into batches
            found = self._model.encode(list(texts), prompt=prompt, batch_size=_BATCH, show_progress_bar=False)
        vectors: Vectors = np.asarray(found, np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def _first_prompt(prompts: Mapping[str, str | None], names: Sequence[str]) -> str:
    """sentence-transformers itself takes the first name that is there, and it adds an empty "document" everywhere."""
    return next((prompt for name in names if (prompt := prompts.get(name))), "")


def _load(model: str | Path) -> tuple[SentenceTransformer, Path]:
    """The model and the folder that its files lie in."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        try:
            return _open(str(folder), local=True), folder
        except Exception as error:  # what the libraries throw at damaged files has no common type
            raise EncoderUnavailable(
                f"the model folder {folder} cannot be loaded ({_first_line(error)})",
                "put a complete sentence-transformers model there, or name another",
            ) from error
    if isinstance(model, Path) or not _HUB_ID.fullmatch(model):
        raise EncoderUnavailable(
            f"there is no model folder {model}", 'name a folder that exists, or a model hub id such as "BAAI/bge-m3"'
        )
    try:
        return _load_from_hub(model)
    except Exception as error:  # as above
        raise EncoderUnavailable(
            f"the model {model} is neither stored here nor to be had from the model hub ({_first_line(error)})",
            "check its name and the network connection, or name the folder of a downloaded model",
        ) from error


def _load_from_hub(model: str) -> tuple[SentenceTransformer, Path]:
    """The stored copy first: it needs no network, and a collection stays with the revision it was built with."""
    from huggingface_hub import HfApi, try_to_load_from_cache

    try:
        loaded = _open(model, local=True)
    except Exception:  # not stored, or not whole; what the hub says next is what counts
        HfApi().model_info(model, timeout=_HUB_TIMEOUT)  # one question: the loader would ask for over a minute
        loaded = _open(model, local=False)
    config = try_to_load_from_cache(model, "config.json", cache_dir=os.environ.get("SENTENCE_TRANSFORMERS_HOME"))
    if not isinstance(config, str):
        raise FileNotFoundError(f"{model} was loaded, but its files are not in the local store")
    return loaded, Path(config).parent


def _open(model: str, *, local: bool) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer

    with _quiet():
        return SentenceTransformer(model, local_files_only=local, model_kwargs={"dtype": torch.float32})


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the libraries' loading bars and remarks off stderr; a download still shows its progress."""
    from transformers.utils import logging as transformers_logging

    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    hook = transformers_logging.set_tqdm_hook(lambda bar, args, options: bar(*args, **{**options, "disable": True}))
    try:
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.ERROR)
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        transformers_logging.set_tqdm_hook(hook)


def _weights_sha256(folder: Path) -> str:
    """SHA-256 of the one weight file, or of the lines "checksum  name" where there are several."""
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if _WEIGHT_FILE.fullmatch(path.name))
    checksums = {name.as_posix(): sha256_of(folder / name) for name in names}
    if len(checksums) == 1:
        return next(iter(checksums.values()))
    return hashlib.sha256("".join(f"{sha}  {name}\n" for name, sha in checksums.items()).encode()).hexdigest()


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
