import re
from dataclasses import replace
from html import unescape

import pytest
from fakes_assistant import DOCUMENTS, STORES, FakeAssistant, citation, document

from index.layout import display
from index.schema import Span
from rag.source_view import Place, open_place, source_view
from rag.strings import Words

HARBOUR, ORCHARD, _ = DOCUMENTS
ZH, EN = Words("zh"), Words("en")


def marks(html):
    return [unescape(re.sub("<[^>]*>", "", mark)) for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL)]


def text_of(html):
    return unescape(re.sub("<[^>]*>", "", html))


def place_of(source, text):
    start = source.text.index(text)
    return Place(source.name, source.sha256, Span(start, start + len(text)))


def test_the_reader_marks_the_place_once_and_exactly():
    html = source_view(HARBOUR, place_of(HARBOUR, STORES), ZH, jump=True)
    assert html.count('<mark id="cited">') == 1
    assert marks(html) == [display(STORES)]
    assert 'data-jump="1"' in html


def test_one_mark_goes_across_paragraphs():
    start, end = HARBOUR.text.index("渔民说"), HARBOUR.text.index("早市每周三")
    html = source_view(HARBOUR, Place(HARBOUR.name, HARBOUR.sha256, Span(start, end)), ZH, jump=False)
    assert marks(html) == ["渔民说，鱼价因此稳住了。码头的另一头开了早市。"]


def test_a_place_across_two_articles_marks_a_piece_in_each():
    start, end = HARBOUR.text.index("头一年"), HARBOUR.text.index("现在还要算")
    html = source_view(HARBOUR, Place(HARBOUR.name, HARBOUR.sha256, Span(start, end)), ZH, jump=False)
    assert marks(html) == ["头一年就有两百户渔民来摆摊。", "西岭林场过去只算木材一笔账。"]
    assert html.count('id="cited"') == 1
    assert html.count('class="cited"') == 1


@pytest.mark.parametrize("text", ["西岭：一棵树算三笔账", "基层来信", "走近渔港看变化"])
def test_a_place_in_a_title_or_in_the_furniture_is_marked_too(text):
    assert marks(source_view(HARBOUR, place_of(HARBOUR, text), ZH, jump=False)) == [text]


def test_the_reader_shows_the_whole_source_under_the_right_titles():
    html = source_view(HARBOUR, None, ZH, jump=False)
    assert "<mark" not in html
    articles = re.findall(r"<article.*?</article>", html, re.DOTALL)
    assert [re.search(r"<h3[^>]*>(.*?)</h3>", article)[1] for article in articles] == [
        "东湾：旧码头的新生意",
        "西岭：一棵树算三笔账",
    ]
    assert "顾春燕" in articles[1]
    assert "顾春燕" not in articles[0]
    ink = "".join(text_of(html).split())
    for block in re.split(r"\n\n", HARBOUR.text):
        assert all(word in ink for word in block.split())


def test_furniture_inside_a_paragraph_is_not_read_as_part_of_it():
    # A running head stands in the middle of the paragraph: "…三座" + "旧冷库".
    plain = document("x.txt", [("title", 0, "题目"), ("body", 0, "三座\n基层来信\n旧冷库。")], ("",))
    at = plain.text.index("基层来信\n")
    cut = replace(plain, furniture=(replace(HARBOUR.furniture[0], span=Span(at, at + 5)),))
    html = source_view(cut, place_of(cut, "三座\n基层来信\n旧冷"), ZH, jump=False)
    assert marks(html)[0] == "三座旧冷"


def test_an_article_link_leads_to_its_heading():
    html = source_view(HARBOUR, Place(HARBOUR.name, HARBOUR.sha256, article=1), ZH, jump=True)
    assert html.count('id="here"') == 1
    assert '<article id="here" data-index="1">' in html


def test_a_citation_url_leads_back_to_its_passage():
    article = ORCHARD.articles[0]
    cited = citation(ORCHARD, article, article.paragraphs[0], article.paragraphs[0], rank=1, score=0.5)
    place = Place.from_url(cited.url)
    assert place == Place("orchard.md", ORCHARD.sha256, article.paragraphs[0])
    assert marks(source_view(ORCHARD, place, EN, jump=False)) == [cited.display_text]


@pytest.mark.parametrize(
    "query",
    ["", "document=", "document=a&start=1", "document=a&end=1", "document=a&start=x&end=2", "document=a&start=2&end=1"],
)
def test_a_link_that_is_none_is_refused(query):
    with pytest.raises(ValueError, match=r"link|int|span"):
        Place.from_url("/?" + query)


def test_links_to_what_is_gone_or_changed_are_answered_kindly():
    assistant = FakeAssistant()

    def opened(place):
        return open_place(assistant, place, EN, jump=True)

    assert "is not in the collection: no.txt" in opened(Place("no.txt"))
    assert "is not in the collection: no.txt" in opened(Place("no.txt", "0" * 64))
    changed = opened(Place("harbour.txt", "0" * 64, Span(0, 5)))
    assert "has changed since the link was made" in changed
    assert "<mark" not in changed
    assert "东湾：旧码头的新生意" in changed
    for where in ({"span": Span(0, 10**9)}, {"span": Span(3, 3)}, {"article": 2}, {"article": -1}):
        assert "the place it names is not in the document" in opened(Place("harbour.txt", **where))
