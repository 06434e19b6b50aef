"""Writes a packed model as a complete sentence-transformers folder that any program can load."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path

from index.encoders.packed_e5 import PackedModel, Shape
from index.encoders.unigram import SPECIAL, unigram_tokenizer

WEIGHTS_FILE = "model.safetensors"
MAX_TOKENS = 512
PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}
"""The prefixes of the model card; "document" is where sentence-transformers looks first for a passage's."""

_MODULES = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
_LINEAR = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"} | {
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}

TensorPlan = dict[str, tuple[str, tuple[int, ...]]]
"""Name in the folder: name in the packed file, and shape."""


def write_sentence_folder(model: PackedModel, folder: Path) -> None:
    """Writes weights (float32 safetensors), configuration and tokeniser into the existing `folder`.

    Raises ValueError where the model does not hold the tensors of its shape, OSError where writing fails.
    """
    _write_weights(model, folder / WEIGHTS_FILE)
    tokenizer = unigram_tokenizer(model.pieces, model.scores.tolist(), model.replacements, _max_tokens(model.shape))
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    for name, content in _configuration(model.shape, model.pieces.index(SPECIAL["pad"])).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _max_tokens(shape: Shape) -> int:
    return min(MAX_TOKENS, shape.positions)


def _tensor_plan(shape: Shape) -> TensorPlan:
    hidden, wide = shape.hidden, shape.feed_forward
    plan: TensorPlan = {
        "embeddings.word_embeddings.weight": ("emb.word", (shape.vocabulary, hidden)),
        "embeddings.position_embeddings.weight": ("emb.pos", (shape.positions, hidden)),
        "embeddings.token_type_embeddings.weight": ("emb.type", (shape.token_types, hidden)),
        "embeddings.LayerNorm.weight": ("emb.ln.w", (hidden,)),
        "embeddings.LayerNorm.bias": ("emb.ln.b", (hidden,)),
    }
    for layer in range(shape.layers):
        ours, theirs = f"encoder.layer.{layer}.", f"l{layer}."
        for short, long in _LINEAR.items():
            rows, columns = {"fi": (wide, hidden), "fo": (hidden, wide)}.get(short, (hidden, hidden))
            plan[f"{ours}{long}.weight"] = (f"{theirs}{short}.w", (rows, columns))
            plan[f"{ours}{long}.bias"] = (f"{theirs}{short}.b", (rows,))
        for short, long in _NORMS.items():
            plan[f"{ours}{long}.weight"] = (f"{theirs}{short}.w", (hidden,))
            plan[f"{ours}{long}.bias"] = (f"{theirs}{short}.b", (hidden,))
    return plan


def _write_weights(model: PackedModel, path: Path) -> None:
    """Streams the tensors into the safetensors layout (u64 length of a JSON header, the header, the values).

    Written by hand so that the 384 MB of word embeddings are never in memory at once. A pooler of zeros completes the
    BERT: mean pooling does not use it, but a missing one would be filled with random numbers.
    """
    plan = _tensor_plan(model.shape)
    hidden = model.shape.hidden
    pooler: dict[str, tuple[int, ...]] = {"pooler.dense.weight": (hidden, hidden), "pooler.dense.bias": (hidden,)}
    shapes = {name: shape for name, (_, shape) in plan.items()} | pooler
    header = _safetensors_header(shapes)
    with path.open("wb") as file:
        file.write(header)
        for source, shape in plan.values():
            for rows in model.rows(source, shape):
                file.write(rows.astype("<f4", copy=False).tobytes())
        for shape in pooler.values():
            file.write(bytes(4 * prod(shape)))


def _safetensors_header(shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    for name, shape, (start, end) in _places(shapes):
        entries[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _places(shapes: Mapping[str, tuple[int, ...]]) -> Iterator[tuple[str, tuple[int, ...], tuple[int, int]]]:
    at = 0
    for name, shape in shapes.items():
        size = 4 * prod(shape)
        yield name, shape, (at, at + size)
        at += size


def _configuration(shape: Shape, pad: int) -> dict[str, object]:
    """The JSON files of the folder, by name."""
    package = "sentence_transformers.models"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "vocab_size": shape.vocabulary,
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": shape.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": pad,
        },
        "modules.json": [
            {"idx": index, "name": str(index), "path": path, "type": f"{package}.{kind}"}
            for index, (path, kind) in enumerate(_MODULES.items())
        ],
        "sentence_bert_config.json": {"max_seq_length": _max_tokens(shape), "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {
            "prompts": PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": _max_tokens(shape),
            "clean_up_tokenization_spaces": False,
            "bos_token": SPECIAL["bos"],
            "eos_token": SPECIAL["eos"],
            "unk_token": SPECIAL["unk"],
            "pad_token": SPECIAL["pad"],
            "cls_token": SPECIAL["bos"],
            "sep_token": SPECIAL["eos"],
            "mask_token": SPECIAL["mask"],
        },
    }
