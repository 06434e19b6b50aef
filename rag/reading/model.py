"""The cross-encoder: the layers of multilingual-e5-small over one sequence of question and window, and two heads:
whether the window answers, and with which span.

The 250,000 word vectors stay as they are; the layers, the heads, the norm of the embedding and a vector for each
feature are trained: 21.8 million parameters, 22 MB as int8.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from index.encoders.bert import Base, Layer, Shape, bf16_pays, padding_bias
from index.encoders.int8 import in_int8, int8_pays
from rag.reading.inputs import FEATURES, WINDOW

NEVER = -1e4
"""The logit of a span that cannot be the answer."""
MATCHED = 64  # values of a token's vector by which beginnings and ends of answers fit one another
LENGTHS = 64  # lengths in tokens that are told apart, the last one and all above as one


class Output(NamedTuple):
    """float32 logits: `relevance` (n,) that the window answers; `spans[:, a, b]` (n, t, t) that the answer runs from
    token a to token b, [:, 0, 0] that there is none. NEVER where there can be no answer.
    """

    relevance: Tensor
    spans: Tensor


class CrossEncoder(nn.Module):
    """Reads (question, window) pairs. A new one has random layers; `from_folder` gives those of the base.

    `words` float32 (vocabulary, hidden) and `positions` float32 (positions, hidden) are kept as they are, and are no
    part of the state. No dropout by default: drawing it costs a sixth of a training step on a CPU.
    """

    words: Tensor
    positions: Tensor

    def __init__(self, shape: Shape, words: Tensor, positions: Tensor, dropout: float = 0.0) -> None:
        super().__init__()
        hidden = shape.hidden
        self.dropout = dropout
        self.register_buffer("words", words, persistent=False)
        self.register_buffer("positions", positions, persistent=False)
        self.feature = nn.Embedding(FEATURES, hidden)
        nn.init.zeros_(self.feature.weight)
        self.norm = nn.LayerNorm(hidden, eps=shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.pool = nn.Linear(2 * hidden, hidden)
        self.relevance = nn.Linear(hidden, 1)
        self.span = nn.Linear(hidden, 2)
        self.begins = nn.Linear(hidden, MATCHED)
        self.ends = nn.Linear(hidden, MATCHED)
        self.length = nn.Parameter(torch.zeros(LENGTHS))
        for head in (self.pool, self.relevance, self.span, self.begins, self.ends):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    @classmethod
    def from_folder(cls, folder: Path, dropout: float = 0.0) -> CrossEncoder:
        """From a transformers folder of a BERT with safetensors weights."""
        base = Base.of(folder)
        model = cls(base.shape, base.words, base.positions, dropout)
        model.load_state_dict(base.state, strict=False)
        return model

    def for_reading(self) -> CrossEncoder:
        """Itself, ready to be asked: with matrices in what the processor multiplies in hardware, bfloat16, or those of
        the layers in 8-bit integers; else in float32. Not to be trained any more.
        """
        if bf16_pays():
            for module in self.modules():
                if isinstance(module, nn.Linear):
                    module.bfloat16()
        elif int8_pays():
            in_int8(self.layers)
        return self.eval()

    def forward(self, ids: Tensor, features: Tensor, mask: Tensor) -> Output:
        """`ids` and `features` int64 (n, t), `mask` bool (n, t): True for what is no padding."""
        return self.told(self.through(self.embedded(ids, features), mask), features, mask)

    def embedded(self, ids: Tensor, features: Tensor) -> Tensor:
        """The state before the first layer, (n, t, hidden)."""
        with torch.no_grad():
            fixed = functional.embedding(ids, self.words) + self.positions[: ids.shape[1]]
        x = self.norm(fixed + self.feature(features))
        x = functional.dropout(x, self.dropout, self.training)
        return x.to(torch.bfloat16 if torch.is_autocast_enabled("cpu") else self.pool.weight.dtype)

    def through(self, x: Tensor, mask: Tensor, first: int = 0, last: int | None = None) -> Tensor:
        """The state (n, t, hidden) behind layer `last` - 1 (None: the last one) from that before layer `first`."""
        bias = padding_bias(mask, x.dtype)
        for layer in self.layers[first:last]:
            x = layer(x, bias, self.dropout)
        return x

    def told(self, x: Tensor, features: Tensor, mask: Tensor) -> Output:
        """What the heads make of the state behind the last layer."""
        return Output(self.relevances(x, mask), self._spans(x, mask & (features >= WINDOW)))

    def relevances(self, x: Tensor, mask: Tensor) -> Tensor:
        """Of that alone the relevance, float32 (n,)."""
        weight = mask.to(x.dtype)[..., None]
        mean = (x * weight).sum(1) / weight.sum(1)
        pooled = torch.tanh(self.pool(torch.cat((mean, x[:, 0]), -1)))
        found: Tensor = self.relevance(pooled)
        return found.float().squeeze(-1)

    def _spans(self, x: Tensor, window: Tensor) -> Tensor:
        """The logits of all spans (n, t, t), of which those that begin and end in the `window` may be answers.

        Each is the sum of what its first and its last token are worth, of how well they fit one another (a biaffine
        head: Dozat and Manning 2017), and of what its length is worth. So one reading of an answer's both ends is not
        mixed with another, as it is where they are chosen each for itself.
        """
        size = x.shape[1]
        start, end = self.span(x).float().unbind(-1)
        fit = self.begins(x).float() @ self.ends(x).float().transpose(1, 2) / MATCHED**0.5
        places = torch.arange(size)
        lengths = (places[None, :] - places[:, None]).clamp(0, LENGTHS - 1)
        logits = start[:, :, None] + end[:, None, :] + fit + self.length[lengths]
        allowed = window[:, :, None] & window[:, None, :] & (places[:, None] <= places[None, :])
        allowed[:, 0, 0] = True
        found: Tensor = logits.masked_fill(~allowed, NEVER)
        return found

    def trained(self) -> dict[str, Tensor]:
        """The state of what is trained: all but the word and position vectors."""
        return dict(self.state_dict())

    def load_trained(self, state: dict[str, Tensor]) -> None:
        """Puts in what `trained` gave. Raises RuntimeError where a part is missing or unknown."""
        self.load_state_dict(state)
