import json

import pytest
from eval_fakes import DOCUMENT, TEXT, document, gold_line, write_gold
from hypothesis import given
from hypothesis import strategies as st

from eval.dataset import SHIPPED, Evidence, GoldQuestion, fold, load_gold, resolve
from index.errors import GoldInvalid
from index.schema import Span


def problems_of(path):
    with pytest.raises(GoldInvalid) as caught:
        load_gold(path)
    return caught.value.problem


def test_a_line_becomes_a_question(tmp_path):
    path = write_gold(
        tmp_path / "g.jsonl",
        [
            gold_line(
                "a", style="keyword", all_answers=True, answers=["甲", {"start": 3, "end": 5}],
                evidence=[{"start": 0, "end": 9}, {"start": 1, "end": 2, "document": "e.txt"}], note="n",
            )
        ],
    )  # fmt: skip
    assert load_gold(path) == (
        GoldQuestion(
            id="a",
            language="zh",
            question="a?",
            type="fact",
            style="keyword",
            answerable=True,
            document="d.txt",
            answers=("甲", Span(3, 5)),
            all_answers=True,
            evidence=(Evidence("d.txt", Span(0, 9)), Evidence("e.txt", Span(1, 2))),
            note="n",
            origin="g.jsonl line 1",
        ),
    )


def test_keys_of_others_are_passed_over(tmp_path):
    assert load_gold(write_gold(tmp_path / "g.jsonl", [gold_line("a", difficulty=3)]))[0].id == "a"


def test_the_kind_of_an_unanswerable_question_stands_at_the_head_of_its_note(tmp_path):
    notes = ["other year: 2031 is not told", "other planet: none", ""]
    lines = [gold_line(f"q{n}", answerable=False, note=note) for n, note in enumerate(notes)]
    gold = load_gold(write_gold(tmp_path / "g.jsonl", [*lines, gold_line("a", note="other year: no, answerable")]))
    assert [question.kind for question in gold] == ["other year", None, None, None]


def test_optional_keys_may_be_left_out(tmp_path):
    record = gold_line("a")
    del record["note"]
    (question,) = load_gold(write_gold(tmp_path / "g.jsonl", [record]))
    assert (question.note, question.style, question.all_answers) == ("", None, False)


def test_all_problems_are_reported_at_once_with_their_lines(tmp_path):
    no_type = gold_line("c", colour="red", al_answers=True)
    del no_type["type"]
    lines = [
        json.dumps(gold_line("a")),
        '{"id": "b",',
        "",
        json.dumps(no_type),
        json.dumps(gold_line("a")),
        json.dumps(
            gold_line("d", evidence=[{"start": "1", "end": 2}, {"start": 5, "end": 5}, {"start": -1, "end": 5}])
        ),
        json.dumps(gold_line("e", answers=[], evidence=[])),
        json.dumps(gold_line("f", answerable=False, answers=["x"], evidence=[{"start": 1, "end": 2}])),
        json.dumps(gold_line("g", answers=[" ", {"start": True, "end": 2}, {"start": 1, "end": 2, "document": "d"}])),
        "[]",
        json.dumps(gold_line(7, answerable="yes", all_answers=1, note=3, evidence=[{"start": 1}], answers="x")),
        json.dumps(gold_line("h", evidence=[{"start": 1, "end": 2, "document": 3, "page": 4}])),
    ]
    path = tmp_path / "g.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert problems_of(path).replace("g.jsonl line", "line").split("; ") == [
        "line 2: not JSON (Expecting property name enclosed in double quotes at column 12)",
        "line 4: key 'type' is missing",
        "line 4: key 'al_answers' is unknown, is it 'all_answers'?",
        "line 5: id 'a' was used on line 1",
        "line 6: evidence offsets must be whole numbers, not '1' and 2",
        "line 6: evidence offsets must be 0 <= start < end, not 5 and 5",
        "line 6: evidence offsets must be 0 <= start < end, not -1 and 5",
        "line 7: answerable, but answers is empty",
        "line 7: answerable, but evidence is empty",
        "line 8: not answerable, but answers is not empty",
        "line 8: not answerable, but evidence is not empty",
        "line 9: answers must hold text or start and end, not ' '",
        "line 9: answers offsets must be whole numbers, not True and 2",
        "line 9: answers has the unknown key 'document'",
        "line 10: not a JSON object but list",
        "line 11: id must be text, not 7",
        "line 11: note must be text, not 3",
        "line 11: answerable must be true or false, not 'yes'",
        "line 11: all_answers must be true or false, not 1",
        "line 11: answers must be a list, not 'x'",
        "line 11: evidence must hold start and end, not {'start': 1}",
        "line 12: evidence has the unknown key 'page'",
        "line 12: document must be text, not 3",
    ]


def test_a_file_without_questions_or_no_file_at_all(tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n\n", encoding="utf-8")
    assert problems_of(empty) == f"{empty}: it holds no question"
    assert "cannot be read" in problems_of(tmp_path / "none.jsonl")
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in problems_of(binary)


def test_folds_are_the_parity_of_the_hash():
    # sha256("a") = ca978112…, 0xca978112 is even; sha256("f") = 252f10c8…; sha256("b") = 3e23e816…; ("c") = 2e7d2c03…
    assert [fold(i) for i in ("a", "b", "c", "f")] == ["dev", "dev", "test", "dev"]


@pytest.mark.parametrize("name", [DOCUMENT.name, DOCUMENT.id, DOCUMENT.sha256])
def test_a_document_is_found_by_name_id_or_hash(tmp_path, name):
    gold = load_gold(write_gold(tmp_path / "g.jsonl", [gold_line("a", document=name)]))
    (question,) = resolve(gold, [document("other.txt", "x"), DOCUMENT])
    assert question.answers == (TEXT[100:110],)
    (place,) = question.evidence
    assert (place.document_sha256, place.span, place.text) == (DOCUMENT.sha256, Span(90, 140), TEXT[90:140])


def test_evidence_may_lie_in_another_document(tmp_path):
    other = document("other.txt", "abcdef")
    evidence = [{"start": 1, "end": 3, "document": "other.txt"}]
    gold = load_gold(write_gold(tmp_path / "g.jsonl", [gold_line("a", evidence=evidence)]))
    (question,) = resolve(gold, [DOCUMENT, other])
    assert [(place.document_sha256, place.text) for place in question.evidence] == [(other.sha256, "bc")]


@pytest.mark.parametrize(
    ("source", "joined"),
    [
        ("通\n  过调查", "通过调查"),
        ("基础研\r\n\u3000\u3000究，", "基础研究，"),
        ("in\ntwo words", "in\ntwo words"),
        ("达 35\n亿", "达35亿"),
    ],
)
def test_layout_space_beside_wide_characters_is_not_part_of_an_answer(tmp_path, source, joined):
    answers = [{"start": 0, "end": len(source)}]
    gold = load_gold(write_gold(tmp_path / "g.jsonl", [gold_line("a", answers=answers, evidence=answers)]))
    (question,) = resolve(gold, [document(text=source)])
    assert question.answers == (joined,)


def test_all_that_does_not_fit_the_documents_is_reported_at_once(tmp_path):
    gold = load_gold(
        write_gold(
            tmp_path / "g.jsonl",
            [
                gold_line("a", document="gone.txt"),
                gold_line("b", answers=[{"start": 1999, "end": 2001}], evidence=[{"start": 0, "end": 2000}]),
                gold_line("c", document="twin.txt", answerable=False),
                gold_line("d", evidence=[{"start": 2, "end": 9, "document": "short.txt"}]),
            ],
        )
    )
    documents = [DOCUMENT, document("twin.txt", "1"), document("twin.txt", "2"), document("short.txt", "12345678")]
    with pytest.raises(GoldInvalid) as caught:
        resolve((*gold, gold[3]), documents)
    assert caught.value.problem.split("; ") == [
        "g.jsonl line 1: no document is called 'gone.txt'",
        "g.jsonl line 2: span 1999-2001 ends past the 2000 code points of d.txt",
        "g.jsonl line 3: 2 documents are called 'twin.txt'",
        "g.jsonl line 4: span 2-9 ends past the 8 code points of short.txt",
        "g.jsonl line 4: id 'd' was used in g.jsonl line 4",
        "g.jsonl line 4: span 2-9 ends past the 8 code points of short.txt",
    ]
    assert caught.value.exit_code == 2


@given(text=st.text(min_size=1, max_size=60), data=st.data())
def test_evidence_text_is_the_source_at_its_offsets(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    gold = GoldQuestion(
        "a", "zh", "?", "fact", None, True, "d.txt", ("x",), False, (Evidence("d.txt", Span(start, end)),), ""
    )
    (question,) = resolve([gold], [document(text=text)])
    assert question.evidence[0].text == text[start:end]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["id", "answers", "evidence", "start", "end", "answerable", "document", "language"]),
                inner,
            )
        ),
    )
)
def test_no_json_value_crashes_the_loader(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("gold") / "g.jsonl"
    path.write_text(json.dumps(value), encoding="utf-8")
    assert problems_of(path).startswith("g.jsonl line 1: ")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.jsonl")), ids=lambda path: path.stem)
def test_shipped_gold_is_sound_and_has_both_folds(path):
    gold = load_gold(path)
    assert {fold(question.id) for question in gold} == {"dev", "test"}
    assert {question.answerable for question in gold} == {True, False}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.jsonl")), ids=lambda path: path.stem)
def test_a_second_reader_has_answered_every_shipped_question(path):
    lines = (SHIPPED / "second-pass" / path.name).read_text(encoding="utf-8").splitlines()
    second = [json.loads(line) for line in lines]
    gold = load_gold(path)
    assert [(line["id"], line["answerable"]) for line in second] == [(one.id, one.answerable) for one in gold]
    assert all(bool(line["evidence"]) == line["answerable"] for line in second)
    assert {line["verdict"] for line in second} <= {"agrees", "gold mended", "both defensible", "reader was wrong"}
