"""Asking the cross-encoder: the best span, batches, what a reading says."""

from itertools import product
from math import log
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from toy_models import character_tokenizer, cross_encoder, write_sentence_bert

import rag.reading.model
import rag.reading.reader
from index.encoders.bert import Base
from index.schema import Span
from rag.reading.inputs import WINDOW, Pair, encode
from rag.reading.model import NEVER, CrossEncoder, Output
from rag.reading.reader import LONGEST_ANSWER, Reader, likeliest, padded
from rag.reading.reading import Reading

TOKENIZER = character_tokenizer("甲乙丙丁城建0123456789")
PAIRS = [
    Pair("甲城", "", "乙城"),
    Pair("甲城1901", "丙", "甲城1901" * 9),
    Pair("", "", "丁"),
    Pair("建" * 40, "城" * 20, "丙丁0123"),
]


@pytest.fixture
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrices stay as they are, whatever processor this is."""
    monkeypatch.setattr(rag.reading.model, "bf16_pays", lambda: False)
    monkeypatch.setattr(rag.reading.model, "int8_pays", lambda: False)


class Pointing(torch.nn.Module):
    """Every relevance is 3; the answer is from the `first` to the `last` token of the window, 10 more likely."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__()
        self.first, self.last = first, last

    def for_reading(self) -> "Pointing":
        return self

    def forward(self, ids: torch.Tensor, features: torch.Tensor, mask: torch.Tensor) -> Output:
        allowed = mask & (features >= WINDOW)
        start, end = (torch.where(allowed, 0.0, NEVER) for _ in range(2))
        start[:, 0] = end[:, 0] = 0
        for row, inside in enumerate(allowed):
            places = inside.nonzero().flatten()
            if len(places):
                start[row, places[self.first]] = end[row, places[self.last]] = 10
        return Output(torch.full((len(ids),), 3.0), start, end)


def read_at(first: int, last: int, window: str) -> Reading:
    (found,) = Reader(Pointing(first, last), TOKENIZER).read([Pair("甲", "乙", window)])
    return found


def test_a_reading_by_hand() -> None:
    found = read_at(1, 2, "丙丁城建")
    whole = np.exp(10) + 4  # of four tokens of the window and the one that stands for no answer, one has e^10
    assert (found.relevance, found.answer) == (3, Span(1, 3))
    assert found.answer_log == pytest.approx(2 * log(np.exp(10) / whole), abs=1e-5)
    assert found.null_log == pytest.approx(2 * log(1 / whole), abs=1e-5)


def test_the_blanks_around_an_answer_are_none_of_it() -> None:
    assert read_at(0, 3, " 丙丁 ").answer == Span(1, 3)
    assert read_at(1, 2, "丙  丁").answer == Span(1, 3)  # nothing but blanks stays as it is


def test_a_window_without_tokens_has_an_empty_answer() -> None:
    assert read_at(0, 0, "").answer == Span(0, 0)


def test_nothing_asked_nothing_read() -> None:
    assert Reader(cross_encoder(), TOKENIZER).read([]) == []


@pytest.mark.parametrize(
    ("relevance", "worth"),
    [(0, log(0.5 / 2)), (log(3), log(0.5 * 3 / 4)), (100, log(0.5)), (-1000, log(0.5) - 50)],
)
def test_the_worth_is_the_chance_of_both(relevance: float, worth: float) -> None:
    assert Reading(relevance, Span(0, 1), log(0.5), -9).worth == pytest.approx(worth)


quarters = arrays.arrays(np.float32, st.integers(2, 75), elements=st.integers(-40, 0).map(lambda n: n / 4))


@given(quarters, quarters)
def test_the_likeliest_spans_are_the_best_of_all(start: np.ndarray, end: np.ndarray) -> None:
    size = min(len(start), len(end))
    found = likeliest(start[:size], end[:size], 3)
    all_of_them = {
        (a, b): start[a] + end[b] for a, b in product(range(1, size), repeat=2) if a <= b < a + LONGEST_ANSWER
    }
    assert [log for *_, log in found] == sorted(all_of_them.values(), reverse=True)[:3]
    assert all(all_of_them[first, last] == log for first, last, log in found)
    assert len({(first, last) for first, last, _ in found}) == len(found)


def test_an_answer_is_at_most_that_long() -> None:
    start, end = np.zeros(80, np.float32), np.zeros(80, np.float32)
    start[5], end[5 + LONGEST_ANSWER], end[5 + LONGEST_ANSWER - 1] = 4, 4, 3
    assert likeliest(start, end, 1) == [(5, 5 + LONGEST_ANSWER - 1, 7)]


def test_where_nothing_but_no_answer_stands_there_is_no_span() -> None:
    assert likeliest(np.zeros(1, np.float32), np.zeros(1, np.float32)) == []


@pytest.mark.parametrize("tokens", [1, 40, 4096])
def test_a_reading_is_the_same_in_any_company(tokens: int, float32: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.reading.reader, "BATCH_TOKENS", tokens)
    asked = Reader(cross_encoder(), TOKENIZER)
    alone = [asked.read([pair])[0] for pair in PAIRS]
    for one, other in zip(alone, asked.read(PAIRS), strict=True):
        assert one.answer == other.answer
        for name in ("relevance", "answer_log", "null_log"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-4), name
    assert len({round(found.relevance, 6) for found in alone}) == len(PAIRS)  # and it does look at them


def test_bfloat16_changes_little(float32: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for pays in (False, True):
        monkeypatch.setattr(rag.reading.model, "bf16_pays", lambda pays=pays: pays)
        model = cross_encoder()
        found.append(Reader(model, TOKENIZER).read(PAIRS))
        assert model.layers[0].qkv.weight.dtype == (torch.bfloat16 if pays else torch.float32)
    for exact, short in zip(*found, strict=True):
        assert short.relevance == pytest.approx(exact.relevance, abs=0.02)
        assert short.answer_log == pytest.approx(exact.answer_log, abs=0.05)


def test_only_the_window_and_the_first_token_can_be_an_answer() -> None:
    encoded = encode([Pair("甲", "乙丙", "丁城"), Pair("甲", "", "丁")], TOKENIZER)
    model = cross_encoder()
    with torch.no_grad():
        output = model(*padded(encoded))
    for side in (output.start, output.end):
        assert (side > NEVER).int().tolist() == [
            [1, 0, 0, 0, 0, 0, 0, 1, 1, 0],  # <s> 甲 </s></s> 乙 丙 ⏎ 丁 城 </s>
            [1, 0, 0, 0, 1, 0, 0, 0, 0, 0],
        ]


def test_a_new_one_has_the_layers_of_its_base(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path, TOKENIZER)
    base, trained = Base.of(folder), CrossEncoder.from_folder(folder).trained()
    assert all(torch.equal(trained[name], value) for name, value in base.state.items())
    fresh = {name.split(".")[0] for name in trained.keys() - base.state.keys()}
    assert fresh == {"feature", "pool", "relevance", "span"}


def test_weights_that_lack_a_part_are_refused() -> None:
    state = cross_encoder().trained()
    state.pop("pool.weight")
    with pytest.raises(RuntimeError, match=r"pool\.weight"):
        cross_encoder().load_trained(state)
