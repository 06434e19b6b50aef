"""A draft falls into sentences with the numbers that they cite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.writer.draft import MOST_NUMBERS, Sentence, sentences


@pytest.mark.parametrize(
    ("draft", "found"),
    [
        ("Sixty tonnes a day [1].", [("Sixty tonnes a day.", (1,))]),
        ("Sixty tonnes. [1] It is free.[2][3]", [("Sixty tonnes.", (1,)), ("It is free.", (2, 3))]),
        ("每天能存六十吨鱼。[1]早市免摊位费【2】。", [("每天能存六十吨鱼。", (1,)), ("早市免摊位费。", (2,))]),
        ("- **Free** stalls [1, 3]\n- Open ［2-4］", [("Free stalls", (1, 3)), ("Open", (2, 3, 4))]),
        ("2. Twice [2][2].", [("Twice.", (2,))]),
        ("No number. Also none!", [("No number.", ()), ("Also none!", ())]),
        ("<think>[1] hm.</think>Yes [1].", [("Yes.", (1,))]),
        ("<think>[1] never ended.", []),
        ("[1]\n---\n[2]", []),
        ("", []),
        ("It rose by 2.5 per cent [1].", [("It rose by 2.5 per cent.", (1,))]),
        ("Array x[0] is [9999].", [("Array x is.", (0, 9999))]),
        ("Down [5-2].", [("Down.", (5, 2))]),
    ],
)
def test_sentences(draft, found):
    assert sentences(draft) == [Sentence(text, numbers) for text, numbers in found]


def test_a_range_has_an_end():
    assert sentences("All [1-9999].") == [Sentence("All.", tuple(range(1, MOST_NUMBERS + 1)))]


def test_where_the_draft_broke_off_the_last_sentence_cites_nothing():
    assert sentences("One [1]. Two [2] and", cut=True) == [Sentence("One.", (1,)), Sentence("Two and", ())]
    assert sentences("One [1]. Two [2].", cut=True) == [Sentence("One.", (1,)), Sentence("Two.", (2,))]


@given(st.text(), st.booleans())
def test_any_text(draft, cut):
    for sentence in sentences(draft, cut=cut):
        assert sentence.text == " ".join(sentence.text.split()) != ""
        assert len(sentence.citations) == len(set(sentence.citations))
