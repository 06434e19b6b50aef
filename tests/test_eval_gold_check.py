from pathlib import Path

import pytest
from eval_fakes import document
from hypothesis import given
from hypothesis import strategies as st

from eval.dataset import KINDS, SHIPPED, Evidence, GoldQuestion, Place, ResolvedQuestion, load_gold, resolve
from eval.gold_check import (
    LONGEST_QUOTED_NAME,
    LONGEST_SHARED_RUN,
    counts,
    names_in,
    off_sentence,
    outside_evidence,
    problems,
    render_counts,
    shared_run,
    wording,
)
from index.intake import document_of
from index.readers import decode
from index.schema import Article, Author, Document, Furniture, Span
from index.sentences import sentence_spans

SAMPLE = Path(__file__).parents[1] / "index/sample/sample-digest.txt"


def read(path):
    return document_of(decode(path.read_bytes(), path), path.name, None)


def at(text, piece):
    start = text.index(piece)
    return Span(start, start + len(piece))


def off(text, piece):
    return off_sentence(at(text, piece), document(text=text))


TEXT = """题目：如何做

王大山 某局局长

他说：“先做这个。”再做那个！问题有二：一是人少；二是钱少。印刷把句
子断开了，所以如此。He left (at 3.5 p.m.). Then he came back. "Good." All is well

末行没有句号"""


@pytest.mark.parametrize(
    "piece",
    [
        "题目：如何做",  # a title, a byline
        "王大山 某局局长",
        "他说：“先做这个。”",
        "他说：“先做这个。",  # the closing quote left outside
        "”再做那个！",
        "再做那个！",
        "再做那个！问题有二：一是人少；",
        "二是钱少。",  # a list item
        "印刷把句\n子断开了，所以如此。",
        "印刷把句",  # one line of it, on either side of the break
        "子断开了，所以如此。",
        "He left (at 3.5 p.m.).",
        " He left (at 3.5 p.m.). "[1:],
        "Then he came back. \"Good.\"",
        "\"Good.\" All is well",
        "All is well\n\n末行没有句号",
        "末行没有句号",
        "\n\n王大山 某局局长\n",  # blank space at its own edges
    ],
)  # fmt: skip
def test_whole_sentences_lines_and_items_pass(piece):
    assert off(TEXT, piece) is None


@pytest.mark.parametrize(
    ("piece", "problem"),
    [
        ("说：“先做这个。”", "starts inside a sentence (“…他|说…”)"),
        ("再做那个", "ends inside a sentence (“…个|！…”)"),
        ("一是人少；", "starts inside a sentence (“…：|一…”)"),
        ("断开了，所以", "starts inside a sentence (“…子|断…”) and ends inside a sentence (“…以|如…”)"),
        ("He left (at 3.", "ends inside a sentence (“….|5…”)"),
        ("5 p.m.).", "starts inside a sentence (“….|5…”)"),
        ("he came back.", "starts inside a sentence (“… |h…”)"),
        ("Then he came ", "ends inside a sentence (“…e| …”)"),
        ("题目：如何", "ends inside a sentence (“…何|做…”)"),
        ("大山 某局局长", "starts inside a sentence (“…王|大…”)"),
    ],
)
def test_an_edge_inside_a_sentence_is_named_with_both_characters(piece, problem):
    span = at(TEXT, piece)
    assert off(TEXT, piece) == f"evidence {span.start}-{span.end} {problem}"


def test_evidence_may_start_right_behind_furniture():
    text = "第3页他来了。"
    source = document(text=text)
    assert off_sentence(Span(3, 7), source) == "evidence 3-7 starts inside a sentence (“…页|他…”)"
    furnished = Document(
        *(getattr(source, name) for name in ("id", "name", "sha256", "media_type", "encoding", "text", "articles")),
        furniture=(Furniture(Span(0, 3), "page number"),),
    )
    assert off_sentence(Span(3, 7), furnished) is None


def test_blank_evidence():
    assert off_sentence(Span(2, 4), document(text="a.\n\nb.")) == "evidence 2-4 is blank"


@given(st.text(st.sampled_from('甲乙ab1。！.…”"』 \n；\u3000'), max_size=40))
def test_every_sentence_of_the_splitter_passes(text):
    source = document(text=text)
    assert [problem for span in sentence_spans(text) if (problem := off_sentence(span, source))] == []


@given(st.lists(st.text(st.sampled_from("甲乙丙，ab1"), min_size=3, max_size=9), min_size=2, max_size=5), st.data())
def test_a_span_shifted_inside_a_sentence_fails(bodies, data):
    text = "".join(f"{body}。" for body in bodies)
    span = data.draw(st.sampled_from(sentence_spans(text)))
    source = document(text=text)
    late, early = Span(span.start + 1, span.end), Span(span.start, span.end - 1)
    assert "starts inside" in off_sentence(late, source)
    # Without its mark a sentence ends inside itself, but for the text's last one when that is the end.
    assert "ends inside" in off_sentence(early, source)
    if span.start:
        assert "starts inside" in off_sentence(Span(span.start - 1, span.end), source)


def test_one_answer_is_enough_unless_all_are_needed():
    evidence = ["共有 52\n家 Ａbc。", "另有三家。"]
    assert outside_evidence(["没有", "52家"], False, evidence) is None
    assert outside_evidence(["52家abc", "三家"], True, evidence) is None  # NFKC, case, blanks
    assert outside_evidence(["53家"], False, evidence) == "no answer stands in the evidence: “53家”"
    assert outside_evidence(["52家", "4家"], True, evidence) == (
        "all answers are needed, but “4家” stands in no evidence"
    )
    assert outside_evidence(["5家", "4家"], True, evidence) == (
        "all answers are needed, but “5家”, “4家” stand in no evidence"
    )
    # Not across two evidence spans.
    assert outside_evidence(["abc。另有"], False, evidence) is not None
    assert outside_evidence([], False, evidence) is outside_evidence(["x"], True, []) is None


def test_the_longest_shared_run():
    source = document(text="我们積極承接国家\n科技重大项目，并打通通道。")
    # Simplified, over the line break; 打通 is shorter.
    assert shared_run("誰積极承接國 家科技重大?打通", source, ()) == "积极承接国家科技重大"
    assert shared_run("重大，项目", source, ()) == "重大"  # a comma ends a run; the first of two
    assert shared_run("Who did so in 2023?", source, ()) == ""
    assert shared_run("", source, ()) == ""


def test_a_run_inside_a_name_does_not_count():
    source = document(text="按照《重大项目管理 办法》，我们打通通道。")
    question = "重大項目管理办法说了打通通道吗"
    assert shared_run(question, source, ()) == "重大项目管理办法"
    assert shared_run(question, source, ["重大项目管理办法（试行）"]) == "打通通道"
    # More than the name was copied.
    assert shared_run("我们打通通道", source, ["打通通道"]) == "我们打通通道"


@given(st.text(st.sampled_from("甲乙丙，"), max_size=12), st.text(st.sampled_from("甲乙丙，\n"), max_size=30))
def test_the_longest_shared_run_is_that_of_all_pieces(question, text):
    plain = text.replace("\n", "")
    pieces = {question[i:j] for i in range(len(question)) for j in range(i + 1, len(question) + 1)}
    shared = [len(piece) for piece in pieces if "，" not in piece and piece in plain]
    found = shared_run(question, document(text=text), ())
    assert len(found) == max(shared, default=0)
    assert found in question
    assert found in plain


def test_names_of_a_document():
    source = document(text=f"《甲\n乙》和“丙”和「丁」，“{'长' * (LONGEST_QUOTED_NAME + 1)}”。")
    article = Article(0, "题目", (Author("王大山", "局长"),), "广东", (), (), ())
    other = Article(1, "又一题", (Author("李四", ""),), None, (), (), ())
    full = Document(source.id, source.name, source.sha256, "text/plain", "utf-8", source.text, (article, other), ())
    assert names_in(full) == {"甲\n乙", "丙", "丁", "题目", "王大山", "局长", "广东", "又一题", "李四"}


def question(identifier="q", text="?", *, answers=("甲",), evidence=(), note="", **changes):
    fields = {
        "id": identifier, "language": "zh", "question": text, "type": "factoid", "style": None,
        "answerable": bool(evidence), "document": "d.txt", "answers": tuple(answers), "all_answers": False,
        "evidence": tuple(evidence), "note": note,
    }  # fmt: skip
    return GoldQuestion(**(fields | changes))


def test_every_problem_is_named_with_its_question():
    source = document(text="甲乙丙。丁戊己。")
    gold = [
        question("right", answers=[Span(0, 2)], evidence=[Evidence("d.txt", Span(0, 4))]),
        question("wrong", answers=["庚"], evidence=[Evidence("d.txt", Span(1, 4)), Evidence("d.txt", Span(4, 6))]),
        question("span", answers=[Span(3, 5), Span(4, 5)], evidence=[Evidence(source.sha256, Span(4, 8))]),
        question("none", answers=()),
    ]
    assert problems(resolve(gold, [source]), [source]) == [
        "question 'wrong': evidence 1-4 starts inside a sentence (“…甲|乙…”)",
        "question 'wrong': evidence 4-6 ends inside a sentence (“…戊|己…”)",
        "question 'wrong': no answer stands in the evidence: “庚”",
        "question 'span': answer 3-5 lies in no evidence span",
    ]


def test_evidence_that_no_passage_can_hold_and_answers_that_say_nothing():
    source = document(text="甲" * 626 + "\n" + "乙" * 625)
    gold = resolve(
        [
            question("long", answers=("甲",), evidence=(Evidence("d.txt", Span(0, 626)),)),
            question("just", answers=("乙",), evidence=(Evidence("d.txt", Span(627, 1252)),)),
        ],
        [source],
    )
    assert problems(gold, [source]) == [
        "question 'long': evidence 0-626 has 626 characters, of which no passage of 500 can hold 4/5: "
        "give its sentences one by one"
    ]
    silent = document(text="——")
    gold = resolve([question("silent", answers=("——",), evidence=(Evidence("d.txt", Span(0, 2)),))], [silent])
    assert problems(gold, [silent]) == ["question 'silent': answer '——' has no letter and no digit"]


def test_a_span_answer_is_looked_for_in_its_own_document():
    source, other = document(text="甲乙丙。"), document("e.txt", "甲乙丙，丁。")
    gold = [question(answers=[Span(0, 2)], evidence=[Evidence("e.txt", Span(0, 6))])]
    assert problems(resolve(gold, [source, other]), [source, other]) == [
        "question 'q': answer 0-2 lies in no evidence span"
    ]


def test_a_question_without_evidence_or_answers_is_not_asked_about_them():
    source = document(text="甲乙丙。")
    place = Place(source.sha256, Span(0, 4), source.text)
    gold = [
        ResolvedQuestion(question(answers=()), (), (place,)),
        ResolvedQuestion(question(answers=["庚"]), ("庚",), ()),
    ]
    assert problems(gold, [source]) == []


def test_wording_too_near_the_document():
    run = "一二三四五六七八九十百"
    assert len(run) == LONGEST_SHARED_RUN + 1
    documents = [document(text=f"{run}。"), document("e.txt", f"{run}千。《{run}千》")]
    gold = [
        question("copied", f"为何{run}？", answers=()),
        question("own", f"为何{run[1:]}？", answers=()),
        question("elsewhere", f"{run}千？", answers=(), document="e.txt"),
    ]
    assert wording(resolve(gold, documents), documents) == [
        f"question 'copied': shares 11 characters with d.txt (“{run}”), more than 10"
    ]


def test_counts():
    gold = [
        question("a", language="en", style="typo", evidence=[Evidence("d.txt", Span(0, 1))]),
        question("b", language="zh", answers=(), note=f"{KINDS[1]}: not so"),
        question("c", language="zh", type="list", evidence=[Evidence("d.txt", Span(0, 1))]),
    ]
    # Folds by hash: sha256 of "a" begins with ca978112, of "b" with 3e23e816, of "c" with 2e7d2c03.
    assert [0xCA978112 % 2, 0x3E23E816 % 2, 0x2E7D2C03 % 2] == [0, 0, 1]
    counted = counts(gold)
    assert counted == {
        "language": {"zh": 2, "en": 1},
        "type": {"factoid": 2, "list": 1},
        "style": {"typo": 1},
        "answerable": {"yes": 2, "no": 1},
        "kind": {KINDS[1]: 1},
        "fold": {"dev": 2, "test": 1},
    }
    assert list(counted["language"]) == ["zh", "en"]
    lines = render_counts(counted).splitlines()
    assert lines[0].split() == ["questions"]
    assert lines[1].split() == ["language", "zh", "2"]
    assert len({len(line) for line in lines}) == 1


def check_shipped(gold_file, *sources):
    gold = resolve(load_gold(gold_file), sources)
    assert problems(gold, sources) + wording(gold, sources) == []
    # The check has teeth: every span moved by one starts or ends inside a sentence.
    places = [place for item in gold for place in item.evidence]
    assert len(places) > 100
    by_hash = {source.sha256: source for source in sources}
    for place in places:
        moved = Span(place.span.start + 1, place.span.end + 1)
        assert off_sentence(moved, by_hash[place.document_sha256]) is not None


def test_the_samples_gold_fits():
    check_shipped(SHIPPED / "sample.jsonl", read(SAMPLE))


def test_the_real_digests_gold_fits(digest_path):
    check_shipped(SHIPPED / "digest.jsonl", read(digest_path))


def test_the_reports_gold_fits(shared):
    folder = shared / "data" / "documents" / "gov_reports_2026"
    if not folder.is_dir():
        pytest.skip(f"{folder} not found: set DIGEST_QA_SHARED")
    check_shipped(SHIPPED / "reports.jsonl", *(read(path) for path in sorted(folder.glob("*[省市区].txt"))))
