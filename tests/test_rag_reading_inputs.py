"""What the reader sees of a pair: tokens, features, the window's places, and the tokens of the answers."""

from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_models import UNKNOWN, character_tokenizer

from index.schema import Span
from rag.reading.inputs import (
    BOS,
    CONTEXT,
    EOS,
    HEAD_TOKENS,
    MAX_CONTEXT,
    MAX_QUESTION_TOKENS,
    MAX_TOKENS,
    MIN_WINDOW_TOKENS,
    QUESTION,
    WINDOW,
    Encoded,
    Pair,
    encode,
    folded,
    load_tokenizer,
    units,
)

SHARED = 1  # is added to the feature of what the other side has too
ALPHABET = "019abc东乙城建甲"  # in the order of their code points: token 4, 5, …
TOKENIZER = character_tokenizer(ALPHABET)
texts = st.text(st.sampled_from(ALPHABET + " \n，。東㎏"))


def encoded(pair: Pair) -> Encoded:
    (found,) = encode([pair], TOKENIZER)
    return found


def token(char: str) -> int:
    return 4 + ALPHABET.index(char)


def of_window(found: Encoded) -> np.ndarray:
    """The offsets of the window's tokens."""
    return found.offsets[found.offsets[:, 0] >= 0]


def test_a_pair_by_hand() -> None:
    found = encoded(Pair("甲城1", "乙", "在甲城", (Span(1, 3),)))
    table = [
        (BOS, QUESTION, [-1, -1]),
        (token("甲"), QUESTION + SHARED, [-1, -1]),
        (token("城"), QUESTION + SHARED, [-1, -1]),
        (token("1"), QUESTION, [-1, -1]),
        (EOS, QUESTION, [-1, -1]),
        (EOS, QUESTION, [-1, -1]),
        (token("乙"), CONTEXT, [-1, -1]),
        (UNKNOWN, CONTEXT, [-1, -1]),  # the line feed
        (UNKNOWN, WINDOW, [0, 1]),
        (token("甲"), WINDOW + SHARED, [1, 2]),
        (token("城"), WINDOW + SHARED, [2, 3]),
        (EOS, QUESTION, [-1, -1]),
    ]
    assert list(zip(found.ids.tolist(), found.features.tolist(), found.offsets.tolist(), strict=True)) == table
    assert (found.starts, found.ends, found.answered) == ((9,), (10,), True)


def test_without_a_context_the_window_follows_at_once() -> None:
    found = encoded(Pair("a", "", "bc"))
    assert found.ids.tolist() == [BOS, token("a"), EOS, EOS, token("b"), token("c"), EOS]
    assert found.features.tolist() == [QUESTION] * 4 + [WINDOW, WINDOW, QUESTION]
    assert (found.starts, found.ends, found.answered) == ((0,), (0,), False)


def test_the_context_can_share_with_the_question_too() -> None:
    found = encoded(Pair("甲城", "甲城", "乙"))
    assert found.features.tolist()[5:9] == [CONTEXT + SHARED, CONTEXT + SHARED, CONTEXT, WINDOW]


def test_the_context_is_cut_and_what_is_cut_counts_for_nothing() -> None:
    kept, lost = (encoded(Pair("甲城", "1" * before + "甲城", "乙")) for before in (MAX_CONTEXT - 2, MAX_CONTEXT))
    for found in (kept, lost):
        assert np.isin(found.features, (CONTEXT, CONTEXT + SHARED)).sum() == MAX_CONTEXT + 1  # and the line feed
    assert kept.features[1:3].tolist() == [QUESTION + SHARED] * 2
    assert lost.features[1:3].tolist() == [QUESTION] * 2


def test_of_a_long_question_the_beginning_and_more_of_the_end_are_read() -> None:
    found = encoded(Pair("甲" * 30 + "a" * 100 + "城" * 70, "", "乙城"))
    kept = [token("甲")] * HEAD_TOKENS + [token("a")] * (MAX_QUESTION_TOKENS - HEAD_TOKENS - 70) + [token("城")] * 70
    assert found.ids.tolist() == [BOS, *kept, EOS, EOS, token("乙"), token("城"), EOS]
    assert len(kept) == MAX_QUESTION_TOKENS
    assert found.features.tolist().count(QUESTION + SHARED) == 0  # units are pairs of characters


def test_a_question_that_just_fits_is_read_whole() -> None:
    found = encoded(Pair("a" * MAX_QUESTION_TOKENS, "", "乙"))
    assert found.ids.tolist() == [BOS, *[token("a")] * MAX_QUESTION_TOKENS, EOS, EOS, token("乙"), EOS]


def test_a_long_window_is_cut_at_its_end_and_with_it_the_answers() -> None:
    room = MAX_TOKENS - len("a") - 4
    spans = (Span(room - 1, room), Span(room - 1, room + 1), Span(room, room + 1))
    found = encoded(Pair("a", "", "甲" * 400, spans))
    assert (len(found.ids), of_window(found)[-1].tolist()) == (MAX_TOKENS, [room - 1, room])
    assert (found.starts, found.ends) == ((MAX_TOKENS - 2,), (MAX_TOKENS - 2,))  # the first; the others are cut
    assert not encoded(Pair("a", "", "甲" * 400, spans[1:])).answered


def test_a_blank_behind_the_cut_is_no_loss() -> None:
    room = MAX_TOKENS - len("a") - 4
    found = encoded(Pair("a", "", "甲" * room + " ，", (Span(0, room + 1),)))
    assert (found.starts, found.ends) == ((4,), (MAX_TOKENS - 2,))


def test_several_answers_keep_their_order() -> None:
    found = encoded(Pair("a", "", "甲城乙", (Span(2, 3), Span(0, 2))))
    assert (found.starts, found.ends) == ((6, 4), (6, 5))


def test_a_character_of_two_tokens_is_one_place() -> None:
    found = encoded(Pair("a", "", "1㎏", (Span(1, 2),)))
    assert of_window(found).tolist() == [[0, 1], [1, 2], [1, 2]]
    assert (found.starts, found.ends) == ((5,), (6,))


@given(st.integers(0, 200), st.integers(0, 300), st.integers(1, 400))
def test_a_window_never_vanishes(question: int, context: int, window: int) -> None:
    found = encoded(Pair("甲" * question, "㎏" * context, "乙" * window))
    assert len(found.ids) <= MAX_TOKENS
    left = len(of_window(found))
    assert min(window, MIN_WINDOW_TOKENS) <= left <= window
    assert left == window or len(found.ids) == MAX_TOKENS
    assert set(found.ids[found.features >= WINDOW].tolist()) == {token("乙")}
    assert found.ids[-1] == EOS


@given(texts, texts, texts)
def test_the_offsets_slice_the_window(question: str, context: str, window: str) -> None:
    found = encoded(Pair(question, context, window))
    assert len(found.ids) == len(found.features) == len(found.offsets)
    inside = found.features >= WINDOW
    assert (inside == (found.offsets[:, 0] >= 0)).all()
    for piece, (start, end) in zip(found.ids[inside], found.offsets[inside], strict=True):
        stands_for = normalize("NFKC", folded(window)[start:end])
        assert 0 <= start < end <= len(window)
        assert piece == UNKNOWN or TOKENIZER.id_to_token(int(piece)) in stands_for
    starts = of_window(found)[:, 0]
    assert (np.diff(starts) >= 0).all()
    if len(found.ids) < MAX_TOKENS:
        assert sorted(set(starts.tolist())) == list(range(len(window)))


@given(texts, st.text(st.sampled_from("甲乙ab "), min_size=1, max_size=80), st.data())
def test_an_answer_becomes_the_tokens_that_stand_for_it(context: str, window: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(window) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(window))))
    found = encoded(Pair("甲", context[:60], window, (span,)))
    assert (len(found.starts), len(found.ends)) == (1, 1)
    assert found.offsets[found.starts[0], 0] == span.start
    assert found.offsets[found.ends[0], 1] == span.end


def test_pairs_are_encoded_one_by_one() -> None:
    pairs = [Pair("甲", "", "乙城"), Pair("a1", "东", "b"), Pair("", "", "")]
    for alone, beside in zip(map(encoded, pairs), encode(pairs, TOKENIZER), strict=True):
        assert alone.ids.tolist() == beside.ids.tolist()
        assert alone.offsets.tolist() == beside.offsets.tolist()
    assert encode([], TOKENIZER) == []


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    assert folded("廣東的渠道") == "广东的渠道"
    assert encoded(Pair("東", "", "東城")).features.tolist()[4:6] == [WINDOW, WINDOW]  # 东 alone is no pair of 东城
    assert encoded(Pair("東城", "", "东城")).features.tolist()[5:7] == [WINDOW + SHARED] * 2


def test_japanese_keeps_its_characters() -> None:
    assert folded("広東の東") == "広東の東"


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(folded(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("甲乙丙", [(0, 2, "甲乙"), (1, 3, "乙丙")]),
        ("甲 b", [(0, 1, "甲"), (2, 3, "b")]),
        ("Grain rose 5.4%", [(0, 5, "grain"), (6, 10, "rose"), (11, 14, "5.4")]),
        ("1,200 ha.", [(0, 5, "1200"), (6, 8, "ha")]),
        ("2023年，水价", [(0, 4, "2023"), (4, 5, "年"), (6, 8, "水价")]),
        ("한국 вода", [(0, 2, "한국"), (3, 7, "вода")]),
        ("—…", []),
    ],
)
def test_what_is_compared(text: str, found: list[tuple[int, int, str]]) -> None:
    assert list(units(text)) == found


def test_a_tokenizer_neither_cuts_nor_pads(tmp_path) -> None:
    stored = character_tokenizer(ALPHABET)
    stored.enable_truncation(3)
    stored.enable_padding(length=9)
    stored.save(str(tmp_path / "tokenizer.json"))
    assert load_tokenizer(tmp_path).encode("甲乙城").ids == [BOS, token("甲"), token("乙"), token("城"), EOS]
