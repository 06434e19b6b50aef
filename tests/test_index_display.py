"""What is shown of a stretch of the source, and for each character of it its place there."""

from itertools import pairwise, permutations

import pytest
from digest_reports import ENGLISH, REPORTS
from digests import COLUMN, THEME, Trouble, document, printed, squeezed
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import display_of, display_places, passages
from index.layout import display, display_pieces
from index.schema import Document, Furniture, Span

BREAKS = "\n\r\f\v\x85\u2028\u2029"


def marked(text: str) -> Document:
    """A document whose furniture stands between ⟦ and ⟧, these included."""
    spans, at = [], 0
    while (start := text.find("⟦", at)) >= 0:
        at = text.index("⟧", start) + 1
        spans.append(Furniture(Span(start, at), "marked"))
    return Document("0" * 16, "x.txt", "0" * 64, "text/plain", "utf-8", text, (), tuple(spans))


def check_places(read: Document, span: Span) -> None:
    shown, places = display_of(read, span), display_places(read, span)
    furniture = {at for mark in read.furniture for at in range(mark.span.start, mark.span.end)}
    assert len(places) == len(shown)
    assert all(before < after for before, after in pairwise(places))
    assert all(span.start <= at < span.end for at in places)
    for char, at in zip(shown, places, strict=True):
        if char == read.text[at]:
            assert at not in furniture
        else:  # a blank that was put in, where lines or furniture were left out
            assert char == " "
            assert at in furniture or read.text[at].isspace()
    kept = "".join(read.text[at] for at in range(span.start, span.end) if at not in furniture)
    assert squeezed(shown) == squeezed(kept)


@pytest.mark.parametrize(
    ("text", "shown", "places"),
    [
        ("甲乙", "甲乙", [0, 1]),
        ("甲\n乙", "甲乙", [0, 2]),
        ("甲 \r\n\r\n  乙", "甲乙", [0, 8]),
        ("ab\ncd", "ab cd", [0, 1, 2, 3, 4]),
        ("ab \n\n cd", "ab cd", [0, 1, 2, 6, 7]),  # the blank stands where the break begins
        ("ab\n甲", "ab甲", [0, 1, 3]),
        ("a b", "a b", [0, 1, 2]),
        ("  甲  ", "甲", [2]),
        ("甲⟦7⟧乙", "甲乙", [0, 4]),
        ("ab ⟦7⟧ cd", "ab cd", [0, 1, 2, 7, 8]),
        ("ab⟦7⟧cd", "ab cd", [0, 1, 2, 5, 6]),  # … or the furniture
        ("⟦7⟧甲\n⟦8⟧\n乙⟦9⟧", "甲乙", [3, 9]),
        ("甲⟦7⟧⟦8⟧\n⟦9⟧乙", "甲乙", [0, 11]),
        ("⟦7⟧", "", []),
        (" \n ", "", []),
    ],
)
def test_places_by_hand(text: str, shown: str, places: list[int]) -> None:
    read = marked(text)
    assert display_of(read, Span(0, len(text))) == shown
    assert display_places(read, Span(0, len(text))) == places
    check_places(read, Span(0, len(text)))


def test_a_stretch_that_begins_or_ends_in_furniture() -> None:
    read = marked("甲⟦777⟧乙丙⟦888⟧丁")
    assert (display_of(read, Span(3, 10)), display_places(read, Span(3, 10))) == ("乙丙", [6, 7])
    assert (display_of(read, Span(2, 4)), display_places(read, Span(2, 4))) == ("", [])


@given(st.lists(st.sampled_from([*"甲乙ab。—7 \u3000\t\xa0", *BREAKS, "\x1c", "⟦7⟧", "⟦\n⟧", "⟦⟧"])), st.data())
def test_any_stretch_of_any_text(bits: list[str], data: st.DataObject) -> None:
    text = "".join(bits)
    start = data.draw(st.integers(0, len(text)))
    check_places(marked(text), Span(start, data.draw(st.integers(start, len(text)))))


@given(st.text(st.sampled_from("甲ab。 \u3000\t" + BREAKS)))
def test_the_pieces_are_what_is_shown(text: str) -> None:
    pieces = display_pieces(text)
    assert "".join(piece for piece, _ in pieces) == display(text)
    for piece, start in pieces:
        assert piece == text[start : start + len(piece)] or (piece == " " and text[start].isspace())


troubles = st.builds(
    Trouble,
    displaced=st.none() | st.integers(0, 2),
    theme=st.sampled_from([None, THEME]),
    column=st.sampled_from([(), COLUMN]),
    cut=st.booleans(),
    wrap=st.sampled_from([None, 24, 60]),
    pages=st.booleans(),
    indent=st.sampled_from(["", "\u3000\u3000"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)


@given(st.sampled_from([ENGLISH, *permutations(REPORTS, 3)]), troubles, st.data())
def test_passages_sentences_and_whole_digests(reports, trouble: Trouble, data: st.DataObject) -> None:
    read = document(printed(reports, trouble))
    for passage in passages(read):
        span = Span(passage.start, passage.end)
        assert len(display_places(read, span)) == len(passage.display_text)
        check_places(read, span)
        for sentence in passage.sentences:
            check_places(read, sentence)
    start = data.draw(st.integers(0, len(read.text)))
    check_places(read, Span(start, data.draw(st.integers(start, len(read.text)))))
