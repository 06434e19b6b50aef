"""The report in a real browser: offline, in two languages, light and dark, on a phone."""

from pathlib import Path

import pytest
from eval_report_content import content, failures

from eval.reports.html import fragment, page

pytestmark = pytest.mark.browser

PAGE_CSS = Path(__file__).resolve().parents[1] / "rag" / "static" / "page.css"
PHONE = {"viewport": {"width": 390, "height": 844}}


TOO_WIDE = """() => [...document.querySelectorAll("main *")]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest("svg, .scroll"))
    .map(each => each.outerHTML)"""

TEXTS_OF_PICTURES = """() => [...document.querySelectorAll(".evaluation svg text")]
    .filter(each => each.getClientRects().length)
    .map(each => {
        const [text, svg] = [each.getBoundingClientRect(), each.ownerSVGElement.getBoundingClientRect()];
        const beside = text.left < svg.left - 1 || text.right > svg.right + 1;
        const size = parseFloat(getComputedStyle(each).fontSize) * svg.width / 360;
        const beyond = text.top < svg.top - 1 || text.bottom > svg.bottom + 1;
        return {words: each.textContent, outside: beside || beyond, size};
    })"""

CONTRASTS = """() => {
    // The formulas of WCAG 2.2; a canvas turns any way to write a colour into its channels.
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const channels = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = colour => channels(colour).slice(0, 3).map(c => c / 255)
        .map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
        .reduce((sum, c, at) => sum + c * [.2126, .7152, .0722][at], 0);
    const ground = each => {
        const colour = getComputedStyle(each).backgroundColor;
        return channels(colour)[3] === 255 ? colour : ground(each.parentElement);
    };
    const ink = each => getComputedStyle(each)[each.ownerSVGElement ? "fill" : "color"];
    return [...document.querySelectorAll(
            "main :is(p, td, th, small, dt, dd, h4, em, figcaption, mark, summary, svg text)")]
        .filter(each => each.getClientRects().length && each.textContent.trim())
        .map(each => {
            const [dark, bright] = [light(ink(each)), light(ground(each))].sort((a, b) => a - b);
            return [each.textContent.trim().slice(0, 40), (bright + .05) / (dark + .05)];
        });
}"""


@pytest.fixture(scope="module")
def browser(chromium):
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e '.[dev]'")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser, tmp_path):
    """Opens the report; at the end it may have asked for nothing but itself and have logged nothing."""
    path = tmp_path / "report.html"
    path.write_text(page(content(), failures()), encoding="utf-8")
    contexts, complaints = [], []

    def open_report(**options):
        contexts.append(browser.new_context(**{"locale": "en-GB", "color_scheme": "light"} | options))
        opened = contexts[-1].new_page()
        opened.on("request", lambda request: request.url != path.as_uri() and complaints.append(request.url))
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto(path.as_uri())
        return opened

    yield open_report
    for context in contexts:
        context.close()
    assert complaints == []


def open_everything(report):
    report.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_the_page_never_scrolls_sideways(visit, locale, width) -> None:
    report = visit(locale=locale, viewport={"width": width, "height": 844})
    open_everything(report)
    assert report.evaluate("document.documentElement.scrollWidth") == width
    # Only the boxes of the tables may be wider inside than outside.
    wide = report.evaluate(TOO_WIDE)
    assert wide == []


def test_a_wide_table_scrolls_in_its_box_with_its_names_in_view(visit) -> None:
    report = visit(**PHONE)
    box = report.locator(".evaluation .scroll")
    assert box.evaluate("each => each.scrollWidth > each.clientWidth")
    box.evaluate("each => { each.scrollLeft = 300 }")
    name = report.locator('tr[data-slice="all"] th').bounding_box()
    assert name["x"] == pytest.approx(box.bounding_box()["x"], abs=2)


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_text_of_a_picture_is_legible_on_a_phone_and_inside_it(visit, locale) -> None:
    report = visit(locale=locale, **PHONE)
    shown = report.evaluate(TEXTS_OF_PICTURES)
    assert len(shown) > 80
    assert [each for each in shown if each["size"] < 9] == []
    assert [each["words"] for each in shown if each["outside"]] == []


def test_light_and_dark_differ_and_both_can_be_read(visit) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        report = visit(color_scheme=scheme)
        open_everything(report)
        grounds.append(report.evaluate("getComputedStyle(document.body).backgroundColor"))
        found = report.evaluate(CONTRASTS)
        assert len(found) > 500
        assert [each for each in found if each[1] < 4.5] == []
    assert grounds == ["rgb(250, 247, 241)", "rgb(20, 19, 18)"]


def test_the_language_is_the_readers_and_can_be_switched(visit) -> None:
    report = visit(locale="zh-TW")
    title, root = report.locator("#evaluation-title"), report.locator("html")
    pressed = report.locator('#language [aria-pressed="true"]')
    assert (title.inner_text(), pressed.all_inner_texts()) == ("评测报告", ["中文"])
    assert report.locator("svg:visible").count() == 5
    report.get_by_role("button", name="English").click()
    assert title.inner_text() == "Evaluation"
    assert (root.get_attribute("lang"), root.get_attribute("data-language")) == ("en", "en")
    assert report.locator("svg:visible").count() == 5
    report.get_by_role("button", name="中文").click()
    assert title.inner_text() == "评测报告"
    assert (root.get_attribute("lang"), pressed.all_inner_texts()) == ("zh-Hans", ["中文"])


def test_whoever_does_not_read_chinese_gets_english(visit) -> None:
    report = visit(locale="fr-FR")
    assert report.locator("#evaluation-title").inner_text() == "Evaluation"
    assert report.locator('#language [aria-pressed="true"]').all_inner_texts() == ["English"]


def test_without_scripts_it_is_english_and_has_no_switch(visit) -> None:
    report = visit(locale="zh-CN", java_script_enabled=False)
    assert report.locator("#evaluation-title").inner_text() == "Evaluation"
    assert not report.locator("#language").is_visible()


def test_wanted_and_found_stand_side_by_side_or_one_above_the_other(visit) -> None:
    for width, beside in ((1280, True), (390, False)):
        report = visit(viewport={"width": width, "height": 844})
        open_everything(report)
        wanted, found = (report.locator(".failure .side").nth(at).bounding_box() for at in (0, 1))
        assert (found["x"] > wanted["x"], found["y"] > wanted["y"]) == (beside, not beside)


def test_on_paper_everything_is_open_and_light_and_fits(visit) -> None:
    a4 = 703  # CSS pixels: 210 mm less 12 mm on either side
    report = visit(color_scheme="dark", viewport={"width": a4, "height": 1000})
    assert report.locator("details[open]").count() == 0
    report.evaluate("dispatchEvent(new Event('beforeprint'))")
    report.emulate_media(media="print", color_scheme="dark")
    assert report.locator("details:not([open])").count() == 0
    assert report.evaluate("getComputedStyle(document.body).color") == "rgb(33, 31, 27)"
    assert report.evaluate("document.documentElement.scrollWidth") == a4
    report.evaluate("dispatchEvent(new Event('afterprint'))")
    assert report.locator("details[open]").count() == 0


def test_a_question_with_a_script_in_it_runs_nothing(visit) -> None:
    report = visit()
    assert report.locator("script").count() == 1
    assert "<script>alert(1)</script>" in report.locator("#false-answer").inner_text()


def test_in_the_web_page_the_fragment_follows_its_colours_and_its_language(browser) -> None:
    within = browser.new_page()
    within.set_content(
        f'<html data-language="zh"><style>{PAGE_CSS.read_text(encoding="utf-8")}</style>'
        f'<body><div class="gradio-container">{fragment(content())}</div></body></html>'
    )
    look = """each => { const style = getComputedStyle(each); return [style.color, style.backgroundColor]; }"""
    tile, bar = within.locator(".evaluation .tile").first, within.locator(".ranks svg.zh .bar").first
    grey = bar.evaluate("each => getComputedStyle(each).fill")
    assert tile.evaluate(look) == ["rgb(33, 31, 27)", "rgb(255, 253, 249)"]
    assert within.locator("#evaluation-title").inner_text() == "评测报告"
    within.evaluate("document.body.classList.add('dark'); document.documentElement.dataset.language = 'en'")
    assert tile.evaluate(look) == ["rgb(235, 230, 220)", "rgb(29, 27, 25)"]
    assert bar.evaluate("each => getComputedStyle(each).fill") != grey
    assert within.locator("#evaluation-title").inner_text() == "Evaluation"
    within.close()
