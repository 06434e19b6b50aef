"""The cross-encoder: the layers of multilingual-e5-small over one sequence of question and window, and two heads.

Written out rather than taken from transformers: on a CPU in bfloat16 the backward pass of its fused attention takes
half of a training step, that of plain matrix products an eighth (Xeon with AMX). The 250,000 word vectors stay as they
are; only the layers, the heads, the norm of the embedding and a vector for each feature are trained: 21.8 million
parameters, some 22 MB as int8.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from training.reader.inputs import FEATURES

_SELF, _OUT = "attention.self.", "attention.output."
NEVER = -1e4
"""The logit of a token that cannot begin or end an answer; finite, so that bfloat16 keeps it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a BERT encoder; `hidden` is a multiple of `heads`."""

    layers: int
    hidden: int
    heads: int
    wide: int
    vocabulary: int
    positions: int
    epsilon: float = 1e-12


class Output(NamedTuple):
    """float32: `relevance` (n,), the logit that the window answers; `start` and `end` (n, t), those of the answer's
    first and last token. Token 0 stands for no answer.
    """

    relevance: Tensor
    start: Tensor
    end: Tensor


class Layer(nn.Module):
    """Self-attention and feed-forward, each with its residual and then its norm (Devlin et al. 2019)."""

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
        n, t, hidden = x.shape
        query, key, value = self.qkv(x).view(n, t, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.matmul(query * (hidden // self.heads) ** -0.5, key.transpose(-1, -2)) + bias
        mixed = torch.matmul(weights.softmax(-1, dtype=weights.dtype), value).transpose(1, 2).reshape(n, t, hidden)
        x = self.norm_attention(x + functional.dropout(self.out(mixed), dropout, self.training))
        wide = functional.gelu(self.widen(x))
        done: Tensor = self.norm_output(x + functional.dropout(self.narrow(wide), dropout, self.training))
        return done


class Reader(nn.Module):
    """Reads (question, window) pairs. A new one has random layers; `from_folder` gives those of the base.

    No dropout by default: drawing it costs a sixth of a step on a CPU.
    """

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        hidden = shape.hidden
        self.shape, self.dropout = shape, dropout
        self.word = nn.Embedding(shape.vocabulary, hidden).requires_grad_(False)
        self.position = nn.Embedding(shape.positions, hidden).requires_grad_(False)
        self.feature = nn.Embedding(FEATURES, hidden)
        nn.init.zeros_(self.feature.weight)
        self.norm = nn.LayerNorm(hidden, eps=shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.pool = nn.Linear(2 * hidden, hidden)
        self.relevance = nn.Linear(hidden, 1)
        self.span = nn.Linear(hidden, 2)
        for head in (self.pool, self.relevance, self.span):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    @classmethod
    def from_folder(cls, folder: Path, dropout: float = 0.0) -> Reader:
        """From a transformers folder of a BERT with safetensors weights."""
        config = json.loads((folder / "config.json").read_text())
        shape = Shape(
            layers=config["num_hidden_layers"],
            hidden=config["hidden_size"],
            heads=config["num_attention_heads"],
            wide=config["intermediate_size"],
            vocabulary=config["vocab_size"],
            positions=config["max_position_embeddings"],
            epsilon=config["layer_norm_eps"],
        )
        model = cls(shape, dropout)
        model.load_state_dict(_from_bert(load_file(folder / "model.safetensors"), model.shape), strict=False)
        return model

    def forward(self, ids: Tensor, features: Tensor, mask: Tensor) -> Output:
        """`ids` and `features` int64 (n, t), `mask` bool (n, t): True for what is no padding."""
        with torch.no_grad():
            fixed = self.word(ids) + self.position.weight[: ids.shape[1]]
        x = self.norm(fixed + self.feature(features))
        x = functional.dropout(x, self.dropout, self.training)
        kind = torch.bfloat16 if torch.is_autocast_enabled("cpu") else x.dtype
        x = x.to(kind)
        bias = torch.zeros(mask.shape, dtype=kind).masked_fill(~mask, NEVER)[:, None, None]
        for layer in self.layers:
            x = layer(x, bias, self.dropout)
        weight = mask.to(kind)[..., None]
        mean = (x * weight).sum(1) / weight.sum(1)
        pooled = torch.tanh(self.pool(torch.cat((mean, x[:, 0]), -1)))
        spans = self.span(x).float()
        allowed = mask & (features >= 4)
        allowed[:, 0] = True
        start, end = spans.masked_fill(~allowed[..., None], NEVER).unbind(-1)
        return Output(self.relevance(pooled).float().squeeze(-1), start, end)

    def trained(self) -> dict[str, Tensor]:
        """The state of what is trained: all but the word and position vectors."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith(("word.", "position."))}

    def load_trained(self, state: dict[str, Tensor]) -> None:
        """Puts in what `trained` gave. Raises RuntimeError where a part is missing or unknown."""
        missing = set(self.trained()) ^ set(state)
        if missing:
            raise RuntimeError(f"these parts do not fit the model: {sorted(missing)}")
        self.load_state_dict(state, strict=False)


def bf16_pays() -> bool:
    """Whether this processor multiplies bfloat16 matrices in hardware."""
    return bool(torch.backends.cpu.get_cpu_capability() and torch.cpu._is_amx_tile_supported())


def _from_bert(bert: dict[str, Tensor], shape: Shape) -> dict[str, Tensor]:
    types = bert["embeddings.token_type_embeddings.weight"]
    state = {
        "word.weight": bert["embeddings.word_embeddings.weight"],
        "position.weight": bert["embeddings.position_embeddings.weight"] + types[0],
        "norm.weight": bert["embeddings.LayerNorm.weight"],
        "norm.bias": bert["embeddings.LayerNorm.bias"],
    }
    for number in range(shape.layers):
        theirs, ours = f"encoder.layer.{number}.", f"layers.{number}."
        for kind in ("weight", "bias"):
            parts = [bert[f"{theirs}{_SELF}{name}.{kind}"] for name in ("query", "key", "value")]
            state[f"{ours}qkv.{kind}"] = torch.cat(parts)
            for own, name in (
                ("out", f"{_OUT}dense"),
                ("widen", "intermediate.dense"),
                ("narrow", "output.dense"),
                ("norm_attention", f"{_OUT}LayerNorm"),
                ("norm_output", "output.LayerNorm"),
            ):
                state[f"{ours}{own}.{kind}"] = bert[f"{theirs}{name}.{kind}"]
    return state
