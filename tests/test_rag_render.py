import re
from html import unescape

import pytest
from fakes_assistant import ATTACK, DOCUMENTS, HOSTILE_TITLE, STORES, FakeAssistant
from hypothesis import given
from hypothesis import strategies as st

from index.errors import QuestionInvalid
from index.layout import display
from index.schema import Span
from rag import render
from rag.answer import Written, WrittenSentence
from rag.answer_view import answer_card, welcome
from rag.citation_view import citation_cards, citation_skeletons
from rag.document_view import Shelf, document_list
from rag.examples import example_chips, example_questions
from rag.shown_text import shown_span
from rag.source_view import Place, source_view
from rag.strings import LANGUAGES, TABLE, Words, preferred_language

HARBOUR, ORCHARD, HOSTILE = DOCUMENTS
ZH, EN = Words("zh"), Words("en")


def ask(question, **changes):
    return FakeAssistant().ask(question).model_copy(update=changes)


def marks(html):
    return [unescape(re.sub("<[^>]*>", "", mark)) for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL)]


def test_shown_span_counts_over_a_layout_break():
    text, shown = "小冷库，每天能存\n\n六十吨鱼。", "小冷库，每天能存六十吨鱼。"
    assert shown_span(text, shown, text.index("能存"), text.index("鱼")) == (6, 11)
    assert shown[6:11] == "能存六十吨"


def test_shown_span_keeps_the_blank_that_a_break_becomes():
    text, shown = "lost half\nof their apples", "lost half of their apples"
    assert shown_span(text, shown, 5, 12) == (5, 12)
    assert shown[5:12] == "half of"


def test_shown_span_finds_a_quote_behind_furniture_that_is_not_shown():
    text, shown = "一年来\n\n第3版 要闻\n\n全市新增企业九家。", "一年来全市新增企业九家。"
    assert shown_span(text, shown, text.index("全市"), len(text)) == (3, 12)
    assert shown_span(text, shown, 0, len(text)) == (0, 12)
    assert shown_span(text, shown, text.index("第3"), text.index("全市")) == (0, 0)


def test_shown_span_leaves_white_space_at_its_ends_out():
    assert shown_span("a\n\nb", "a b", 1, 4) == (2, 3)
    assert shown_span("a\n\nb", "a b", 1, 3) == (0, 0)


@given(st.text(alphabet="ab汉字。 \n\u3000\r", max_size=40), st.data())
def test_shown_span_marks_the_same_ink(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = display(text)
    first, last = shown_span(text, shown, start, end)
    assert "".join(shown[first:last].split()) == "".join(text[start:end].split())


def test_the_quote_is_marked_exactly_across_layout_breaks():
    html = citation_cards(ask("冷库"), ZH)
    assert marks(html)[0] == "去年，管理处把三座旧冷库拆掉，换成集装箱式的小冷库，每天能存六十吨鱼。"
    assert marks(html)[0] == display(STORES)
    assert "没有大修。<mark>去年" in html
    assert "六十吨鱼。</mark>渔民说" in html


def test_citation_cards_carry_rank_score_people_and_link():
    answer = ask("冷库")
    html = citation_cards(answer, ZH)
    assert re.findall(r'class="citation card" data-rank="(\d+)"', html) == ["1", "2", "3", "4", "5"]
    first = html.split("</article>")[0]
    assert "<b>93%</b>" in first
    assert "林海生 <small>东湾渔港管理处主任</small>" in first
    assert '<span class="region" lang="zh">东湾</span>' in first
    assert f'href="{answer.citations[0].url.replace("&", "&amp;")}" data-open' in first
    assert "引文" in html


def test_an_answer_gives_its_words_its_citation_and_how_sure():
    html = answer_card(ask("冷库"), ZH)
    assert '<span class="text" lang="zh">六十吨</span><a class="number"' in html
    assert 'aria-valuenow="93"' in html
    assert "93% · 很有把握" in html
    assert "用时 0.04 秒" in html
    assert '<span lang="zh">中文</span>' in html


@pytest.mark.parametrize(("confidence", "level"), [(0.8, "high"), (0.79, "medium"), (0.5, "medium"), (0.49, "low")])
def test_confidence_in_words(confidence, level):
    html = answer_card(ask("冷库", confidence=confidence), EN)
    assert f"{round(confidence * 100)}% · {TABLE[f'confidence.{level}']['en']}" in html


def test_an_answer_cut_by_the_layout_is_shown_whole():
    start = HARBOUR.text.index("存\n\n六十吨")
    answer = ask("冷库")
    short = answer.answer.model_copy(update={"start": start, "end": start + 6, "text": "存\n\n六十吨"})
    assert ">存六十吨</span>" in answer_card(answer.model_copy(update={"answer": short}), ZH)


def test_an_answer_outside_every_citation_has_no_number():
    html = answer_card(ask("冷库", citations=[]), ZH)
    assert "data-open" not in html
    assert ">六十吨</span>" in html
    assert citation_cards(ask("冷库", citations=[]), ZH) == ""


def written(notice, *sentences):
    said = [WrittenSentence(text=text, citations=list(ranks), supported_by=[]) for text, *ranks in sentences]
    record = Written(text="", sentences=said, dropped=0, model="small <b>", notice=notice)
    return ask("冷库", written=record)


def test_what_a_model_wrote_stands_under_the_answer_with_its_citations():
    html = answer_card(written(None, ("冷库每天存六十吨鱼。", 1), ("Prices <i>held</i>.", 1, 3, 9)), EN)
    block = html.split('<div class="written">')[1].split("</div>")[0]
    assert re.sub("<[^>]*>", "", block) == (
        "冷库每天存六十吨鱼。1 Prices &lt;i&gt;held&lt;/i&gt;.13Written by small &lt;b&gt; from the citations"
    )
    assert block.count("data-open") == 3
    assert html.index('class="short"') < html.index('class="written"') < html.index('class="place"')


def test_a_model_that_wrote_nothing_is_spoken_of():
    html = answer_card(written("The writer did not answer in time <b>"), EN)
    assert '<div class="written"><p class="remark">The writer did not answer in time &lt;b&gt;</p></div>' in html
    assert 'class="written"' not in answer_card(ask("冷库"), EN)


def test_the_welcome_and_the_skeletons_speak_both_languages():
    assert "问一问这些文件" in welcome(ZH)
    assert "Ask these documents" in welcome(EN)
    assert citation_skeletons(ZH).count("citation card waiting") == 3
    assert "data-rank" not in citation_skeletons(ZH)


def test_no_answer_is_said_with_the_reason():
    answer = ask("moon")
    html = answer_card(answer, EN)
    assert "Not in these documents" in html
    assert "no passage speaks of this" in html
    assert "The closest passages" in citation_cards(answer, EN)
    assert "这些文件中没有找到答案" in answer_card(answer, ZH)


def test_hostile_text_stays_text():
    answer = ask("hostile <script>window.hacked=1</script>")
    start = HOSTILE.text.index(ATTACK)
    attack = Span(start, start + len(ATTACK))
    everything = "".join(
        [
            answer_card(answer, EN),
            citation_cards(answer, EN),
            document_list(Shelf(DOCUMENTS), EN),
            example_chips(example_questions(DOCUMENTS, EN), EN),
            source_view(HOSTILE, Place(HOSTILE.name, HOSTILE.sha256, attack), EN, jump=True),
            render.failure(QuestionInvalid("<img src=x>", "</div>"), EN),
        ]
    )
    assert "<script" not in everything
    assert "<img" not in everything
    assert "<b>Eve" not in everything
    # No attribute value is left early: outside of tags there is no bare bracket, inside them quotes come in pairs.
    for tag in re.findall(r"<[^>]*>", everything):
        assert tag.count('"') % 2 == 0
        assert "<" not in tag[1:]
    assert marks(source_view(HOSTILE, Place(HOSTILE.name, HOSTILE.sha256, attack), EN, jump=True)) == [ATTACK]


def test_examples_come_from_the_collection_and_none_twice():
    assert example_questions(DOCUMENTS[:2], ZH) == (
        "东湾有哪些做法？",
        "西岭取得了哪些成效？",
        "Alder valley有哪些做法？",
    )
    assert example_questions((HARBOUR, HARBOUR), EN) == (
        "What did Dongwan do?",
        "What has Xiling achieved?",
    )
    assert example_questions((HOSTILE,), EN) == (f"What does “{HOSTILE_TITLE}” report?",)
    assert example_questions((), EN) == ()
    assert example_chips((), EN) == ""


def test_every_string_is_there_in_every_language():
    for key, row in TABLE.items():
        assert sorted(row) == sorted(LANGUAGES), key
        assert all(row.values()), key
        places = {language: sorted(re.findall(r"{(\w+)}", text)) for language, text in row.items()}
        assert len({tuple(names) for names in places.values()}) == 1, key


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr,en;q=0.5,zh;q=0.7", "zh"),
        ("de-DE", "en"),
        ("en;q=oops,zh", "zh"),
        ("ZH-hant", "zh"),
    ],
)
def test_the_first_of_our_languages_that_the_browser_likes(header, language):
    assert preferred_language(header) == language
    assert Words("xx").language == "en"
