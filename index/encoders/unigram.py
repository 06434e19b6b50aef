"""Rebuilds the XLM-RoBERTa tokeniser from its parts with the `tokenizers` library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from index.encoders.charsmap import compile_charsmap

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"}
"""XLM-RoBERTa's names for its special pieces (Conneau et al., "Unsupervised Cross-lingual Representation Learning at
Scale", 2020)."""


def unigram_tokenizer(
    pieces: Sequence[str], scores: Sequence[float], replacements: Mapping[str, str], max_tokens: int
) -> Tokenizer:
    """A unigram tokeniser (Kudo, "Subword Regularization", 2018) whose piece i has id i and log probability scores[i].

    Text goes through `replacements` (character by character), runs of spaces become one, every word begins with "▁",
    and the result is wrapped in `<s> … </s>` and cut at `max_tokens`. Raises ValueError when pieces and scores differ
    in number or a special piece is missing.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    if len(pieces) != len(scores):
        raise ValueError(f"{len(pieces)} pieces, but {len(scores)} scores")
    ids = {name: pieces.index(token) for name, token in SPECIAL.items()}
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, map(float, scores), strict=True)), unk_id=ids["unk"]))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(compile_charsmap(replacements)), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[(SPECIAL["bos"], ids["bos"]), (SPECIAL["eos"], ids["eos"])]
    )
    tokenizer.add_special_tokens([AddedToken(SPECIAL[name], normalized=False, special=True) for name in SPECIAL])
    tokenizer.enable_truncation(max_tokens)
    return tokenizer
