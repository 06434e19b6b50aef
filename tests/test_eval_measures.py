import pytest
from eval_fakes import DOCUMENT, TEXT, answer, citation, document
from hypothesis import given
from hypothesis import strategies as st

from eval.dataset import Place
from eval.measures.answers import ANSWER_MEASURES, QUOTE_MEASURES, answer_scores, normalise, quote_scores, verbatim
from index.schema import Span


def place(start, end, source=DOCUMENT):
    return Place(source.sha256, Span(start, end), source.text[start:end])


def exact(given, accepted, every=False):
    return answer_scores(given, accepted, every)["exact"]


def char_f1(given, accepted, every=False):
    return answer_scores(given, accepted, every)["char-f1"]


def contains(given, accepted, every=False):
    return answer_scores(given, accepted, every)["contains"]


def test_nothing_cited_or_answered_scores_zero():
    assert quote_scores([], [place(0, 5)]) == dict.fromkeys(QUOTE_MEASURES, 0)
    assert answer_scores(None, ["甲"]) == dict.fromkeys(ANSWER_MEASURES, 0)
    assert answer_scores(None, ["。"]) == dict.fromkeys(ANSWER_MEASURES, 0)


def test_the_quote_of_citation_one_against_the_span_that_fits_it_best():
    cited = [citation(0, 300, quote=(200, 240)), citation(0, 300, rank=2, quote=(220, 250))]
    # 200-240 against 220-250: 20 in common of 50; against 150-210: 10 of 90.
    assert quote_scores(cited, [place(150, 210), place(220, 250)]) == {
        "quote-iou": 20 / 50,
        "quote-precision": (10 + 20) / 40,  # what lies in any evidence
        "quote-recall": 20 / 30,  # of the best span
    }
    assert quote_scores(cited, [place(220, 250, document("e.txt", "y" * 300))]) == dict.fromkeys(QUOTE_MEASURES, 0)


def test_a_quote_that_says_more_loses_precision_one_that_says_less_loses_recall():
    more = quote_scores([citation(0, 300, quote=(200, 300))], [place(200, 250)])
    less = quote_scores([citation(0, 300, quote=(200, 225))], [place(200, 250)])
    assert (more["quote-precision"], more["quote-recall"], more["quote-iou"]) == (1 / 2, 1, 1 / 2)
    assert (less["quote-precision"], less["quote-recall"], less["quote-iou"]) == (1, 1 / 2, 1 / 2)


def test_blank_space_does_not_count_in_quotes():
    source = document(text="ab\n\u3000cd  ef")
    # The quote "ab\n\u3000cd" against "cd  ef": c and d of a, b, c, d, e, f.
    scores = quote_scores([citation(0, 6, source=source)], [place(4, 10, source)])
    assert scores == {"quote-iou": 2 / 6, "quote-precision": 2 / 4, "quote-recall": 2 / 4}


# Cui et al. 2019: exact match after lower case and punctuation; F1 over the longest common run of mixed segments.
@pytest.mark.parametrize(
    ("given", "wanted", "em", "f1"),
    [
        ("光荣和ω-force", "光荣和ω-force", 1, 1),
        ("《战国无双3》", "战国无双3", 1, 1),  # its punctuation goes
        ("ABC", "abc", 1, 1),
        ("高新技术产业", "新技术", 0, 2 * 3 / (6 + 3)),
        ("1995年", "1959年", 0, 2 * 1 / (2 + 2)),  # a figure is one segment: 年 alone is shared
        ("约60%", "60%", 0, 2 * 2 / (3 + 2)),  # 约 60 %
        ("3,400万元", "3400万元", 0, 2 * 2 / (3 + 3)),  # 3,400 is not 3400
        ("the big apple", "big apple", 0, 2 * 2 / (3 + 2)),
        ("北京…", "北京", 0, 2 * 2 / (3 + 2)),  # … is not in the list of what goes
        ("甲乙丙丁", "甲丙丁", 0, 2 * 2 / (4 + 3)),  # a run, not a bag
        ("甲", "乙", 0, 0),
        ("", "甲", 0, 0),
    ],
)
def test_exact_match_and_f1_as_cmrc_2018_defines_them(given, wanted, em, f1):
    assert exact(given, [wanted]) == em
    assert char_f1(given, [wanted]) == pytest.approx(f1)


def test_the_best_accepted_answer_counts():
    assert char_f1("甲乙", ["丙", "甲乙丁", "甲"]) == pytest.approx(2 * 2 / (2 + 3))
    assert exact("甲", ["丙", "甲"]) == 1


def test_all_answers_are_taken_end_to_end_where_all_are_needed():
    assert char_f1("天津、广东", ["天津", "广东"], every=True) == 1
    assert char_f1("天津", ["天津", "广东"], every=True) == pytest.approx(2 * 2 / (2 + 4))
    assert char_f1("London, Paris", ["London", "Paris"], every=True) == pytest.approx(2 * 1 / (3 + 2))  # , between
    assert char_f1("10%和20%", ["10%", "20%"], every=True) == pytest.approx(2 * 2 / (5 + 4))
    assert "exact" not in answer_scores("天津、广东", ["天津", "广东"], every=True)  # one span rarely can


def test_an_answer_of_punctuation_stands_in_nothing():
    assert contains("任何回答", ["——"]) == 0


def test_a_line_break_of_the_layout_is_no_part_of_an_answer():
    assert answer_scores("通\n\n过调查", ["通过调查"]) == {"exact": 1, "char-f1": 1, "contains": 1}


def test_contains():
    assert contains("共计 3.5 亿元。", ["4亿", "3.5亿元"]) == 1
    assert contains("共计35亿元", ["3.5亿元"]) == 0
    assert contains("x" * 119 + "甲", ["甲"]) == 1
    assert contains("x" * 120 + "甲", ["甲"]) == 0
    assert contains("天津、广东", ["广东", "天津"], every=True) == 1
    assert contains("天津", ["广东", "天津"], every=True) == 0
    assert contains("天津", ["广东", "天津"]) == 1


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


@given(
    st.text(alphabet="甲乙ab1 .,。-", max_size=12), st.lists(st.text("甲乙ab1 .", min_size=1), min_size=1, max_size=3)
)
def test_answer_scores_lie_in_the_unit_interval_and_agree(given, accepted):
    scores = answer_scores(given, accepted)
    assert all(0 <= score <= 1 for score in scores.values())
    if given.strip():
        same = answer_scores(given, [given])
        assert same["exact"] == 1
        assert same["char-f1"] in (0, 1)  # 0 where nothing but punctuation is left


SOURCES = {DOCUMENT.sha256: DOCUMENT}


def test_verbatim_is_the_source_at_every_offset():
    right = answer(cited=[(90, 140), (300, 400)], quote=(90, 100), short=(95, 99))
    assert verbatim(right, SOURCES) == 1
    assert verbatim(answer(), SOURCES) == 1  # nothing claimed, nothing wrong
    assert verbatim(right, {}) == 0  # from no known source


def changed(part, **values):
    right = answer(cited=[(90, 140), (300, 400)], quote=(90, 100), short=(95, 99))
    if part == "answer":
        return right.model_copy(update={"answer": right.answer.model_copy(update=values)})
    first = right.citations[1]
    if part == "quote":
        values = {"quote": first.quote.model_copy(update=values)}
    return right.model_copy(update={"citations": [right.citations[0], first.model_copy(update=values)]})


@pytest.mark.parametrize(
    "wrong",
    [
        changed("citation", start=301, end=401),  # shifted by one
        changed("citation", end=401),
        changed("citation", text=TEXT[300:399] + "甲"),
        changed("quote", start=301, end=401),
        changed("quote", start=290, end=310, text=TEXT[290:310]),  # true, but outside its passage
        changed("answer", start=96, end=100),
        changed("answer", text="甲"),
        changed("answer", document="other.txt"),
        changed("citation", document_sha256="0" * 64),
        changed("citation", start=1999, end=2001, text=TEXT[1999:2001]),
    ],
)
def test_one_character_off_is_not_verbatim(wrong):
    assert verbatim(wrong, SOURCES) == 0
