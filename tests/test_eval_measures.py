from math import log2

import pytest
from eval_fakes import DOCUMENT, TEXT, citation, document
from hypothesis import given
from hypothesis import strategies as st

from eval.dataset import Place
from eval.measures import (
    auroc,
    char_f1,
    contains,
    coverage,
    false_answers_at,
    ndcg,
    normalise,
    quote_iou,
    recall_at,
    reciprocal_rank,
    share,
    success_at,
)
from index.schema import Span


def place(start, end, source=DOCUMENT):
    return Place(source.sha256, Span(start, end), source.text[start:end])


def sets(*found):
    return [frozenset(spans) for spans in found]


# Two evidence spans. Rank 1 proves nothing, rank 2 the first span, rank 3 the same again, rank 4 the second span.
RANKING = sets([], [0], [0], [1])


@pytest.mark.parametrize(
    ("start", "end", "relevant"),
    [
        (100, 150, True),  # exactly the span
        (110, 400, True),  # 40 of 50: 80 %
        (111, 400, False),  # 39 of 50
        (0, 140, True),  # 40 of 50 from the other side
        (0, 500, True),  # 500 code points
        (0, 501, False),  # one too many
        (150, 300, False),  # next to it
    ],
)
def test_a_citation_covers_four_fifths_in_at_most_500_code_points(start, end, relevant):
    assert coverage([citation(start, end)], [place(100, 150)]) == [{0} if relevant else set()]


def test_a_citation_may_cover_several_spans_but_only_of_its_own_document():
    other = document("other.txt", "x" * 300)
    evidence = [place(100, 150), place(160, 200), place(100, 150, other)]
    assert coverage([citation(90, 210), citation(90, 210, source=other)], evidence) == sets([0, 1], [2])


def test_success_is_one_from_the_first_relevant_rank_on():
    assert [success_at(k, RANKING) for k in (1, 2, 3, 5)] == [0, 1, 1, 1]


def test_recall_counts_spans_not_citations():
    assert [recall_at(k, RANKING, spans=4) for k in (1, 2, 3, 4, 5)] == [0, 1 / 4, 1 / 4, 2 / 4, 2 / 4]


def test_reciprocal_rank_is_of_the_first_relevant_citation_within_the_depth():
    assert reciprocal_rank(10, RANKING) == 1 / 2
    assert reciprocal_rank(1, RANKING) == 0
    assert reciprocal_rank(10, sets(*[[]] * 10, [0])) == 0


def test_ndcg_by_hand():
    # Gains 0, 1, 0 (nothing new), 1 against an ideal of two gains at ranks 1 and 2.
    expected = (1 / log2(3) + 1 / log2(5)) / (1 / log2(2) + 1 / log2(3))
    assert ndcg(10, RANKING, spans=2) == pytest.approx(expected)
    # A third span that nobody cites lengthens the ideal.
    ideal = 1 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert ndcg(10, RANKING, spans=3) == pytest.approx((1 / log2(3) + 1 / log2(5)) / ideal)
    # Cut at 2: one gain at rank 2 against two.
    assert ndcg(2, RANKING, spans=3) == pytest.approx((1 / log2(3)) / (1 / log2(2) + 1 / log2(3)))


def test_ndcg_one_passage_with_both_proofs_is_perfect():
    assert ndcg(10, sets([0, 1]), spans=2) == 1


def test_nothing_cited_scores_zero():
    assert success_at(5, []) == recall_at(5, [], 1) == reciprocal_rank(10, []) == ndcg(10, [], 1) == 0
    assert quote_iou([], [place(0, 5)]) == 0
    assert contains(None, ["x"]) == char_f1(None, ["x"]) == 0


def test_quote_iou_takes_the_best_single_span_of_citation_one():
    cited = [citation(0, 300, quote=(100, 140)), citation(0, 300, rank=2, quote=(120, 150))]
    # 100-140 against 120-150: 20 in common of 50; against 0-110: 10 of 140.
    assert quote_iou(cited, [place(0, 110), place(120, 150)]) == 20 / 50
    assert quote_iou(cited, [place(120, 150, document("e.txt", "y" * 300))]) == 0


def test_quote_iou_ignores_blank_space():
    source = document(text="ab\n\u3000cd  ef")
    # The quote "ab\n\u3000cd" against "cd  ef": c and d of a, b, c, d, e, f.
    assert quote_iou([citation(0, 6, source=source)], [place(4, 10, source)]) == 2 / 6


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("《高新 技术》，", "高新技术"),
        ("ＡＢｃ　１２", "abc12"),
        ("3.5％", "3.5%"),
        ("３．５倍。", "3.5倍"),
        ("12,000 U.S. dollars…", "12000usdollars"),
        ("通\n过", "通过"),
        ("“A·B”——c", "abc"),
        ("？！", ""),
    ],
)
def test_normalise(text, plain):
    assert normalise(text) == plain


def test_contains():
    assert contains("共计 3.5 亿元。", ["4亿", "3.5亿元"]) == 1
    assert contains("共计35亿元", ["3.5亿元"]) == 0
    assert contains("x" * 119 + "甲", ["甲"]) == 1
    assert contains("x" * 120 + "甲", ["甲"]) == 0


def test_contains_every_part_where_all_are_needed():
    assert contains("天津、广东", ["广东", "天津"], every=True) == 1
    assert contains("天津", ["广东", "天津"], every=True) == 0
    assert contains("天津", ["广东", "天津"]) == 1


def test_char_f1_by_hand():
    # The longest common run of 高新技术产业 (6) and 新技术 (3) is 3: precision 3/6, recall 3/3.
    assert char_f1("高新技术产业", ["新技术"]) == pytest.approx(2 * (3 / 6) * 1 / (3 / 6 + 1))
    # 19 is all that 1995 and 1959 have in common in a row.
    assert char_f1("1995", ["1959"]) == 2 * 2 / (4 + 4)
    assert char_f1("甲乙", ["丙", "甲乙丁", "甲"]) == pytest.approx(2 * 2 / (2 + 3))
    assert char_f1("天津、广东", ["天津", "广东"], every=True) == 1
    assert char_f1("天津", ["天津", "广东"], every=True) == pytest.approx(2 * 2 / (2 + 4))
    assert char_f1("。", ["甲"]) == 0


def test_rates():
    assert share([True, False, False, False]) == 1 / 4
    assert share([]) is None


def test_auroc_by_hand():
    # Pairs: 0.9 beats both, 0.5 ties with 0.5 and beats 0.1.
    assert auroc([0.9, 0.5], [0.5, 0.1]) == (2 + 0.5 + 1) / 4
    assert auroc([0.9], []) is None
    assert auroc([], [0.9]) is None


def test_false_answers_at_the_strictest_tolerable_threshold():
    sure = [0.05, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0]
    # One of ten may be refused: the threshold is 0.3, which lets 0.3 and 0.35 through.
    assert false_answers_at(sure, [0.1, 0.29, 0.3, 0.35]) == 2 / 4
    # One of nine may not: the threshold is the lowest confidence.
    assert false_answers_at(sure[:9], [0.01, 0.05, 0.06, 0.2]) == 3 / 4
    assert false_answers_at([], [0.5]) is None
    assert false_answers_at([0.5], []) is None


confidences = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=25)


@given(confidences, confidences)
def test_auroc_equals_counting_pairs(sure, unsure):
    pairs = [1 if a > b else 0.5 if a == b else 0 for a in sure for b in unsure]
    assert auroc(sure, unsure) == pytest.approx(sum(pairs) / len(pairs))


@given(confidences, confidences)
def test_inverted_confidence_mirrors_auroc(sure, unsure):
    inverted = auroc([1 - c for c in sure], [1 - c for c in unsure])
    assert inverted == pytest.approx(1 - auroc(sure, unsure))


@given(confidences, confidences)
def test_false_answers_are_the_fewest_of_all_tolerable_thresholds(sure, unsure):
    tolerable = [t for t in {*sure, *unsure, 0.0, 2.0} if 10 * sum(c < t for c in sure) <= len(sure)]
    assert false_answers_at(sure, unsure) == min(sum(c >= t for c in unsure) / len(unsure) for t in tolerable)


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.frozensets(st.integers(0, n - 1)), max_size=15))
    )
)
def test_ranking_measures_lie_between_0_and_1_and_deeper_is_never_worse(case):
    spans, covered = case
    for measure in (success_at, reciprocal_rank):
        values = [measure(k, covered) for k in range(1, 16)]
        assert values == sorted(values)
        assert 0 <= values[0] <= values[-1] <= 1
    recalls = [recall_at(k, covered, spans) for k in range(1, 16)]
    assert recalls == sorted(recalls)
    assert all(0 <= value <= 1 for value in recalls)
    assert all(0 <= ndcg(k, covered, spans) <= 1 + 1e-12 for k in range(1, 16))


@given(st.permutations(range(5)))
def test_a_perfect_ranking_scores_one(order):
    covered = sets(*[[span] for span in order], [], [0])
    assert success_at(1, covered) == recall_at(5, covered, 5) == reciprocal_rank(10, covered) == 1
    assert ndcg(10, covered, 5) == pytest.approx(1)


@given(st.integers(0, 200), st.integers(1, 100), st.integers(0, 200), st.integers(1, 100))
def test_quote_iou_lies_between_0_and_1_and_is_1_only_for_the_same_span(a, long_a, b, long_b):
    value = quote_iou([citation(a, a + long_a)], [place(b, b + long_b)])
    assert 0 <= value <= 1
    assert (value == 1) == ((a, long_a) == (b, long_b))


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=4), st.booleans())
def test_answer_measures_lie_between_0_and_1(given_answer, accepted, every):
    assert contains(given_answer, accepted, every) in (0, 1)
    assert 0 <= char_f1(given_answer, accepted, every) <= 1


@given(st.integers(0, 1900), st.integers(1, 100))
def test_the_accepted_answer_itself_is_perfect(start, length):
    text = TEXT[start : start + length]
    assert contains(text, ["x", text]) == char_f1(text, ["x", text]) == 1
