import re
from dataclasses import replace
from html import unescape

from fakes_assistant import DOCUMENTS, HOSTILE_NAME, HOSTILE_TITLE

from rag.examples import region_name
from rag.options_view import MOST_CHOICES, article_key, options
from rag.settings import Mode
from rag.strings import Words

ZH, EN = Words("zh"), Words("en")


def boxes(html, kind):
    found = re.findall(rf'data-kind="{kind}" value="([^"]*)"><span dir="auto">(.*?)</span>', html)
    return [(unescape(value), unescape(label)) for value, label in found]


def test_what_the_collection_holds_can_be_chosen():
    html = options(DOCUMENTS, EN, Mode.BEST)
    assert boxes(html, "region") == [("东湾", "Dongwan"), ("西岭", "Xiling"), ("Alder valley", "Alder valley")]
    assert boxes(html, "document")[:2] == [("harbour.txt", "harbour.txt"), ("orchard.md", "orchard.md")]
    assert boxes(html, "article")[:2] == [
        ("0@harbour.txt", "东湾：旧码头的新生意"),
        ("1@harbour.txt", "西岭：一棵树算三笔账"),
    ]
    assert boxes(html, "article")[-1] == (article_key(DOCUMENTS[2], 0), HOSTILE_TITLE)
    assert boxes(options(DOCUMENTS, ZH, Mode.BEST), "region")[0] == ("东湾", "东湾")


def test_hostile_names_stay_in_their_attributes():
    html = options(DOCUMENTS, EN, Mode.BEST)
    assert boxes(html, "document")[2] == (HOSTILE_NAME, HOSTILE_NAME)
    assert "<img" not in html
    assert "<script" not in html


def test_an_empty_collection_says_so():
    html = options((), EN, Mode.BEST)
    assert "nothing to choose from yet" in html
    assert "<fieldset><legend>" not in html


def test_of_a_large_collection_some_can_be_chosen():
    many = [replace(DOCUMENTS[1], name=f"{n}.md", articles=()) for n in range(MOST_CHOICES + 7)]
    html = options(many, EN, Mode.BEST)
    assert len(boxes(html, "document")) == MOST_CHOICES
    assert "7 more; the API can name them." in html


def test_five_passages_and_the_mode_of_the_server_are_chosen():
    html = options(DOCUMENTS, EN, Mode.FAST)
    assert re.findall(r"<option selected>(\d+)", html) == ["5"]
    assert re.findall(r"<option[^>]*>(\d+)", html) == [str(n) for n in range(1, 21)]
    assert re.findall(r'value="(\w+)" checked', html) == ["fast"]
    assert 'data-mode="fast" data-passages="5"' in html


def test_a_region_as_each_language_writes_it():
    assert region_name("青岛", ZH) == "青岛"
    assert region_name("青岛", EN) == "Qingdao"
    assert region_name("Alder valley", EN) == "Alder valley"
