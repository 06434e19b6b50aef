"""The layers of a BERT written out: the same numbers as those of transformers, on a random model of a few kilobytes."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional
from toy_models import WORDS, write_bert

from index.encoders.bert import FAR, Base, Embedder, Shape, for_transformers, padding_bias

IDS = torch.tensor([[0, 5, 9, 33, 2, 1, 1], [0, 63, 5, 5, 40, 7, 2], [0, 2, 1, 1, 1, 1, 1]])
MASK = IDS != 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("bert"))


def of_transformers(model: torch.nn.Module) -> torch.Tensor:
    """Mean of the last states over what is no padding, of length 1."""
    with torch.inference_mode():
        states = model(input_ids=IDS, attention_mask=MASK.long()).last_hidden_state
    rows = [functional.normalize(state[mask].mean(0), dim=0) for state, mask in zip(states, MASK, strict=True)]
    return torch.stack(rows)


def embedded(base: Base, ids: torch.Tensor = IDS, mask: torch.Tensor = MASK) -> torch.Tensor:
    with torch.inference_mode():
        return Embedder(base).eval()(ids, mask)


def test_the_vectors_are_those_of_transformers(folder: Path) -> None:
    from transformers import BertModel

    found = embedded(Base.of(folder))
    assert found.dtype == torch.float32
    assert torch.allclose(found, of_transformers(BertModel.from_pretrained(folder).eval()), atol=1e-5)
    assert (found[0] @ found[1]).abs() < 0.99  # the texts differ, and so do their vectors
    assert torch.allclose(found.norm(dim=1), torch.ones(3), atol=1e-6)


def test_padding_and_company_change_nothing(folder: Path) -> None:
    base = Base.of(folder)
    together = embedded(base)
    for row, mask in enumerate(MASK):
        ids = IDS[row : row + 1, : mask.sum()]
        assert torch.allclose(embedded(base, ids, ids != 1)[0], together[row], atol=1e-5)


def test_the_base_is_what_the_folder_holds(folder: Path) -> None:
    base, stored = Base.of(folder), load_file(folder / "model.safetensors")
    assert base.shape == Shape(layers=2, hidden=16, heads=2, wide=24, epsilon=1e-6)
    assert torch.equal(base.words, stored["embeddings.word_embeddings.weight"])
    assert base.words.shape == (WORDS, 16)
    places, types = (stored[f"embeddings.{name}_embeddings.weight"] for name in ("position", "token_type"))
    assert torch.equal(base.positions[7], places[7] + types[0])
    attention = "encoder.layer.1.attention.self"
    qkv = [stored[f"{attention}.{name}.weight"] for name in ("query", "key", "value")]
    assert torch.equal(base.state["layers.1.qkv.weight"], torch.cat(qkv))


def test_the_names_of_transformers_and_back(folder: Path) -> None:
    base, stored = Base.of(folder), load_file(folder / "model.safetensors")
    theirs = for_transformers(base.state)
    untold = {name for name in stored if name.endswith("_embeddings.weight") or name.startswith("pooler")}
    assert theirs.keys() == stored.keys() - untold
    assert all(torch.equal(value, stored[name]) for name, value in theirs.items())


def test_a_changed_state_goes_into_transformers_whole(folder: Path) -> None:
    from transformers import BertModel

    base = Base.of(folder)
    changed = {name: value + 0.1 * torch.randn_like(value) for name, value in base.state.items()}
    model = BertModel.from_pretrained(folder).eval()
    before = of_transformers(model)
    assert model.load_state_dict(for_transformers(changed), strict=False).unexpected_keys == []
    after = embedded(replace(base, state=changed))
    assert torch.allclose(after, of_transformers(model), atol=1e-5)
    assert not torch.allclose(after, before, atol=1e-2)


def test_bfloat16_changes_little(folder: Path) -> None:
    base = Base.of(folder)
    model = Embedder(base).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.bfloat16()
    with torch.inference_mode():
        found = model(IDS, MASK)
    assert found.dtype == torch.float32
    assert ((found * embedded(base)).sum(1) > 0.999).all()


def test_words_and_positions_are_no_part_of_the_state(folder: Path) -> None:
    base = Base.of(folder)
    assert Embedder(base).state_dict().keys() == base.state.keys()
    with pytest.raises(RuntimeError, match=r"layers\.1\.out\.bias"):
        Embedder(replace(base, state={n: v for n, v in base.state.items() if n != "layers.1.out.bias"}))


def test_padding_is_far() -> None:
    bias = padding_bias(torch.tensor([[True, True, False]]), torch.bfloat16)
    assert (bias.shape, bias.dtype) == ((1, 1, 1, 3), torch.bfloat16)
    assert bias.flatten().tolist() == [0, 0, torch.tensor(FAR).bfloat16().item()]
