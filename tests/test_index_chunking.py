from itertools import permutations

import pytest
from digest_reports import ENGLISH, REPORTS
from digests import COLUMN, THEME, Trouble, check_passages, document, in_mid_sentence, printed
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import MAX_PASSAGE, TARGET_PASSAGE, TITLE_LABEL, context_of, display_of, passages
from index.errors import DocumentUnreadable
from index.schema import Article


def split(text, **options):
    """The texts of the passages of a document without headings."""
    return [passage.text for passage in passages(document(text), **options)]


def sentence(length, char="甲"):
    return char * (length - 1) + "。"


# digests


@pytest.fixture(scope="module")
def digest(digest_path):
    return document(digest_path.read_text(encoding="utf-8"))


def test_the_real_digest(digest):
    found = passages(digest)
    check_passages(digest, found)
    assert in_mid_sentence(digest, found) == []


def article(digest, passage):
    return digest.articles[passage.article_index]


def test_the_real_digests_authors_stand_with_their_own_passages(digest):
    found = passages(digest)
    names = {passage.id: [author.name for author in article(digest, passage).authors] for passage in found}
    for word, name in [("天开", "朱玉兵"), ("荔枝", "龚国平"), ("桂", "李国忠"), ("崂山实验室", "朱铁一")]:
        cited = [names[passage.id] for passage in found if word in passage.text]
        assert cited == [[name]] * len(cited)
    tianjin = [passage for passage in found if names[passage.id] == ["朱玉兵"]]
    assert tianjin[0].text == "朱玉兵 天津市科学技术局党组书记、局长"
    assert tianjin[1].text == "天津：完善创新服务促园区建设"
    assert tianjin[2].text.startswith("高科技园区在科技")
    assert not any("广东省科学技术厅" in passage.text for passage in tianjin)
    guangdong = [passage.display_text for passage in found if names[passage.id] == ["龚国平"]]
    assert not any("朱玉兵" in text or "天津" in text for text in guangdong)


def test_the_real_digests_cut_words_are_shown_whole(digest):
    shown = "".join(passage.display_text for passage in passages(digest))
    assert [shown.count(word) for word in ("通过调查研究促发展", "在基础研究方面", "一体推进、同向发力")] == [1, 1, 1]


troubles = st.builds(
    Trouble,
    displaced=st.none() | st.integers(0, 2),
    byline_above=st.booleans(),
    wide_gap=st.booleans(),
    theme=st.sampled_from([None, THEME]),
    column=st.sampled_from([(), COLUMN]),
    cut=st.booleans(),
    wrap=st.sampled_from([None, 24, 36]),
    pages=st.booleans(),
    indent=st.sampled_from(["", "\u3000\u3000"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)


@given(st.sampled_from(list(permutations(REPORTS, 3))), troubles, st.integers(1, MAX_PASSAGE))
def test_any_layout_keeps_the_invariants(reports, trouble, target):
    read = document(printed(reports, trouble))
    found = passages(read, target=target)
    check_passages(read, found)
    assert found == passages(read, target=target)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(),
        Trouble(cut=True, displaced=2),
        Trouble(wrap=30),
        Trouble(wrap=30, cut=True, displaced=1),
        Trouble(cut=True, pages=True, newline="\r\n"),
    ],
    ids=["plain", "cut", "wrapped", "wrapped and cut", "pages"],
)
@pytest.mark.parametrize("target", [60, 150, TARGET_PASSAGE])
def test_whole_sentences_in_any_layout(trouble, target):
    read = document(printed(REPORTS, trouble))
    found = passages(read, target=target)
    assert in_mid_sentence(read, found) == []
    assert {len(passage.text) > target for passage in found} <= {False, target == 60}


@pytest.mark.parametrize("trouble", [Trouble(), Trouble(wrap=60), Trouble(cut=True)], ids=["plain", "wrapped", "cut"])
def test_whole_english_sentences(trouble):
    read = document(printed(ENGLISH, trouble))
    found = passages(read, target=200)
    check_passages(read, found)
    assert in_mid_sentence(read, found) == []
    assert not any(passage.display_text.endswith(("Dr.", "e.g.")) for passage in found)


def test_context_is_not_in_the_text():
    read = document(printed(REPORTS[:2], Trouble(prefix=False, theme=None)))
    first, second = passages(read)[:2]
    office = read.articles[0].authors[0].office
    assert second.context == f"湖北（Hubei）：把门诊开到村口（{office}）"
    assert first.context == f"{second.context}\n作者姓名和职务："  # the first is the byline
    assert "Hubei" not in read.text


@pytest.mark.parametrize(
    ("title", "region", "context"),
    [
        ("青岛：为企业铺路", "青岛", "青岛（Qingdao）：为企业铺路"),
        ("为企业铺路", "陕西", "陕西（Shaanxi）：为企业铺路"),
        ("为企业铺路——在市人大会议上", None, "为企业铺路"),
        ("——", None, "——"),
        ("廣東：為企業鋪路", "广东", "廣東（Guangdong）：為企業鋪路"),
        ("廣東：為企業鋪路", "廣東", "廣東（Guangdong）：為企業鋪路"),
        ("为企业铺路", "廣東", "廣東（Guangdong）：为企业铺路"),
        ("Paving the way", "New York", "New York：Paving the way"),
    ],
)
def test_context_leads_with_the_region_in_two_scripts(title, region, context):
    assert context_of(Article(0, title, (), region, (), (), ())) == context


# lengths


def test_sentences_are_put_together_up_to_the_target():
    a, b, c = sentence(200, "甲"), sentence(220, "乙"), sentence(201, "丙")
    assert split(a + b + c) == [a + b, c]
    assert split(b + c + a) == [b, c + a]


@pytest.mark.parametrize("length", [TARGET_PASSAGE, TARGET_PASSAGE + 1, 460, MAX_PASSAGE])
def test_a_sentence_that_fits_a_passage_stays_whole(length):
    text = sentence(30, "甲") + sentence(length, "乙") + sentence(30, "丙")
    assert split(text) == [sentence(30, "甲"), sentence(length, "乙"), sentence(30, "丙")]


def test_the_blanks_after_a_sentence_do_not_make_it_too_long():
    text = "甲" * 200 + "，" + sentence(215, "乙")
    assert split(f"{text}\n\n- 7 -\n\n\n{sentence(30)}") == [text, sentence(30)]


def test_a_sentence_that_fills_a_passage_takes_no_neighbour_however_short():
    assert split("？" + sentence(MAX_PASSAGE)) == ["？", sentence(MAX_PASSAGE)]


def test_a_longer_sentence_is_cut_at_semicolons_then_commas_then_anywhere():
    clauses = [char * 299 + "；" for char in "甲乙"]
    assert split("".join(clauses) + sentence(20, "丙")) == [clauses[0], clauses[1] + sentence(20, "丙")]
    phrases = [char * 299 + "，" for char in "甲乙"]
    assert split("".join(phrases) + sentence(20, "丙")) == [phrases[0], phrases[1] + sentence(20, "丙")]
    assert [len(piece) for piece in split(sentence(1000))] == [TARGET_PASSAGE, TARGET_PASSAGE, 160]


def test_commas_are_not_touched_where_semicolons_do():
    text = "甲" * 150 + "，" + "乙" * 150 + "；" + "丙" * 100 + "，" + sentence(150, "丁")
    assert split(text) == [text[:302], text[302:]]


@pytest.mark.parametrize("target", [0, -1, MAX_PASSAGE + 1])
def test_a_target_out_of_bounds(target):
    with pytest.raises(ValueError, match=f"passage target {target} is not in 1..{MAX_PASSAGE}"):
        passages(document("水。"), target=target)


# headings and furniture


def test_a_heading_leads_the_passage_of_what_it_heads():
    first, second = sentence(400, "甲"), sentence(380, "乙")
    assert split(f"{first}\n\n一、怎么办\n\n{second}\n") == [first, f"一、怎么办\n\n{second}"]


def test_a_heading_between_two_full_passages_leads_the_second():
    first, second = sentence(450, "甲"), sentence(450, "乙")
    assert split(f"{first}\n\n一、怎么办\n\n{second}\n") == [first, f"一、怎么办\n\n{second}"]


def test_two_headings_lead_together():
    first, second = sentence(400, "甲"), sentence(300, "乙")
    text = f"{first}\n\n一、怎么办\n\n（一）修渠\n\n{second}\n"
    assert split(text) == [first, f"一、怎么办\n\n（一）修渠\n\n{second}"]


def test_furniture_inside_a_passage_is_in_the_text_and_not_in_what_is_shown():
    head, tail = "甲" * 60 + "，", sentence(60, "乙")
    read = document(f"{head}\n\n- 7 -\n\n{tail}\n\n{sentence(50, '丙')}\n")
    (passage,) = passages(read)
    assert passage.text == f"{head}\n\n- 7 -\n\n{tail}\n\n{sentence(50, '丙')}"
    assert passage.display_text == head + tail + sentence(50, "丙")
    assert [display_of(read, span) for span in passage.sentences] == [head + tail, sentence(50, "丙")]


def test_furniture_counts_towards_the_length():
    text = "甲" * 300 + "\n\n" + "- 7 -\n\n" * 30 + sentence(150, "乙") + "\n"
    read = document(text)
    found = passages(read)
    check_passages(read, found)
    assert [passage.display_text for passage in found] == ["甲" * 300, sentence(150, "乙")]


def test_bylines_are_passages_of_their_own():
    read = document(printed(REPORTS[:2], Trouble()))
    firsts = [next(p for p in passages(read) if p.article_index == index) for index in (0, 1)]
    assert [p.text for p in firsts] == [
        f"湖北：把门诊开到村口\n\n{REPORTS[0].byline}",
        f"宁波：老码头装上新大脑\n\n{REPORTS[1].byline}",
    ]
    lines = [[span.of(read.text) for span in p.sentences] for p in firsts]
    assert lines == [["湖北：把门诊开到村口", REPORTS[0].byline], ["宁波：老码头装上新大脑", REPORTS[1].byline]]


def test_a_title_that_stands_apart_from_its_byline_is_a_passage_whose_context_tells_whose_it_is():
    read = document(printed(REPORTS[:2], Trouble(displaced=0)))
    titles = [p for p in passages(read) if p.text == "湖北：把门诊开到村口"]
    (author,) = read.articles[titles[0].article_index].authors
    assert [p.context for p in titles] == [f"{author.office} {author.name}\n{TITLE_LABEL}"]


# anything


@given(st.text(), st.integers(1, MAX_PASSAGE))
def test_any_text_keeps_the_invariants(text, target):
    check_any(text, target)


BREAKS = ("\n", "\n\n", "\r", "\f", "\u2028", "\x1c", " ", "\u3000", "- 3 -\n")
STOPPERS = ("。", "；", "，", ". ", "...", "”", "一、", "？")
bits = st.sampled_from(BREAKS + STOPPERS)
lumps = st.builds(lambda char, n: char * n, st.sampled_from("甲a ."), st.sampled_from([1, 20, 250, 499, 500, 501]))


@given(st.lists(bits | lumps, max_size=30).map("".join), st.sampled_from([1, 50, TARGET_PASSAGE, MAX_PASSAGE]))
def test_any_lumps_keep_the_invariants(text, target):
    check_any(text, target)


def check_any(text, target):
    try:
        read = document(text)
    except DocumentUnreadable:
        return
    check_passages(read, passages(read, target=target))


def test_the_id_is_of_the_place_and_the_words():
    one, two = passages(document("水来了。\n\n" + sentence(450) + "\n\n水来了。"))[::2]
    assert (one.text, two.text) == ("水来了。", "水来了。")
    assert one.id != two.id
    assert one.id == passages(document("水来了。\n\n" + sentence(450) + "\n\n水来了。"))[0].id
    assert len(one.id) == 16


def test_without_context_a_byline_still_says_what_it_is() -> None:
    read = document(printed(REPORTS, Trouble()))
    bare = passages(read, context=False)
    assert [(passage.id, passage.text) for passage in bare] == [(p.id, p.text) for p in passages(read)]
    assert {passage.context for passage in bare} == {"", "作者姓名和职务："}
