"""The windows of a passage: whole sentences, as many as fit, each next one from the middle of the last."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.schema import Span
from rag.reading.windows import LONGEST, WESTERN, pieces, scale, windows


def laid(lengths: list[int], gap: int = 0) -> list[Span]:
    """Sentences of these lengths, one behind the other with `gap` code points between."""
    starts = accumulate((length + gap for length in lengths), initial=0)
    return [Span(start, start + length) for start, length in zip(starts, lengths, strict=False)]


@pytest.mark.parametrize(
    ("lengths", "found"),
    [
        ([], []),
        ([500], [(0, 0)]),
        ([40, 60], [(0, 1)]),
        ([40, 61], [(0, 0), (1, 1)]),  # 101 do not fit
        ([50, 50, 50, 50], [(0, 1), (1, 2), (2, 3)]),  # the middle of 0..100 is 50, where sentence 1 begins
        ([60, 40, 30, 30], [(0, 1), (1, 3)]),  # the middle is 50, sentence 1 begins at 60
        ([30, 60, 40], [(0, 1), (2, 2)]),  # the middle is 45, sentence 1 begins at 30
        ([20, 20, 20, 20, 20, 30], [(0, 4), (3, 5)]),  # the middle is 50, sentence 3 begins at 60
        ([300, 10, 10], [(0, 0), (1, 2)]),
        ([10, 300, 10], [(0, 0), (1, 1), (2, 2)]),
    ],
)
def test_windows_by_hand(lengths: list[int], found: list[tuple[int, int]]) -> None:
    assert windows(laid(lengths), longest=100) == found


def test_what_stands_between_sentences_counts() -> None:
    assert windows(laid([50, 50]), 100) == [(0, 1)]
    assert windows(laid([50, 50], gap=1), 100) == [(0, 0), (1, 1)]
    assert windows(laid([50, 50], gap=1), 101) == [(0, 1)]


@given(st.lists(st.integers(1, 150), max_size=25), st.integers(0, 5), st.integers(1, 300))
def test_any_windows(lengths: list[int], gap: int, longest: int) -> None:
    sentences = laid(lengths, gap)
    found = windows(sentences, longest)
    assert sorted({at for first, last in found for at in range(first, last + 1)}) == list(range(len(sentences)))
    for first, last in found:
        size = sentences[last].end - sentences[first].start
        assert size <= longest or first == last
        assert last + 1 == len(sentences) or sentences[last + 1].end - sentences[first].start > longest
    for (first, last), (following, _) in pairwise(found):
        middle = (sentences[first].start + sentences[last].end) / 2
        # each next one begins with the first sentence of the second half, or behind a window that has none there
        behind = [at for at in range(first + 1, last + 1) if sentences[at].start >= middle]
        assert following == (behind[0] if behind else last + 1)


@given(st.lists(st.integers(1, 40), min_size=2, max_size=25))
def test_neighbours_that_are_short_are_read_together(lengths: list[int]) -> None:
    """Two sentences of at most 40 of 160 code points stand in one window, wherever they are."""
    found = windows(laid(lengths), longest=160)
    for at in range(len(lengths) - 1):
        assert any(first <= at and at + 1 <= last for first, last in found)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (7, 7 + LONGEST, [(7, 227)]),
        (0, 275, [(0, 275)]),  # a quarter more than 220 is still read whole
        (0, 276, [(0, 220), (154, 276)]),
        (10, 510, [(10, 230), (164, 384), (318, 510)]),
    ],
)
def test_a_sentence_that_is_much_too_long_is_read_in_pieces(start: int, end: int, found: list[tuple[int, int]]) -> None:
    assert list(pieces(Span(start, end), LONGEST)) == [Span(*ends) for ends in found]


@given(st.integers(0, 50), st.integers(1, 3000), st.floats(1, 600))
def test_pieces_cover_their_window(start: int, size: int, longest: float) -> None:
    found = list(pieces(Span(start, start + size), longest))
    assert (found[0].start, found[-1].end) == (start, start + size)
    assert all(one.start < following.start <= one.end for one, following in pairwise(found))
    assert len(found) == 1 or max(map(len, found)) <= longest


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("渠道修好了", 1),
        ("The canal is ready", WESTERN),
        ("Канал готов", WESTERN),
        ("渠道 canal", WESTERN),  # 2 of 8
        ("渠道 abcd", WESTERN),  # 2 of 7
        ("渠道 abc", WESTERN),  # 2 of 6: not more than a third
        ("渠道 ab", 1),  # 2 of 5
        ("", WESTERN),
    ],
)
def test_letters_take_more_room(text: str, times: float) -> None:
    assert scale(text) == times
