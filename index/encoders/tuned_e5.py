"""Multilingual-e5-small, tuned by `training/encoder` so that a question in any language finds its passage.

What was trained is shipped as low-rank differences (Hu et al., "LoRA", 2022) to the bundled weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from index.encoders.bert import Base, Embedder, bf16_pays, for_transformers
from index.encoders.bundled import bundled_e5_folder
from index.encoders.loading import TUNED_NAME
from index.encoders.protocol import Fingerprint, Vectors
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.encoders.shipped_weights import checked

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

WEIGHTS = Path(__file__).parent / "e5-tuned.safetensors"
QUERY = "query: "
MAX_TOKENS = 512
UP, DOWN = ".up", ".down"


class TunedE5:
    """384 d. Passages go through sentence-transformers, in float32 and in batches.

    A question goes alone through the same layers written out: where the processor multiplies such matrices in bfloat16
    and in one thread, which for so few tokens is then faster than two. Its vector is that of sentence-transformers to a
    cosine of 0.9998. Raises EncoderUnavailable when the weights or those of the base are missing or altered.
    """

    name = TUNED_NAME

    def __init__(self) -> None:
        weights_sha256 = checked(WEIGHTS, "the encoder's")
        changes = load_file(WEIGHTS)
        folder, base_sha256 = bundled_e5_folder()
        base = Base.of(folder)
        state = tuned(base.state, changes)

        def adapt(model: SentenceTransformer) -> None:
            bert = cast("nn.Module", model[0].auto_model)
            bert.load_state_dict(for_transformers(state), strict=False)

        both = sha256(f"{base_sha256} {weights_sha256}".encode()).hexdigest()
        self._passages = SentenceTransformerEncoder(folder, TUNED_NAME, weights_sha256=both, adapt=adapt)
        self._questions = Embedder(Base(base.shape, base.words, base.positions, state)).eval()
        if bf16_pays():
            for module in self._questions.modules():
                if isinstance(module, nn.Linear):
                    module.bfloat16()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    @property
    def dimension(self) -> int:
        """384."""
        return self._passages.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, 384), each row of length 1; (0, 384) for no texts. Each text alone: the same in any company."""
        found = np.empty((len(texts), self.dimension), np.float32)
        with torch.inference_mode(), _one_thread() if bf16_pays() else nullcontext():
            for row, text in enumerate(texts):
                ids = torch.tensor([self._tokenizer.encode(QUERY + text).ids])
                found[row] = self._questions(ids, torch.ones_like(ids, dtype=torch.bool))[0].numpy()
        return found

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, 384), each row of length 1, independent of the order and company of the texts."""
        return self._passages.embed_passages(texts)

    def fingerprint(self) -> Fingerprint:
        """Computed once and kept."""
        return self._passages.fingerprint()


def tuned(base: Mapping[str, Tensor], changes: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The base's parameters with the changes, float32: a matrix (r, c) plus UP (r, k) times DOWN (k, c), a vector (n,)
    plus the change of its name. What has none stays as it is.
    """
    state = dict(base)
    for name, value in base.items():
        if name + UP in changes:
            state[name] = value + changes[name + UP].float() @ changes[name + DOWN].float()
        elif name in changes:
            state[name] = value + changes[name].float()
    return state


@contextmanager
def _one_thread() -> Iterator[None]:
    """OpenMP keeps the number of threads for each calling thread: this is nobody else's."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
