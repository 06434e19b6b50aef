"""A tuned encoder as low-rank differences to its base: what is kept of them, and how far the way is gone."""

import pytest
import torch
from toy_models import embedder

from index.encoders.tuned_e5 import DOWN, UP, tuned
from training.encoder.compress import changes


def test_of_a_difference_the_largest_part_is_kept() -> None:
    base = {"m": torch.ones(3, 3), "v": torch.tensor([1.0, 2.0])}
    trained = {"m": torch.ones(3, 3) + torch.diag(torch.tensor([4.0, 2.0, 1.0])), "v": torch.tensor([1.5, 1.0])}
    found = changes(base, trained, rank=2, share=1.0)
    assert {name: (tuple(value.shape), value.dtype) for name, value in found.items()} == {
        "m" + UP: ((3, 2), torch.float16),
        "m" + DOWN: ((2, 3), torch.float16),
        "v": ((2,), torch.float16),
    }
    kept = tuned(base, found)
    assert torch.allclose(kept["m"], torch.ones(3, 3) + torch.diag(torch.tensor([4.0, 2.0, 0.0])), atol=5e-3)
    assert kept["v"].tolist() == [1.5, 1.0]


@pytest.fixture
def two_states() -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    before, after = embedder().state_dict(), embedder().state_dict()
    torch.manual_seed(9)
    return before, {name: value + 0.1 * torch.randn_like(value) for name, value in after.items()}


@pytest.mark.parametrize("share", [1.0, 0.5, 0.0])
def test_at_full_rank_the_way_is_gone_as_far_as_said(share: float, two_states) -> None:
    base, trained = two_states
    for name, value in tuned(base, changes(base, trained, 48, share)).items():
        assert torch.allclose(value, base[name] + share * (trained[name] - base[name]), atol=1e-3), name
        assert share or torch.equal(value, base[name])


def test_rank_one_is_enough_for_a_difference_of_rank_one() -> None:
    base = {"m": torch.arange(6.0).view(2, 3)}
    trained = {"m": base["m"] + torch.outer(torch.tensor([1.0, -2.0]), torch.tensor([0.5, 0.25, -1.0]))}
    found = changes(base, trained, 1, 1.0)
    assert torch.allclose(tuned(base, found)["m"], trained["m"], atol=3e-3)
    assert found["m" + UP].shape == (2, 1)
