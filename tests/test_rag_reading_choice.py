"""Which of several overlapping spans is answered with."""

from itertools import product
from math import log

from hypothesis import given
from hypothesis import strategies as st

from index.schema import Span
from rag.reading.choice import agreeing

spans = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
likely = st.lists(st.tuples(spans, st.floats(-9, 0)), min_size=1, max_size=8, unique_by=lambda one: one[0])


def test_one_span_is_chosen() -> None:
    assert agreeing([Span(3, 9)], [-7.0]) == 0


def test_spans_that_share_nothing_are_chosen_by_their_chance() -> None:
    assert agreeing([Span(0, 2), Span(3, 5), Span(6, 8)], [log(0.3), log(0.4), log(0.3)]) == 1


def test_where_the_ends_are_unsure_the_middle_one_wins() -> None:
    """F1 of [0,1) with [0,2): 2/3; with [0,4): 2/5; of [0,2) with [0,4): 4/6. So 0.4 + 0.3 × 2/3 + 0.3 × 2/5 = 0.72
    against 0.4 × 2/3 + 0.3 + 0.3 × 2/3 = 0.767 and 0.4 × 2/5 + 0.3 × 2/3 + 0.3 = 0.66.
    """
    three = [Span(0, 1), Span(0, 2), Span(0, 4)]
    assert agreeing(three, [log(0.4), log(0.3), log(0.3)], cover=0.0) == 1


def test_with_cover_what_holds_all_of_the_likely_ones_wins() -> None:
    three = [Span(0, 1), Span(0, 2), Span(0, 4)]
    assert agreeing(three, [log(0.4), log(0.3), log(0.3)], cover=1.0) == 2


@given(likely, st.sampled_from([0.0, 0.25, 1.0]), st.floats(-50, 50))
def test_it_is_the_best_by_the_definition_whatever_the_scale_of_the_chances(pairs, cover, shift) -> None:
    found, logs = [span for span, _ in pairs], [value for _, value in pairs]
    worth = [0.0] * len(found)
    for (at, one), (other, log_) in product(enumerate(found), pairs):
        f1 = 2 * one.overlap(other) / (len(one) + len(other))
        holds = one.start <= other.start and other.end <= one.end
        worth[at] += 2.718281828459045**log_ * ((1 - cover) * f1 + cover * holds)
    chosen = agreeing(found, [value + shift for value in logs], cover)
    assert worth[chosen] >= max(worth) * (1 - 1e-9)
