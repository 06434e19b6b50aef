"""The real digest, and digests made of its articles. It does not ship: without it these tests are skipped."""

from itertools import permutations

import pytest
from digest_reports import Report
from digests import Trouble, document, misread, squeezed, uncovered

from index.digest import COLUMN as COLUMN_REASON
from index.digest import THEME as THEME_REASON


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
