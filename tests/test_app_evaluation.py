"""The evaluation on the page: its newest report, a run and its progress, for every visitor."""

import re

import pytest
from fakes_evaluation import SteppedEvaluator, write_report
from page_in_browser import address_fixture, ask, chromium_fixture, served, short, visit_fixture  # noqa: F401 - fixtures, by name

from index.errors import GoldInvalid

pytestmark = pytest.mark.browser

PROGRESS = "#evaluation [role=progressbar]"
SCORE = "#evaluation .scores td >> nth=0"


@pytest.fixture(name="evaluate")
def evaluate_fixture():
    return SteppedEvaluator()


@pytest.fixture(name="base")
def base_fixture(tmp_path, evaluate):
    with served(store=tmp_path, evaluate=evaluate) as url:
        yield url


def card(page):
    return page.locator("#evaluation details")


def open_card(page):
    page.locator("#evaluation summary").click()
    page.locator("#evaluate").wait_for()


def progress(page, value, count):
    """Waits until the bar shows this."""
    page.wait_for_function(
        """([selector, value, count]) => {
            const bar = document.querySelector(selector);
            return bar?.getAttribute("aria-valuenow") === value && bar.firstElementChild.style.width === value + "%"
                && [...document.querySelectorAll("#evaluation [data-count]")].every((each) => each.innerText === count);
        }""",
        arg=[PROGRESS, value, count],
    )


def test_the_first_run_from_the_button_to_the_scorecard(visit, base, evaluate):
    page = visit(base=base)
    assert card(page).get_attribute("open") is None
    assert page.locator("#evaluation summary").inner_text() == "Evaluation not run yet"
    open_card(page)
    assert page.locator("#evaluation .about").inner_text().startswith("The evaluation asks every question")
    assert page.locator("#evaluation .scores").count() == 0
    page.locator("#evaluate").click()
    progress(page, "0", "0 / 12")
    evaluate.let(3)
    progress(page, "25", "3 / 12")
    page.locator("#evaluate").click(force=True)  # it says that it is disabled; nothing happens
    # Questions are answered meanwhile.
    ask(page, "stoves")
    assert short(page) == "90"
    evaluate.let(10)
    assert page.locator(SCORE).inner_text() == "95.0"
    assert page.locator(PROGRESS).count() == 0
    assert card(page).get_attribute("open") is not None
    summary = page.locator("#evaluation summary").inner_text()
    assert "2026-02-01 08:00 UTC · harbour.jsonl (12 questions)" in summary
    assert len(evaluate.calls) == 1
    assert short(page) == "90"


def test_the_newest_report_is_shown_and_opens_as_a_whole(visit, base, tmp_path):
    write_report(tmp_path, "20260131T120000Z", figure="91.7")
    write_report(tmp_path, "20260131T110000Z", figure="10.0")
    page = visit(base=base)
    assert not page.locator(SCORE).is_visible()
    open_card(page)
    assert page.locator(SCORE).inner_text() == "91.7"
    assert page.locator("#evaluation .scores svg rect").first.evaluate("bar => bar.getBBox().height") == 60
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Full report").click()
    assert opened.value.locator("p").inner_text() == "91.7"
    assert opened.value.url == base + "/evaluation/report.html"


def test_a_visitor_who_comes_in_the_middle_sees_the_run(visit, base, evaluate, tmp_path):
    write_report(tmp_path, "20260131T120000Z", figure="91.7")
    first = visit(base=base)
    second = visit(base=base)
    open_card(first)
    first.locator("#evaluate").click()
    evaluate.let(6)
    progress(first, "50", "6 / 12")
    first.reload()
    progress(first, "50", "6 / 12")
    assert first.locator(SCORE).inner_text() == "91.7"  # until the next is there
    # Who was there before it began sees it on opening the card.
    open_card(second)
    progress(second, "50", "6 / 12")
    evaluate.let(7)
    for page in (first, second):
        page.locator("#evaluation .scores td").get_by_text("95.0").first.wait_for()
        assert page.locator("#evaluate").get_attribute("aria-disabled") == "false"


def test_the_card_stays_as_its_visitor_left_it(visit, base, evaluate):
    page = visit(base=base)
    open_card(page)
    page.locator("#evaluate").click()
    progress(page, "0", "0 / 12")
    page.locator("#evaluation summary").click()
    evaluate.let(13)
    page.locator("#evaluation summary").get_by_text("2026-02-01").wait_for()
    assert card(page).get_attribute("open") is None


def test_it_speaks_the_language_of_the_page(visit, base, evaluate, tmp_path):
    write_report(tmp_path, "20260131T120000Z")
    page = visit(base=base, locale="zh-CN")
    open_card(page)
    assert page.locator("#evaluation h2").inner_text() == "评测"
    assert page.locator("#evaluate").inner_text() == "运行评测"
    assert page.locator("#evaluation .scores h3").inner_text() == "成绩单"
    assert "harbour.jsonl（12 题）" in page.locator("#evaluation summary").inner_text()
    page.locator("#evaluate").click()
    evaluate.let(3)
    progress(page, "25", "3 / 12")
    page.locator("#language").get_by_text("English").click()
    page.locator("#evaluation summary").get_by_text("Evaluating").wait_for()
    assert page.locator("#evaluation h2").inner_text() == "Evaluation"
    assert page.locator("#evaluation .scores h3").inner_text() == "Scorecard"
    assert card(page).get_attribute("open") is not None
    evaluate.let(3)
    progress(page, "50", "6 / 12")
    evaluate.let(7)
    assert page.locator("#evaluation time").inner_text() == "2026-02-01 08:00 UTC"


def test_what_went_wrong_is_said_and_can_be_tried_again(visit, base, evaluate):
    evaluate.error = GoldInvalid("no gold set fits harbour.txt <b>", "name one: digest-qa eval --gold FILE")
    page = visit(base=base)
    open_card(page)
    page.locator("#evaluate").click()
    evaluate.let(13)
    notice = page.locator("#evaluation .notice")
    assert notice.locator("strong").inner_text() == "No gold set can be used"
    detail = "no gold set fits harbour.txt <b>; name one: digest-qa eval --gold FILE"
    assert notice.locator("p").inner_text() == detail
    page.locator("#language").get_by_text("中文").click()
    notice.get_by_text("没有可用的题集").wait_for()
    evaluate.error = RuntimeError("secret of the server")
    page.locator("#evaluate").click()
    page.locator(PROGRESS).wait_for()
    assert notice.count() == 0
    evaluate.let(13)
    assert notice.inner_text().startswith("评测没有完成")
    assert "secret" not in page.content()
    evaluate.error = None
    page.locator("#evaluate").click()
    evaluate.let(13)
    assert page.locator(SCORE).inner_text() == "95.0"
    assert notice.count() == 0


def test_the_keyboard_reaches_it_and_keeps_its_place(visit, base, evaluate):
    page = visit(base=base)
    page.locator("#evaluation summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "evaluate"
    page.keyboard.press("Enter")
    evaluate.let(3)
    progress(page, "25", "3 / 12")
    assert page.get_by_role("progressbar", name="Evaluation").count() == 1
    assert page.evaluate("document.activeElement.id") == "evaluate"
    evaluate.let(10)
    page.locator(SCORE).wait_for()
    assert page.evaluate("document.activeElement.id") == "evaluate"
    assert page.get_by_role("heading", name="Evaluation", level=2).count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_table_scrolls_and_the_page_does_not(visit, base, tmp_path, scheme):
    write_report(tmp_path, "20260131T120000Z")
    phone = {"width": 390, "height": 844}
    page = visit(base=base, viewport=phone, color_scheme=scheme, has_touch=True, is_mobile=True)
    for part in ("#documents", "#source"):  # as soon as all of it is drawn
        page.wait_for_function(
            "part => document.querySelector(part).getBoundingClientRect().top"
            " < document.querySelector('#evaluation').getBoundingClientRect().top",
            arg=part,
        )
    open_card(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wide = page.locator("#evaluation table").evaluate("table => [table.scrollWidth, table.parentElement.clientWidth]")
    assert wide[0] > wide[1]
    colour = page.locator("#evaluation rect").first.evaluate("bar => getComputedStyle(bar).fill")
    assert colour == {"light": "rgb(168, 52, 34)", "dark": "rgb(240, 138, 114)"}[scheme]


def test_the_whole_report_stands_beside_the_page(base, tmp_path):
    import httpx

    missing = httpx.get(base + "/evaluation/report.html")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    write_report(tmp_path, "20260131T120000Z")
    found = httpx.get(base + "/evaluation/report.html")
    assert found.status_code == 200
    assert re.search("script-src [^;]*'unsafe-inline'", found.headers["content-security-policy"])
    assert "/evaluation" not in httpx.get(base + "/openapi.json").text
