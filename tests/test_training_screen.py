"""The screen: which pairs of a step take part, that the losses are the same, and what is frozen stays."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from toy_models import character_tokenizer, cross_encoder

from index.schema import Span
from rag.reading.inputs import Encoded, Pair, encode
from training.reader.data import Group
from training.reader.screen import Screen, freeze
from training.reader.train import Weighing, losses, training, unlearnt
from training.trainer import Trainer

TEXT = "甲城建于1901年。乙城以造船闻名。"


@pytest.fixture(autouse=True)
def in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is frozen says to the last digit what it says in training."""
    monkeypatch.setattr("rag.reading.model.int8_pays", lambda: False)
    monkeypatch.setattr("rag.reading.model.bf16_pays", lambda: False)


@pytest.fixture(scope="module")
def groups() -> list[list[Encoded]]:
    tokenizer: Tokenizer = character_tokenizer(TEXT + "？哪一")
    pairs = [
        Pair("甲城建于哪一年？", "", "甲城建于1901年。", (Span(4, 9),)),
        Pair("乙城建于哪一年？", "", "甲城建于1901年。"),
        Pair("甲城建于哪一年？", "", "乙城以造船闻名。"),
    ]
    return [encode(pairs, tokenizer), encode(pairs[:1] + pairs[:0:-1], tokenizer)]


def test_a_pair_takes_part_where_the_losses_have_a_gradient() -> None:
    # softmax of the first group (.9998, .0002, .0000), of the second (.4223, .4223, .1554); the sigmoids of 4, 4, 3
    # are .98, .98, .95: with the weights 1 and .5 / 3 the second's gradients are .58, .59, .31
    scores = torch.tensor([[9.0, 0.5, -9.0], [4.0, 4.0, 3.0]])
    labels = torch.tensor([[1.0, 0.0, 0.0]] * 2)
    gradient = 0.5 * torch.tensor(0.5).sigmoid() / 3  # of the pair at 0.5, by the logistic loss alone: .10
    assert float(gradient) == pytest.approx(0.1037, abs=1e-4)
    assert unlearnt(scores, labels, Weighing()) == [0, 1, 3, 4, 5]
    assert unlearnt(scores, labels, Weighing(binary=0.2)) == [0, 3, 4, 5]


@pytest.mark.parametrize("frozen", [0, 1])
def test_where_nothing_is_passed_over_the_losses_are_the_same(
    groups: list[list[Encoded]], frozen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.reader.train.LEAST", 0.0)
    model = cross_encoder()
    expected = {n: v.detach() for n, v in losses(model, groups, Weighing(), buckets=2).items()}
    found = losses(model, groups, Weighing(), buckets=2, screen=Screen(model, frozen))
    for name, value in expected.items():
        assert float(found[name].detach()) == pytest.approx(float(value), abs=1e-5), name


def test_nothing_flows_through_what_is_passed_over(
    groups: list[list[Encoded]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.reader.train.LEAST", 10.0)  # only what answers is left
    model = cross_encoder()
    expected = losses(model, groups, Weighing(), buckets=1)
    found = losses(model, groups, Weighing(null=0.0), buckets=1, screen=Screen(model))
    assert float(found["listwise"].detach()) == pytest.approx(float(expected["listwise"].detach()), abs=1e-5)
    assert float(found["null"].detach()) == 0.0
    (gradient,) = torch.autograd.grad(found["listwise"], model.relevance.bias)
    # each of two groups: the first one's share of the softmax, less one
    with torch.no_grad():
        ids = [pair for group in groups for pair in group]
        shares = Screen(model).of(ids).relevance.view(2, 3).softmax(1)[:, 0]
    assert float(gradient) == pytest.approx(float((shares - 1).mean()), abs=1e-5)


@pytest.mark.parametrize("frozen", [None, 0, 1])
def test_pairs_beside_the_groups_count_for_their_spans_alone(
    groups: list[list[Encoded]], frozen: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.reader.train.LEAST", 0.0)
    model = cross_encoder()
    more = [groups[0][0]] * 4
    screen = Screen(model, frozen) if frozen is not None else None
    both = {n: float(v.detach()) for n, v in losses(model, groups, Weighing(), buckets=2).items()}
    alone = float(losses(model, [groups[0]], Weighing(), buckets=1)["span"].detach())
    found = {n: float(v.detach()) for n, v in losses(model, groups, Weighing(), 2, screen, more).items()}
    for name in ("listwise", "binary", "null"):
        assert found[name] == pytest.approx(both[name], abs=1e-5), name
    assert found["span"] == pytest.approx((2 * both["span"] + 4 * alone) / 6, abs=1e-5)


def test_a_step_has_its_own_pairs_beside_its_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[list[int]]] = []

    def kept(*told: Any) -> dict[str, torch.Tensor]:
        seen.append([pair.ids.tolist() for pair in told[-1]])
        return {}

    monkeypatch.setattr("training.reader.train.losses", kept)
    tokenizer = character_tokenizer(TEXT + "012345")
    toy = [Group("toy", (Pair(f"{number}", "", "甲城。", (Span(0, 2),)),)) for number in range(6)]
    of_step = training(cross_encoder(), toy, tokenizer, 1, Weighing(), None, toy, beside=2)
    for number in (0, 2):
        of_step(number)
    wanted = [[group.pairs[0] for group in toy[first : first + 2]] for first in (0, 4)]
    assert seen == [[pair.ids.tolist() for pair in encode(pairs, tokenizer)] for pairs in wanted]
    assert seen[0][0] != seen[0][1]


def test_frozen_layers_stay_and_the_others_learn(groups: list[list[Encoded]]) -> None:
    model, before = cross_encoder(), cross_encoder().trained()
    freeze(model, 1)
    trainer = Trainer(model, rate=1e-2)
    screen = Screen(model, frozen=1)
    for _ in range(2):
        trainer.update(losses(model, groups, Weighing(), buckets=1, screen=screen)["loss"], done=0.1)
    same = {name for name, value in model.trained().items() if torch.equal(value, before[name])}
    assert {"norm.weight", "feature.weight", "layers.0.qkv.weight", "layers.0.narrow.bias"} <= same
    assert not {"layers.1.qkv.weight", "relevance.weight", "span.weight"} & same


def test_the_copy_that_is_asked_follows_the_model(groups: list[list[Encoded]]) -> None:
    model = cross_encoder()
    screen = Screen(model, every=2)
    first = screen.of(groups[0]).relevance
    with torch.no_grad():
        model.relevance.bias += 1
    assert torch.equal(screen.of(groups[0]).relevance, first)
    assert torch.allclose(screen.of(groups[0]).relevance, first + 1, atol=1e-5)
