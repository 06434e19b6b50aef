"""The tuned encoder over a base of a few kilobytes: the changes are checked, and put in for questions and passages."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from toy_models import character_tokenizer, write_sentence_bert

from index.encoders import Encoder, load_encoder, tuned_e5
from index.encoders.bert import Base, for_transformers
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.encoders.shipped_weights import sign
from index.encoders.tuned_e5 import DOWN, UP, TunedE5, tuned
from index.errors import EncoderUnavailable

TEXTS = ["水价是多少", "渠", "渠道在年初修好，水价从三元降到两元"]
TOKENIZER = character_tokenizer("query: passage" + "".join(TEXTS))
BASE_SHA256 = "b" * 64


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sentence_bert(tmp_path_factory.mktemp("base"), TOKENIZER)


@pytest.fixture
def weights(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Random changes of rank 2, in the place of the ones that are shipped."""
    torch.manual_seed(5)
    changes = {}
    for name, value in Base.of(base).state.items():
        if value.dim() == 2:
            changes[name + UP] = torch.randn(len(value), 2).half() / 4
            changes[name + DOWN] = torch.randn(2, value.shape[1]).half() / 4
        else:
            changes[name] = torch.randn(len(value)).half() / 4
    path = tmp_path / "e5-tuned.safetensors"
    save_file(changes, path)
    monkeypatch.setattr(tuned_e5, "WEIGHTS", path)
    sign(path)
    monkeypatch.setattr(tuned_e5, "bundled_e5_folder", lambda: (base, BASE_SHA256))
    return path


def test_changes_are_added_by_hand() -> None:
    base = {"matrix": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "vector": torch.tensor([1.0, 2.0]), "same": torch.ones(2)}
    up, down = torch.tensor([[1.0], [2.0]]).half(), torch.tensor([[0.5, -1.0]]).half()
    found = tuned(base, {"matrix" + UP: up, "matrix" + DOWN: down, "vector": torch.tensor([0.25, -1.0]).half()})
    assert {name: value.tolist() for name, value in found.items()} == {
        "matrix": [[1.5, 1.0], [4.0, 2.0]],
        "vector": [1.25, 1.0],
        "same": [1.0, 1.0],
    }
    assert {value.dtype for value in found.values()} == {torch.float32}
    assert base["matrix"].tolist() == [[1, 2], [3, 4]]  # left as it was


def test_without_changes_it_is_the_base(base: Path) -> None:
    state = Base.of(base).state
    assert all(torch.equal(value, state[name]) for name, value in tuned(state, {}).items())


def test_questions_and_passages_go_through_the_tuned_layers(base: Path, weights: Path) -> None:
    state = for_transformers(tuned(Base.of(base).state, load_file(weights)))
    by_library = SentenceTransformerEncoder(base, adapt=lambda model: model[0].auto_model.load_state_dict(state, False))
    plain, encoder = SentenceTransformerEncoder(base), TunedE5()
    for verb, least in (("embed_passages", 1 - 1e-6), ("embed_queries", 0.9999)):
        found, wanted, before = (getattr(one, verb)(TEXTS) for one in (encoder, by_library, plain))
        assert ((found * wanted).sum(1) > least).all()
        assert ((found * before).sum(1) < 0.99).all()


@pytest.mark.usefixtures("weights")
def test_vectors_are_rows_of_length_one_and_the_same_in_any_company() -> None:
    encoder: Encoder = TunedE5()
    assert (encoder.name, encoder.dimension) == ("e5-tuned", 16)
    for embed in (encoder.embed_queries, encoder.embed_passages):
        together = embed(TEXTS)
        assert (together.dtype, together.shape) == (np.float32, (3, 16))
        assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
        assert np.array([embed([text])[0] for text in TEXTS]) == pytest.approx(together, abs=1e-5)
        assert embed([]).shape == (0, 16)


@pytest.mark.usefixtures("weights")
def test_a_long_question_is_cut() -> None:
    encoder = TunedE5()
    long, longer = "水" * (512 - len("query: ") - 2), "水" * 9000
    assert encoder.embed_queries([long])[0] == pytest.approx(encoder.embed_queries([longer])[0], abs=1e-6)


@pytest.mark.usefixtures("weights")
def test_asking_leaves_the_number_of_threads_alone() -> None:
    encoder, before = TunedE5(), torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        encoder.embed_queries(TEXTS)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_fingerprint_names_base_and_changes(weights: Path) -> None:
    encoder = load_encoder("e5-tuned")
    changes = sha256(weights.read_bytes()).hexdigest()
    found = encoder.fingerprint()
    assert (found.name, found.dimension) == ("e5-tuned", 16)
    assert found.weights_sha256 == sha256(f"{BASE_SHA256} {changes}".encode()).hexdigest()


def test_altered_weights_are_refused(weights: Path) -> None:
    wanted = sha256(weights.read_bytes()).hexdigest()[:12]
    weights.write_bytes(weights.read_bytes() + b"\0")
    found = sha256(weights.read_bytes()).hexdigest()[:12]
    with pytest.raises(EncoderUnavailable, match=f"SHA-256 {found}, not {wanted}"):
        load_encoder("e5-tuned")


def test_missing_weights_are_named(weights: Path) -> None:
    weights.unlink()
    with pytest.raises(EncoderUnavailable, match=r"e5-tuned\.safetensors cannot be read \(No such file"):
        TunedE5()
