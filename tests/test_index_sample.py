"""The sample digest and its gold set, checked as files: no other module is needed to read them."""

import itertools
import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent
SAMPLE = REPO / "index/sample/sample-digest.txt"
TEXT = SAMPLE.read_bytes().decode("utf-8")
OUTLINE = json.loads((REPO / "tests/data/sample_outline.json").read_text(encoding="utf-8"))
ARTICLES = OUTLINE["articles"]
GOLD = [json.loads(line) for line in (REPO / "eval/gold/sample.jsonl").read_text(encoding="utf-8").splitlines()]
ANSWERABLE = [item for item in GOLD if item["answerable"]]
UNANSWERABLE = [item for item in GOLD if not item["answerable"]]
TERMINALS = ("。", "！", "？")
LONGEST_SHARED_RUN = 12
# Names may be longer than that: a measure, a meeting and an office are called what they are called.
NAMES = (
    "广东省科技厅关于荔枝保鲜技术情况的报告",
    "广东省省级科技计划绩效评价管理办法（试行）",
    "广东省推进荔枝保鲜核心技术攻关行动方案",
    "天津市顶尖科学家工作室建设管理办法（实行）",
    "广西壮族自治区科技创新条例",
    "中央全面深化改革委员会第二十二次会议",
    *(f"{author['name']} {author['office']}" for article in ARTICLES for author in article["authors"]),
)


# A byline proves author and office, a title line the name of a report.
HEADINGS = {
    TEXT.index(f"\n{line}\n") + 1: line
    for article in ARTICLES
    for line in (article["title"], *(f"{author['name']} {author['office']}" for author in article["authors"]))
}


def by_id(items):
    return pytest.mark.parametrize("item", items, ids=[item["id"] for item in items])


def body(article):
    start = TEXT.index(article["body_begins"])
    return start, TEXT.index(article["body_ends"]) + len(article["body_ends"])


def test_the_text_is_plain_utf8_of_about_five_thousand_characters():
    assert 4800 <= len(TEXT) <= 5500
    assert TEXT[0] == OUTLINE["furniture"][0][0]  # no byte order mark, no blank line
    assert "\r" not in TEXT
    assert TEXT.endswith("\n")


def test_furniture_stands_at_both_ends():
    theme, *column = OUTLINE["furniture"]
    lines = [line for line in TEXT.split("\n") if line]
    assert lines[0] == theme
    assert lines[-2:] == column
    assert TEXT.endswith("\n\n" + "\n".join(column) + "\n")


def test_every_heading_and_body_edge_occurs_once():
    lines = Counter(TEXT.split("\n"))
    for article in ARTICLES:
        assert lines[article["title"]] == 1
        assert article["title"].startswith(article["region"] + "：")
        assert [lines[f"{author['name']} {author['office']}"] for author in article["authors"]] == [1]
        assert TEXT.count(article["body_begins"]) == TEXT.count(article["body_ends"]) == 1


def test_bodies_follow_each_other_and_are_of_like_length():
    bodies = [body(article) for article in ARTICLES]
    assert [article["region"] for article in ARTICLES] == ["青岛", "广西", "广东", "天津"]
    assert all(end < following for (_, end), (following, _) in itertools.pairwise(bodies))
    assert all(1100 <= end - start <= 1250 for start, end in bodies)


def test_one_title_stands_behind_its_body_and_its_byline_under_another_title():
    _qingdao, guangxi, guangdong, tianjin = ARTICLES
    start, end = body(guangdong)
    assert TEXT[end:].startswith(f"\n\n{guangdong['title']}\n\n{tianjin['title']}\n\n")
    bylines = [f"{author['name']} {author['office']}" for a in (guangxi, guangdong) for author in a["authors"]]
    assert f"\n\n{guangxi['title']}\n\n{bylines[0]}\n\n{bylines[1]}\n\n{guangxi['body_begins']}" in TEXT
    assert [match.span() for match in re.finditer("\n{3,}", TEXT)] == [(start - 4, start)]


def test_every_article_has_paragraphs_cut_in_mid_sentence():
    cuts = {}
    for article in ARTICLES:
        start, end = body(article)
        pieces = TEXT[start:end].split("\n\n")
        cuts[article["region"]] = sum(not piece.endswith(TERMINALS) for piece in pieces)
    assert cuts == {"青岛": 2, "广西": 2, "广东": 2, "天津": 2}


def test_ids_and_questions_are_unique():
    assert len({item["id"] for item in GOLD}) == len(GOLD)
    assert len({item["question"] for item in GOLD}) == len(GOLD)


def test_quotas():
    languages = Counter(item["language"] for item in GOLD)
    assert len(GOLD) >= 80
    assert languages["zh"] >= 30
    assert languages["en"] >= 15
    assert all(languages[language] >= 4 for language in ("ja", "ko", "ru", "es", "fr", "de", "ar", "vi"))
    assert {item["style"] for item in GOLD} == {"plain", "keyword", "typo", "colloquial", "long", "traditional"}
    assert {item["type"] for item in GOLD} == {
        "factoid", "list", "reason", "how", "comparison", "multi-passage", "paraphrase", "attribution",
    }  # fmt: skip


def test_a_fifth_cannot_be_answered_for_five_reasons():
    assert len(UNANSWERABLE) >= len(GOLD) / 5
    assert {item["note"].split(":")[0] for item in UNANSWERABLE} == {
        "wrong fact", "false premise", "other region", "other year", "near-miss entity",
    }  # fmt: skip
    assert all(item["answers"] == item["evidence"] == [] for item in UNANSWERABLE)


def test_every_article_is_asked_about():
    starts = [body(article)[0] for article in ARTICLES]
    places = [place["start"] for item in ANSWERABLE for place in item["evidence"] if place["start"] not in HEADINGS]
    asked = Counter(sum(place >= start for start in starts) for place in places)
    assert sorted(asked) == [1, 2, 3, 4]
    assert min(asked.values()) >= 15


@by_id(ANSWERABLE)
def test_evidence_is_whole_sentences_of_one_body_or_a_heading_line(item):
    assert item["document"] == SAMPLE.name
    assert item["evidence"]
    for place in item["evidence"]:
        start, end = place["start"], place["end"]
        if start in HEADINGS:
            assert TEXT[start:end] == HEADINGS[start]
            continue
        inside = [(s, e) for s, e in map(body, ARTICLES) if s <= start < end <= e]
        assert len(inside) == 1
        assert start == inside[0][0] or TEXT[:start].rstrip("\n").endswith(TERMINALS)
        assert TEXT[start] != "\n"
        assert TEXT[end - 1] in TERMINALS


@by_id(ANSWERABLE)
def test_answers_stand_in_the_evidence(item):
    spans = [TEXT[place["start"] : place["end"]].replace("\n", "") for place in item["evidence"]]
    assert item["answers"]
    assert [answer for answer in item["answers"] if not any(answer in span for span in spans)] == []
    if item.get("all_answers"):
        assert [span for span in spans if not any(answer in span for answer in item["answers"])] == []


def test_no_run_of_words_is_taken_from_the_newspaper():
    shared = Path(os.environ.get("DIGEST_QA_SHARED", REPO.parent / "shared"))
    original = shared / "digest/digest.txt"
    if not original.exists():
        pytest.skip(f"the newspaper's digest is not at {original}; set DIGEST_QA_SHARED")
    theirs = han(original.read_text(encoding="utf-8"))
    ours = TEXT
    for name in NAMES:
        assert name in ours
        ours = ours.replace(name, "\0")
    width = LONGEST_SHARED_RUN + 1
    pieces = [han(piece) for piece in ours.split("\0")]
    runs = [piece[i : i + width] for piece in pieces for i in range(len(piece) - width + 1)]
    assert [run for run in runs if run in theirs] == []


def han(text):
    return re.sub(r"[^\u4e00-\u9fff]", "", text)
