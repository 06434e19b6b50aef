"""Languages, phones, light and dark, screen readers."""

from urllib.parse import quote

import pytest
from fakes_assistant import DOCUMENTS
from page_in_browser import address_fixture, ask, chromium_fixture, in_view, short, visit_fixture  # noqa: F401 - fixtures, by name

TEXTS = (
    "#answer .short .text",
    ".citation blockquote",
    ".citation mark",
    "#cited",
    ".place",
    "#ask",
    ".citation .document",
    ".citation .score",
    "#examples button",
    "#footer a",
    ".meta",
    ".region",
    "a.number",
)

pytestmark = pytest.mark.browser


def test_the_language_can_be_changed_with_the_answer_in_place(visit):
    page = visit("/?q=" + quote("冷库"))
    assert short(page) == "六十吨"
    page.locator("#language").get_by_text("中文").click()
    page.locator("#citations h2").get_by_text("引文").wait_for()
    assert short(page) == "六十吨"
    assert page.locator("#ask").inner_text() == "提问"
    assert page.locator("#documents h2").inner_text() == "文件"
    assert page.locator("#question textarea").input_value() == "冷库"
    page.wait_for_function("document.documentElement.lang === 'zh-Hans'")


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("zh-CN", "dark")])
def test_axe_finds_nothing_serious(visit, locale, scheme):
    axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(locale=locale, color_scheme=scheme, reduced_motion="reduce")

    def serious(state):
        found = axe_playwright.Axe().run(page).response["violations"]
        return [
            (state, one["id"], node["html"][:200], node["failureSummary"])
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    page.locator(".filters summary").click()
    found = serious("empty, with the filters open")
    page.locator(".filters input").nth(1).check()
    page.keyboard.press("Escape")
    ask(page, "冷库")
    short(page)
    page.locator(".score summary").first.click()
    page.locator(".history summary").click()
    found += serious("answered, with the history open")
    page.keyboard.press("Escape")
    page.locator("#source .layout label").last.click()
    page.locator("#source .print").wait_for()
    ask(page, "What is the moon made of?")
    page.locator("#answer .none").wait_for()
    found += serious("not answered, the source as printed")
    ask(page, "crash")
    page.locator("#answer .notice").wait_for()
    assert found + serious("failed") == []


def test_light_and_dark_by_hand(visit):
    page = visit(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.get_by_role("radio", name="As the system").is_checked()
    assert page.evaluate(ground) == "rgb(20, 19, 18)"
    page.get_by_role("radio", name="Light").check()
    assert page.evaluate(ground) == "rgb(250, 247, 241)"
    page.reload()
    page.get_by_role("radio", name="Light").wait_for()
    page.wait_for_function("getComputedStyle(document.body).backgroundColor === 'rgb(250, 247, 241)'")
    assert page.get_by_role("radio", name="Light").is_checked()
    page.get_by_role("radio", name="As the system").check()
    assert page.evaluate(ground) == "rgb(20, 19, 18)"
    page.emulate_media(color_scheme="light")
    page.wait_for_function("getComputedStyle(document.body).backgroundColor === 'rgb(250, 247, 241)'")


def test_no_width_needs_a_sideways_scroll(visit):
    page = visit("/?q=hostile&document=" + quote(DOCUMENTS[2].name))
    short(page)
    for width in (320, 390, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        for menu in (".filters", ".history"):
            page.locator(f"{menu} summary").click()
            assert page.evaluate("document.documentElement.scrollWidth") == width, menu
            box = page.locator(f"{menu} .panel").bounding_box()
            assert box["x"] >= 0, (width, menu)
            assert box["x"] + box["width"] <= width, (width, menu)
            page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(visit, scheme):
    phone = {"width": 360, "height": 740}
    page = visit("/?q=hostile", viewport=phone, color_scheme=scheme, has_touch=True, is_mobile=True)
    short(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator(".citation[data-rank='2'] .open").click()
    in_view(page, "#cited")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_dark_is_dark_and_text_stands_out_in_both(visit):
    def contrast(page, selector):
        return page.locator(selector).first.evaluate(
            """found => {
                const light = (text) => {
                    const [r, g, b] = text.match(/[\\d.]+/g).map((v) => v / 255)
                        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                };
                let ground = found;
                while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
                const pair = [getComputedStyle(found).color, getComputedStyle(ground).backgroundColor].map(light);
                return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            }"""
        )

    grounds = {}
    for scheme in ("light", "dark"):
        page = visit("/?q=stoves", color_scheme=scheme)
        short(page)
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        for selector in TEXTS:
            assert contrast(page, selector) >= 4.5, (scheme, selector)
    assert grounds == {"light": "rgb(250, 247, 241)", "dark": "rgb(20, 19, 18)"}


def test_everything_is_reached_and_named_for_a_screen_reader(visit):
    page = visit("/?q=stoves")
    short(page)
    assert page.get_by_label("Your question").is_visible()
    assert page.get_by_role("button", name="Ask", exact=True).count() == 1
    assert page.get_by_role("heading", level=1).inner_text() == "Digest Q&A"
    assert page.get_by_role("region", name="Answer").count() == 1
    assert page.get_by_role("meter").get_attribute("aria-valuenow") == "93"
    assert page.locator("#answer [aria-live=polite] .answer").count() == 1
    assert page.get_by_role("radio", name="English").is_checked()
    page.locator("#question textarea").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "ask"
