"""Train the reader: python -m training.reader.train --data ../shared/data --out build/reader --minutes 120

Each step takes a batch of groups (one question, the window that answers, and windows or questions that do not). Three
losses: which window of a group answers (listwise softmax, Cao et al. 2007), whether one does (logistic), and where the
answer stands, or nowhere (softmax over the tokens with a null position, Devlin et al. 2019). What is kept is the
running average of the weights (Polyak and Juditsky 1992), which is good to use at any time.

SIGTERM or Ctrl-C writes a checkpoint and ends; the same command goes on from there, with the learning rate where the
time budget says it should be.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from index.encoders.bundled import bundled_e5
from training.reader.data import Group, Groups
from training.reader.inputs import PAD, Encoded, encode, load_tokenizer
from training.reader.model import Output, Reader, bf16_pays
from training.reader.sets import training_sources

CHECKPOINT, WEIGHTS, LOG = "checkpoint.pt", "weights.safetensors", "log.jsonl"
SAVE_SECONDS = 300
WARM_UP = 0.03  # share of the time budget
HEADS_FASTER = 5.0  # times the learning rate of the layers: the heads and features begin from nothing
POSITIVE_WEIGHT = 2.0  # of the one answering pair among the others of its group


@dataclass(frozen=True, slots=True)
class Weighing:
    """Weights of the losses; `null` is that of the span loss where the window does not answer."""

    listwise: float = 1.0
    binary: float = 0.5
    span: float = 1.0
    null: float = 0.1


def padded(pairs: Sequence[Encoded]) -> tuple[Tensor, Tensor, Tensor]:
    """ids, features, mask, all (n, t) with the longest pair's t."""
    longest = max(len(pair.ids) for pair in pairs)
    ids = torch.full((len(pairs), longest), PAD)
    features = torch.zeros((len(pairs), longest), dtype=torch.int64)
    mask = torch.zeros((len(pairs), longest), dtype=torch.bool)
    for row, pair in enumerate(pairs):
        size = len(pair.ids)
        ids[row, :size] = torch.from_numpy(pair.ids)
        features[row, :size] = torch.from_numpy(pair.features)
        mask[row, :size] = True
    return ids, features, mask


def losses(model: Reader, groups: Sequence[Sequence[Encoded]], weighing: Weighing, buckets: int) -> dict[str, Tensor]:
    """Each a scalar, "loss" the weighted sum. The pairs go through the model in `buckets` of like length."""
    pairs = [pair for group in groups for pair in group]
    order = sorted(range(len(pairs)), key=lambda at: len(pairs[at].ids))
    size = -(-len(pairs) // buckets)
    relevance: list[Tensor] = [torch.empty(0)] * len(pairs)
    answered: list[Tensor] = []
    null: list[Tensor] = []
    for first in range(0, len(order), size):
        rows = order[first : first + size]
        output = model(*padded([pairs[row] for row in rows]))
        spans = _span_losses(output, [pairs[row] for row in rows])
        for at, row in enumerate(rows):
            relevance[row] = output.relevance[at]
            (answered if pairs[row].answered else null).append(spans[at])
    scores = torch.stack(relevance).view(len(groups), -1)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1
    found = {
        "listwise": -functional.log_softmax(scores, 1)[:, 0].mean(),
        "binary": functional.binary_cross_entropy_with_logits(scores, labels, pos_weight=torch.tensor(POSITIVE_WEIGHT)),
        "span": torch.stack(answered).mean() if answered else scores.sum() * 0,
        "null": torch.stack(null).mean() if null else scores.sum() * 0,
    }
    return found | {"loss": sum((getattr(weighing, name) * value for name, value in found.items()), torch.tensor(0.0))}


def _span_losses(output: Output, pairs: Sequence[Encoded]) -> list[Tensor]:
    """For each pair minus the log of the chance that any of its answers is chosen, start and end independently."""
    starts, ends = functional.log_softmax(output.start, 1), functional.log_softmax(output.end, 1)
    return [
        -torch.logsumexp(starts[row, list(pair.starts)] + ends[row, list(pair.ends)], 0)
        for row, pair in enumerate(pairs)
    ]


class Trainer:
    """The model, its optimiser, the running average, and how far it has come."""

    def __init__(self, model: Reader, rate: float, average: float = 0.998) -> None:
        self.model, self.rate, self.keep = model, rate, average
        fresh = ("feature.", "pool.", "relevance.", "span.")
        named = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
        parts = [[v for n, v in named if n.startswith(fresh) is new] for new in (False, True)]
        self.optimiser = torch.optim.AdamW(
            [{"params": parts[0], "scale": 1.0}, {"params": parts[1], "scale": HEADS_FASTER}],
            rate,
            weight_decay=0.01,
            fused=True,
        )
        self.average = {name: value.clone() for name, value in model.trained().items()}
        self.step, self.seconds = 0, 0.0

    def update(self, loss: Tensor, done: float) -> None:
        """One step down; `done` is the share of the time budget that is spent."""
        factor = min(1.0, max(done, 1e-3) / WARM_UP) * max(0.0, 1 - done)
        for part in self.optimiser.param_groups:
            part["lr"] = self.rate * factor * part["scale"]
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([v for part in self.optimiser.param_groups for v in part["params"]], 1.0)
        self.optimiser.step()
        self.step += 1
        share = 1 - min(self.keep, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.model.trained().items():
                self.average[name].lerp_(value, share)

    def save(self, folder: Path) -> None:
        """The checkpoint to go on from, and the averaged weights as bfloat16; each replaces the old one at once."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "trained": self.model.trained(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(state, folder / f"{CHECKPOINT}.new")
        (folder / f"{CHECKPOINT}.new").replace(folder / CHECKPOINT)
        save_file({n: v.bfloat16().contiguous() for n, v in self.average.items()}, folder / f"{WEIGHTS}.new")
        (folder / f"{WEIGHTS}.new").replace(folder / WEIGHTS)

    def resume(self, folder: Path) -> None:
        """Go on from the checkpoint in `folder`, where there is one."""
        if not (folder / CHECKPOINT).is_file():
            return
        state = torch.load(folder / CHECKPOINT, weights_only=True)
        self.model.load_trained(state["trained"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how: `minutes` in all, over every resumption; `steps`, when given, ends it earlier.

    The minutes are of work: processor time by the number of threads. So a run that was stopped for a while, or shares
    the machine, loses nothing of its budget; where it has the machine to itself they pass a little slower than a clock.
    """

    minutes: float
    batch: int = 16
    buckets: int = 4
    steps: int | None = None
    weighing: Weighing = Weighing()


def train(trainer: Trainer, groups: Groups | Sequence[Group], tokenizer: Tokenizer, plan: Plan, out: Path) -> None:
    """Steps until the time is spent or a signal comes; writes checkpoints and the log into `out`."""
    trainer.resume(out)
    out.mkdir(parents=True, exist_ok=True)
    stop: list[int] = []
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(name, lambda number, _: stop.append(number)) for name in signals]
    trainer.model.train()
    saved = time.monotonic()
    with (out / LOG).open("a", 1, "utf-8") as log:
        while not stop and trainer.seconds < plan.minutes * 60 and trainer.step != plan.steps:
            began = time.process_time()
            torch.manual_seed(trainer.step)
            first = trainer.step * plan.batch
            batch = [encode(groups[number].pairs, tokenizer) for number in range(first, first + plan.batch)]
            batch = [group for group in batch if group[0].answered]
            with torch.autocast("cpu", torch.bfloat16) if bf16_pays() else nullcontext():
                found = losses(trainer.model, batch, plan.weighing, plan.buckets)
            trainer.update(found["loss"], trainer.seconds / (plan.minutes * 60))
            trainer.seconds += (time.process_time() - began) / torch.get_num_threads()
            values = {name: round(float(value.detach()), 4) for name, value in found.items()}
            log.write(json.dumps({"step": trainer.step, **values, "seconds": round(trainer.seconds, 1)}) + "\n")
            if time.monotonic() - saved > SAVE_SECONDS:
                log.flush()
                trainer.save(out)
                saved = time.monotonic()
    trainer.save(out)
    for name, handler in zip(signals, before, strict=True):
        signal.signal(name, handler)


def main() -> None:
    """Read the sets, make or resume the model, train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/reader"))
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--batch", type=int, default=16, help="groups in a step")
    parser.add_argument("--negatives", type=int, default=4, help="pairs of a group that do not answer")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    for name, value in _weights():
        parser.add_argument(f"--{name}", type=float, default=value, help=f"weight of the {name} loss")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    folder = base_folder()
    weighing = Weighing(*(getattr(arguments, name) for name, _ in _weights()))
    trainer = Trainer(Reader.from_folder(folder), arguments.rate)
    groups = Groups(training_sources(arguments.data), arguments.seed, arguments.negatives)
    plan = Plan(arguments.minutes, arguments.batch, weighing=weighing)
    train(trainer, groups, load_tokenizer(folder), plan, arguments.out)


def base_folder() -> Path:
    """The folder of the bundled encoder, unpacked where it is not yet. Raises EncoderUnavailable."""
    return bundled_e5()._folder


def _weights() -> list[tuple[str, float]]:
    return [(name, getattr(Weighing(), name)) for name in Weighing.__slots__]


if __name__ == "__main__":
    main()
