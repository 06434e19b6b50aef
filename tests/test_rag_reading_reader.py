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
from rag.reading.model import LENGTHS, MATCHED, NEVER, CrossEncoder, Output
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
        window = mask & (features >= WINDOW)
        spans = torch.where((window[:, :, None] & window[:, None, :]).triu(), 0.0, NEVER)
        spans[:, 0, 0] = 0
        for row, inside in enumerate(window):
            places = inside.nonzero().flatten()
            if len(places):
                spans[row, places[self.first], places[self.last]] = 10
        return Output(torch.full((len(ids),), 3.0), spans)


def read_at(first: int, last: int, window: str) -> Reading:
    (found,) = Reader(Pointing(first, last), TOKENIZER).read([Pair("甲", "乙", window)])
    return found


def test_a_reading_by_hand() -> None:
    found = read_at(1, 2, "丙丁城建")
    whole = np.exp(10) + 10  # of 4 + 3 + 2 + 1 spans of the window and the one that stands for none, one has e^10
    assert (found.relevance, found.answer) == (3, Span(1, 3))
    assert found.answer_log == pytest.approx(log(np.exp(10) / whole), abs=1e-5)
    assert found.null_log == pytest.approx(log(1 / whole), abs=1e-5)


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


quarters = st.integers(2, 75).flatmap(
    lambda size: arrays.arrays(np.float32, (size, size), elements=st.integers(-40, 0).map(lambda n: n / 4))
)


@given(quarters)
def test_the_likeliest_spans_are_the_best_of_all(logs: np.ndarray) -> None:
    found = likeliest(logs, 3)
    places = product(range(1, len(logs)), repeat=2)
    all_of_them = {(a, b): logs[a, b] for a, b in places if a <= b < a + LONGEST_ANSWER}
    assert [log for *_, log in found] == sorted(all_of_them.values(), reverse=True)[:3]
    assert all(all_of_them[first, last] == log for first, last, log in found)
    assert len({(first, last) for first, last, _ in found}) == len(found)


def test_an_answer_is_at_most_that_long() -> None:
    logs = np.full((80, 80), -9, np.float32)
    logs[5, 5 + LONGEST_ANSWER], logs[5, 5 + LONGEST_ANSWER - 1] = -1, -2
    assert likeliest(logs, 1) == [(5, 5 + LONGEST_ANSWER - 1, -2)]


def test_what_cannot_be_an_answer_is_no_span() -> None:
    assert likeliest(np.zeros((1, 1), np.float32)) == []
    logs = np.full((4, 4), NEVER, np.float32)
    logs[2, 3] = -1
    assert likeliest(logs) == [(2, 3, -1)]


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


def test_only_spans_of_the_window_and_the_first_token_can_be_an_answer() -> None:
    encoded = encode([Pair("甲", "乙丙", "丁城"), Pair("甲", "", "丁")], TOKENIZER)
    with torch.no_grad():
        spans = cross_encoder()(*padded(encoded)).spans
    assert [tuple(place) for place in (spans > NEVER).nonzero().tolist()] == [
        *((0, 0, 0), (0, 7, 7), (0, 7, 8), (0, 8, 8)),  # <s> 甲 </s></s> 乙 丙 ⏎ 丁 城 </s>
        *((1, 0, 0), (1, 4, 4)),
    ]


def test_a_span_is_worth_its_ends_how_well_they_fit_and_its_length() -> None:
    model = cross_encoder()
    for head in (model.span, model.begins, model.ends):
        torch.nn.init.zeros_(head.weight)
    with torch.no_grad():
        model.span.bias.copy_(torch.tensor([2.0, 3.0]))
        model.begins.bias.fill_(1)
        model.ends.bias.fill_(0.5)
        model.length.copy_(torch.arange(LENGTHS) / 10)
        spans = model(*padded(encode([Pair("甲", "", "丁城" * 40)], TOKENIZER))).spans[0]
    fit = MATCHED * 1 * 0.5 / MATCHED**0.5
    assert float(spans[4, 4]) == pytest.approx(2 + 3 + fit)
    assert float(spans[4, 6]) == pytest.approx(2 + 3 + fit + 0.2)
    assert float(spans[4, 4 + LENGTHS]) == pytest.approx(2 + 3 + fit + (LENGTHS - 1) / 10)


def test_both_ends_of_an_answer_are_chosen_together() -> None:
    """From 1 to 2 or from 3 to 4, as likely; ends chosen each for itself would go from 1 to 4 as often."""
    model = cross_encoder()
    model.length.requires_grad_(False)
    optimiser = torch.optim.Adam([value for value in model.parameters() if value.requires_grad], 1e-2)
    told = padded(encode([Pair("甲", "", "丙丁城建")], TOKENIZER))
    for _ in range(60):
        logs = model(*told).spans.flatten(1).log_softmax(1).view(8 + 1, 8 + 1)
        loss = -(logs[4, 5] + logs[6, 7])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    chances = logs.detach().exp()
    assert float(chances[4, 5]) == pytest.approx(0.5, abs=0.05)
    assert float(chances[6, 7]) == pytest.approx(0.5, abs=0.05)
    assert float(chances[4, 7]) < 0.05


def test_a_new_one_has_the_layers_of_its_base(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path, TOKENIZER)
    base, trained = Base.of(folder), CrossEncoder.from_folder(folder).trained()
    assert all(torch.equal(trained[name], value) for name, value in base.state.items())
    fresh = {name.split(".")[0] for name in trained.keys() - base.state.keys()}
    assert fresh == {"feature", "pool", "relevance", "span", "begins", "ends", "length"}


def test_weights_that_lack_a_part_are_refused() -> None:
    state = cross_encoder().trained()
    state.pop("pool.weight")
    with pytest.raises(RuntimeError, match=r"pool\.weight"):
        cross_encoder().load_trained(state)
