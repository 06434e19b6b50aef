"""Models of a few kilobytes: a tokenizer whose tokens are characters, random BERTs, a random cross-encoder."""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from index.encoders.bert import Base, Embedder, Shape
from rag.reading.inputs import MAX_TOKENS
from rag.reading.model import CrossEncoder

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
UNKNOWN = 3
SHAPE = Shape(layers=2, hidden=16, heads=2, wide=32)
WORDS = 64  # rows of every model's table of word vectors


def character_tokenizer(characters: str) -> Tokenizer:
    """The k-th of the characters in their order is token 4 + k, any other is UNKNOWN; a text stands in <s> … </s>."""
    pieces = [*SPECIAL, *sorted(set(characters))]
    assert len(pieces) <= WORDS
    made = Tokenizer(models.WordLevel({piece: number for number, piece in enumerate(pieces)}, unk_token="<unk>"))
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return made


def cross_encoder() -> CrossEncoder:
    torch.manual_seed(1)
    return CrossEncoder(SHAPE, torch.randn(WORDS, 16), torch.randn(MAX_TOKENS, 16))


def embedder() -> Embedder:
    """With the layers of `cross_encoder`."""
    model = cross_encoder()
    state = {name: value for name, value in model.trained().items() if name.startswith(("norm.", "layers."))}
    return Embedder(Base(SHAPE, model.words, model.positions, state))


def write_bert(folder: Path, hidden: int = 16, seed: int = 7) -> Path:
    """A transformers folder of a BERT in which no parameter is zero or one, so that none is mistaken for another."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=WORDS, hidden_size=hidden, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
        max_position_embeddings=512, layer_norm_eps=1e-6,
    )  # fmt: skip
    model = BertModel(config)
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.normal_(mean=float(name.endswith("LayerNorm.weight")), std=0.3)
    model.save_pretrained(folder)
    return folder


def write_sentence_bert(folder: Path, tokenizer: Tokenizer, hidden: int = 16) -> Path:
    """The same as a folder of sentence-transformers: mean pooling, and the prompts of the e5 family."""
    write_bert(folder, hidden)
    tokenizer.save(str(folder / "tokenizer.json"))
    for name, content in {
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "unk_token": "<unk>",
            "model_max_length": 512,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "passage": "passage: "}},
    }.items():  # fmt: skip
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    return folder
