"""Train the reader: python -m training.reader.train --data ../shared/data --out build/reader --steps 1109

Each step takes a batch of groups (one question, the window that answers, and windows or questions that do not). Three
losses: which window of a group answers (listwise softmax, Cao et al. 2007), whether one does (logistic), and where the
answer stands, or nowhere (softmax over all spans, of which one stands for none). With --beside further
pairs that answer come in for the third loss alone: they are cheap, having no negatives. What is kept is the running
average of the weights, which is good to use at any time. Ctrl-C stops it; the same command goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from index.encoders.bert import bf16_pays
from index.encoders.bundled import bundled_e5_folder
from rag.reading.inputs import Encoded, encode, load_tokenizer
from rag.reading.model import CrossEncoder, Output
from rag.reading.packing import unpacked
from rag.reading.reader import padded
from training.reader.data import Group, Groups
from training.reader.screen import LEAST, Screen, freeze
from training.reader.sets import for_spans, training_sources
from training.trainer import Budget, Trainer, recipe_of, train

BUCKETS = 4  # of like length, into which a step's pairs are put
FRESH = ("feature.", "pool.", "relevance.", "span.", "begins.", "ends.", "length")
POSITIVE_WEIGHT = 2.0  # of the one answering pair among the others of its group


@dataclass(frozen=True, slots=True)
class Weighing:
    """Weights of the losses; `null` is that of the span loss where the window does not answer."""

    listwise: float = 1.0
    binary: float = 0.5
    span: float = 1.0
    null: float = 0.1


def losses(
    model: CrossEncoder,
    groups: Sequence[Sequence[Encoded]],
    weighing: Weighing,
    buckets: int,
    screen: Screen | None = None,
    more: Sequence[Encoded] = (),
) -> dict[str, Tensor]:
    """Each a scalar, "loss" the weighted sum. The pairs go through the model in `buckets` of like length.

    With a `screen` only those that it does not find learnt; the others count as it sees them. `more` are pairs that
    answer, beside the groups: they take part in the span loss alone.
    """
    in_groups = [pair for group in groups for pair in group]
    pairs = [*in_groups, *more]
    screened = screen.of(in_groups, more) if screen is not None else None
    labels = torch.zeros(len(groups), len(groups[0]))
    labels[:, 0] = 1
    relevance: list[Tensor] = [torch.empty(0)] * len(in_groups)
    wanted = list(range(len(in_groups)))
    if screened is not None:
        relevance = list(screened.relevance)
        wanted = unlearnt(screened.relevance.view(labels.shape), labels, weighing)
    wanted += range(len(in_groups), len(pairs))
    order = sorted(wanted, key=lambda at: len(pairs[at].ids))
    size = -(-len(order) // buckets)
    answered: list[Tensor] = []
    null: list[Tensor] = []
    for first in range(0, len(order), size):
        rows = order[first : first + size]
        ids, features, mask = padded([pairs[row] for row in rows])
        frozen = screen.frozen if screen is not None else 0
        if screened is not None and frozen:
            low = pad_sequence([screened.states[row] for row in rows], batch_first=True)
        else:
            low = model.embedded(ids, features)
        output = model.told(model.through(low, mask, frozen), features, mask)
        spans = _span_losses(output, [pairs[row] for row in rows])
        for at, row in enumerate(rows):
            if row < len(in_groups):
                relevance[row] = output.relevance[at]
            (answered if pairs[row].answered else null).append(spans[at])
    scores = torch.stack(relevance).view(labels.shape)
    found = {
        "listwise": -functional.log_softmax(scores, 1)[:, 0].mean(),
        "binary": functional.binary_cross_entropy_with_logits(scores, labels, pos_weight=torch.tensor(POSITIVE_WEIGHT)),
        "span": torch.stack(answered).mean() if answered else scores.sum() * 0,
        "null": torch.stack(null).sum() / (len(in_groups) - len(groups)) if null else scores.sum() * 0,
    }
    return found | {"loss": sum((getattr(weighing, name) * value for name, value in found.items()), torch.tensor(0.0))}


def unlearnt(scores: Tensor, labels: Tensor, weighing: Weighing) -> list[int]:
    """The places, in the flattened scores (groups, pairs), of the pairs that take part: all that answer, and those by
    whose relevance the losses of their group have a gradient of LEAST.
    """
    one = scores.shape[1]
    listwise = scores.softmax(1) - labels
    binary = (scores.sigmoid() - labels) * torch.where(labels > 0, POSITIVE_WEIGHT, 1.0) / one
    gradient = weighing.listwise * listwise + weighing.binary * binary
    return ((gradient.abs() >= LEAST) | (labels > 0)).flatten().nonzero().flatten().tolist()


def _span_losses(output: Output, pairs: Sequence[Encoded]) -> list[Tensor]:
    """For each pair minus the log of the chance that one of its answers is chosen among all spans."""
    logs = functional.log_softmax(output.spans.flatten(1), 1).view_as(output.spans)
    return [-torch.logsumexp(logs[row, list(pair.starts), list(pair.ends)], 0) for row, pair in enumerate(pairs)]


def training(
    model: CrossEncoder,
    groups: Groups | Sequence[Group],
    tokenizer: Tokenizer,
    batch: int,
    weighing: Weighing,
    screen: Screen | None = None,
    more: Groups | Sequence[Group] = (),
    beside: int = 0,
) -> Callable[[int], dict[str, Tensor]]:
    """The losses of a step by its number, over `batch` groups of its own, and the first pairs of `beside` of `more`."""

    def of_step(number: int) -> dict[str, Tensor]:
        wanted = range(number * batch, (number + 1) * batch)
        encoded = [encode(groups[at].pairs, tokenizer) for at in wanted]
        answered = [group for group in encoded if group[0].answered]
        alone = [more[at].pairs[0] for at in range(number * beside, (number + 1) * beside)]
        spans = [pair for pair in encode(alone, tokenizer) if pair.answered] if alone else []
        with torch.autocast("cpu", torch.bfloat16) if bf16_pays() else nullcontext():
            return losses(model, answered, weighing, BUCKETS, screen, spans)

    return of_step


def main() -> None:
    """Read the sets, make or resume the model, train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/reader"))
    parser.add_argument("--steps", type=int, help="in all; the learning rate goes by them")
    parser.add_argument("--minutes", type=float, help="of work at most; without --steps the learning rate goes by them")
    parser.add_argument("--batch", type=int, default=16, help="groups in a step")
    parser.add_argument("--negatives", type=int, default=4, help="pairs of a group that do not answer")
    parser.add_argument(
        "--beside", type=int, default=0, help="pairs of a step, beside its groups, for the span loss alone"
    )
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--begin", type=Path, help="weights to begin with, packed or not; without, the encoder's")
    parser.add_argument("--screen", action="store_true", help="pass over what is learnt already (screen.py)")
    parser.add_argument("--frozen", type=int, default=0, help="lowest layers that do not learn; needs --screen")
    for name, value in _weights():
        parser.add_argument(f"--{name}", type=float, default=value, help=f"weight of the {name} loss")
    arguments = parser.parse_args()
    if arguments.steps is None and arguments.minutes is None:
        parser.error("--steps or --minutes is needed")
    budget = Budget(arguments.minutes, arguments.steps)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    folder, _ = bundled_e5_folder()
    weighing = Weighing(*(getattr(arguments, name) for name, _ in _weights()))
    model = CrossEncoder.from_folder(folder)
    if arguments.begin is not None:
        model.load_trained(unpacked(load_file(arguments.begin)))
    if arguments.frozen and not arguments.screen:
        parser.error(f"--frozen {arguments.frozen} needs --screen")
    freeze(model, arguments.frozen)
    screen = Screen(model, arguments.frozen) if arguments.screen else None
    sources = training_sources(arguments.data)
    groups = Groups(sources, arguments.seed, arguments.negatives)
    more = Groups(for_spans(sources), f"{arguments.seed} beside", 0) if arguments.beside else ()
    told = load_tokenizer(folder), arguments.batch, weighing, screen
    steps = training(model, groups, *told, more, arguments.beside)
    trainer = Trainer(model, arguments.rate, fresh=FRESH, recipe=recipe_of(arguments))
    sys.exit(not train(trainer, steps, budget, arguments.out))


def _weights() -> list[tuple[str, float]]:
    return [(name, getattr(Weighing(), name)) for name in Weighing.__slots__]


if __name__ == "__main__":
    main()
