"""Our own questions: every offset holds, and what is made of a row, by hand on small documents."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from digests import squeezed

from index.chunking import display_of
from index.schema import Span
from training.own_questions import (
    ARTICLES,
    CORPORA,
    FOLDER,
    LONGEST_LIST,
    NEAR_MISSES,
    REPORTS,
    Item,
    OwnQuestions,
    own_questions,
    read,
)

NAME = "documents/made-up/report.txt"
FIRST = "一年来，湖北修了三条渠道，分别在东山、西山和南山，" + "家家户户都用上了水，" * 4 + "用水的人多了一倍。"
SECOND = "水价从三元降到\n\n- 7 -\n\n两元，" + "大家都说好，" * 10 + "明年还要再降。"
TEXT = f"湖北：为水修渠\n\n周文海 湖北省水利厅厅长\n\n{FIRST}\n\n{SECOND}\n"


def span(words: str, within: str = TEXT) -> dict[str, int]:
    assert within.count(words) == 1, words
    return {"start": within.index(words), "end": within.index(words) + len(words)}


def row(answers: list[str], evidence: str = FIRST, kind: str = "factoid", **other: object) -> dict[str, object]:
    return {
        "document": NAME,
        "type": kind,
        "evidence": [span(evidence)],
        "answers": [span(answer) for answer in answers],
        "questions": {"zh": "问？", "en": "Why?"},
        "near_misses": {"zh": "不问？"},
        **other,
    }


def laid(folder: Path, rows: list[dict[str, object]], text: str = TEXT, **checksums: str) -> OwnQuestions:
    """The rows as a file of questions, and their document; its checksum is right unless another is given."""
    path = folder / "data" / NAME
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    right = {str(one["document"]): sha256(text.encode()).hexdigest() for one in rows}
    (folder / "documents.json").write_text(json.dumps(right | checksums))
    (folder / "made-up.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    return own_questions(folder / "data", folder)


def shown(item: Item) -> list[str]:
    return [answer.of(item.passage.display_text) for answer in item.answers]


# made up


def test_an_item_may_have_further_near_misses(tmp_path: Path) -> None:
    (item,) = laid(tmp_path / "first", [row(["三条"])]).items
    more = {"item": item.key, "near_misses": {"zh": ["又不问？", "还不问？"], "en": ["Why not?"]}}
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / NEAR_MISSES).write_text(json.dumps(more) + "\n", "utf-8")
    (found,) = laid(tmp_path / "second", [row(["三条"])]).items
    assert found.near_misses == {"en": ("Why not?",), "zh": ("不问？", "又不问？", "还不问？")}
    assert found.key == item.key


def test_near_misses_of_no_item_are_an_error(tmp_path: Path) -> None:
    (tmp_path / NEAR_MISSES).write_text(json.dumps({"item": "x", "near_misses": {"zh": ["何？"]}}) + "\n", "utf-8")
    with pytest.raises(ValueError, match=r"near-misses\.jsonl has 'x', which is no item's key"):
        laid(tmp_path, [row(["三条"])])


def test_a_row_becomes_an_item(tmp_path: Path) -> None:
    (item,) = laid(tmp_path, [row(["三条"])]).items
    assert (item.document, item.region, item.type) == (NAME, "湖北", "factoid")
    assert (item.questions, item.near_misses) == ({"zh": "问？", "en": "Why?"}, {"zh": ("不问？",)})
    assert [evidence.of(TEXT) for evidence in item.evidence] == [FIRST]
    assert FIRST in item.passage.text
    assert shown(item) == ["三条"]


def test_an_answer_across_a_page_is_found_in_what_is_shown(tmp_path: Path) -> None:
    (item,) = laid(tmp_path, [row(["降到\n\n- 7 -\n\n两元"], SECOND)]).items
    assert shown(item) == ["降到两元"]
    assert item.passage.display_text[item.answers[0].start - 3 :].startswith("从三元降到两元，大家")


def test_answers_near_each_other_are_one_and_others_are_several(tmp_path: Path) -> None:
    near, far = ["东山", "西山", "南山"], ["三条", "再降"]
    assert span("再降")["end"] - span("三条")["start"] > LONGEST_LIST
    rows = [row(near, kind="list"), row(far, kind="list"), row(near[:2], kind="comparison")]
    found = laid(tmp_path, rows).items
    assert [shown(item) for item in found] == [["东山、西山和南山"], far, ["东山、西山"]]


def test_half_of_a_question_about_two_documents_names_the_other(tmp_path: Path) -> None:
    found = laid(tmp_path, [row(["三条"], other_half="documents/other.txt"), row(["东山"])]).items
    assert [item.other_half for item in found] == ["documents/other.txt", ""]


def test_an_item_that_the_border_of_a_passage_cuts_is_left_out(tmp_path: Path) -> None:
    text = TEXT + "\n".join(f"{'水' * 300}{number}。" for number in range(3))
    whole = row(["三条"])
    found = laid(tmp_path, [whole, row(["三条"]) | {"answers": [span("三条"), span("2。", text)]}], text)
    assert [shown(item) for item in found.items] == [["三条"]]
    assert len(found.passages[NAME]) > 2


def test_another_text_is_refused(tmp_path: Path) -> None:
    right = sha256(TEXT.encode()).hexdigest()
    with pytest.raises(ValueError, match=f"{NAME} has the text {right}, the questions are about {'0' * 64}"):
        laid(tmp_path, [row(["三条"])], **{NAME: "0" * 64})


def test_a_government_report_is_its_years_lines(tmp_path: Path) -> None:
    folder = tmp_path / REPORTS
    folder.mkdir(parents=True)
    lines = [(2008, "各位代表："), (2009, "水价降了。"), (2008, "渠道修好了。")]
    rows = [json.dumps({"year": year, "zh": line, "en": "…"}) for year, line in lines]
    (folder / "pairs.jsonl").write_text("\n".join(rows) + "\n")
    found = read(tmp_path, f"{REPORTS}/2008")
    assert (found.text, found.name) == ("各位代表：\n渠道修好了。\n", "2008年国务院政府工作报告.txt")


def test_a_passage_of_an_open_set_is_a_document_of_its_own(tmp_path: Path) -> None:
    name, text = f"{CORPORA[0]}/P7", "甲城建于1901年。\n后来它以纺织闻名。"
    (tmp_path / "data" / CORPORA[0]).mkdir(parents=True)
    other = json.dumps({"id": "P8", "title": "", "text": "无。"})
    own = json.dumps({"id": "P7", "title": "甲城", "text": text})
    (tmp_path / "data" / CORPORA[0] / "corpus.jsonl").write_text(f"{other}\n{own}\n")
    asked = row(["三条"]) | {"document": name, "evidence": [span("甲城建于1901年。", text)]}
    found = laid(tmp_path, [asked | {"answers": [span("1901年", text)]}], text)
    (passage,) = found.passages[name]
    assert (passage.text, passage.context, passage.display_text) == (text, "甲城", text.replace("\n", ""))
    assert [sentence.of(text) for sentence in passage.sentences] == text.split("\n")
    assert [shown(item) for item in found.items] == [["1901年"]]


# shipped


def test_an_article_of_ours_lies_beside_the_questions(tmp_path: Path) -> None:
    found = read(tmp_path, f"{ARTICLES}01.txt")
    (article,) = found.articles
    assert (found.name, article.region, article.authors[0].name) == ("01.txt", "四川", "蒋怀谦")
    assert found.text == (FOLDER / ARTICLES / "01.txt").read_text("utf-8")


@pytest.mark.parametrize("path", sorted((FOLDER / ARTICLES).glob("*.txt")), ids=lambda path: path.name)
def test_an_article_of_ours_is_read_as_one_with_its_title_and_author(path: Path) -> None:
    title, below, *_ = path.read_text("utf-8").split("\n\n")
    (article,) = read(path.parent, f"{ARTICLES}{path.name}").articles
    assert article.title == title.replace("\n", "")
    signed = "　" in below and not below.endswith("。")
    assert bool(article.authors) == signed
    assert all(author.name in below for author in article.authors)


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    folder = shared / "data"
    if not folder.is_dir():
        pytest.skip(f"{folder} not found: set DIGEST_QA_SHARED")
    return folder


@pytest.fixture(scope="module")
def own(data: Path) -> OwnQuestions:
    return own_questions(data)


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return [
        json.loads(line)
        for path in sorted(FOLDER.glob("*.jsonl"))
        if path.name != NEAR_MISSES
        for line in path.read_text("utf-8").splitlines()
    ]


def test_every_answer_is_in_its_passage_and_shown_as_it_stands_in_the_source(
    data: Path, own: OwnQuestions, rows: list[dict]
) -> None:
    wanted = {}
    for one in rows:
        source = read(data, one["document"])
        told = [display_of(source, Span(**answer)) for answer in one["answers"]]
        wanted[one["document"], one["answers"][0]["start"], json.dumps(one["questions"])] = told
    for item in own.items:
        size = len(item.passage.display_text)
        assert all(0 <= answer.start < answer.end <= size for answer in item.answers), item.key
        at = int(item.key.split()[2])  # of the first answer, in the source
        told = wanted[item.document, at, json.dumps(dict(item.questions))]
        found = shown(item)
        assert all(text == text.strip() for text in found), item.key
        if len(found) == len(told):
            assert list(map(squeezed, found)) == list(map(squeezed, told)), item.key
        else:  # several as one answer, from the first to the last of them
            assert len(found) == 1, item.key
            assert all(squeezed(text) in squeezed(found[0]) for text in told), item.key


def test_the_evidence_is_in_the_document_and_begins_in_the_passage(data: Path, own: OwnQuestions) -> None:
    for item in own.items:
        text = read(data, item.document).text
        assert all(evidence.end <= len(text) and evidence.of(text).strip() for evidence in item.evidence), item.key
        first = item.evidence[0]
        assert item.passage.start <= first.start < first.end <= item.passage.end, item.key
        assert item.passage.text == text[item.passage.start : item.passage.end], item.key


def test_nearly_every_row_becomes_an_item_that_can_be_told_from_the_others(own: OwnQuestions, rows: list[dict]) -> None:
    assert 0.9 * len(rows) < len(own.items) <= len(rows)
    assert len({item.key for item in own.items}) == len(own.items)
    assert {item.passage.id for item in own.items} <= {
        passage.id for passages in own.passages.values() for passage in passages
    }


def test_a_tenth_is_held_out_by_whole_passages(own: OwnQuestions) -> None:
    sides: dict[tuple[str, int], set[bool]] = {}
    for item in own.items:
        sides.setdefault((item.document, item.passage.start), set()).add(item.held_out)
    assert all(len(side) == 1 for side in sides.values())
    assert 0.07 <= sum(item.held_out for item in own.items) / len(own.items) <= 0.13


def test_every_question_is_asked_in_chinese_and_english(own: OwnQuestions) -> None:
    for item in own.items:
        assert {"zh", "en"} <= item.questions.keys(), item.key
        misses = [text for texts in item.near_misses.values() for text in texts]
        assert all(text.strip() for text in (*item.questions.values(), *misses)), item.key
        assert not set(item.questions.values()) & set(misses), item.key
