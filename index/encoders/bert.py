"""The layers of a BERT encoder (Devlin et al. 2019), written out.

With plain matrix products in bfloat16 they run three times as fast as those of transformers on a CPU that multiplies
such matrices in hardware, forward and backward. The word vectors stay in the file of the model folder, of which only
the rows that are looked up are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

FAR = -1e4
"""Added to the attention that padding is paid; finite, so that bfloat16 keeps it."""

_SELF, _OUT = "attention.self.", "attention.output."


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a BERT encoder; `hidden` is a multiple of `heads`."""

    layers: int
    hidden: int
    heads: int
    wide: int
    epsilon: float = 1e-12


@dataclass(frozen=True, slots=True)
class Base:
    """What a model folder holds: `words` float32 (vocabulary, hidden), `positions` float32 (positions, hidden) with the
    type vector in it, and the state of `norm` and `layers` by their names in a model that has these two.
    """

    shape: Shape
    words: Tensor
    positions: Tensor
    state: dict[str, Tensor]

    @classmethod
    def of(cls, folder: Path) -> Base:
        """From a transformers folder of a BERT with safetensors weights."""
        config = json.loads((folder / "config.json").read_text())
        shape = Shape(
            layers=config["num_hidden_layers"],
            hidden=config["hidden_size"],
            heads=config["num_attention_heads"],
            wide=config["intermediate_size"],
            epsilon=config["layer_norm_eps"],
        )
        bert = load_file(folder / "model.safetensors")
        types = bert["embeddings.token_type_embeddings.weight"]
        positions = bert["embeddings.position_embeddings.weight"] + types[0]
        return cls(shape, bert["embeddings.word_embeddings.weight"], positions, _state(bert, shape.layers))


class Layer(nn.Module):
    """Self-attention and feed-forward, each with its residual and then its norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        hidden = shape.hidden
        self.heads = shape.heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.widen = nn.Linear(hidden, shape.wide)
        self.narrow = nn.Linear(shape.wide, hidden)
        self.norm_attention = nn.LayerNorm(hidden, eps=shape.epsilon)
        self.norm_output = nn.LayerNorm(hidden, eps=shape.epsilon)

    def forward(self, x: Tensor, bias: Tensor, dropout: float) -> Tensor:
        """(n, t, hidden) to the same; `bias`, (n, 1, 1, t), is added to the attention that a token is paid."""
        n, t, hidden = x.shape
        query, key, value = self.qkv(x).view(n, t, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        mixed = self._mixed(query, key, value, bias).transpose(1, 2).reshape(n, t, hidden)
        x = self.norm_attention(x + functional.dropout(self.out(mixed), dropout, self.training))
        wide = functional.gelu(self.widen(x))
        done: Tensor = self.norm_output(x + functional.dropout(self.narrow(wide), dropout, self.training))
        return done

    def _mixed(self, query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        """Attention, all (n, heads, t, hidden // heads). PyTorch's fused one takes two thirds of the time in float32;
        in bfloat16 and in training plain products are faster.
        """
        if query.dtype == torch.float32 and not self.training:
            n, _, t, _ = query.shape
            return functional.scaled_dot_product_attention(query, key, value, bias.expand(n, 1, t, t))
        weights = torch.matmul(query * query.shape[-1] ** -0.5, key.transpose(-1, -2)) + bias
        return torch.matmul(weights.softmax(-1, dtype=weights.dtype), value)


def padding_bias(mask: Tensor, kind: torch.dtype) -> Tensor:
    """(n, 1, 1, t) for `Layer`: FAR where the mask, bool (n, t), is False."""
    return torch.zeros(mask.shape, dtype=kind).masked_fill(~mask, FAR)[:, None, None]


def bf16_pays() -> bool:
    """Whether this processor multiplies bfloat16 matrices in hardware."""
    return bool(torch.backends.cpu.get_cpu_capability() and torch.cpu._is_amx_tile_supported())


_KINDS = ("weight", "bias")
_PARTS = {  # ours and transformers'; qkv is three of theirs, one under the other
    "out": f"{_OUT}dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "norm_attention": f"{_OUT}LayerNorm",
    "norm_output": "output.LayerNorm",
}


def _state(bert: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    state = {f"norm.{kind}": bert[f"embeddings.LayerNorm.{kind}"] for kind in _KINDS}
    for number in range(layers):
        theirs, ours = f"encoder.layer.{number}.", f"layers.{number}."
        for kind in _KINDS:
            parts = [bert[f"{theirs}{_SELF}{name}.{kind}"] for name in ("query", "key", "value")]
            state[f"{ours}qkv.{kind}"] = torch.cat(parts)
            for own, name in _PARTS.items():
                state[f"{ours}{own}.{kind}"] = bert[f"{theirs}{name}.{kind}"]
    return state


def for_transformers(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parameters of `Base.state` under the names that a BertModel of transformers has for them."""
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        *place, part, kind = name.split(".")
        if not place:
            found[f"embeddings.LayerNorm.{kind}"] = value
            continue
        layer = f"encoder.layer.{place[1]}."
        if part == "qkv":
            for own, piece in zip(("query", "key", "value"), value.chunk(3), strict=True):
                found[f"{layer}{_SELF}{own}.{kind}"] = piece
        else:
            found[f"{layer}{_PARTS[part]}.{kind}"] = value
    return found


class Embedder(nn.Module):
    """A text's vector: the mean of its tokens' last states, of length 1 (Reimers and Gurevych 2019)."""

    words: Tensor
    positions: Tensor

    def __init__(self, base: Base) -> None:
        super().__init__()
        self.register_buffer("words", base.words, persistent=False)
        self.register_buffer("positions", base.positions, persistent=False)
        self.norm = nn.LayerNorm(base.shape.hidden, eps=base.shape.epsilon)
        self.layers = nn.ModuleList(Layer(base.shape) for _ in range(base.shape.layers))
        self.load_state_dict(base.state)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Float32 (n, hidden) for `ids` int64 (n, t) and `mask` bool (n, t): True for what is no padding."""
        with torch.no_grad():
            fixed = functional.embedding(ids, self.words) + self.positions[: ids.shape[1]]
        kind = torch.bfloat16 if torch.is_autocast_enabled("cpu") else next(self.layers.parameters()).dtype
        x = self.norm(fixed).to(kind)
        bias = padding_bias(mask, kind)
        for layer in self.layers:
            x = layer(x, bias, 0.0)
        weight = mask.to(torch.float32)[..., None]
        mean = (x.float() * weight).sum(1) / weight.sum(1)
        return functional.normalize(mean, dim=1)
