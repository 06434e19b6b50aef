"""What both recipes train with: AdamW, a linear schedule over a budget, a running average, checkpoints, a log.

SIGTERM or Ctrl-C writes a checkpoint and ends; the same command goes on from there, with the learning rate where the
budget says it should be.
"""

from __future__ import annotations

import json
import signal
import time
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from types import MappingProxyType

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from index.encoders.packaged import sha256_of

CHECKPOINT, WEIGHTS, LOG = "checkpoint.pt", "weights.safetensors", "log.jsonl"
SAVE_SECONDS = 300
BESIDE_THE_POINT = ("data", "out", "steps", "minutes", "threads")
WARM_UP = 0.03  # share of the budget


class Trainer:
    """The model, its optimiser, the running average of its state (Polyak and Juditsky 1992), how far it has come.

    Parameters whose names begin with one of `fresh` begin from nothing and learn `faster` times as fast. `recipe` is
    what the run is made with: a checkpoint of another one is not gone on from.
    """

    def __init__(
        self,
        model: nn.Module,
        rate: float,
        average: float = 0.998,
        fresh: Sequence[str] = (),
        faster: float = 5.0,
        recipe: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.model, self.rate, self.keep, self.recipe = model, rate, average, dict(recipe)
        named = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
        parts = [[v for n, v in named if n.startswith(tuple(fresh)) is new] for new in (False, True)]
        scales = [1.0, faster]
        groups = [{"params": part, "scale": scale} for part, scale in zip(parts, scales, strict=True) if part]
        self.optimiser = torch.optim.AdamW(groups, rate, weight_decay=0.01, fused=True)
        self.average = {name: value.clone() for name, value in model.state_dict().items()}
        self.step, self.seconds = 0, 0.0

    def update(self, loss: Tensor, done: float) -> None:
        """One step down; `done` is the share of the budget that is spent."""
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
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value, share)

    def save(self, folder: Path) -> None:
        """The checkpoint to go on from, and the averaged weights as bfloat16; each replaces the old one at once."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "trained": dict(self.model.state_dict()),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "recipe": self.recipe,
        }
        torch.save(state, folder / f"{CHECKPOINT}.new")
        (folder / f"{CHECKPOINT}.new").replace(folder / CHECKPOINT)
        save_file({n: v.bfloat16().contiguous() for n, v in self.average.items()}, folder / f"{WEIGHTS}.new")
        (folder / f"{WEIGHTS}.new").replace(folder / WEIGHTS)

    def resume(self, folder: Path) -> None:
        """Go on from the checkpoint in `folder`, where there is one. Raises ValueError for one of another recipe."""
        if not (folder / CHECKPOINT).is_file():
            return
        state = torch.load(folder / CHECKPOINT, weights_only=True)
        made = state.get("recipe", self.recipe)
        for name in sorted(made.keys() & self.recipe.keys()):  # an option of one side alone came in between
            had, has = made[name], self.recipe[name]
            if had != has:
                raise ValueError(
                    f"{folder} holds a run with {name} {had}, this one has {has}: remove it or name another --out"
                )
        self.model.load_state_dict(state["trained"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]


@dataclass(frozen=True, slots=True)
class Budget:
    """`steps` or `minutes` in all, over every resumption. Where both are given, the first to be spent ends the run, and
    the learning rate goes by the steps: so it is the same on a slow machine as on a fast one.

    The minutes are of work: processor time by the number of threads. So a run that was stopped for a while, or shares
    the machine, loses nothing of its budget; where it has the machine to itself they pass a little slower than a clock.
    """

    minutes: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        if self.minutes is None and self.steps is None:
            raise ValueError("a budget has steps or minutes")

    def done(self, steps: int, seconds: float) -> float:
        """The share that is spent after so many steps and seconds, by which the learning rate goes."""
        if self.steps is not None:
            return steps / self.steps
        return seconds / self._seconds

    def over(self, steps: int, seconds: float) -> bool:
        """Whether nothing is left of it."""
        return (self.steps is not None and steps >= self.steps) or seconds >= self._seconds

    @property
    def _seconds(self) -> float:
        return self.minutes * 60 if self.minutes is not None else inf


def train(trainer: Trainer, losses: Callable[[int], dict[str, Tensor]], budget: Budget, out: Path) -> bool:
    """Steps until the budget is spent or a signal comes; writes checkpoints and the log into `out`.

    `losses` gives those of a step by its number, each a scalar, "loss" the one to bring down. Returns whether the
    budget is spent: if not, the weights are half made.
    """
    trainer.resume(out)
    out.mkdir(parents=True, exist_ok=True)
    stop: list[int] = []
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(name, lambda number, _: stop.append(number)) for name in signals]
    trainer.model.train()
    saved = time.monotonic()
    with (out / LOG).open("a", 1, "utf-8") as log:
        while not stop and not budget.over(trainer.step, trainer.seconds):
            began = time.process_time()
            torch.manual_seed(trainer.step)
            found = losses(trainer.step)
            trainer.update(found["loss"], budget.done(trainer.step, trainer.seconds))
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
    return budget.over(trainer.step, trainer.seconds)


def recipe_of(arguments: Namespace) -> dict[str, str]:
    """What of a command line decides over the weights, but for how long it is trained. A file goes by its SHA-256."""
    told = {name: value for name, value in vars(arguments).items() if name not in BESIDE_THE_POINT}
    return {name: sha256_of(value) if isinstance(value, Path) else str(value) for name, value in told.items()}
