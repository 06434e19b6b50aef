"""How the page asks: filters, mode, address, history, with the keyboard alone."""

import threading
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from fakes_assistant import DOCUMENTS, HOSTILE_NAME, HOSTILE_TITLE, FakeAssistant
from page_in_browser import address_fixture, ask, chromium_fixture, served, short, visit_fixture  # noqa: F401 - fixtures, by name

from index.errors import InputError
from rag.filters import ArticleKey, Filters
from rag.settings import Mode

pytestmark = pytest.mark.browser


class Recorder(FakeAssistant):
    """Cites what the filters leave, and answers "slow …" only when it is told to."""

    def __init__(self):
        super().__init__()
        self.began, self.go_on, self.done = threading.Event(), threading.Event(), threading.Event()
        self.ks = []

    def ask(self, question, k=5, *, mode=None, filters=None):
        if "slow" in question:
            self.began.set()
            self.go_on.wait(20)
        if filters and "nowhere" in filters.regions:
            raise InputError("no article is on the region 'nowhere'", "choose one of these")
        self.ks.append(k)
        answer = super().ask(question, k, mode=mode, filters=filters)
        if "slow" in question:
            self.done.set()
        if "ですか" in question:
            answer = answer.model_copy(update={"language": "ja"})
        if filters and filters.regions:
            left = [one for one in answer.citations if one.article.region in filters.regions]
            return answer.model_copy(update={"citations": left})
        return answer


@pytest.fixture(scope="module", name="recorder")
def recorder_fixture():
    return Recorder()


@pytest.fixture(scope="module", name="base")
def base_fixture(recorder):
    with served(lambda: recorder) as url:
        yield url


def asked_is(page, question):
    page.wait_for_function(
        "question => document.querySelector('#answer .answer .asked')?.innerText === question", arg=question
    )


def query(page):
    return parse_qs(urlsplit(page.url).query)


def regions(page):
    return page.locator("#citations .region").all_inner_texts()


def history(page):
    return [
        (entry.locator("button").inner_text(), entry.locator("> small").inner_text())
        for entry in page.locator(".history li").all()
    ]


def test_three_languages(visit, base):
    page = visit(base=base)
    for question, answer, language in (
        ("冷库每天能存多少鱼？", "六十吨", "中文"),
        ("How many stoves burn?", "90", "English"),
        ("早市は何曜日ですか？", "每周三", "日本語"),
    ):
        ask(page, question)
        asked_is(page, question)
        assert short(page) == answer
        assert page.locator("#answer .meta [lang]").inner_text() == language
    page.locator(".history summary").click()
    assert [state for _, state in history(page)] == ["answered"] * 3


def test_filters_passages_and_mode_go_with_the_question(visit, base, recorder):
    page = visit("/?q=stoves", base=base)
    asked_is(page, "stoves")
    assert (recorder.ks[-1], recorder.asked[-1], recorder.filtered[-1]) == (5, None, Filters())
    # Each choice asks again at once.
    page.locator(".filters summary").click()
    page.get_by_role("checkbox", name="Dongwan").check()
    page.wait_for_function("document.querySelectorAll('#citations .citation .region').length === 2")
    assert regions(page) == ["东湾", "东湾"]
    page.get_by_role("checkbox", name="Xiling").check()
    page.wait_for_function("document.querySelectorAll('#citations .citation .region').length === 3")
    page.get_by_label("Find by name").fill("orchard")
    assert page.locator(".filters fieldset label:visible").all_inner_texts() == ["Dongwan", "Xiling", "orchard.md"]
    page.keyboard.press("Escape")
    assert page.locator(".filters .panel").is_hidden()
    assert page.locator(".chips button").all_inner_texts() == ["Dongwan", "Xiling", "Clear filters"]
    page.get_by_role("radio", name="Fast").check()
    page.get_by_label("Passages").select_option("2")
    page.wait_for_function("document.querySelectorAll('#citations article').length === 1")
    asked_is(page, "stoves")
    assert (recorder.ks[-1], recorder.asked[-1]) == (2, Mode.FAST)
    assert query(page) == {"q": ["stoves"], "k": ["2"], "mode": ["fast"], "region": ["东湾", "西岭"]}
    page.get_by_role("button", name="Remove: Dongwan").click()
    page.wait_for_function("!location.search.includes(encodeURIComponent('东湾'))")
    assert page.evaluate("document.activeElement.closest('.filters') !== null")
    # The same in another tab; and in this one the mode stays, when nothing else is said.
    other = visit(page.url.removeprefix(base), base=base)
    asked_is(other, "stoves")
    assert other.locator(".chips button").all_inner_texts() == ["Xiling"]
    assert other.get_by_role("radio", name="Fast").is_checked()
    assert recorder.filtered[-1] == Filters(regions=("西岭",))
    page.goto(base + "/")
    page.get_by_role("radio", name="Fast").wait_for()
    assert page.get_by_role("radio", name="Fast").is_checked()
    assert page.locator(".chips button").count() == 0


def test_documents_and_articles_in_the_address(visit, base, recorder):
    page = visit(f"/?q=stoves&document=orchard.md&article={quote('1@harbour.txt')}&k=99&mode=odd", base=base)
    asked_is(page, "stoves")
    assert recorder.filtered[-1] == Filters(
        documents=("orchard.md",), articles=(ArticleKey(document="harbour.txt", index=1),)
    )
    assert (recorder.ks[-1], recorder.asked[-1]) == (5, None)
    assert page.locator(".chips button").all_inner_texts()[:2] == ["orchard.md", "西岭：一棵树算三笔账"]
    page.get_by_role("button", name="Clear filters").last.click()
    page.wait_for_function("location.search === '?q=stoves'")
    page.locator(".citation[data-rank='5']").wait_for()
    assert recorder.filtered[-1] == Filters()


def test_a_filter_on_what_is_not_there_is_said_and_can_be_taken_off(visit, base):
    page = visit("/?q=stoves&region=nowhere", base=base)
    page.locator("#answer .notice").get_by_text("no article is on the region 'nowhere'; choose one").wait_for()
    page.get_by_role("button", name="Remove: nowhere").click()
    asked_is(page, "stoves")


def test_hostile_addresses_names_and_questions_stay_text(visit, base):
    attack = "<img src=x onerror=\"window.hacked='address'\">"
    parts = {"region": attack, "document": HOSTILE_NAME, "k": attack, "mode": attack, "article": f"0@{HOSTILE_NAME}"}
    page = visit(f"/?q={quote(attack)}&" + "&".join(f"{key}={quote(value)}" for key, value in parts.items()), base=base)
    asked_is(page, attack)
    assert page.locator(".chips button").all_inner_texts()[:3] == [attack, HOSTILE_NAME, HOSTILE_TITLE]
    ask(page, f"hostile {attack}")
    asked_is(page, f"hostile {attack}")
    page.locator(".history summary").click()
    assert [text.split("\n")[0] for text, _ in history(page)] == [f"hostile {attack}", attack]
    assert page.locator("#options img, #citations img, #answer img, #source img").count() == 0
    assert page.evaluate("window.hacked") is None


def test_history_and_the_back_button(visit, base):
    page = visit(base=base)
    page.locator(".history summary").click()
    page.get_by_text("Nothing has been asked in this visit.").wait_for()
    ask(page, "stoves")
    asked_is(page, "stoves")
    ask(page, "the moon")
    asked_is(page, "the moon")
    ask(page, "crash")
    page.locator("#answer .notice").get_by_text("Something went wrong").wait_for()
    page.locator(".history summary").click()
    assert history(page) == [("crash", "failed"), ("the moon", "not in the documents"), ("stoves", "answered")]
    page.locator(".history li button").get_by_text("stoves").click()
    asked_is(page, "stoves")
    assert page.locator("#question textarea").input_value() == "stoves"
    assert page.locator(".history .panel").is_hidden()
    page.go_back()
    page.locator("#answer .notice").get_by_text("Something went wrong").wait_for()
    page.go_back()
    asked_is(page, "the moon")
    assert page.locator("#question textarea").input_value() == "the moon"
    page.go_forward()
    page.locator("#answer .notice").get_by_text("Something went wrong").wait_for()
    for _ in range(2):
        page.go_back()
    asked_is(page, "stoves")
    page.go_back()
    page.locator("#answer .welcome").wait_for()
    assert page.locator("#question textarea").input_value() == ""
    assert page.locator("#citations .citation").count() == 0
    # It outlives a reload of the tab, and no more than that.
    page.reload()
    page.locator(".history summary").click()
    assert len(history(page)) == 3
    page.get_by_role("button", name="Clear history").click()
    assert history(page) == []
    page.reload()
    page.locator(".history summary").wait_for()
    assert page.locator(".history .count").inner_text() == ""


def test_of_two_questions_the_newest_is_answered(visit, base, recorder):
    page = visit(base=base)
    recorder.began.clear()
    recorder.go_on.clear()
    ask(page, "slow 早市")
    assert recorder.began.wait(20)
    page.wait_for_function("document.querySelectorAll('#citations .waiting').length === 3")
    drawn = []
    page.expose_function("drew", lambda asked: drawn.append(asked))  # noqa: PLW0108 - a bound method will not do
    page.evaluate(
        """() => new MutationObserver(() => {
            const asked = document.querySelector('#answer .answer .asked');
            if (asked) drew(asked.innerText);
        }).observe(document.querySelector('#answer'), { childList: true, subtree: true, characterData: true })"""
    )
    before = len(recorder.asked)
    ask(page, "stoves")
    page.wait_for_function("location.search.includes('stoves')")
    recorder.go_on.set()  # the first may still be drawn, where the second has not reached the server yet
    assert recorder.done.wait(20)
    asked_is(page, "stoves")
    # A third question is answered after the first has come to its end: nothing of it has been drawn.
    ask(page, "冷库")
    asked_is(page, "冷库")
    assert len(recorder.asked) == before + 3
    assert set(drawn[drawn.index("stoves") :]) == {"stoves", "冷库"}
    assert short(page) == "六十吨"
    assert page.locator(".citation[data-rank='1'] h3").inner_text() == "东湾：旧码头的新生意"
    page.locator(".history summary").click()
    assert history(page)[:2] == [("冷库", "answered"), ("stoves", "answered")]


def test_the_page_keeps_its_height_while_an_answer_is_looked_for(visit, base, recorder):
    page = visit("/?q=stoves", base=base)
    asked_is(page, "stoves")
    place = "document.querySelector('#documents').getBoundingClientRect().top + scrollY"
    before = page.evaluate(place)
    recorder.began.clear()
    recorder.go_on.clear()
    ask(page, "slow stoves")
    assert recorder.began.wait(20)
    page.locator("#answer .waiting").wait_for()
    during = page.evaluate(place)
    recorder.go_on.set()
    asked_is(page, "slow stoves")
    assert during == pytest.approx(before, abs=2)
    assert page.evaluate(place) == pytest.approx(before, abs=2)


def test_the_keyboard_alone(visit, base):
    page = visit(base=base)

    def tab_to(selector):
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator("a.skip").is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('#question textarea')")
    page.keyboard.type("冷库")
    page.keyboard.press("Enter")
    asked_is(page, "冷库")
    tab_to(".filters summary")
    page.keyboard.press("Enter")
    tab_to("input[value='东湾']")
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelectorAll('#citations article').length === 2")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.filters summary')")
    tab_to(".citation[data-rank='2'] h3 a, .citation:nth-of-type(2) h3 a")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('.pages')")
    page.locator("#source .step").get_by_text("2 / 2").wait_for()
    page.keyboard.press("Alt+ArrowUp")
    page.locator("#source .step").get_by_text("1 / 2").wait_for()
    assert page.locator("#cited").inner_text().startswith("东湾渔港有四十年没有大修。")


def test_the_first_document_is_open_before_anything_is_asked(visit, base):
    page = visit(base=base)
    assert page.locator("#source .name b").inner_text() == DOCUMENTS[0].name
    assert page.locator("#answer .welcome").inner_text().startswith("Ask these documents")
    assert page.locator("#source [data-step]:enabled").count() == 0
