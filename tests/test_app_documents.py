"""Documents on the page over a real collection: they are added, replaced, removed, brought back and looked into."""

import re

import pytest
from fakes_assistant import HOSTILE_NAME, HOSTILE_TITLE
from page_in_browser import address_fixture, ask, chromium_fixture, visit_fixture  # noqa: F401 - fixtures, by name
from page_with_library import HARBOUR, MARKET, ORCHARD, POLISH, choose, drop, file, listed, outcome, served_library

pytestmark = pytest.mark.browser

PROGRESS = "#upload [role=progressbar]"


@pytest.fixture(name="server")
def server_fixture(tmp_path):
    with served_library(tmp_path) as server:
        yield server


@pytest.fixture(name="page")
def page_fixture(server, visit):
    page = visit(base=server.address)
    page.on("filechooser", lambda _: None)  # from now on dialogues are caught: `expect_file_chooser` alone may be late
    return page


def toast(page, text):
    found = page.locator("#upload .toast").filter(has_text=text)
    found.wait_for()
    return found


def test_an_upload_shows_its_progress_and_questions_are_answered_meanwhile(page, server):
    server.encoder.shut()
    choose(page, file("market.txt", MARKET))
    bar = page.locator(PROGRESS)
    page.locator(f"{PROGRESS}[aria-valuetext^=Encoding]").wait_for()
    assert bar.get_attribute("aria-label") == "market.txt"
    # What the encoder knows from before counts as done; what is new waits.
    before = int(bar.get_attribute("aria-valuenow"))
    server.encoder.let(1)
    page.wait_for_function(
        "([bar, before]) => Number(document.querySelector(bar).getAttribute('aria-valuenow')) > before",
        arg=[PROGRESS, before],
    )
    ask(page, "冷库每天能存多少鱼？")
    page.locator("#answer .answer").wait_for()
    assert set(page.locator(".citation .document").all_inner_texts()) == {"harbour.txt"}
    server.encoder.let()
    assert outcome(page) == ["Added: market.txt"]
    listed(page, ["harbour.txt", "market.txt"])
    assert page.locator("#upload .said").inner_text() == "Added: market.txt"
    # What can be asked has changed too, and is answered, without a reload.
    page.locator("#examples button").get_by_text("西岭").first.wait_for()
    ask(page, "西岭林场退耕多少亩？")
    page.locator("#citations .document").get_by_text("market.txt").first.wait_for()


def test_an_upload_is_cancelled_and_nothing_has_changed(page, server):
    server.encoder.shut()
    choose(page, file("market.txt", MARKET))
    page.locator(f"{PROGRESS}[aria-valuetext^=Encoding]").wait_for()
    page.locator("#upload .uploading button").get_by_text("Cancel").click()
    page.locator("#upload .phase").get_by_text("Cancelling").wait_for()
    server.encoder.let()
    assert outcome(page) == ["Cancelled: the collection is as it was."]
    assert server.names == ["harbour.txt"]
    page.get_by_role("button", name="Dismiss").click()
    assert page.locator("#upload .uploading").count() == 0


def test_several_files_of_which_some_cannot_be_read(page, server):
    damaged = file("damaged.txt", b"\x00\x01\x02\x03" * 40)
    choose(page, file("market.txt", MARKET), damaged, file("orchard.md", ORCHARD), file("slides.pptx", "x"))
    lines = outcome(page)
    assert lines[0] == "slides.pptx: files of this kind cannot be read. Save it as one of .markdown .md .text .txt."
    assert lines[1] == "Added: market.txt, orchard.md"
    assert re.fullmatch(r"Not taken: damaged\.txt .+; .+", lines[2])
    listed(page, ["harbour.txt", "market.txt", "orchard.md"])
    assert page.locator("#upload .uploading > b").inner_text() == "market.txt and others (3 files)"
    assert server.names == ["harbour.txt", "market.txt", "orchard.md"]


def test_what_the_server_refuses_is_told_with_what_to_do(server, visit):
    page = visit(base=server.address, allow="status of 422")
    choose(page, file("empty.txt", ""))
    assert re.fullmatch(r".*empty\.txt.*; .+", outcome(page)[0])
    assert page.locator("#upload .uploading button").all_inner_texts() == ["Dismiss"]
    choose(page, file("photo.jpg", "x"))
    assert outcome(page, 1)[0].startswith("photo.jpg: files of this kind cannot be read.")
    # Too much is told before anything is sent.
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.evaluate("document.querySelector('#upload [data-limit]').dataset.limit = 1048576")
    choose(page, file("large.txt", "x" * 2_000_000))
    assert outcome(page, 2) == [
        "These files have 1.9 MiB together, at most 1 MiB are taken at a time. Add fewer at once."
    ]
    assert sent == []
    assert server.names == ["harbour.txt"]


def test_files_are_dropped_on_the_list(page, server):
    drop(page, "#documents .shelf", file("market.txt", MARKET), file("orchard.md", ORCHARD))
    assert outcome(page) == ["Added: market.txt, orchard.md"]
    listed(page, ["harbour.txt", "market.txt", "orchard.md"])
    assert page.locator("#library.dropping").count() == 0


def test_a_document_is_removed_and_brought_back(page, server):
    choose(page, file("market.txt", MARKET))
    listed(page, ["harbour.txt", "market.txt"])
    page.get_by_role("button", name="Remove market.txt").click()
    told = toast(page, "Removed market.txt.")
    listed(page, ["harbour.txt"])
    assert page.locator("#documents .removed li").inner_text().split("\n")[0] == "market.txt"
    told.get_by_role("button", name="Undo").click()
    toast(page, "market.txt is back.")
    listed(page, ["harbour.txt", "market.txt"])
    assert page.locator("#documents .removed").count() == 0
    # From the list of what was removed too, after a reload.
    page.get_by_role("button", name="Remove market.txt").click()
    listed(page, ["harbour.txt"])
    page.reload()
    page.get_by_role("button", name="Bring back market.txt").click()
    listed(page, ["harbour.txt", "market.txt"])
    assert server.names == ["harbour.txt", "market.txt"]


def test_a_file_takes_the_place_of_another(page, server):
    # Of the same name: one upload.
    choose(page, file("harbour.txt", HARBOUR.replace("六十吨", "八十吨")))
    assert outcome(page) == ["Replaced: harbour.txt"]
    page.locator("#source .notice").get_by_text("has changed since").wait_for()  # it was open
    # Of another name: it comes, the other goes.
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace… harbour.txt").click()
    chooser.value.set_files([file("market.txt", MARKET)])
    told = toast(page, "harbour.txt has been replaced.")
    listed(page, ["market.txt"])
    told.get_by_role("button", name="Undo").click()
    toast(page, "harbour.txt is back.")
    listed(page, ["harbour.txt", "market.txt"])


def test_a_replacement_that_cannot_be_read_leaves_the_document(page, server):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace… harbour.txt").click()
    chooser.value.set_files([file("twin.txt", HARBOUR)])
    assert outcome(page) == [
        "Not taken: twin.txt has the same text as harbour.txt",
        "harbour.txt was not replaced and is still there.",
    ]
    assert server.names == ["harbour.txt"]


def test_the_audit_shows_where_every_character_went(tmp_path, visit):
    text = "走近渔港看变化\n\n" + HARBOUR + "\n2\n\n" + "码头的另一头开了早市。早市每周三开张，摊位费全免。\n"
    with served_library(tmp_path, {"harbour.txt": text, "old.txt": POLISH.encode("cp1250")}) as server:
        page = visit(base=server.address)
        assert page.locator("#documents .totals").inner_text().startswith("documents: 2 · articles: ")
        harbour = page.locator("#documents details.document").filter(has_text="harbour.txt")
        harbour.get_by_text("Outline and layout audit").click()
        shares = harbour.locator(".shares").inner_text()
        counts = [int(count.replace(",", "")) for count in re.findall(r"(?<!\.)\b([\d,]+)\b(?!\.| ?%)", shares)]
        assert counts[0] + counts[1] == counts[2] == len(text)
        width = harbour.locator(".coverage i").evaluate("bar => parseFloat(bar.style.width)")
        assert width == pytest.approx(100 * counts[0] / len(text), abs=0.01)
        assert "page number" in harbour.locator(".audited ul").inner_text()
        with page.expect_download() as download:
            harbour.get_by_role("link", name="Download digest.toml").click()
        assert '[["harbour.txt".article]]' in download.value.path().read_text("utf-8")
        # In the other language, and still open.
        page.locator("#language").get_by_text("中文").click()
        harbour.locator(".audited").get_by_text("页码").wait_for()
        # What needs a look says so.
        old = page.locator("#documents details.document").filter(has_text="old.txt")
        assert old.locator(".badge").inner_text() == "需要看一看：1 处"
        assert "已经转换" in old.locator(".remarks").inner_text()
        page.close()


def test_a_read_only_server_says_so(tmp_path, visit):
    with served_library(tmp_path, read_only=True) as server:
        page = visit(base=server.address)
        assert page.locator("#upload .read-only").inner_text().startswith("This server is read-only")
        assert page.locator("#library button, #library input").count() == 0
        page.close()


def test_hostile_names_and_titles_are_shown_and_not_run(tmp_path, visit):
    name = HOSTILE_NAME.replace(".txt", ".md")
    text = f"# {HOSTILE_TITLE}\n\nOne sentence of text for the reader to see here.\n"
    with served_library(tmp_path, {"harbour.txt": HARBOUR, name: text}) as server:
        page = visit(base=server.address)
        check_hostile(page, name)
        page.close()


def check_hostile(page, name):
    choose(page, file(name, ""), file(name, ORCHARD))
    # A browser writes a quotation mark in the name of a file that it sends as %22.
    sent = name.replace('"', "%22")
    assert outcome(page)[0] == f"Added: {sent}"
    listed(page, ["harbour.txt", name, sent])
    hostile = page.locator("#documents details.document").filter(has_text='onerror="')
    hostile.get_by_text("Outline and layout audit").click()
    hostile.locator(".audited ol").wait_for()
    assert HOSTILE_TITLE in hostile.locator(".audited ol").inner_text()
    hostile.get_by_role("button", name="Remove").click()
    toast(page, f"Removed {name}.").get_by_role("button", name="Undo").click()
    toast(page, f"{name} is back.")
    listed(page, ["harbour.txt", name, sent])
    assert page.evaluate("window.hacked") is None


def test_an_upload_outlives_a_change_of_language(page, server):
    server.encoder.shut()
    choose(page, file("market.txt", MARKET))
    page.locator(f"{PROGRESS}[aria-valuetext^=Encoding]").wait_for()
    page.locator("#language").get_by_text("中文").click()
    page.locator(f"{PROGRESS}[aria-valuetext^=正在为检索编码]").wait_for()
    assert page.locator("#upload .uploading").count() == 1
    server.encoder.let()
    assert outcome(page) == ["已添加：market.txt"]


def test_an_upload_is_followed_after_a_reload_and_a_restart_is_told(server, visit):
    page = visit(base=server.address, silent=False)
    server.encoder.shut()
    choose(page, file("market.txt", MARKET))
    page.locator(f"{PROGRESS}[aria-valuetext^=Encoding]").wait_for()
    page.reload()
    page.locator(f"{PROGRESS}[aria-valuetext^=Encoding]").wait_for()
    server.stop()
    page.locator("#upload .phase").get_by_text("cannot be reached at the moment; trying again").wait_for()
    server.encoder.let()
    server.start()
    assert outcome(page) == [
        "The server was restarted meanwhile. Where the list lacks the files, add them again.",
    ]
    assert server.names == ["harbour.txt"]
    choose(page, file("market.txt", MARKET))
    assert outcome(page) == ["Added: market.txt"]


def test_a_server_that_is_away_is_told_and_tried_again(server, visit):
    page = visit(base=server.address, allow="Failed to load resource")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.route("**/documents/**", lambda route: route.abort())
    choose(page, file("market.txt", MARKET))
    assert outcome(page) == ["The server cannot be reached. See whether it is running, then try again."]
    page.get_by_role("button", name="Remove harbour.txt").click()
    told = toast(page, "That did not work: The server cannot be reached.")
    page.get_by_text("Outline and layout audit").click()
    page.locator(".audited").get_by_text("The server cannot be reached.").wait_for()
    page.unroute_all()
    page.locator(".audited").get_by_role("button", name="Try again").click()
    page.locator(".audited ol").wait_for()
    page.locator("#upload .uploading").get_by_role("button", name="Try again").click()
    listed(page, ["harbour.txt", "market.txt"])
    told.get_by_role("button", name="Try again").click()
    listed(page, ["market.txt"])


def test_another_visitor_sees_the_change_with_the_next_answer(server, visit):
    first, second = visit(base=server.address), visit(base=server.address)
    choose(first, file("market.txt", MARKET))
    listed(first, ["harbour.txt", "market.txt"])
    listed(second, ["harbour.txt"])
    ask(second, "西岭林场退耕多少亩？")
    listed(second, ["harbour.txt", "market.txt"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_and_a_screen_reader_too(server, visit, scheme):
    from axe_playwright_python.sync_playwright import Axe

    phone = {"width": 320, "height": 740}
    page = visit(base=server.address, viewport=phone, color_scheme=scheme, has_touch=True, is_mobile=True)
    choose(page, file("market-of-the-western-hills-" * 3 + ".txt", MARKET), file("photo.jpg", "x"))
    outcome(page)
    page.get_by_text("Outline and layout audit").first.click()
    page.locator(".audited ol").first.wait_for()
    page.get_by_role("button", name="Remove harbour.txt").click()
    toast(page, "Removed harbour.txt.")
    ask(page, "西岭林场退耕多少亩？")
    page.locator(".feedback").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    results = Axe().run(page, context={"include": [["#library"], ["#feedback"], [".feedback"]]})
    serious = [v for v in results.response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["target"] for node in v["nodes"]]) for v in serious] == []


def test_the_keyboard_alone_removes_and_undoes(page, server):
    choose(page, file("market.txt", MARKET))
    listed(page, ["harbour.txt", "market.txt"])
    page.get_by_role("button", name="Remove market.txt").focus()
    page.keyboard.press("Enter")
    toast(page, "Removed market.txt.").get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    toast(page, "market.txt is back.")
    listed(page, ["harbour.txt", "market.txt"])
    assert page.evaluate("document.activeElement.dataset.action") == "add"  # the button that was pressed is gone
    # The place for files is one stop of the keyboard, and shows it.
    page.locator("#upload input[data-files]").focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([file("orchard.md", ORCHARD)])
    listed(page, ["harbour.txt", "market.txt", "orchard.md"])
    outline = page.locator("#upload .zone").evaluate("zone => getComputedStyle(zone).outlineStyle")
    assert outline == "solid"
