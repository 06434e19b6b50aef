"""What the recipes train with: the rate over the budget, the running average, checkpoints, and signals that end it."""

import json
import signal
from argparse import Namespace
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from training.encoder.train import main as encoder_recipe
from training.reader.train import main as reader_recipe
from training.trainer import CHECKPOINT, LOG, WARM_UP, WEIGHTS, Budget, Trainer, recipe_of, train

HOURS = Budget(minutes=600, steps=4)
RATE = 0.1
Losses = Callable[[int], dict[str, torch.Tensor]]


def line() -> torch.nn.Linear:
    """y = ax + b, with a = 2 and b = 1."""
    model = torch.nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(2.0)
        model.bias.fill_(1.0)
    return model


def values(trainer: Trainer) -> list[float]:
    return [value.item() for value in trainer.model.parameters()]


def squares(trainer: Trainer) -> Losses:
    """The square of what the line gives for the step's number plus some chance."""

    def losses(number: int) -> dict[str, torch.Tensor]:
        at = number + torch.rand(1, 1)
        return {"loss": (trainer.model(at) ** 2).sum(), "at": at.sum()}

    return losses


def broken_off(trainer: Trainer, last: int, name: signal.Signals = signal.SIGTERM) -> Losses:
    """The same losses; in the step of the number `last` a signal comes."""

    def losses(number: int) -> dict[str, torch.Tensor]:
        if number == last:
            signal.raise_signal(name)
        return squares(trainer)(number)

    return losses


class Noted(Trainer):
    """Notes the learning rate of every step; each of its steps takes as many seconds more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(line(), rate=RATE)
        self.longer, self.rates = seconds, list[float]()

    def update(self, loss: torch.Tensor, done: float) -> None:
        super().update(loss, done)
        self.rates += [part["lr"] for part in self.optimiser.param_groups]
        self.seconds += self.longer


@pytest.mark.parametrize(
    ("done", "factor"),
    [(0, 0.001 / WARM_UP), (WARM_UP / 2, 0.5 * (1 - WARM_UP / 2)), (WARM_UP, 1 - WARM_UP), (0.5, 0.5), (1.2, 0)],
)
def test_the_rate_goes_up_then_down_with_the_budget(done: float, factor: float) -> None:
    trainer = Trainer(line(), rate=0.1, fresh=["bias"], faster=3)
    trainer.update(trainer.model(torch.ones(1, 1)).sum(), done)
    rates = [part["lr"] for part in trainer.optimiser.param_groups]
    assert rates == pytest.approx([0.1 * factor, 3 * 0.1 * factor])
    # AdamW's first step is as long as the rate, against the sign of the gradient, after a decay of 0.01 of it
    assert values(trainer) == pytest.approx([2 * (1 - 0.01 * rates[0]) - rates[0], 1 - 0.01 * rates[1] - rates[1]])


@pytest.mark.parametrize(("average", "shares"), [(0.998, [9 / 11, 9 / 12]), (0.1, [0.9, 0.9]), (0.0, [1.0, 1.0])])
def test_the_running_average(average: float, shares: list[float]) -> None:
    trainer, mean = Trainer(line(), rate=0.1, average=average), 2.0
    for share in shares:  # 1 - (1 + step) / (10 + step), and no less than 1 - average
        trainer.update(trainer.model(torch.ones(1, 1)).sum(), 0.5)
        mean += share * (values(trainer)[0] - mean)
        assert trainer.average["weight"].item() == pytest.approx(mean)


def test_a_break_changes_nothing(tmp_path: Path) -> None:
    whole = Trainer(line(), rate=0.1)
    train(whole, squares(whole), HOURS, tmp_path / "whole")
    for last in (0, 2, None):
        part = Trainer(line(), rate=0.1)
        losses = squares(part) if last is None else broken_off(part, last)
        train(part, losses, HOURS, tmp_path / "parts")
    assert values(part) == pytest.approx(values(whole), abs=1e-6)
    assert values(part) != pytest.approx([2, 1])
    assert part.step == whole.step == 4
    for name, value in whole.average.items():
        assert torch.allclose(part.average[name], value)
    rows = {name: (tmp_path / name / LOG).read_text().splitlines() for name in ("whole", "parts")}
    logs = {name: [json.loads(row) for row in found] for name, found in rows.items()}
    assert [row["step"] for row in logs["parts"]] == [1, 2, 3, 4]
    for key in ("loss", "at"):
        assert [row[key] for row in logs["parts"]] == pytest.approx([row[key] for row in logs["whole"]])


def test_the_averaged_weights_are_kept_in_bfloat16(tmp_path: Path) -> None:
    trainer = Trainer(line(), rate=0.1)
    train(trainer, squares(trainer), HOURS, tmp_path)
    stored = load_file(tmp_path / WEIGHTS)
    assert {name: value.bfloat16().tolist() for name, value in trainer.average.items()} == {
        name: value.tolist() for name, value in stored.items()
    }
    assert {path.name for path in tmp_path.iterdir()} == {CHECKPOINT, LOG, WEIGHTS}


def test_the_budget_ends_it_and_a_spent_one_is_no_step(tmp_path: Path) -> None:
    trainer = Trainer(line(), rate=0.1)
    trainer.seconds = 61
    train(trainer, squares(trainer), Budget(minutes=1), tmp_path)
    assert (trainer.step, values(trainer)) == (0, [2, 1])


@pytest.mark.parametrize("minutes", [None, 600])
@pytest.mark.parametrize("seconds", [0, 10_000])
def test_with_steps_the_rate_goes_by_them_at_any_pace(minutes: float | None, seconds: int, tmp_path: Path) -> None:
    trainer = Noted(seconds)
    train(trainer, squares(trainer), Budget(minutes, steps=4), tmp_path)
    assert trainer.rates == pytest.approx([RATE * 0.001 / WARM_UP, RATE * 0.75, RATE * 0.5, RATE * 0.25])
    assert (trainer.step, trainer.seconds) == (4, pytest.approx(4 * seconds, abs=5))


def test_without_steps_the_rate_goes_by_the_time(tmp_path: Path) -> None:
    trainer = Noted(15 * 60)
    train(trainer, squares(trainer), Budget(minutes=60), tmp_path)
    assert trainer.rates[1:] == pytest.approx([RATE * 0.75, RATE * 0.5, RATE * 0.25], abs=1e-3)
    assert trainer.step == 4


def test_minutes_are_a_further_limit_beside_steps(tmp_path: Path) -> None:
    trainer = Noted(40)
    train(trainer, squares(trainer), Budget(minutes=1, steps=100), tmp_path)
    assert trainer.rates == pytest.approx([RATE * 0.001 / WARM_UP, RATE * (0.01 / WARM_UP) * 0.99])
    assert trainer.step == 2


def test_more_steps_than_the_budget_has_are_no_more(tmp_path: Path) -> None:
    trainer = Trainer(line(), rate=0.1)
    trainer.step = 5
    train(trainer, squares(trainer), HOURS, tmp_path)
    assert (trainer.step, values(trainer)) == (5, [2, 1])


@pytest.mark.parametrize("nothing", [Budget(steps=0), Budget(minutes=0), Budget(minutes=0, steps=4)])
def test_a_budget_of_nothing_is_no_step(nothing: Budget, tmp_path: Path) -> None:
    trainer = Trainer(line(), rate=0.1)
    train(trainer, squares(trainer), nothing, tmp_path)
    assert (trainer.step, values(trainer)) == (0, [2, 1])


def test_a_budget_is_of_something() -> None:
    with pytest.raises(ValueError, match="a budget has steps or minutes"):
        Budget()


@pytest.mark.parametrize("recipe", [encoder_recipe, reader_recipe])
def test_a_recipe_asks_how_long(
    recipe: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["train"])
    with pytest.raises(SystemExit, match="2"):
        recipe()
    assert "--steps or --minutes is needed" in capsys.readouterr().err


def test_a_run_of_another_recipe_is_not_gone_on_from(tmp_path: Path) -> None:
    first = Trainer(line(), rate=0.1, recipe={"seed": "7", "frozen": "4"})
    assert train(first, squares(first), Budget(steps=1), tmp_path)
    Trainer(line(), rate=0.1, recipe={"frozen": "4", "seed": "7"}).resume(tmp_path)
    other = Trainer(line(), rate=0.1, recipe={"seed": "8", "frozen": "4"})
    with pytest.raises(ValueError, match="holds a run with seed 7, this one has 8: remove it or name another --out"):
        train(other, squares(other), Budget(steps=2), tmp_path)
    Trainer(line(), rate=0.1, recipe={"seed": "7", "frozen": "4", "newer": "0"}).resume(tmp_path)


def test_the_recipe_is_what_decides_over_the_weights(tmp_path: Path) -> None:
    (tmp_path / "begin").write_bytes(b"weights")
    beside = {"out": Path("a"), "data": Path("b"), "steps": 3, "minutes": None, "threads": 2}
    recipe = recipe_of(Namespace(rate=0.1, seed=7, begin=tmp_path / "begin", **beside))
    assert recipe == {"rate": "0.1", "seed": "7", "begin": sha256(b"weights").hexdigest()}
    assert recipe_of(Namespace(begin=None, **beside)) == {"begin": "None"}


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_its_step(name: signal.Signals, tmp_path: Path) -> None:
    trainer, before = Trainer(line(), rate=0.1), signal.getsignal(name)
    assert not train(trainer, broken_off(trainer, 1, name), HOURS, tmp_path)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == trainer.step == 2
    assert signal.getsignal(name) is before
