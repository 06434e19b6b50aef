import json
import random
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import pytest
from digests import (
    COLUMN,
    ENGLISH,
    NEWSLETTER,
    REPORTS,
    RUNNING_HEAD,
    THEME,
    Report,
    Trouble,
    document,
    furniture_read,
    outline_read,
    outline_written,
    printed,
    squeezed,
    uncovered,
)
from hypothesis import given
from hypothesis import strategies as st

from index.digest import COLUMN as COLUMN_REASON
from index.digest import THEME as THEME_REASON
from index.errors import DocumentUnreadable
from index.evidence import Evidence, Tally
from index.schema import Span
from index.segmentation import EVERY_CUT, Part, Run, Stretch, Title, segment

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLE = REPOSITORY / "index/sample/sample-digest.txt"
ORDERS = [REPORTS[at:] + REPORTS[:at] for at in range(len(REPORTS))] + [REPORTS[::-1]]
DISPLACED = [
    Trouble(displaced=place, byline_above=above, wide_gap=wide)
    for place, above, wide in product([None, 0, 1, 2, 3, 4], [True, False], [True, False])
]
troubles = st.builds(
    Trouble,
    displaced=st.none() | st.integers(0, 2),
    byline_above=st.booleans(),
    wide_gap=st.booleans(),
    prefix=st.booleans(),
    theme=st.sampled_from([None, THEME]),
    column=st.sampled_from([(), COLUMN[:1], COLUMN]),
    cut=st.booleans(),
    wrap=st.sampled_from([None, 18, 30, 44]),
    pages=st.booleans(),
    indent=st.sampled_from(["", "\u3000\u3000", "    "]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
)


def misread(orders, them):
    """The digests that are not read as they were written."""
    return [
        ([report.name for report in order], trouble)
        for order, trouble in product(orders, them)
        if outline_read(document(printed(order, trouble))) != outline_written(order, trouble)
    ]


# the real digest and the sample


@pytest.fixture(scope="module")
def digest(digest_path):
    return document(digest_path.read_text(encoding="utf-8"))


def test_the_real_digest(digest):
    assert [
        (article.index, article.title, [(author.name, author.office) for author in article.authors], article.region)
        for article in digest.articles
    ] == [
        (0, "广东：畅通创新发展的卡点堵点", [("龚国平", "广东省科学技术厅党组书记")], "广东"),
        (1, "天津：完善创新服务促园区建设", [("朱玉兵", "天津市科学技术局党组书记、局长")], "天津"),
        (2, "广西：助推边疆民族地区高质量发展", [("李国忠", "广西壮族自治区科学技术厅党组书记、厅长")], "广西"),
        (3, "青岛：为高水平科技自立自强提供制度保障", [("朱铁一", "青岛市科学技术局党组书记、局长")], "青岛"),
    ]
    assert [(squeezed(mark.span.of(digest.text)), mark.reason) for mark in digest.furniture] == [
        ("加快构建新发展格局，着力推动高质量发展", THEME_REASON),
        ("科技厅局负责人调研报告摘登", COLUMN_REASON),
    ]
    assert uncovered(digest) == []
    assert digest.notices == ()


def test_the_real_digests_bodies(digest):
    edges = [
        (squeezed(article.paragraphs[0].of(digest.text))[:6], squeezed(article.paragraphs[-1].of(digest.text))[-6:])
        for article in digest.articles
    ]
    assert edges == [
        ("广东省科学技", "的技术难题。"),
        ("高科技园区在", "、发展得好。"),
        ("学习贯彻习近", "高质量发展。"),
        ("习近平总书记", "才评价体系。"),
    ]


def test_the_real_digests_cut_paragraphs_are_whole(digest):
    words = ["通过调查研究促发展", "在基础研究方面", "荔枝保鲜技术应用的", "科学技术厅坚持政策", "一体推进、同向发力"]
    bodies = [squeezed(p.of(digest.text)) for article in digest.articles for p in article.paragraphs]
    assert [sum(word in body for body in bodies) for word in words] == [1] * len(words)
    assert all(body[-1] in "。；：”" for body in bodies)


def reports_of(digest):
    return [
        Report(
            article.title.split("：")[1],
            article.authors[0].name,
            article.authors[0].office,
            article.region,
            tuple(paragraph.of(digest.text) for paragraph in article.paragraphs),
        )
        for article in digest.articles
    ]


OTHERS = {
    "广东": "湖南",
    "天津": "成都",
    "广西壮族": "宁夏回族",
    "广西": "宁夏",
    "青岛": "大连",
    "朱玉兵": "王大山",
    "龚国平": "欧阳明",
    "李国忠": "陈静",
    "朱铁一": "刘一帆",
}


def renamed(report):
    def other(text):
        for ours, theirs in OTHERS.items():
            text = text.replace(ours, theirs)
        return text

    texts = (report.title, report.name, report.office, report.region)
    return Report(*map(other, texts), tuple(map(other, report.paragraphs)))


@pytest.mark.parametrize("rename", [lambda report: report, renamed], ids=["its regions and names", "other ones"])
def test_the_real_digests_articles_in_every_order(digest, rename):
    orders = list(permutations(map(rename, reports_of(digest))))
    places = [Trouble(displaced=place, wide_gap=place != 1) for place in (None, 0, 1, 2, 3)]
    assert misread(orders, places) == []


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("wide", [True, False])
def test_the_real_digests_articles_in_two_orders_with_every_trouble(digest, above, wide):
    reports = [renamed(report) for report in reports_of(digest)]
    places = [Trouble(displaced=place, byline_above=above, wide_gap=wide) for place in (0, 1, 2, 3)]
    assert misread([reports, reports[::-1]], places) == []


def test_the_sample_digest():
    expected = json.loads((REPOSITORY / "tests/data/sample_outline.json").read_text(encoding="utf-8"))
    sample = document(SAMPLE.read_text(encoding="utf-8"))
    assert [
        {
            "title": article.title,
            "authors": [{"name": author.name, "office": author.office} for author in article.authors],
            "region": article.region,
            "body_begins": squeezed(article.paragraphs[0].of(sample.text))[: len(outline["body_begins"])],
            "body_ends": squeezed(article.paragraphs[-1].of(sample.text))[-len(outline["body_ends"]) :],
        }
        for article, outline in zip(sample.articles, expected["articles"], strict=True)
    ] == expected["articles"]
    assert "\n".join(furniture_read(sample)).split("\n") == expected["furniture"]
    assert uncovered(sample) == []


# digests of our own


def test_titles_displaced_to_any_place():
    assert misread(ORDERS, DISPLACED) == []


@pytest.mark.parametrize(
    "trouble",
    [
        {"cut": True},
        {"wrap": 30},
        {"wrap": 30, "cut": True, "pages": True},
        {"pages": True},
        {"indent": "\u3000\u3000"},
        {"newline": "\r\n"},
        {"theme": None},
        {"column": ()},
        {"column": COLUMN[:1]},
        {"prefix": False, "theme": None},
        {"cut": True, "pages": True, "newline": "\r\n", "indent": "\u3000\u3000"},
    ],
    ids=lambda trouble: " ".join(trouble),
)
def test_titles_displaced_among_other_troubles(trouble):
    assert misread(ORDERS[1::2], [replace(displaced, **trouble) for displaced in DISPLACED]) == []


def test_theme_column_and_page_furniture():
    read = document(printed(REPORTS, Trouble(displaced=2, pages=True)))
    marks = [(mark.span.of(read.text).strip(), mark.reason) for mark in read.furniture]
    assert marks[0] == (THEME, THEME_REASON)
    assert marks[-1] == ("\n".join(COLUMN), COLUMN_REASON)
    assert [text for text, _ in marks[1:-1]] == [t for page in range(2, 7) for t in (f"- {page} -", RUNNING_HEAD)]
    assert {reason for _, reason in marks[1:-1]} == {"page number", "running head: the line stands 5 times"}


@pytest.mark.parametrize("reports", [NEWSLETTER, ENGLISH], ids=["newsletter", "english"])
@pytest.mark.parametrize(
    "trouble",
    [
        {},
        {"theme": None, "column": ()},
        {"wide_gap": False},
        {"wrap": 60},
        {"cut": True},
        {"pages": True},
        {"newline": "\r\n"},
        {"displaced": 1, "byline_above": False, "theme": None, "column": ()},
    ],
    ids=lambda trouble: " ".join(trouble) or "none",
)
def test_articles_without_regions(reports, trouble):
    assert misread(permutations(reports), [Trouble(**trouble)]) == []


def test_a_byline_goes_to_the_institution_that_the_body_names():
    order = REPORTS[:3]
    text = printed(order, Trouble(displaced=1))
    above, below = text.index("沈佳"), text.index("周文海")
    assert above < below  # the harbour's byline stands first under the title of the clinics
    assert [[author.name for author in article.authors] for article in document(text).articles] == [
        ["周文海"],
        ["沈佳"],
        ["马国栋"],
    ]
    author = document(text).articles[1].authors[0]
    assert author.span is not None
    assert author.span.start == above


def test_two_authors_of_one_article():
    first, second = REPORTS[0], replace(REPORTS[0], name="吴昊", office="湖北省卫生健康委员会副主任")
    text = printed([first, REPORTS[1]], Trouble()).replace(first.byline, f"{first.byline}\n\n{second.byline}")
    assert [(author.name, author.office) for author in document(text).articles[0].authors] == [
        (first.name, first.office),
        (second.name, second.office),
    ]


def test_datelines_and_inner_headings_belong_to_their_article():
    reports = [replace(report, paragraphs=(*report.paragraphs[:2], "■ 怎么办", *report.paragraphs[2:])) for report in REPORTS]
    text = printed(reports, Trouble()).replace(REPORTS[1].byline, f"{REPORTS[1].byline}\n\n来源：本报")
    read = document(text)
    assert outline_read(read) == outline_written(reports, Trouble())
    assert [span.of(text) for span in read.articles[1].headings] == ["宁波：老码头装上新大脑", REPORTS[1].byline, "来源：本报"]


def test_markdown_headings_head_articles():
    text = "\n\n".join(f"# {r.title}\n\n## 经过\n\n{r.paragraphs[0]}\n\n## 办法\n\n{r.paragraphs[2]}" for r in REPORTS)
    read = document(text, name="reports.md")
    assert [article.title for article in read.articles] == [report.title for report in REPORTS]
    assert uncovered(read) == []


def test_a_text_without_a_title_is_called_by_its_name():
    read = document("".join(REPORTS[0].paragraphs), name="notes/clinics.txt")
    assert [(article.title, article.authors, article.region) for article in read.articles] == [("clinics", (), None)]
    assert read.articles[0].spans == (Span(0, len(read.text)),)


def test_nothing_but_furniture_is_no_document():
    with pytest.raises(DocumentUnreadable, match=r"digest\.txt has no text, only 1 pieces of page furniture"):
        document("- 1 -\n\n- 2 -\n")


def test_blanks_go_with_what_stands_above():
    read = document("\n\n水。\n\n")
    assert read.articles[0].spans == (Span(0, 6),)
    assert read.articles[0].paragraphs == (Span(2, 4),)


@given(st.permutations(REPORTS), troubles)
def test_any_layout_is_covered_and_loses_no_words(reports, trouble):
    text = printed(reports[:3], trouble)
    read = document(text)
    assert uncovered(read) == []
    assert "".join(span.of(text) for span in sorted(
        [span for article in read.articles for span in article.spans] + [mark.span for mark in read.furniture]
    )) == text  # fmt: skip
    assert [article.index for article in read.articles] == list(range(len(read.articles)))
    assert all(article.paragraphs for article in read.articles)


# evidence and segmentation, by hand


def test_a_tally_sums_over_a_range():
    tally = Tally({1: 2.0, 4: 3.0})
    assert [tally.sum(0, 1), tally.sum(0, 2), tally.sum(1, 5), tally.sum(2, 4), tally.total] == [0, 2, 5, 0, 5]
    assert Tally({}).total == 0


def test_evidence_of_region_and_words():
    evidence = Evidence(["甘肃有渠", "甘肃和宁波", "宁波有港"], ["渠", "有渠"], ["甘肃", "宁波"])
    gansu = evidence.claim("渠", "甘肃")
    # share of the mentions in the range, 2 x own / any - 1, weighs 0.6; share of all own mentions weighs 0.4
    assert gansu.fit(0, 1) == pytest.approx(0.6 * 1 + 0.4 * 1 / 2)
    assert gansu.fit(0, 2) == pytest.approx(0.6 * (2 * 2 / 3 - 1) + 0.4)
    assert gansu.fit(2, 3) == pytest.approx(-0.6)
    # one bigram, all its uses in paragraph 0: its whole weight is there
    assert evidence.claim("有渠", None).fit(0, 1) == pytest.approx(0.8)
    assert evidence.claim("有渠", None).fit(1, 3) == 0


def claims(paragraphs, *regions):
    evidence = Evidence(paragraphs, [], regions)
    return [evidence.claim("", region) for region in regions]


def test_a_title_below_its_body_is_found_by_region():
    gansu, ningbo = claims(["甘肃", "甘肃", "宁波", "宁波"], "甘肃", "宁波")
    runs = [Run((Title(0, gansu),), strong=True), Run((Title(9, ningbo),), strong=True)]
    assert segment(runs, [Stretch(0, 4, frozenset({2}))]) == (Part(0, 2, 0), Part(2, 4, 9))


def test_a_long_stretch_is_cut_at_the_same_place():
    half = EVERY_CUT * 2
    gansu, ningbo = claims(["甘肃"] * half + ["宁波"] * half, "甘肃", "宁波")
    runs = [Run((Title(0, gansu),), strong=True), Run((Title(999, ningbo),), strong=True)]
    assert segment(runs, [Stretch(0, 2 * half)]) == (Part(0, half, 0), Part(half, 2 * half, 999))


def test_runs_and_stretches_must_match():
    with pytest.raises(ValueError, match="1 stretches need 2 runs, got 1"):
        segment([Run(())], [Stretch(0, 1)])


# anything


@given(st.text(), st.sampled_from(["a.txt", "a.md"]))
def test_any_text_is_covered(text, name):
    check_covered(text, name)


bits = st.sampled_from(["\n", "\n\n", "\r\n", "\f", "\u2028", "\x85", "\x00", "\x1c", " ", "\u3000", "。", "甘肃：", "甘肃省", "水渠", "李明", " 水利厅厅长", "作者：", "来源：", "# ", "12", "- 3 -", "一、", "”"])  # fmt: skip # noqa: E501


@given(st.lists(bits, max_size=80).map("".join), st.sampled_from(["a.txt", "a.md"]))
def test_any_text_of_telling_pieces_is_covered(text, name):
    check_covered(text, name)


def check_covered(text, name):
    try:
        read = document(text, name=name)
    except DocumentUnreadable:
        assert not any(len(line) > 40 for line in text.split())  # nothing, or short lines that head nothing
        return
    assert uncovered(read) == []
    for article in read.articles:
        inside = {at for span in article.spans for at in range(span.start, span.end)}
        for span in [*article.paragraphs, *article.headings]:
            assert {span.start, span.end - 1} <= inside
            assert span.of(text) == span.of(text).strip()


@pytest.mark.parametrize("char", ["甲", "a", " 甲", ".", "。", "\n", "甲\n", "12\n", "#", '"', "\u3000甲"])
def test_a_hundred_thousand_of_one_thing(char):
    """None of these takes more than linear time: at quadratic cost this test would run for minutes."""
    text = "甲。" + char * 100_000 + "乙。"
    for name in ("a.txt", "a.md"):
        assert uncovered(document(text, name=name)) == []


def test_reading_is_the_same_every_time():
    shuffled = random.Random(7).sample(REPORTS, len(REPORTS))
    text = printed(shuffled, Trouble(displaced=2, cut=True))
    assert document(text) == document(text)
