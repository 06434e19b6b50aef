from hashlib import sha256

import pytest
from digest_reports import REPORTS
from digests import Trouble, document, furniture_read, outline_read, outline_written, printed, uncovered

from index.digest import COLUMN
from index.errors import OverrideInvalid
from index.overrides import BY_HAND, ArticleOverride, AuthorOverride, Override, load_override

THREE = REPORTS[:3]
TEXT = printed(THREE, Trouble())
BEGINS = [report.paragraphs[0][:8] for report in THREE]


def articles(*changes):
    """An override that lists the three articles, each with what is changed in it."""
    return Override(article=[ArticleOverride(**({"begins": b} | c)) for b, c in zip(BEGINS, changes, strict=True)])


def test_nothing_corrected_changes_nothing():
    assert document(TEXT, Override()) == document(TEXT)
    assert document(TEXT, articles({}, {}, {})) == document(TEXT)


def test_every_key_is_taken():
    author = AuthorOverride(name="段晓云", office="湖北省气象局局长")
    read = document(TEXT, articles({"title": "门诊", "region": "武汉", "authors": [author]}, {}, {"region": "兰州"}))
    first, second, third = outline_read(read)
    assert (first.title, first.authors, first.region) == ("门诊", (("段晓云", "湖北省气象局局长"),), "武汉")
    assert second == outline_written(THREE, Trouble())[1]
    assert (third.title, third.authors[0][0], third.region) == ("甘肃：一渠清水上旱塬", "马国栋", "兰州")
    assert read.articles[0].authors[0].span is None  # that name stands nowhere in the text
    assert uncovered(read) == []


def test_no_authors_is_not_the_same_as_none_given():
    read = document(TEXT, articles({"authors": []}, {}, {}))
    assert [len(article.authors) for article in read.articles] == [0, 1, 1]


def test_an_author_given_by_hand_takes_the_byline_along():
    ours, theirs = THREE[0], THREE[1]
    given = [AuthorOverride(name=theirs.name, office=theirs.office)]
    read = document(TEXT, articles({"authors": given}, {"authors": []}, {}))
    at = TEXT.index(theirs.byline)
    assert [(author.name, author.span and author.span.start) for author in read.articles[0].authors] == [
        (theirs.name, at)
    ]
    assert any(span.start <= at < span.end for span in read.articles[0].spans)
    assert ours.name not in [author.name for author in read.articles[0].authors]
    assert uncovered(read) == []


def test_boundaries_by_hand():
    halves = [THREE[0].paragraphs[0][:8], THREE[0].paragraphs[2][:8], *BEGINS[1:]]
    read = document(TEXT, Override(article=[ArticleOverride(begins=begins) for begins in halves]))
    assert [len(article.paragraphs) for article in read.articles] == [2, 2, 4, 4]
    assert [article.title for article in read.articles] == [
        "湖北：把门诊开到村口",
        "digest",  # no title was given for what begins in the midst of the first article
        "宁波：老码头装上新大脑",
        "甘肃：一渠清水上旱塬",
    ]


def test_a_title_may_be_any_heading_of_the_text():
    read = document(TEXT, articles({"title": "深入一线察实情，解决问题见真章"}, {}, {}))
    assert read.articles[0].title == "深入一线察实情，解决问题见真章"
    assert read.articles[0].headings[0].of(TEXT) == "深入一线察实情，解决问题见真章"


def test_furniture_by_hand():
    line = THREE[0].paragraphs[1]
    read = document(TEXT, Override(furniture=[line, " 深入一线察实情， 解决问题见真章 "]))
    assert [mark.reason for mark in read.furniture] == [BY_HAND, BY_HAND, COLUMN]
    assert furniture_read(read)[1] == line
    assert len(read.articles[0].paragraphs) == 3
    assert uncovered(read) == []


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (Override(furniture=["没有这一行"]), "no line reads '没有这一行'; copy the line from the document"),
        (
            Override(article=[ArticleOverride(begins="没有")]),
            "0 paragraphs begin with '没有', expected 1; copy",
        ),
        (
            Override(article=[ArticleOverride(begins=b) for b in BEGINS[::-1]]),
            "the articles are not in the order of the text; list them as their bodies stand",
        ),
        (
            Override(article=[ArticleOverride(begins=BEGINS[0])] * 2),
            "the articles are not in the order of the text",
        ),
        (
            Override(article=[ArticleOverride(begins=BEGINS[1])]),
            "the first article begins at paragraph 5, the text at paragraph 1; add an article that begins with '看病远",
        ),
    ],
    ids=["furniture", "begins", "order", "twice", "partial"],
)
def test_what_does_not_fit_the_text_is_refused(override, message):
    with pytest.raises(OverrideInvalid, match=r"^digest\.toml: ") as refused:
        document(TEXT, override)
    assert message in str(refused.value)


def test_a_beginning_that_two_paragraphs_share_is_refused():
    with pytest.raises(OverrideInvalid, match="2 paragraphs begin with '水', expected 1; give more of its first words"):
        document("水来了。\n\n水走了。\n", Override(article=[ArticleOverride(begins="水")]))


TOML = """
["digest.txt"]
furniture = ["调研通讯"]

[["digest.txt".article]]
title = "门诊"
region = "武汉"
authors = [{ name = "段晓云", office = "局长" }, { name = "何进" }]
begins = "看病远"

["other.txt"]
"""


def test_the_file_beside_the_document(tmp_path):
    (tmp_path / "digest.toml").write_text(TOML, encoding="utf-8")
    expected = Override(
        furniture=["调研通讯"],
        article=[
            ArticleOverride(
                title="门诊",
                region="武汉",
                authors=[AuthorOverride(name="段晓云", office="局长"), AuthorOverride(name="何进")],
                begins="看病远",
            )
        ],
    )
    override, digest = load_override(tmp_path / "digest.txt")
    assert override == expected
    assert digest == sha256(expected.model_dump_json().encode()).hexdigest()
    assert load_override(tmp_path / "other.txt")[0] == Override()
    assert load_override(tmp_path / "third.txt") == (None, "")


def test_no_file_no_corrections(tmp_path):
    assert load_override(tmp_path / "digest.txt") == (None, "")


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ('["a.txt"]\nfurnitur = []', "a.txt.furnitur: Extra inputs are not permitted"),
        ('[["a.txt".article]]\nbegins = "x"\nauthor = []', "a.txt.article.0.author: Extra inputs"),
        (
            '[["a.txt".article]]\nbegins = "x"\nauthors = [{ name = "x", rank = 1 }]',
            "authors.0.rank: Extra",
        ),
        ('[["a.txt".article]]\ntitle = "x"', "a.txt.article.0.begins: Field required"),
        ('[["a.txt".article]]\nbegins = ""', "a.txt.article.0.begins: String should have at least 1 character"),
        ('[["a.txt".article]]\nbegins = 3', "a.txt.article.0.begins: Input should be a valid string"),
        ('furniture = ["x"]', "furniture: "),
        ('["a.txt"]\nx = 1\ny = 2', "a.txt.x: Extra inputs are not permitted, a.txt.y: Extra inputs"),
        ("[a.txt", "is no TOML"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path, toml, named):
    (tmp_path / "digest.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(OverrideInvalid) as refused:
        load_override(tmp_path / "a.txt")
    assert named in refused.value.problem
    assert str(tmp_path / "digest.toml") in refused.value.problem


def test_a_file_that_is_not_utf8(tmp_path):
    (tmp_path / "digest.toml").write_bytes("标题".encode("gb18030"))
    with pytest.raises(OverrideInvalid, match="is no TOML"):
        load_override(tmp_path / "a.txt")


def test_a_folder_of_that_name(tmp_path):
    (tmp_path / "digest.toml").mkdir()
    with pytest.raises(OverrideInvalid, match=r"digest\.toml cannot be read \(Is a directory\)"):
        load_override(tmp_path / "a.txt")


def test_a_title_in_other_words_keeps_the_printed_one_in_its_article():
    text = printed(REPORTS[:2], Trouble())
    detected = document(text)
    begins = [article.paragraphs[0].of(text)[:12] for article in detected.articles]
    entries = [ArticleOverride(begins=begins[0], title="另一个标题"), ArticleOverride(begins=begins[1])]
    read = document(text, Override(article=entries))
    assert [article.title for article in read.articles] == ["另一个标题", detected.articles[1].title]
    assert [article.spans for article in read.articles] == [article.spans for article in detected.articles]
    assert read.furniture == detected.furniture
