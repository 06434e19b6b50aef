"""Letters and orders: their long titles, and the signatures under them, which are no titles."""

import pytest
from digests import document

from index.layout import Kind, layout
from index.letters import is_date, is_official_title, names_institution

TITLE = "西岭自治州教育和体育局等三个部门关于做好二〇二五年秋季学期农村义务教育学校供餐工作的通知"
FIRST = "秋季学期将于九月一日开学，现就供餐的事项通知如下。"
SECOND = "各校每天供一顿热饭，饭钱由州里承担一半，县里承担一半。"
LETTER = f"{TITLE}\n\n各县教育和体育局：\n\n{FIRST}\n\n{SECOND}\n\n西岭州教育和体育局\n西岭州财政局\n2025年7月22日\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TITLE, True),
        ("關於修訂水價的通知（試行）", True),
        ("关于水价的三笔账", False),
        ("会议讨论了关于水价的通知，关于水价的报告", False),
        ("关于水价，我们有了关于修渠的报告", False),
        ("关于" + "水" * 100 + "的通知", False),
    ],
)
def test_a_title_says_what_it_is_about_and_what_it_is(text: str, expected: bool) -> None:
    assert is_official_title(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025年7月22日", True),
        ("二〇二五年七月二十二日", True),
        ("（2025年12月1日）", True),
        ("2025 年 7 月 22 日", True),
        ("2025年7月", False),
        ("2025年7月22日起", False),
    ],
)
def test_a_day_and_nothing_else(text: str, expected: bool) -> None:
    assert is_date(text) == expected


def test_institutions_end_as_their_names_do() -> None:
    texts = ("西岭州财政局", "省政府辦公廳", "西岭的三笔账", "水利厅厅长")
    assert [names_institution(text) for text in texts] == [True, True, False, False]


def test_a_letter_has_its_long_title_and_ends_with_its_signature() -> None:
    assert len(TITLE) > 40  # as long as a line of text
    (article,) = document(LETTER).articles
    assert article.title == TITLE
    assert [span.of(LETTER) for span in article.paragraphs] == [
        f"各县教育和体育局：\n\n{FIRST}",
        SECOND,
        "西岭州教育和体育局\n西岭州财政局\n2025年7月22日",
    ]


def test_of_two_letters_each_keeps_its_own_signature() -> None:
    second = LETTER.replace("供餐", "修渠").replace("教育和体育", "水利")
    titles = [article.title for article in document(f"{LETTER}\n{second}").articles]
    assert titles == [TITLE, TITLE.replace("供餐", "修渠").replace("教育和体育", "水利")]


def test_a_heading_that_says_what_a_part_is_about_begins_no_article() -> None:
    text = f"西岭的账\n\n{FIRST}\n\n关于收入的说明\n\n{SECOND}\n\n关于支出的报告\n\n{SECOND}\n"
    assert [article.title for article in document(text).articles] == ["西岭的账"]


def test_a_date_under_a_title_is_no_signature() -> None:
    text = f"西岭走进水利局\n2025年7月22日\n\n{FIRST}\n\n{SECOND}\n"
    found = [(block.kind, block.text) for block in layout(text).blocks]
    assert found[:2] == [(Kind.SHORT, "西岭走进水利局"), (Kind.DATELINE, "2025年7月22日")]
    assert document(text).articles[0].title == "西岭走进水利局"


def test_a_date_in_the_midst_of_the_text_stays_where_it_is() -> None:
    text = f"西岭的账\n\n{FIRST}\n\n西岭州财政局\n2025年7月22日\n\n{SECOND}\n"
    found = [block.kind for block in layout(text).blocks]
    assert found == [Kind.SHORT, Kind.BODY, Kind.SHORT, Kind.DATELINE, Kind.BODY]
