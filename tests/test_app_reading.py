"""The reader beside the answer: the way through the citations, its two layouts, and what can be copied."""

import datetime
from urllib.parse import quote

import pytest
from fakes_assistant import ATTACK, DOCUMENTS, HOSTILE_TITLE, STORES, FakeAssistant
from page_in_browser import address_fixture, chromium_fixture, cited_link, in_view, short, visit_fixture  # noqa: F401 - fixtures, by name

from index.layout import display

HARBOUR = DOCUMENTS[0]
HOSTILE = DOCUMENTS[2]

pytestmark = pytest.mark.browser


def step_is(page, text):
    page.locator("#source .step").get_by_text(text, exact=True).wait_for()


def current(page):
    return page.locator(".citation[data-current]").evaluate_all("cards => cards.map((card) => card.dataset.rank)")


def clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


def test_the_way_through_the_citations(visit):
    page = visit("/?q=" + quote("冷库"))
    step_is(page, "1 / 5")
    assert current(page) == ["1"]
    previous, following = (
        page.get_by_role("button", name="Previous citation"),
        page.get_by_role("button", name="Next citation"),
    )
    assert previous.is_disabled()
    assert following.get_attribute("aria-keyshortcuts") == "Alt+ArrowDown"
    following.click()
    step_is(page, "2 / 5")
    assert current(page) == ["2"]
    assert page.locator("#cited").inner_text() == page.locator(".citation[data-rank='2'] blockquote").inner_text()
    in_view(page, "#cited")
    # The button is drawn anew and keeps the focus.
    page.wait_for_function("document.activeElement.matches('[data-step=\"1\"]')")
    page.keyboard.press("Alt+ArrowDown")
    step_is(page, "3 / 5")
    page.keyboard.press("Alt+ArrowUp")
    step_is(page, "2 / 5")
    page.locator(".citation[data-rank='5'] .open").click()
    step_is(page, "5 / 5")
    assert following.is_disabled()
    assert page.locator(".citation[data-rank='5'] h3 a").get_attribute("aria-current") == "true"
    # In the question the keys are those of the text.
    page.locator("#question textarea").press("Alt+ArrowUp")
    page.locator("#documents a").first.click()
    step_is(page, "– / 5")
    assert current(page) == []


def test_the_source_as_it_is_printed(visit):
    page = visit("/?q=" + quote("冷库"))
    short(page)
    page.get_by_role("radio", name="As printed").check()
    page.locator("#source .print").wait_for()
    assert page.locator("#source .print").evaluate("found => found.textContent") == HARBOUR.text
    start, end = page.evaluate(
        """() => {
            const mark = document.querySelector("#cited");
            const range = document.createRange();
            range.setStart(document.querySelector("#source .print"), 0);
            range.setEndBefore(mark);
            const before = [...range.toString()].length;
            return [before, before + [...mark.textContent].length];
        }"""
    )
    assert (start, end) == (HARBOUR.articles[0].paragraphs[0].start, HARBOUR.articles[0].paragraphs[0].end)
    assert page.locator("#source .position").inner_text() == f"characters {start}–{end} of {len(HARBOUR.text)}"
    assert STORES in page.locator("#cited").evaluate("found => found.textContent")
    page.wait_for_function("document.activeElement.matches('input[value=print]')")
    # It stays so for the next citation, in another language too.
    page.keyboard.press("Escape")
    page.locator(".citation[data-rank='2'] .open").click()
    step_is(page, "2 / 5")
    assert page.locator("#source .print").count() == 1
    page.locator("#language").get_by_text("中文").click()
    page.get_by_role("radio", name="原样").wait_for()
    assert page.get_by_role("radio", name="原样").is_checked()
    page.get_by_role("radio", name="通读").check()
    page.locator("#source article").first.wait_for()
    assert page.locator("#cited").inner_text() == page.locator(".citation[data-rank='2'] blockquote").inner_text()


def test_citations_are_copied_in_three_forms(visit, address):
    page = visit("/?q=" + quote("冷库"), permissions=["clipboard-read", "clipboard-write"])
    short(page)
    first = page.get_by_role("group", name="Copy citation 1")
    citation = FakeAssistant().ask("冷库").citations[0]
    place = f"{citation.quote.start}–{citation.quote.end}"
    first.get_by_role("button", name="Text").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    assert clipboard(page) == (
        f"“{display(STORES)}”\n—— 林海生 (东湾渔港管理处主任), “东湾：旧码头的新生意”, "
        f"harbour.txt, characters {place}\n{address}{citation.url}"
    )
    first.get_by_role("button", name="Markdown").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('>')")
    assert f"[东湾：旧码头的新生意](<{address}{citation.url}>)" in clipboard(page)
    first.get_by_role("button", name="GB/T 7714").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('林海生. 东湾')")
    assert f"字[{datetime.date.today().isoformat()}]. {address}{citation.url}" in clipboard(page)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('http')")
    assert clipboard(page) == address + citation.url


def test_without_a_clipboard_it_is_copied_all_the_same(visit):
    page = visit("/?q=hostile", permissions=["clipboard-read"])
    short(page)
    page.evaluate("Object.defineProperty(navigator.clipboard, 'writeText', { value: () => Promise.reject() })")
    page.get_by_role("group", name="Copy citation 1").get_by_role("button", name="Text").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    assert clipboard(page).startswith(f"“{ATTACK}”\n—— <b>Eve</b> (<i>office</i>), “{HOSTILE_TITLE}”, {HOSTILE.name}, ")
    page.evaluate("document.execCommand = () => false")
    page.get_by_role("group", name="Copy citation 1").get_by_role("button", name="Text").click()
    page.get_by_role("status").get_by_text("The browser does not allow copying").wait_for()
    assert page.evaluate("window.hacked") is None


def test_a_hostile_source_as_it_is_printed(visit):
    start = HOSTILE.text.index(ATTACK)
    page = visit(cited_link(HOSTILE, start, start + len(ATTACK)))
    page.get_by_role("radio", name="As printed").check()
    page.locator("#source .print").wait_for()
    assert page.locator("#cited").evaluate("found => found.textContent") == ATTACK
    assert page.locator("#source img").count() == 0
    assert page.evaluate("window.hacked") is None


def test_what_a_score_is_made_of(visit):
    page = visit("/?q=" + quote("冷库"))
    short(page)
    card = page.locator(".citation[data-rank='1']")
    assert card.locator(".score summary").inner_text().split() == ["Probability", "93%"]
    assert card.locator(".score dl").is_hidden()
    card.locator(".score summary").click()
    assert [part.inner_text().split()[:2] for part in card.locator(".score dl > div").all()] == [
        ["Meaning", "0.50"],
        ["Words", "1.50"],
        ["Reading", "not"],
    ]


def test_on_a_phone_the_reader_leads_back_to_the_citation(visit):
    page = visit("/?q=" + quote("冷库"), viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    short(page)
    page.locator(".citation[data-rank='3'] .open").click()
    step_is(page, "3 / 5")
    in_view(page, "#cited")
    page.get_by_role("link", name="Back to the citations").click()
    page.wait_for_function("document.activeElement.closest('.citation')?.dataset.rank === '3'")
    page.wait_for_function(
        "(box => box.top >= 0 && box.top < innerHeight)(document.activeElement.getBoundingClientRect())"
    )
