"""Asking and reading on the page."""

import socket
import threading
from urllib.parse import quote, urlencode

import pytest
from fakes_assistant import ATTACK, DOCUMENTS, HOSTILE_TITLE, STORES, STOVES, FakeAssistant, FakeCollection, document
from page_in_browser import address_fixture, ask, chromium_fixture, cited_link, in_view, served, short, visit_fixture  # noqa: F401 - fixtures, by name

from index.layout import display

HOSTILE = DOCUMENTS[2]

pytestmark = pytest.mark.browser


def test_a_question_in_chinese(visit):
    page = visit(locale="zh-CN")
    assert page.locator("#ask").inner_text() == "提问"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    ask(page, "冷库每天能存多少鱼？")
    assert short(page) == "六十吨"
    assert page.locator("#citations .citation").count() == 5
    assert page.locator(".citation[data-rank='1'] mark").inner_text() == display(STORES)
    assert "林海生" in page.locator("#answer .place").inner_text()
    # The first citation is open beside.
    assert page.locator("#source #cited").inner_text().startswith("东湾渔港有四十年没有大修。")


def test_a_question_in_english_by_the_enter_key(visit):
    page = visit()
    assert page.locator("#ask").inner_text() == "Ask"
    assert page.evaluate("document.documentElement.lang") == "en"
    ask(page, "How many stoves burn?", key="Enter")
    assert short(page) == "90"
    assert page.locator(".citation[data-rank='1'] mark").inner_text() == display(STOVES)
    # The address leads back to this question.
    page.wait_for_function("location.search.includes('stoves')")
    page.reload()
    assert short(page) == "90"


def test_the_address_asks_at_once(visit):
    page = visit("/?q=" + quote("早市哪天开？"))
    assert short(page) == "每周三"
    assert page.locator("#question textarea").input_value() == "早市哪天开？"


def test_an_example_asks_itself(visit):
    page = visit()
    page.locator("#examples button").first.click()
    page.locator("#answer .answer").wait_for()
    assert page.locator("#question textarea").input_value() == "What did Dongwan do?"
    assert page.locator("#answer .asked").inner_text() == "What did Dongwan do?"


def test_no_answer_and_no_question_are_said_kindly(visit):
    page = visit()
    ask(page, "What is the moon made of?")
    assert page.locator("#answer .short.none").inner_text() == "Not in these documents"
    ask(page, "   ")
    assert page.locator("#answer .notice").inner_text() == "Write a question first."
    ask(page, "crash")
    page.get_by_text("Something went wrong").wait_for()
    assert "secret" not in page.locator("#answer").inner_text()


def test_a_citation_opens_in_the_reader_and_is_a_link(visit):
    page = visit("/?q=" + quote("冷库"))
    short(page)
    page.evaluate("window.samePage = true")
    third = page.locator(".citation[data-rank='3']")
    link = third.locator("h3 a")
    passage = third.locator("blockquote").inner_text()
    url = link.get_attribute("href")
    link.click()
    page.wait_for_function("text => document.querySelector('#cited')?.innerText === text", arg=passage)
    in_view(page, "#cited")
    assert page.evaluate("window.samePage") is True
    other = visit(url)
    assert other.locator("#cited").inner_text() == passage


def test_a_deep_link_scrolls_the_reader_to_the_place(chromium, visit):
    # A document longer than the window, cited at its end.
    lines = [("title", 0, "很长的报告"), *(("body", 0, f"第{n}段。" + "海" * 120 + "。") for n in range(60))]
    long = document("long.txt", lines, ("海",))

    class Assistant(FakeAssistant):
        collection = FakeCollection((long,))

    start = long.text.index("第55段")
    with served(Assistant.open) as base:
        for size in ({"width": 1280, "height": 800}, {"width": 390, "height": 800}):
            page = visit(cited_link(long, start, start + 20), base=base, viewport=size)
            assert page.locator("#cited").inner_text() == long.text[start : start + 20]
            in_view(page, "#cited")


def test_a_link_to_an_article_opens_it(visit):
    page = visit()
    page.locator("#documents a").nth(2).click()
    page.locator("#source #here h3").get_by_text("Frost nights").wait_for()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"document": "no.txt", "sha256": "0" * 64, "start": 0, "end": 3}, "is not in the collection: no.txt"),
        ({"document": "harbour.txt", "sha256": "0" * 64, "start": 0, "end": 3}, "has changed since"),
        ({"document": "harbour.txt", "start": "x", "end": 3}, "This link is incomplete"),
        ({"document": "harbour.txt", "start": 0, "end": 999_999}, "This link is incomplete"),
    ],
)
def test_a_bad_link_is_a_notice(visit, query, said):
    page = visit("/?" + urlencode(query))
    page.locator("#source .notice").get_by_text(said).wait_for()
    ask(page, "冷库")
    assert short(page) == "六十吨"


def test_hostile_text_is_shown_and_not_run(visit):
    page = visit("/?q=" + quote("hostile <img src=x onerror=\"window.hacked='question'\">"))
    assert short(page) == "${alert(1)}"
    assert page.locator(".citation[data-rank='1'] mark").inner_text() == ATTACK
    assert page.locator(".citation[data-rank='1'] h3").inner_text() == HOSTILE_TITLE
    assert page.locator("#source .pages h3").inner_text() == HOSTILE_TITLE
    assert HOSTILE.name in page.locator("#documents").inner_text()
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None


def test_the_page_is_up_before_the_models(chromium):
    release = threading.Event()

    def load():
        release.wait(20)
        return FakeAssistant()

    with served(load) as base:
        page = chromium.new_page(locale="en-GB")
        page.goto(base + "/?q=stoves")
        page.locator("#documents").get_by_text("Loading the models").wait_for()
        assert page.locator("#question textarea").input_value() == "stoves"
        release.set()
        assert short(page) == "90"
        page.close()


def test_a_server_that_goes_away_and_comes_back(visit):
    def asked(question):
        page.locator("#answer .asked").get_by_text(question, exact=True).wait_for()

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with served(port=port) as base:
        page = visit("/?q=stoves", base=base, silent=False)
        assert short(page) == "90"
    page.evaluate("digestQA.look()")  # as it does every few seconds
    page.get_by_role("alert").get_by_text("The server does not answer").wait_for()
    ask(page, "早市哪天开？")
    with served(port=port):
        asked("早市哪天开？")  # without a hand on the page
        assert short(page) == "每周三"
        assert page.locator(".away").is_hidden()
        ask(page, "冷库")
        asked("冷库")
        page.locator("#question textarea").fill("half a question")
    page.evaluate("digestQA.look()")
    page.locator(".away strong").wait_for()
    with served(port=port):
        page.locator(".away").wait_for(state="hidden")
        page.wait_for_function("document.querySelector('#question textarea')?.value === 'half a question'")
        asked("冷库")
