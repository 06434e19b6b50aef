import json
import random
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import opencc
import pytest
from digest_reports import ENGLISH, NEWSLETTER, REPORTS
from digests import (
    COLUMN,
    RUNNING_HEAD,
    THEME,
    Trouble,
    document,
    furniture_read,
    misread,
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
from index.schema import Span

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
    ids=" ".join,
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
    reports = [
        replace(report, paragraphs=(*report.paragraphs[:2], "■ 怎么办", *report.paragraphs[2:])) for report in REPORTS
    ]
    text = printed(reports, Trouble()).replace(REPORTS[1].byline, f"{REPORTS[1].byline}\n\n来源：本报")
    read = document(text)
    assert outline_read(read) == outline_written(reports, Trouble())
    assert [span.of(text) for span in read.articles[1].headings] == [
        "宁波：老码头装上新大脑",
        REPORTS[1].byline,
        "来源：本报",
    ]


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


# anything


@given(st.text(), st.sampled_from(["a.txt", "a.md"]))
def test_any_text_is_covered(text, name):
    check_covered(text, name)


BREAKS = ("\n", "\n\n", "\r\n", "\f", "\u2028", "\x85", "\x00", "\x1c", " ", "\u3000")
WORDS = ("。", "”", "12", "- 3 -", "一、", "# ", "甘肃：", "甘肃省", "水渠", "李明", " 水利厅厅长", "作者：", "来源：")
bits = st.sampled_from(BREAKS + WORDS)


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
    assert uncovered(document(text, name="a.md")) == []


def test_reading_is_the_same_every_time():
    shuffled = random.Random(7).sample(REPORTS, len(REPORTS))
    text = printed(shuffled, Trouble(displaced=2, cut=True))
    assert document(text) == document(text)


def test_traditional_characters_are_read_like_simplified_ones():
    """Titles, names and offices stay as printed; the region is named in simplified characters."""
    text = opencc.OpenCC("s2t").convert(printed(REPORTS[:3], Trouble(displaced=1)))
    read = document(text)
    assert [article.region for article in read.articles] == [report.region for report in REPORTS[:3]]
    names = [author.name for article in read.articles for author in article.authors]
    assert names == [opencc.OpenCC("s2t").convert(report.name) for report in REPORTS[:3]]
    assert all(name in text and article.title in text for name, article in zip(names, read.articles, strict=True))
