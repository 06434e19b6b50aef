"""Tune the encoder: python -m training.encoder.train --data ../shared/data --out build/encoder --steps 295

Contrastive: each question is to be nearer to the text that answers it than to the others of its batch (InfoNCE, van den
Oord et al. 2018). Few steps, and the running average of the weights: what the base knows of Chinese and of a hundred
other languages is to stay. Ctrl-C stops it; the same command goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from index.encoders import load_encoder
from index.encoders.bert import Base, Embedder, bf16_pays
from index.encoders.bundled import bundled_e5_folder
from index.encoders.tuned_e5 import tuned
from rag.reading.inputs import PAD, load_tokenizer
from training.encoder.batches import Batch, Batches, encoder_sources
from training.encoder.mined import Mined
from training.trainer import Budget, Trainer, recipe_of, train

QUERY, PASSAGE = "query: ", "passage: "
MAX_TOKENS = 256
BUCKETS = 4  # of like length, into which a step's texts are put
CLOSED = -1e4


def embed(model: Embedder, texts: Sequence[str], tokenizer: Tokenizer, buckets: int = BUCKETS) -> Tensor:
    """Float32 (n, d), row i for text i; at most MAX_TOKENS tokens of each are seen."""
    ids = [found.ids[: MAX_TOKENS - 1] + found.ids[-1:] for found in tokenizer.encode_batch(list(texts))]
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    size = -(-len(ids) // buckets)
    rows: list[Tensor] = []
    for first in range(0, len(order), size):
        mine = [ids[at] for at in order[first : first + size]]
        longest = max(map(len, mine))
        padded = torch.tensor([one + [PAD] * (longest - len(one)) for one in mine])
        rows.append(model(padded, padded != PAD))
    places = torch.empty(len(order), dtype=torch.int64)
    places[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(rows)[places]


def losses(model: Embedder, batch: Batch, tokenizer: Tokenizer, temperature: float) -> dict[str, Tensor]:
    """Of questions to texts; what may answer as well counts neither way."""
    asked = embed(model, [QUERY + question for question in batch.questions], tokenizer, 1)
    texts = embed(model, [PASSAGE + text for text in batch.texts], tokenizer)
    scores = (asked @ texts.T / temperature).masked_fill(~torch.from_numpy(batch.open_to), CLOSED)
    return {"loss": functional.cross_entropy(scores, torch.arange(len(asked)))}


def steps(
    model: Embedder, batches: Batches | Sequence[Batch], tokenizer: Tokenizer, temperature: float
) -> Callable[[int], dict[str, Tensor]]:
    """The losses of a step by its number."""

    def of_step(number: int) -> dict[str, Tensor]:
        with torch.autocast("cpu", torch.bfloat16) if bf16_pays() else nullcontext():
            return losses(model, batches[number], tokenizer, temperature)

    return of_step


def main() -> None:
    """Read the sets, make or resume the model, train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/encoder"))
    parser.add_argument("--steps", type=int, help="in all; the learning rate goes by them")
    parser.add_argument("--minutes", type=float, help="of work at most; without --steps the learning rate goes by them")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--temperature", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--begin", type=Path, help="packed weights to begin with; without, the base's")
    parser.add_argument("--mined", action="store_true", help="a hard negative for each question (mined.py)")
    arguments = parser.parse_args()
    if arguments.steps is None and arguments.minutes is None:
        parser.error("--steps or --minutes is needed")
    if arguments.mined and arguments.begin is None:
        parser.error("--mined needs --begin with the shipped weights: by them it is mined")
    budget = Budget(arguments.minutes, arguments.steps)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    folder, _ = bundled_e5_folder()
    base = Base.of(folder)
    state = tuned(base.state, load_file(arguments.begin)) if arguments.begin is not None else base.state
    model = Embedder(Base(base.shape, base.words, base.positions, dict(state)))
    sources = encoder_sources(arguments.data)
    mined = Mined(sources, load_encoder("e5-tuned")) if arguments.mined else None
    batches = Batches(sources, arguments.seed, arguments.batch, mined)
    of_step = steps(model, batches, load_tokenizer(folder), arguments.temperature)
    trainer = Trainer(model, arguments.rate, average=0.99, recipe=recipe_of(arguments))
    sys.exit(not train(trainer, of_step, budget, arguments.out))


if __name__ == "__main__":
    main()
