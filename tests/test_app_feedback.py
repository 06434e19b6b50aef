"""Verdicts on the page: a button is pressed, pressed again, and what was said is downloaded as gold."""

import json
from urllib.parse import quote

import pytest
from fakes_assistant import DOCUMENTS, STORES
from page_in_browser import address_fixture, ask, chromium_fixture, served, short, visit_fixture  # noqa: F401 - fixtures, by name

from rag.feedback import Feedback

pytestmark = pytest.mark.browser

HARBOUR = DOCUMENTS[0]
QUESTION = "冷库每天能存多少鱼？"


@pytest.fixture(name="base")
def base_fixture(tmp_path):
    with served(store=tmp_path) as url:
        yield url


def pressed(page, rank):
    """The verdicts whose buttons are down at a citation."""
    buttons = page.locator(f".citation[data-rank='{rank}'] .feedback button[aria-pressed=true]")
    return buttons.evaluate_all("buttons => buttons.map((each) => each.dataset.verdict)")


def press(page, rank, verdict, *, down=True):
    group = f".citation[data-rank='{rank}'] .feedback"
    page.locator(f"{group} button[data-verdict={verdict}]").click()
    page.locator(
        f"{group}:not([aria-busy]) button[data-verdict={verdict}][aria-pressed={str(down).lower()}]"
    ).wait_for()


def test_verdicts_are_kept_changed_taken_back_and_exported(base, visit, tmp_path):
    page = visit("/?q=" + quote(QUESTION), base=base)
    short(page)
    assert not page.locator("#feedback .export").is_visible()
    assert "are sent nowhere" in page.locator("#feedback").inner_text()
    press(page, 1, "wrong")
    press(page, 2, "wrong")
    assert page.locator("#feedback [data-shown-count]").inner_text() == (
        "questions to export: 0 (marks: 2, questions left out: 1)"
    )
    press(page, 1, "right")
    assert (pressed(page, 1), pressed(page, 2), pressed(page, 3)) == (["right"], ["wrong"], [])
    press(page, 2, "wrong", down=False)
    assert pressed(page, 2) == []
    assert page.locator("#feedback [data-shown-count]").inner_text() == (
        "questions to export: 1 (marks: 1, questions left out: 0)"
    )
    (kept,) = Feedback(tmp_path).verdicts()
    start = HARBOUR.text.index(STORES)
    assert (kept.question, kept.verdict, kept.rank, kept.generation, kept.mode) == (QUESTION, "right", 1, 7, "fast")
    assert (kept.document, kept.quote.start, kept.quote.end) == ("harbour.txt", start, start + len(STORES))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a gold set").click()
    (line,) = download.value.path().read_text("utf-8").splitlines()
    assert json.loads(line)["evidence"] == [{"start": start, "end": start + len(STORES)}]
    # In another language and after a reload the buttons show what this visitor said.
    page.locator("#language").get_by_text("中文").click()
    page.locator("#feedback h2").get_by_text("反馈").wait_for()
    assert pressed(page, 1) == ["right"]
    page.reload()
    short(page)
    page.locator(".citation[data-rank='1'] .feedback [aria-pressed=true]").wait_for()
    assert pressed(page, 1) == ["right"]
    # Another visitor is asked for an opinion of their own.
    other = visit("/?q=" + quote(QUESTION), base=base)
    short(other)
    assert pressed(other, 1) == []


def test_buttons_are_named_and_reached_by_the_keyboard(base, visit):
    page = visit("/?q=stoves", base=base)
    short(page)
    group = page.locator(".citation[data-rank='1']").get_by_role("group", name="Is this the right passage?")
    group.get_by_role("button", name="Right passage").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.verdict") == "wrong"
    page.keyboard.press("Enter")
    group.get_by_role("button", name="Wrong passage", pressed=True).wait_for()
    assert page.evaluate("document.activeElement.dataset.verdict") == "wrong"


def test_a_hostile_question_and_document_are_kept_as_text(base, visit, tmp_path):
    question = "hostile <img src=x onerror=\"window.hacked='question'\"> '&quot;"
    page = visit("/?q=" + quote(question), base=base)
    short(page)
    press(page, 1, "right")
    (kept,) = Feedback(tmp_path).verdicts()
    assert (kept.question, kept.document) == (question, DOCUMENTS[2].name)
    assert page.evaluate("window.hacked") is None


def test_what_went_wrong_is_said_beside_the_buttons(base, visit, tmp_path):
    page = visit("/?q=stoves", base=base, allow="Failed to load resource")
    short(page)
    page.route("**/feedback", lambda route: route.abort())
    page.locator(".citation[data-rank='1'] .feedback button").first.click()
    page.locator(".feedback .problem").get_by_text("The server cannot be reached.").wait_for()
    assert pressed(page, 1) == []
    page.unroute_all()
    press(page, 1, "right")
    assert page.locator(".feedback .problem").count() == 0
    # A store that cannot be written.
    (tmp_path / "feedback" / "feedback.jsonl").unlink()
    (tmp_path / "feedback" / "feedback.jsonl").mkdir()
    page.locator(".citation[data-rank='2'] .feedback button").first.click()
    page.locator(".feedback .problem").get_by_text("feedback.jsonl cannot be written").wait_for()
