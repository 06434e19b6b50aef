"""The reader's weights: packed small enough to ship, checked, and put over the bundled base."""

from hashlib import sha256
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from toy_models import character_tokenizer, cross_encoder, write_sentence_bert

import index.encoders.bundled
from index.encoders.shipped_weights import sign
from index.errors import EncoderUnavailable
from rag.reading import shipped
from rag.reading.inputs import Pair
from rag.reading.model import CrossEncoder
from rag.reading.packing import SCALE, packed, unpacked
from rag.reading.reader import Reader
from rag.reading.shipped import shipped_reader

TOKENIZER = character_tokenizer("甲乙城0123456789")
PAIRS = [Pair("甲城", "", "乙城"), Pair("甲城1901", "乙", "甲城1901" * 9)]


def test_packed_weights_by_hand() -> None:
    state = {"matrix": torch.tensor([[1.27, -0.5], [0.0, 0.0]]), "bias": torch.tensor([0.5])}
    small = packed(state)
    assert {name: value.dtype for name, value in small.items()} == {
        "matrix": torch.int8, "matrix" + SCALE: torch.float16, "bias": torch.float16,
    }  # fmt: skip
    assert small["matrix"].tolist() == [[127, -50], [0, 0]]
    assert small["matrix" + SCALE][0].item() == pytest.approx(0.01, rel=1e-3)
    assert torch.equal(unpacked(small)["bias"], state["bias"])


rows = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.lists(st.floats(-9, 9, width=32), min_size=width, max_size=width), min_size=1, max_size=5)
)


@given(rows)
def test_unpacked_weights_are_within_half_a_step(values: list[list[float]]) -> None:
    matrix = torch.tensor(values)
    small = packed({"m": matrix})
    step = small["m" + SCALE].float()
    off = (unpacked(small)["m"] - matrix).abs().amax(1)
    # Below 0.001 the scale itself, a float16, is known too roughly for that; nothing so small weighs anything.
    assert (off <= torch.where(matrix.abs().amax(1) < 1e-3, 2e-5, step * 0.501)).all()
    assert small["m"].nbytes + step.nbytes // 2 == matrix.numel() + 2 * len(matrix)


def test_weights_that_were_never_packed_are_taken_as_they_are() -> None:
    state = cross_encoder().trained()
    assert all(torch.equal(value, state[name]) for name, value in unpacked(state).items())
    half = unpacked({name: value.bfloat16() for name, value in state.items()})
    assert {value.dtype for value in half.values()} == {torch.float32}


@pytest.fixture
def shipment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small weights, packed, over a base of a few kilobytes, in the place of the ones that are shipped."""
    folder = write_sentence_bert(tmp_path / "base", TOKENIZER)
    weights = tmp_path / "reader.safetensors"
    save_file(packed(CrossEncoder.from_folder(folder).trained()), weights)
    monkeypatch.setattr(shipped, "WEIGHTS", weights)
    sign(weights)
    monkeypatch.setattr(index.encoders.bundled, "bundled_e5_folder", lambda: (folder, "0" * 64))
    return weights


def test_the_shipped_reader_is_the_weights_over_the_base(shipment: Path) -> None:
    base, model = (CrossEncoder.from_folder(shipment.parent / "base") for _ in range(2))
    before = Reader(base, TOKENIZER).read(PAIRS)  # with other heads, which are random
    model.load_trained(unpacked(load_file(shipment)))
    assert shipped_reader().read(PAIRS) == Reader(model, TOKENIZER).read(PAIRS) != before


def test_altered_weights_are_refused(shipment: Path) -> None:
    wanted = sha256(shipment.read_bytes()).hexdigest()[:12]
    shipment.write_bytes(shipment.read_bytes() + b"\0")
    found = sha256(shipment.read_bytes()).hexdigest()[:12]
    with pytest.raises(EncoderUnavailable, match=f"SHA-256 {found}, not {wanted}"):
        shipped_reader()


def test_missing_weights_are_named(shipment: Path) -> None:
    shipment.unlink()
    with pytest.raises(EncoderUnavailable, match=r"reader\.safetensors cannot be read \(No such file"):
        shipped_reader()


def test_a_missing_checksum_is_named(shipment: Path) -> None:
    (shipment.parent / "reader.safetensors.sha256").unlink()
    with pytest.raises(EncoderUnavailable, match=r"reader\.safetensors\.sha256 cannot be read \(No such file"):
        shipped_reader()


@pytest.mark.parametrize(("line", "told"), [("", "nothing"), ("\xe9 x", "\ufffd"), ("abc  reader.safetensors", "abc")])
def test_a_checksum_that_is_none_is_told(shipment: Path, line: str, told: str) -> None:
    (shipment.parent / "reader.safetensors.sha256").write_bytes(line.encode("latin-1"))
    with pytest.raises(EncoderUnavailable, match=f", not {told}"):
        shipped_reader()


def test_a_signature_is_what_sha256sum_checks(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sign(tmp_path / "w") == empty
    assert (tmp_path / "w.sha256").read_text() == f"{empty}  w\n"


@pytest.mark.model
def test_the_shipped_reader_finds_answers() -> None:
    window = "甲城建于1901年。后来它以纺织闻名。今天它有一座博物馆。"
    questions = {
        "甲城建于哪一年？": "1901年",
        "甲城以什么闻名？": "纺织",
        "When was the town founded?": "1901年",
    }
    unanswered = "甲城的市长叫什么名字？"
    *found, nothing = shipped_reader().read([Pair(question, "甲城", window) for question in [*questions, unanswered]])
    for reading, wanted in zip(found, questions.values(), strict=True):  # with the subject or without
        assert wanted in reading.answer.of(window)
        assert "。" not in reading.answer.of(window)
    assert all(reading.relevance > nothing.relevance for reading in found)
