"""Reading the first candidates: their new order, and the answers and quotes found in them, to the character."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from math import exp, log

import pytest
from digest_reports import ENGLISH, REPORTS
from digests import Trouble, document, printed, squeezed
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import display_of, passages
from index.schema import Document, Passage, Span
from rag.confidence import BEHIND, FUSED, Calibration, candidate_features
from rag.query import Query
from rag.reading.edges import trimmed
from rag.reading.inputs import Pair
from rag.reading.reading import Reading
from rag.reading.windows import LONGEST
from rag.reranker import DEPTH, Reranker
from rag.retriever import Candidate

QUERY = Query("水价是多少？", "zh")


@dataclass(frozen=True)
class Shelf:
    """One document as a collection, as far as a reranker looks at one."""

    only: Document
    passages: tuple[Passage, ...]

    def document(self, key: str) -> Document:
        assert key == self.only.id
        return self.only


class Reads:
    """Reads by a function of the pair, and keeps what it was asked."""

    def __init__(self, reading: Callable[[Pair], Reading]) -> None:
        self.reading, self.asked = reading, []

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        self.asked += pairs
        return [self.reading(pair) for pair in pairs]


def shelf(text: str, **options) -> Shelf:
    read = document(text)
    return Shelf(read, passages(read, **options))


def candidates(fused: Sequence[float]) -> list[Candidate]:
    return [Candidate(row, value, {"lexical": row + 0.5}, 0) for row, value in enumerate(fused)]


def finds(words: str, relevance: float = 1.0) -> Callable[[Pair], Reading]:
    """These words where the window has them, with a chance of a half; else its first character, with one of 1/8."""

    def reading(pair: Pair) -> Reading:
        at = pair.window.find(words)
        if at < 0:
            return Reading(-relevance, Span(0, 1), log(1 / 8), -1.0)
        return Reading(relevance, Span(at, at + len(words)), log(1 / 2), -2.0)

    return reading


def by_first(values: dict[str, float]) -> Callable[[Pair], Reading]:
    """The relevance goes by the window's first character."""
    return lambda pair: Reading(values[pair.window[0]], Span(0, 1), 0.0, 0.0)


THREE = shelf("".join(char * 99 + "。" for char in "甲乙丙"), target=100)


@pytest.mark.parametrize(
    ("share", "rows", "fused"),
    [
        (0.0, [0, 1, 2], [1.0, 0.75, 0.5]),
        (0.5, [2, 1, 0], [0.5 + 0.5 * 4, 0.75 + 0.5 * 1, 1.0 + 0.5 * -2]),
        (0.0625, [0, 1, 2], [1.0 - 0.0625 * 2, 0.75 + 0.0625, 0.5 + 0.0625 * 4]),
    ],
)
def test_the_order_is_by_the_fused_score_and_a_share_of_the_relevance(share, rows, fused) -> None:
    reads = Reads(by_first({"甲": -2.0, "乙": 1.0, "丙": 4.0}))
    found = Reranker(THREE, reads, share).rerank(QUERY, candidates([1.0, 0.75, 0.5]))
    assert [(one.row, one.fused) for one in found] == list(zip(rows, fused, strict=True))
    assert [one.evidence.relevance for one in found] == [{0: -2.0, 1: 1.0, 2: 4.0}[row] for row in rows]
    assert [one.parts["lexical"] for one in found] == [row + 0.5 for row in rows]


def test_equals_keep_their_order() -> None:
    found = Reranker(THREE, Reads(by_first(dict.fromkeys("甲乙丙", 1.0))), 0.5).rerank(QUERY, candidates([0.5] * 3))
    assert [one.row for one in found] == [0, 1, 2]


def test_what_is_not_read_stays_behind_with_the_least_relevance() -> None:
    reads = Reads(by_first({"甲": -2.0, "乙": 4.0}))
    found = Reranker(THREE, reads, 0.5, depth=2).rerank(QUERY, candidates([1.0, 1.0, 1.0]))
    assert [(one.row, one.fused) for one in found] == [(1, 3.0), (0, 0.0), (2, 0.0)]
    assert [one.evidence is None for one in found] == [False, False, True]
    assert [pair.window[0] for pair in reads.asked] == ["甲", "乙"]


def test_of_many_candidates_the_first_are_read() -> None:
    many = shelf("".join(char * 99 + "。" for char in "甲乙丙丁戊己庚辛壬癸"), target=100)
    reads = Reads(lambda pair: Reading(float(ord(pair.window[0])), Span(0, 1), 0.0, 0.0))
    Reranker(many, reads, 0.5).rerank(QUERY, candidates([0.0] * 10))
    assert "".join(pair.window[0] for pair in reads.asked) == "甲乙丙丁戊己庚辛壬癸"[:DEPTH]


def test_without_candidates_nothing_is_read() -> None:
    reads = Reads(finds("水"))
    assert Reranker(THREE, reads, 0.5).rerank(QUERY, []) == []
    assert reads.asked == []


def test_the_reader_sees_the_question_the_context_and_what_is_shown() -> None:
    head, tail = "为了这件事，" * 9 + "水价从三元降到", "两元，" + "大家都说好，" * 9 + "渠道也修好了。"
    read = document(f"湖北：为水修渠\n\n周文海 湖北省水利厅厅长\n\n{head}\n\n- 7 -\n\n{tail}\n")
    (body,) = (passage for passage in passages(read) if "水价" in passage.text)
    reads = Reads(finds("降到两元"))
    (found,) = Reranker(Shelf(read, (body,)), reads, 0.5).rerank(QUERY, candidates([1.0]))
    assert reads.asked == [Pair(QUERY.text, "湖北（Hubei）：为水修渠（湖北省水利厅厅长）", head + tail)]
    assert found.evidence.answer.of(read.text) == "降到\n\n- 7 -\n\n两元"


def evidence(text: str, words: str):
    """What is found in the one passage of this text, whose answer is those words as they are shown."""
    stands = shelf(text)
    assert len(stands.passages) == 1
    (found,) = Reranker(stands, Reads(finds(words)), 0.5).rerank(QUERY, candidates([1.0]))
    return found.evidence, stands.only.text


BEFORE, AFTER = "甲" * 60 + "，", "乙" * 60 + "。"


def test_a_passage_of_one_sentence() -> None:
    found, text = evidence(BEFORE + AFTER, "甲，乙")
    assert found.answer.of(text) == "甲，乙"
    assert found.answer == Span(59, 62)
    assert found.quote.of(text) == BEFORE + AFTER
    assert (found.relevance, found.null) == (1.0, -2.0)
    assert found.certainty == pytest.approx(log(1 / 2) - log(1 + exp(-1.0)))  # the window answers, and with this


def test_an_answer_across_a_break_of_the_layout_and_a_page_number() -> None:
    text = f"{BEFORE[:-1]}\n\n- 7 -\n\n{AFTER}{'丙' * 50}。\n"
    found, source = evidence(text, "甲乙")
    assert found.answer.of(source) == "甲\n\n- 7 -\n\n乙"
    assert found.quote.of(source) == f"{BEFORE[:-1]}\n\n- 7 -\n\n{AFTER}"


def test_an_english_answer_across_lines() -> None:
    line = "The canal that the county has been building for years is"
    found, source = evidence(f"{line}\nready now. It carries water to nine villages and towns.\n", "is ready")
    assert (found.answer.of(source), found.quote.of(source)) == ("is\nready", f"{line}\nready now.")


def test_an_answer_over_two_sentences_is_quoted_with_both() -> None:
    first, second, third = (char * 40 + "。" for char in "甲乙丙")
    found, source = evidence(first + second + third, "甲。乙")
    assert (found.answer.of(source), found.quote.of(source)) == ("甲。乙", first + second)


def test_without_an_answer_the_window_stands_for_it() -> None:
    stands = shelf(BEFORE + AFTER)
    reads = Reads(lambda _: Reading(-3.0, Span(0, 0), -1.0, 0.0))
    (found,) = Reranker(stands, reads, 0.5).rerank(QUERY, candidates([1.0]))
    assert found.evidence.quote.of(stands.only.text) == BEFORE + AFTER
    assert found.evidence.answer.of(stands.only.text) == (BEFORE + AFTER).removesuffix("。")


@pytest.mark.parametrize(
    ("read", "answer"),
    [
        ("54.82%，", "54.82%"),
        ("“春雨”计划", "“春雨”计划"),
        ("春雨”计划，", "春雨”计划"),
        ("”计划，占", "计划，占"),
        ("，“春雨”", "“春雨”"),
    ],
)
def test_no_stop_and_no_lone_quotation_mark_stands_at_the_ends_of_an_answer(read: str, answer: str) -> None:
    found, source = evidence(f"{'甲' * 30}54.82%，“春雨”计划，占{'乙' * 30}。", read)
    assert found.answer.of(source) == answer


def test_the_most_relevant_window_counts_and_the_answer_that_is_worth_most() -> None:
    stands = shelf("".join(char * (LONGEST // 2 - 1) + "。" for char in "甲乙丙"))
    readings = {
        "甲乙": Reading(3.0, Span(0, 1), -5.0, -0.5),  # worth -5 - log(1 + e^-3) = -5.05
        "乙丙": Reading(1.0, Span(0, 1), -0.1, -0.3),  # worth -0.1 - log(1 + e^-1) = -0.41
    }
    reads = Reads(lambda pair: readings[pair.window[0] + pair.window[-2]])
    (found,) = Reranker(stands, reads, 0.5).rerank(QUERY, candidates([1.0]))
    assert found.fused == 1.0 + 0.5 * 3.0
    assert found.evidence.answer == Span(LONGEST // 2, LONGEST // 2 + 1)
    assert found.evidence.quote == Span(LONGEST // 2, LONGEST)
    assert (found.evidence.relevance, found.evidence.null) == (3.0, -0.5)
    assert found.evidence.certainty == pytest.approx(-0.1 - log(1 + exp(-1.0)))


def test_the_answer_is_the_best_in_the_sentence_where_most_of_the_chance_lies() -> None:
    """乙 is the likeliest single answer, but two readings of 甲's sentence are likelier together; and the sentence that
    the question is nearest to has a start.
    """
    stands = shelf("".join(char * 40 + "。" for char in "甲乙"))
    others = ((Span(0, 2), log(0.3)), (Span(3, 5), log(0.28)))
    reads = Reads(lambda _: Reading(9.0, Span(41, 43), log(0.4), -3.0, others))
    for nearest, answer, quote in ((0, Span(0, 2), Span(0, 41)), (1, Span(41, 43), Span(41, 82))):
        asked = [Candidate(0, 1.0, {}, nearest)]  # 0.58 / 0.98 of the chance lies in the first sentence
        (found,) = Reranker(stands, reads, 0.5).rerank(QUERY, asked)
        assert (found.evidence.answer, found.evidence.quote) == (answer, quote)


def test_the_answer_is_the_one_that_agrees_best_with_all_likely_ones() -> None:
    """甲 alone is likeliest, but all other readings begin with it and go on."""
    stands = shelf("甲乙丙丁戊己庚辛。")
    others = ((Span(0, 3), log(0.35)), (Span(0, 5), log(0.1)))
    reads = Reads(lambda _: Reading(9.0, Span(0, 1), log(0.4), -3.0, others))
    (found,) = Reranker(stands, reads, 0.5).rerank(QUERY, candidates([1.0]))
    assert found.evidence.answer == Span(0, 3)
    assert found.evidence.certainty == pytest.approx(log(0.4) - log(1 + exp(-9.0)))


def neat(text: str) -> str:
    kept = trimmed(text, 0, len(text))
    return text[slice(*kept)] if kept else text


troubles = st.builds(
    Trouble,
    displaced=st.none() | st.integers(0, 2),
    cut=st.booleans(),
    wrap=st.sampled_from([None, 24, 36]),
    pages=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
)
orders = st.sampled_from([ENGLISH, *permutations(REPORTS, 3)])


@given(orders, troubles, st.data())
def test_an_answer_is_where_it_was_seen_in_any_layout(reports, trouble, data) -> None:
    stands = shelf(printed(reports, trouble))
    rows = data.draw(st.permutations(range(len(stands.passages))))[:3]
    seen = {}

    def reading(pair: Pair) -> Reading:
        kept = [at for at, char in enumerate(pair.window) if not char.isspace()]
        start = data.draw(st.sampled_from(kept))
        end = data.draw(st.sampled_from([at for at in kept if at >= start])) + 1
        worth = -20 * len(seen)  # the first window of each is worth so much more that no other has a say
        seen[worth] = pair.window[start:end]
        return Reading(0.0, Span(start, end), float(worth), 0.0)

    asked = [Candidate(row, 0.0, {}, 0) for row in rows]
    for found in Reranker(stands, Reads(reading), 0.5).rerank(QUERY, asked):
        passage, text = stands.passages[found.row], stands.only.text
        answer, quote = found.evidence.answer, found.evidence.quote
        assert squeezed(display_of(stands.only, answer)) == squeezed(
            neat(seen[round(found.evidence.certainty + log(2))])
        )
        assert answer.of(text) == answer.of(text).strip()
        assert passage.start <= quote.start <= answer.start < answer.end <= quote.end <= passage.end
        assert quote.start in {sentence.start for sentence in passage.sentences}
        assert quote.end in {sentence.end for sentence in passage.sentences}


scores = st.lists(st.floats(-3, 3), min_size=1, max_size=12)
weights = st.floats(0, 3)


@given(scores, st.data(), weights, weights, st.sampled_from([0.0, 0.1, 1.0]))
def test_a_score_never_contradicts_the_rank(fused, data, of_fused, of_lead, share) -> None:
    relevance = data.draw(st.lists(st.floats(-9, 9), min_size=12, max_size=12))
    many = Shelf(THREE.only, tuple(replace(THREE.passages[0], context=str(row)) for row in range(12)))
    reads = Reads(lambda pair: Reading(relevance[int(pair.context)], Span(0, 1), 0.0, 0.0))
    found = Reranker(many, reads, share).rerank(QUERY, candidates(sorted(fused, reverse=True)))
    assert sorted(one.row for one in found) == list(range(len(fused)))
    calibration = Calibration(weights={FUSED: of_fused, BEHIND: of_lead}, intercept=0.0, threshold=0.5)
    given_scores = [calibration.score(candidate_features(found, at)) for at in range(len(found))]
    assert all(before >= after for before, after in pairwise(given_scores))
    assert all(before.fused >= after.fused for before, after in pairwise(found))
