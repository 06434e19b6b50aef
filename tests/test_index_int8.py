"""Products in 8-bit integers: as near to the float ones as the rounding allows, whatever a token's company."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from toy_models import cross_encoder

import rag.reading.model
from index.encoders.int8 import Int8Linear, in_int8, int8_pays

pytestmark = pytest.mark.skipif(not int8_pays(), reason="this processor has no products of 8-bit integers")


def linear(columns: int, rows: int, seed: int = 0) -> nn.Linear:
    """One whose weights are whole steps of a row's scale, the largest 127 of them, as they are shipped."""
    torch.manual_seed(seed)
    made = nn.Linear(columns, rows)
    steps = torch.randint(-126, 127, (rows, columns))
    steps[:, 0] = 127
    made.weight.data = steps * (torch.rand(rows, 1) + 0.5) / 100
    return made


@given(st.integers(0, 9), st.integers(1, 40), st.integers(1, 9), st.floats(0.01, 100), st.floats(-50, 50))
def test_the_product_is_within_half_a_step_of_each_value(
    seed: int, columns: int, rows: int, spread: float, middle: float
) -> None:
    made = linear(columns, rows, seed)
    x = torch.randn(3, columns) * spread + middle
    with torch.inference_mode():
        off = (Int8Linear(made)(x) - made(x)).abs()
    step = (x.amax(1) - x.amin(1)) / 255
    bound = step[:, None] / 2 * made.weight.abs().sum(1)  # each value is off by half a step at most
    size = x.abs().amax(1)[:, None] * made.weight.abs().sum(1)
    assert (off <= bound + 1e-5 * size + 1e-5).all()


def test_a_product_by_hand() -> None:
    made = nn.Linear(3, 2)
    made.weight.data = torch.tensor([[1.27, -0.64, 0.0], [0.0, 0.0, 0.0]])
    made.bias.data = torch.tensor([0.5, -3.0])
    x = torch.tensor([[255.0, 0.0, 100.0], [2.0, 2.0, 2.0]])  # steps of 1; a token whose values are all alike
    with torch.inference_mode():
        found = Int8Linear(made)(x)
    assert found[0].tolist() == pytest.approx([1.27 * 255 + 0.5, -3])
    assert found[1].tolist() == pytest.approx([2 * (1.27 - 0.64) + 0.5, -3])


def test_a_token_is_the_same_in_any_company() -> None:
    small = Int8Linear(linear(32, 16))
    x = torch.randn(5, 7, 32) * torch.rand(5, 7, 1) * 9
    with torch.inference_mode():
        whole = small(x)
        assert whole.shape == (5, 7, 16)
        assert torch.equal(small(x), whole)
        for row, column in ((0, 0), (4, 6), (2, 3)):
            assert torch.equal(small(x[row, column]), whole[row, column])


def test_every_linear_layer_is_replaced_and_nothing_else() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.Sequential(nn.Linear(4, 2)))
    in_int8(model)
    assert [type(part) for part in model.modules()] == [
        nn.Sequential, Int8Linear, nn.LayerNorm, nn.Sequential, Int8Linear,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bf16", "int8", "layers", "heads"),
    [
        (True, True, torch.bfloat16, torch.bfloat16),
        (True, False, torch.bfloat16, torch.bfloat16),
        (False, True, Int8Linear, torch.float32),
        (False, False, torch.float32, torch.float32),
    ],
)
def test_the_reader_takes_what_the_processor_can(
    bf16: bool, int8: bool, layers: object, heads: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.reading.model, "bf16_pays", lambda: bf16)
    monkeypatch.setattr(rag.reading.model, "int8_pays", lambda: int8)
    model = cross_encoder().for_reading()
    for layer in model.layers:
        for part in (layer.qkv, layer.out, layer.widen, layer.narrow):
            assert (Int8Linear if isinstance(part, Int8Linear) else part.weight.dtype) == layers
    assert {part.weight.dtype for part in (model.pool, model.relevance, model.span, model.begins, model.ends)} == {
        heads
    }


def test_the_model_changes_little() -> None:
    model = cross_encoder().eval()
    small = copy.deepcopy(model)
    in_int8(small.layers)
    ids = torch.randint(4, 60, (3, 20))
    features, mask = torch.full_like(ids, 4), torch.ones_like(ids, dtype=torch.bool)
    mask[1, 12:] = False
    with torch.inference_mode():
        exact, short = model(ids, features, mask), small(ids, features, mask)
    assert torch.allclose(short.relevance, exact.relevance, atol=0.02)
    assert torch.allclose(short.spans, exact.spans, atol=0.05)
    assert not torch.equal(short.spans, exact.spans)
