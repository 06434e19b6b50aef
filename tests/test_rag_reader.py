"""The short answer: whole clauses with whole quotation marks, wherever the layout cut the lines."""

import numpy as np
import pytest
from digests import document
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import display_of, passages
from index.encoders.protocol import Vectors
from index.schema import Document, Span
from rag.reader import MAX_ANSWER, MAX_CLAUSES, ClauseReader, quote, runs
from rag.retriever import Candidate

LONG = "这一年里大家看到的变化确实不少，从山里到海边都有人说起这些事情，"  # makes a line that is no title


class Counting(HashEncoder):
    """Keeps what it was given to compare."""

    def __init__(self) -> None:
        super().__init__(256)
        self.seen: list[str] = []

    def embed_passages(self, texts: list[str]) -> Vectors:
        self.seen += texts
        return super().embed_passages(texts)


def answer(text: str, question: str, quoted: str | None = None, encoder: HashEncoder | None = None) -> str:
    """The short answer out of `quoted` (default: all of the first paragraph) of a document with this text."""
    read = document(f"测试报告\n\n{text}\n")
    start = read.text.index(quoted if quoted is not None else text)
    span = Span(start, start + len(quoted if quoted is not None else text))
    encoder = encoder or HashEncoder(256)
    found = ClauseReader(encoder).short_answer(encoder.embed_queries([question])[0], span, read)
    assert span.start <= found.start < found.end <= span.end
    return found.of(read.text)


def shown_runs(read: Document, span: Span) -> list[str]:
    return [display_of(read, run) for run in runs(span, read)]


def runs_of(text: str) -> list[str]:
    """What may be answered with, out of a first paragraph."""
    read = document(f"测试报告\n\n{text}\n")
    start = read.text.index(text)
    return shown_runs(read, Span(start, start + len(text)))


def test_the_quote_is_the_candidates_sentence() -> None:
    read = document("测试报告\n\n第一句话说了水价。第二句话说了渠道。\n")
    passage = next(p for p in passages(read) if len(p.sentences) == 2)
    assert quote(passage, Candidate(0, 0.0, {}, 1)).of(read.text) == "第二句话说了渠道。"


def test_the_nearest_clauses_answer() -> None:
    text = "渠道在年初开始修建，单箱平均在港时间由31小时降到19小时，拖车空驶率下降12个百分点。"
    assert answer(text, "单箱平均在港时间由多少小时降到多少？") == "单箱平均在港时间由31小时降到19小时"


def test_a_short_quote_is_the_answer_without_its_stops() -> None:
    assert answer("水价分成三档。", "anything") == "水价分成三档"


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [
        ("“把渠修好。”", "“把渠修好。”"),
        ("把渠修好。”", "把渠修好"),
        ("“把渠修好，", "把渠修好"),
        ("（见附件）渠修好了。", "（见附件）渠修好了"),
        ("渠修好了（见附件。", "渠修好了（见附件"),
        ("）渠修好了。", "渠修好了"),
        ("《水法》说的是渠。", "《水法》说的是渠"),
        ("。。。", "。。。"),
    ],
)
def test_the_ends_of_a_short_quote(text: str, trimmed: str) -> None:
    assert answer(f"前面有一句很长的话用来成段落{text}后面还有。", "渠", text) == trimmed


def test_quotation_marks_and_brackets_are_whole() -> None:
    found = runs_of(LONG + "全省推行“县里聘、乡里管、村里用”的办法（先试点，后推开），责任写进了《合同》。")
    assert "全省推行“县里聘、乡里管、村里用”的办法（先试点，后推开）" in found
    assert "县里聘、乡里管" in found
    for run in found:
        assert run[0] not in "，。、：”）》"
        assert run[-1] not in "，。、：“（《"
        for pair in ("“”", "（）", "《》"):
            assert run.count(pair[0]) == run.count(pair[1]), run


@pytest.mark.parametrize("number", ["2,400", "12:30", "1,234,567.8"])
def test_a_number_is_one_clause(number: str) -> None:
    text = f"Losses were high at first, the board paid {number} for the pumps, and nobody complained about that."
    assert answer(text, f"the board paid {number} for the pumps").count(number) == 1
    found = [run for run in runs_of(text) if number[:2] in run]
    assert found
    assert all(number in run for run in found)


def test_a_break_of_the_layout_is_no_end_of_a_clause() -> None:
    text = LONG + "帮助科技企业获得的融\n\n资累计已经突破两千亿元，银行也满意。"
    found = answer(text, "企业获得的融资累计突破多少？")
    assert "帮助科技企业获得的融\n\n资累计已经突破两千亿元" in found
    assert "资累计已经突破两千亿元" not in runs_of(text)
    assert "帮助科技企业获得的融资累计已经突破两千亿元" in runs_of(text)


def test_a_new_paragraph_is_the_end_of_a_clause() -> None:
    read = document(
        "测试报告\n\n一、主要做法和经验体会\n\n今年全市新修了渠道四百公里，老的渠道也都清了淤，水流得比从前快。\n"
    )
    found = shown_runs(read, Span(read.text.index("一、"), len(read.text.rstrip())))
    assert "今年全市新修了渠道四百公里" in found
    assert not any("体会" in run and "今年" in run for run in found)


def test_furniture_inside_a_quote_is_not_read() -> None:
    read = document(
        "测试报告\n\n" + LONG + "各县的渠道在年底之前都要修\n\n- 12 -\n\n好，管渠的人从明年起按月领工钱，再也不欠。\n"
    )
    assert [mark.span.of(read.text).strip() for mark in read.furniture] == ["- 12 -"]
    found = shown_runs(read, Span(read.text.index(LONG), len(read.text.rstrip())))
    assert "各县的渠道在年底之前都要修好" in found
    assert not any("12" in run for run in found)


def test_no_run_is_longer_than_an_answer() -> None:
    found = runs_of("，".join(["今年全市新修了渠道四百公里"] * 12) + "。")
    assert max(map(len, found)) == 4 * 13 + 3  # four clauses with commas: 55, five would be 69
    assert MAX_ANSWER == 60


def test_one_clause_that_is_too_long_is_the_answer_as_a_whole() -> None:
    text = "今年全市新修了渠道四百公里并且把老渠道都清了淤" * 4
    assert answer(f"{text}。", "渠道") == text


def test_each_clause_is_embedded_once() -> None:
    encoder = Counting()
    answer("今年全市新修了渠道四百公里，老的渠道也都清了淤，水流得比从前快。", "渠道", encoder=encoder)
    assert encoder.seen == ["今年全市新修了渠道四百公里，", "老的渠道也都清了淤，", "水流得比从前快。"]


def test_a_list_of_hundreds_is_cut_into_few_pieces() -> None:
    encoder = Counting()
    found = answer("、".join(f"品{n % 10}" for n in range(160)) + "。", "品", encoder=encoder)
    assert len(encoder.seen) == 23  # seven at a time
    assert len(encoder.seen) <= MAX_CLAUSES
    assert len(found) <= MAX_ANSWER


def test_a_quote_is_embedded_once_and_answers_the_same() -> None:
    read = document(f"测试报告\n\n{LONG}渠修好了，水来了。\n")
    span = Span(read.text.index(LONG), len(read.text.rstrip()))
    encoder = Counting()
    question = encoder.embed_queries(["水来了吗"])[0]
    reader = ClauseReader(encoder)
    first = reader.short_answer(question, span, read)
    clauses = list(encoder.seen)
    assert clauses
    assert reader.short_answer(question, span, read) == first
    assert encoder.seen == clauses


def test_the_quotes_of_longest_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.reader.REMEMBERED", 1)
    read = document(f"测试报告\n\n{LONG}渠修好了，水来了。\n")
    start = read.text.index(LONG)
    spans = Span(start, start + len(LONG)), Span(start, len(read.text.rstrip()))
    encoder = Counting()
    reader = ClauseReader(encoder)
    asked = []
    for span in (spans[0], spans[1], spans[0]):
        encoder.seen.clear()
        reader.short_answer(np.ones(256, np.float32), span, read)
        asked.append(len(encoder.seen))
    assert asked == [2, 4, 2]


def test_the_question_is_not_embedded_again() -> None:
    class NoQueries(HashEncoder):
        def embed_queries(self, texts):
            raise AssertionError("the question has its vector")

    read = document(f"测试报告\n\n{LONG}渠修好了，水来了。\n")
    span = Span(read.text.index(LONG), len(read.text.rstrip()))
    assert len(ClauseReader(NoQueries()).short_answer(np.ones(64, np.float32), span, read)) > 1


@given(st.text("“”（）《》，。：,: \n渠水aé7🌾", min_size=1, max_size=120).filter(str.strip), st.data())
def test_any_quote_has_an_answer_inside(text: str, data: st.DataObject) -> None:
    read = document(f"测试报告\n\n开头的一句话很长用来站住脚跟。{text}完。\n")
    start = data.draw(st.integers(0, len(read.text) - 1))
    end = data.draw(st.integers(start + 1, len(read.text)))
    encoder = HashEncoder()
    found = ClauseReader(encoder).short_answer(encoder.embed_queries(["渠水"])[0], Span(start, end), read)
    assert start <= found.start < found.end <= end
    assert found.of(read.text) == read.text[found.start : found.end]
