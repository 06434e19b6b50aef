import re
from html import unescape
from html.parser import HTMLParser

from fakes_assistant import ATTACK, DOCUMENTS, document
from hypothesis import given
from hypothesis import strategies as st

from index.schema import Span
from rag.print_view import print_view
from rag.source_view import Layout, Place, source_view
from rag.strings import Words

HARBOUR, _, HOSTILE = DOCUMENTS


def text_of(html):
    return unescape(re.sub("<[^>]*>", "", html))


def test_every_character_stands_where_it_stands_in_the_source():
    start = HARBOUR.text.index("每天能存")
    html = print_view(HARBOUR, Span(start, start + 11), None)
    assert text_of(html) == HARBOUR.text
    before, marked, _ = re.split('<mark id="cited">|</mark>', html)
    assert text_of(before) == HARBOUR.text[:start]
    assert marked == "每天能存\n\n六十吨鱼。"


def test_an_article_is_found_at_its_title():
    before, after = print_view(HARBOUR, None, 1).split('<span id="here"></span>')
    assert after.startswith("西岭：一棵树算三笔账\n\n基层来信")
    assert text_of(before) == HARBOUR.text[: HARBOUR.text.index("西岭：一棵")]


def test_hostile_text_stays_text():
    html = print_view(HOSTILE, None, None)
    assert text_of(html) == HOSTILE.text
    assert "<img" not in html
    start = HOSTILE.text.index(ATTACK)
    marked = print_view(HOSTILE, Span(start, start + len(ATTACK)), None)
    assert text_of(marked.split('<mark id="cited">')[1].split("</mark>")[0]) == ATTACK


def test_the_reader_shows_either():
    place = Place(HARBOUR.name, HARBOUR.sha256, Span(0, 5))
    printed = source_view(HARBOUR, place, Words("en"), jump=False, layout=Layout.PRINT)
    assert 'value="print" checked' in printed
    assert '<div class="print" lang="zh"><mark id="cited">走近渔港看</mark>变化\n\n东湾' in printed
    assert "<article" not in printed
    assert f"characters 0–5 of {len(HARBOUR.text)}" in printed
    repaired = source_view(HARBOUR, place, Words("en"), jump=False)
    assert 'value="repaired" checked' in repaired
    assert "<article" in repaired


class Reads(HTMLParser):
    """The text of a page, as a browser reads it."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text = ""

    def handle_data(self, data):
        self.text += data


@given(st.text(st.sampled_from("a汉<&\"'\r\n\t \u3000]>;#13"), min_size=1, max_size=60), st.data())
def test_any_text_is_read_back(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    whole = document("x.txt", [("body", 0, text)], (None,))
    reader = Reads()
    reader.feed(print_view(whole, Span(start, end), None))
    reader.close()
    assert reader.text == whole.text
