from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.layout import Kind, display, layout
from index.sentences import ends_sentence, sentence_spans

LONG = "调研组在山里走了九天，访了四十户人家，把每一户到水源的路都量了一遍，记在同一本册子上"  # no sentence ends here
NEXT = "山里的第二件难事是路，雨天走不了车，晴天走不快，病人下山要靠四个人抬着走上一个半天。"


def kinds(text, **options):
    return [(block.kind, block.text) for block in layout(text, **options).blocks]


def sentences(text):
    return [span.of(text) for span in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("水来了。路通了！人呢？", ["水来了。", "路通了！", "人呢？"]),
        ("他说：“水来了。”大家笑了……", ["他说：“水来了。”", "大家笑了……"]),
        ("先修渠；再改价；最后换种法。", ["先修渠；再改价；最后换种法。"]),
        ("It rained. Dr. Osei left. He had 3.5 km to go.", ["It rained.", "Dr. Osei left.", "He had 3.5 km to go."]),
        ("Bring tools, e.g. a drill. Mrs. A. Keller did!", ["Bring tools, e.g. a drill.", "Mrs. A. Keller did!"]),
        ("“Stop.” She stopped.", ["“Stop.”", "She stopped."]),
        ("目录……12", ["目录……", "12"]),
        ("  没有句号  ", ["没有句号"]),
        (" \n ", []),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@given(st.text(st.sampled_from("甲乙ab3 。.！?”；\n"), max_size=60))
def test_sentences_hold_every_character_but_blanks(text):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["完。", "完。”", "完！） \n", "Done.", "“Done.”", "J.", "Etc.", "…"])
def test_ends_a_sentence(text):
    assert ends_sentence(text)


@pytest.mark.parametrize("text", ["", "未完", "未完，", "未完；", "说：", "with Dr.", "for it, e.g.", "”"])
def test_does_not_end_a_sentence(text):
    assert not ends_sentence(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("通\n\n过调查", "通过调查"),
        ("the water\nboard", "the water board"),
        ("Dr.\r\nOsei", "Dr. Osei"),
        ("水\nwater", "水water"),
        ("数据\u30002024", "数据\u30002024"),
        ("甲 \t\n\u3000\u3000乙", "甲乙"),
        ("a\u2028b\fc\vd\x85e\rf", "a b c d e f"),
        ("집\n집", "집 집"),
    ],
)
def test_display_takes_line_breaks_out(text, shown):
    assert display(text) == shown


@given(st.text(st.sampled_from("甲a \u3000\n\r\f\v\x85\u2028\u2029")))
def test_display_changes_nothing_but_blanks(text):
    shown = display(text)
    assert "".join(shown.split()) == "".join(text.split())
    assert not set(shown) & set("\n\r\f\v\x85\u2028\u2029")


def test_a_paragraph_cut_in_mid_word_is_one_block():
    text = f"{LONG[:30]}通过调查，\n\n{LONG}通\n\n过调查研究找到了办法。\n\n{NEXT}"
    blocks = layout(text).blocks
    assert [block.text for block in blocks[-2:]] == [f"{LONG[:30]}通过调查，{LONG}通过调查研究找到了办法。", NEXT]
    assert [span.of(text) for span in blocks[-2].lines] == [
        f"{LONG[:30]}通过调查，",
        f"{LONG}通",
        "过调查研究找到了办法。",
    ]


def test_hard_wrapped_lines_are_one_paragraph():
    wrapped = "\n".join(NEXT[at : at + 20] for at in range(0, len(NEXT), 20))
    assert kinds(f"{wrapped}\n\n{wrapped}\n") == [(Kind.BODY, NEXT), (Kind.BODY, NEXT)]


def test_the_full_stop_that_a_full_line_pushed_down_stays_with_its_sentence():
    assert kinds(f"{LONG}\n。\n{NEXT}") == [(Kind.BODY, f"{LONG}。"), (Kind.BODY, NEXT)]


def test_an_abbreviation_at_a_line_end_does_not_end_the_paragraph():
    text = "The survey of the pipes below the mill was led by the able Dr.\nOsei, who walked the whole of it twice.\n"
    assert kinds(text) == [(Kind.BODY, display(text.strip()))]


def test_a_page_break_does_not_end_a_paragraph():
    text = f"{LONG}，\n\n- 12 -\n\n第 3 页 共 8 页\n\n* * *\n\n{NEXT}\n"
    blocks = layout(text).blocks
    assert [(b.kind, b.text, b.reason) for b in blocks if b.kind is Kind.FURNITURE] == [
        (Kind.FURNITURE, "- 12 -", "page number"),
        (Kind.FURNITURE, "第 3 页 共 8 页", "page number"),
        (Kind.FURNITURE, "* * *", "a rule, no words"),
    ]
    assert [b.text for b in blocks if b.kind is Kind.BODY] == [f"{LONG}，{NEXT}"]


def test_a_line_that_stands_three_times_is_a_running_head_unless_it_is_a_byline():
    text = f"\n\n{NEXT}\n\n".join(["调研通讯"] * 3 + ["作者：李明"] * 3 + ["来源：本报"] * 3)
    found = layout(text).blocks
    assert [b.reason for b in found if b.text == "调研通讯"] == ["running head: the line stands 3 times"] * 3
    assert [b.kind for b in found if b.text == "作者：李明"] == [Kind.BYLINE] * 3
    assert [b.kind for b in found if b.text == "来源：本报"] == [Kind.DATELINE] * 3


def test_a_numbered_heading_may_stand_in_every_article():
    text = f"\n\n{NEXT}\n\n".join(["一、怎么办"] * 3 + ["第一章 总论"] * 3)
    found = layout(text).blocks
    assert [b.kind for b in found if b.text == "一、怎么办"] == [Kind.SECTION] * 3
    assert [b.kind for b in found if b.text == "第一章 总论"] == [Kind.FURNITURE] * 3


def test_two_lines_of_one_heading_are_one_block_where_blank_lines_part_the_blocks():
    text = f"{NEXT}\n\n{NEXT}\n\n{NEXT}\n\n基层单位\n调研选登"
    assert kinds(text)[-1] == (Kind.SHORT, "基层单位调研选登")


def test_a_subtitle_belongs_to_its_title():
    assert kinds(f"一渠清水\n——旱塬调研记\n\n{NEXT}")[0] == (Kind.SHORT, "一渠清水——旱塬调研记")


def test_headings_inside_an_article():
    text = f"{NEXT}\n\n一、先修渠\n\n{NEXT}\n\n（二）再改价\n\n{NEXT}\n\n■ 换种法\n\n{NEXT}"
    assert [block.text for block in layout(text).blocks if block.kind is Kind.SECTION] == [
        "一、先修渠",
        "（二）再改价",
        "■ 换种法",
    ]


def test_markdown_headings_have_a_level():
    blocks = layout(f"# 水 ##\n\n{NEXT}\n\n## 一、路\n\n{NEXT}\n\n# C#\n\n#话题 不是标题。\n", markdown=True).blocks
    assert [(b.kind, b.level, b.text) for b in blocks if b.level] == [
        (Kind.SHORT, 1, "水"),
        (Kind.SECTION, 2, "一、路"),
        (Kind.SHORT, 1, "C"),
    ]
    assert blocks[-1].kind is Kind.BODY


def test_the_usual_gap_and_the_wide_one():
    text = f"{NEXT}\n\n{NEXT}\n\n\n\n{NEXT}\r\n\r\n{NEXT}"
    read = layout(text)
    assert [block.gap for block in read.blocks] == [0, 1, 3, 1]
    assert read.wide_gap == 2


def test_indents_open_paragraphs():
    text = "\n".join(f"\u3000\u3000{LONG}" for _ in range(3))
    assert kinds(text) == [(Kind.BODY, LONG)] * 3


@pytest.mark.parametrize("text", ["", "\n", " \r\n\u2028"])
def test_no_text_no_blocks(text):
    assert layout(text).blocks == ()


lines = st.text(st.sampled_from("甲乙丙丁。，：12. #-a\u3000”"), max_size=50)
pages = st.lists(lines).flatmap(lambda them: st.sampled_from(["\n", "\n\n", "\r\n", "\f"]).map(lambda b: b.join(them)))


@given(st.one_of(pages, st.text()), st.booleans())
def test_every_character_but_blanks_stands_in_one_line_of_one_block(text, markdown):
    blocks = layout(text, markdown=markdown).blocks
    spans = sorted(span for block in blocks for span in block.lines)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    held = {at for span in spans for at in range(span.start, span.end)}
    assert not "".join(char for at, char in enumerate(text) if at not in held).strip()
    assert list(blocks) == sorted(blocks, key=lambda block: block.span)
