"""The report that people look at: what it says, that it says it in two languages, and that it asks for nothing."""

import copy
import json
import re
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import pytest
from eval_report_content import PLACE, content, counts, failures, without_unanswerable
from hypothesis import given
from hypothesis import strategies as st

from eval.dataset import KINDS
from eval.measures.scorecard import LOWER_IS_BETTER
from eval.reports.html import COLUMNS, MAIN, TROUBLES, Excerpt, Failure, Figure, fragment, marked, page
from eval.reports.slice_names import dimension_name, slice_name
from eval.reports.words import say

REPOSITORY = Path(__file__).resolve().parents[1]
ELSEWHERE = re.compile(r"https?:|//|@import|url\(|\b(?:src|srcset|data-src)\s*=|<(?:link|iframe|img|object|form)\b")


def words(element, language="en"):
    """The text of an element as a reader of one language sees it."""
    other = {"zh": "en", "en": "zh"}[language]
    inner = (element.text or "") + "".join(
        (words(each, language) if each.get("class") != other else "") + (each.tail or "") for each in element
    )
    return " ".join(inner.split())


def rows(html):
    """Slice name → its cells, in the order of the scorecard's columns."""
    found = ET.fromstring(html).iter("tr")
    return {row.get("data-slice"): row.findall("td")[2:] for row in found if row.get("data-slice")}


def cell(html, part, column):
    return rows(html)[part][COLUMNS.index(column)]


def tile(html, name):
    return next(each for each in ET.fromstring(html).iter("li") if each.get("data-figure") == name)


def failing(**changes):
    base = failures()[2]
    return Failure(**{name: getattr(base, name) for name in Failure.__slots__} | changes)


def test_the_fragment_is_one_section_without_a_script() -> None:
    root = ET.fromstring(fragment(content()))
    assert (root.tag, root.get("class")) == ("section", "evaluation")
    assert {each.tag for each in root.iter()}.isdisjoint({"script", "html", "body", "link"})


def test_every_rule_of_the_fragment_stays_inside_it() -> None:
    css = (REPOSITORY / "eval" / "reports" / "templates" / "fragment.css").read_text(encoding="utf-8")
    selectors = [one.strip() for one in re.findall(r"([^{}]+)\{(?!\s*\.evaluation)", css)]
    assert len(selectors) > 50
    assert [one for one in selectors if ".evaluation" not in one] == []


def test_a_main_figure_is_shown_with_interval_and_number_of_questions() -> None:
    made = content()
    made["measures"]["all"]["success@1"] = 0.9324
    made["intervals"]["all"]["success@1"] = [0.8987, 0.9641]
    shown = tile(fragment(made), "success@1")
    assert [words(each) for each in shown] == [
        "Success@1", "93.2%", "", "89.9–96.4 n 188", "the first citation holds the proof"
    ]  # fmt: skip
    interval, value = shown.find("div")
    assert interval.get("style") == "left: 89.9%; right: 3.6%"  # 100 - 96.4
    assert value.get("style") == "left: 93.2%"


def test_every_main_figure_is_there_and_says_which_way_is_better() -> None:
    html = fragment(content())
    assert [each.get("data-figure") for each in ET.fromstring(html).iter("li")] == list(MAIN)
    assert words(tile(html, "false-answer-rate").find("h4")) == "False answers ↓ lower is better"
    assert words(tile(html, "false-answer-rate").find("h4"), "zh") == "误答率 ↓ 越低越好"
    assert words(tile(html, "auroc")[3]).endswith(" n 188 + 32")
    assert words(tile(html, "false-answer-rate")[3]).endswith(" n 32")


@pytest.mark.parametrize(
    ("name", "value", "better", "much"),
    [
        ("success@1", 1.0, True, 100),
        ("success@1", 0.85, True, 50),  # halfway from 0.7 to 1
        ("success@1", 0.7, True, 0),
        ("success@1", 0.35, False, 50),  # halfway from 0.7 to 0
        ("success@1", 0.0, False, 100),
        ("false-answer-rate", 0.15, True, 50),
        ("false-answer-rate", 0.65, False, 50),
        ("ece", 0.0, True, 100),
    ],
)
def test_colour_goes_by_the_value_and_is_turned_round_where_less_is_better(name, value, better, much) -> None:
    figure = Figure(name, value, None, (10,))
    assert (figure.better, figure.much) == (better, much)
    assert figure.lower == (name in LOWER_IS_BETTER)


def test_a_cell_holds_value_interval_and_colour() -> None:
    made = content()
    made["measures"]["fold dev"]["success@5"] = 0.85
    made["intervals"]["fold dev"]["success@5"] = [0.7512, 0.9268]
    shown = cell(fragment(made), "fold dev", "success@5")
    assert (words(shown), shown.find("small").text) == ("85.075–93", "75–93")
    assert (shown.get("class"), shown.get("style")) == ("better", "--much: 50%")
    assert shown.get("title") == "75.1–92.7 (n 93)"


@pytest.mark.parametrize(
    ("column", "answerable", "unanswerable", "few"),
    [
        ("success@1", 9, 90, True),
        ("success@1", 10, 0, False),
        ("false-answer-rate", 90, 9, True),
        ("false-answer-rate", 0, 10, False),
        ("auroc", 90, 9, True),
        ("auroc", 10, 10, False),
        ("decision", 5, 5, False),
        ("decision", 5, 4, True),
    ],
)
def test_a_cell_of_few_questions_says_so(column, answerable, unanswerable, few) -> None:
    made = content()
    made["measures"]["type how"] |= {"answerable": answerable, "unanswerable": unanswerable, column: 0.9}
    made["counts"]["type how"] = counts(made["measures"]["type how"])
    shown = cell(fragment(made), "type how", column)
    assert ("few" in shown.get("class").split(), "*" in words(shown)) == (few, few)


def test_a_figure_that_is_not_there_is_a_dash() -> None:
    html = fragment(content())
    assert words(cell(html, "answerable no", "success@1")) == "–"
    assert words(cell(html, "answerable yes", "false-answer-rate")) == "–"
    made = content()
    del made["measures"]["all"]["quote-iou"]
    assert words(tile(fragment(made), "quote-iou")).startswith("Quote IoU – no question to measure it on")


def test_the_table_can_be_read_by_its_headers() -> None:
    table = next(ET.fromstring(fragment(content())).iter("table"))
    heads = [words(each) for each in table.find("thead").iter("th")]
    assert heads[:4] == ["Questions", "with answer", "without", "Success@1"]
    assert [head.endswith("↓") for head in heads[3:]] == [column in LOWER_IS_BETTER for column in COLUMNS]
    assert {each.get("scope") for each in table.iter("th")} == {"col", "row", "rowgroup"}
    groups = [words(each) for each in table.iter("th") if each.get("scope") == "rowgroup"]
    assert groups == ["Fold", "Answerability", "Why there is no answer", "Language of the question",
                      "Question → document language", "Type", "Region", "Style"]  # fmt: skip
    assert list(rows(fragment(content()))) == list(content()["measures"])


def test_a_slice_that_nobody_named_keeps_its_own_name() -> None:
    made = content()
    made["measures"]["mood <angry>"] = made["measures"]["all"]
    made["counts"]["mood <angry>"] = made["counts"]["all"]
    html = fragment(made)
    assert "mood <angry>" in rows(html)
    assert (slice_name("zh", "mood <angry>"), dimension_name("en", "mood")) == ("<angry>", "mood")


def test_without_data_every_picture_is_a_sentence() -> None:
    root = ET.fromstring(fragment(without_unanswerable()))
    sentences = [words(each) for each in root.iter("p") if each.get("class") == "empty"]
    assert sentences == [
        "No answers, so there is no risk to draw.", "No answers, so there is no confidence to check.",
        "No question to split by language.", "No question with an answer, so there is no rank to draw.",
        "No times were taken.",
    ]  # fmt: skip
    assert not list(root.iter("svg"))
    assert words(tile(fragment(without_unanswerable()), "auroc")).startswith("AUROC – no question to measure it on")
    assert "None: every question went well." in page(without_unanswerable(), ())


def test_every_word_is_there_in_both_languages() -> None:
    root = ET.fromstring(fragment(content()))
    spans = [each for each in root.iter() if each.get("class") in ("zh", "en")]
    assert [each.get("class") for each in spans] == ["zh", "en"] * (len(spans) // 2)
    assert len(spans) > 200
    assert sum(each.tag == "svg" for each in spans) == 2 * 5
    assert {each.get("lang") for each in spans if each.tag == "span"} == {"zh-Hans", "en"}
    for name in {*MAIN, *COLUMNS}:
        assert re.search("[一-鿿]", say("zh", f"{name}.means"))
    for name in TROUBLES:
        assert re.search("[一-鿿]", say("zh", f"trouble.{name}") + say("zh", f"trouble.{name}.means"))


def test_what_the_gold_questions_are_called_has_a_name_in_chinese() -> None:
    named = {f"kind {kind}" for kind in KINDS}
    for path in (REPOSITORY / "eval" / "gold").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            named |= {
                f"type {record['type']}",
                f"languages {record['language']}",
                f"style {record.get('style', 'plain')}",
            }
    assert len(named) > 20
    assert [name for name in sorted(named) if not re.search("[一-鿿]", slice_name("zh", name))] == []
    assert slice_name("zh", "pair en→xx") == "英语 → xx"


def test_the_page_holds_the_fragment_as_it_is() -> None:
    assert fragment(content()).strip() in page(content(), failures())


def test_the_page_asks_nobody_for_anything() -> None:
    assert ELSEWHERE.findall(page(content(), failures())) == []


def test_the_same_data_make_the_same_page_and_are_left_as_they_are() -> None:
    made = content()
    before = copy.deepcopy(made)
    assert page(made, failures()) == page(content(), failures())
    assert made == before


def test_text_from_outside_is_escaped() -> None:
    evil = '<script>alert("x")</script> & <b>'
    piece = Excerpt(evil, evil, ((0, 8),), False, 1)
    made = content()
    made["settings"] = {evil: evil}
    made["manifest"] = {"encoders": [evil]}
    made["gold"][0]["file"] = evil
    html = page(made, [failing(id=evil, question=evil, answer=evil, accepted=(evil,), wanted=(piece,), found=(piece,))])
    assert "<script>alert" not in html
    assert "<b>" not in html.partition('id="set-up"')[2]
    escaped = "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; &lt;b&gt;"
    assert html.count(escaped) >= 8
    assert "<mark>&lt;script&gt;</mark>alert(" in html


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ((), "ab&lt;cd"),
        (((0, 2),), "<mark>ab</mark>&lt;cd"),
        (((2, 3),), "ab<mark>&lt;</mark>cd"),
        (((3, 5), (0, 1)), "<mark>a</mark>b&lt;<mark>cd</mark>"),
        (((0, 2), (1, 4)), "<mark>ab&lt;c</mark>d"),
        (((0, 2), (2, 3)), "<mark>ab&lt;</mark>cd"),
        (((1, 1),), "ab&lt;cd"),
    ],
)
def test_marks_stand_at_their_characters(spans, expected) -> None:
    assert marked("ab<cd", spans) == expected


@given(st.text(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_marks_change_no_character_and_cover_all_of_theirs(text, spans) -> None:
    spans = [(min(pair), min(max(pair), len(text))) for pair in spans if min(pair) < len(text)]
    pieces = re.split("(</?mark>)", str(marked(text, spans)))
    shown, inside = [], False
    for piece in pieces:
        inside = {"<mark>": True, "</mark>": False}.get(piece, inside)
        if piece not in ("<mark>", "</mark>"):
            shown += [(character, inside) for character in unescape(piece)]
    assert [character for character, _ in shown] == list(text)
    covered = [any(start <= at < end for start, end in spans) for at in range(len(text))]
    assert [mark for _, mark in shown] == covered


def test_a_part_of_the_questions_is_named_as_such() -> None:
    head = next(ET.fromstring(fragment(content() | {"fold": "test"})).iter("header"))
    assert words(head[1]) == "220 questions, 188 with an answer and 32 without; asked on 2026-01-31 · test"
    assert words(next(ET.fromstring(fragment(content())).iter("header"))[1]).endswith("2026-01-31")


def test_a_trouble_that_has_no_words_is_refused() -> None:
    with pytest.raises(KeyError, match="unheard-of"):
        page(content(), [failing(trouble="unheard-of")])


def test_failures_stand_together_by_trouble_the_gravest_first() -> None:
    html = page(content(), [*failures(), failing(id="x", trouble="missed")])
    assert re.findall('<section class="trouble" id="([^"]*)"', html) == list(TROUBLES)
    missed = html.partition('id="missed"')[2].partition("</section>")[0]
    assert re.findall("<code>([^<]*)</code>", missed) == ["digest-031", "x"]
    assert "<small>2</small>" in missed


def test_a_failure_shows_what_was_wanted_beside_what_was_found() -> None:
    html = page(content(), [failures()[3]])
    shown = html.partition('<details class="failure">')[2].partition("</details>")[0]
    wanted, found = shown.split('<div class="side">')[1:]
    assert "<mark>围绕产业链开展了十二项专题调研</mark>" in wanted
    assert PLACE in wanted
    assert re.findall('<b class="number">(.)</b>', found) == ["1", "2"]
    assert re.findall('<span class="verdict (yes|no)">(.)', found) == [("no", "✗"), ("yes", "✓")]
    assert "<mark>采摘后两小时内预冷，</mark>" in found
    assert "confidence</span> 62 %" in shown
    assert "十二项</span> · <span" in shown


def test_the_set_up_says_under_which_conditions_the_figures_hold() -> None:
    set_up = page(content(), ()).partition('id="set-up"')[2]
    assert "9f" * 32 in set_up
    assert "2026-01-31T12:00:00+00:00" in set_up
    assert "<dt>threshold</dt><dd>0.41</dd>" in set_up
    assert "<dt>rerank</dt><dd>null</dd>" in set_up
    assert "<dt>encoders</dt><dd>[{&#34;name&#34;: &#34;bundled-a&#34;, &#34;dim&#34;: 384}]</dd>" in set_up
    assert "<dt>digest-qa</dt><dd>0.1.0</dd>" in set_up


def test_the_report_has_the_colours_of_the_web_page() -> None:
    def palettes(path):
        css = (REPOSITORY / path).read_text(encoding="utf-8")
        blocks = [dict(re.findall(r"(--[a-z-]+):\s*(#[0-9a-f]{6})", block)) for block in re.findall(r"{([^{}]*)}", css)]
        return [block for block in blocks if "--ink" in block]

    light, dark = palettes("rag/static/page.css")
    of_report = palettes("eval/reports/templates/page.css")
    assert [mine.items() <= theirs.items() for mine, theirs in zip(of_report, (light, dark), strict=True)] == [
        True,
        True,
    ]
    fallbacks = re.findall(r"var\((--[a-z-]+), (#[0-9a-f]{6})\)", fragment(content()))
    assert len(fallbacks) == 7
    assert dict(fallbacks).items() <= light.items()


def test_every_figure_is_listed_with_what_it_says_and_what_it_does_not():
    given = content()
    given["measures"]["all"] |= {"success@1": 0.5, "latency-p50": 41.6, "map": None}
    given["intervals"]["all"] |= {"success@1": [0.4, 0.6]}
    given["intervals"]["all"].pop("latency-p50", None)
    listed = {each.get("data-figure"): each for each in ET.fromstring(fragment(given)).iter("div")}
    assert listed.keys() - {None} == given["measures"]["all"].keys() - {"answerable", "unanswerable"}
    says = "Share of the questions with at least one relevant citation among the first k (hit rate)."
    assert words(listed["success@1"]) == f"success@1 50.0 % (40.0–60.0){says} Not recall: one proof is enough."
    assert words(listed["latency-p50"]).startswith("latency-p50 ↓ 42 ms")
    assert words(listed["map"]).startswith("map –")
    assert words(listed["success@1"], "zh").endswith("不是召回率：有一处证据就够了。")
