"""Benchmarks with odd content: each is told by file and line, none ends a run or leads out of a folder."""

import json

import pytest
from benchmark_folders import asked, beir, folder, passage, question, squad
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks import BenchmarkInvalid, load, names

HALF = r'"\ud83d"'
LONG = "1" * 5000
DEEP = "[" * 100_000
MANY = "it has a number of more than 4,300 digits"


def problems(where):
    with pytest.raises(BenchmarkInvalid) as caught:
        load(where)
    text = str(caught.value)
    assert text.encode().decode() == text
    return caught.value.problem.removeprefix(f"{where}: ").split("; ")


def common(tmp_path, corpus=None, asked=None):
    return folder(tmp_path, corpus or [passage("a", "text")], asked or [question("q", ["a"])])


def with_half(record, key):
    """The record as JSON in which the value of a key is half of a character."""
    return json.dumps({**record, key: "HALF"}, ensure_ascii=False).replace('"HALF"', HALF)


@pytest.mark.parametrize("key", ["id", "title", "text", "language"])
def test_half_a_character_in_a_passage(tmp_path, key):
    found = problems(common(tmp_path, [passage("a", "text"), with_half(passage("b", "x"), key)]))
    assert found == [rf"corpus.jsonl line 2: {key}: unpaired surrogate '\ud83d' at 0"]


def test_half_a_character_in_a_question(tmp_path):
    line = json.dumps(question("q", ["a"], ["xx"])).replace('"xx"', HALF)
    assert problems(common(tmp_path, asked=["", line]))[0] == (
        r"questions.jsonl line 2: answers.0: unpaired surrogate '\ud83d' at 0"
    )
    assert problems(common(tmp_path, asked=[f"{{{HALF}: 1}}"]))[0] == (
        "questions.jsonl line 1: a key: unpaired surrogate"
    )
    whole = question("q", ["a"]) | {"question": "哪里\U0001f600?"}
    assert load(common(tmp_path, asked=[json.dumps(whole)]))[0].questions[0].question == "哪里\U0001f600?"


@pytest.mark.parametrize("key", ["_id", "title", "text"])
def test_half_a_character_in_beir(tmp_path, key):
    corpus = [{"_id": "d1", "text": "one"}, with_half({"_id": "d2", "text": "two"}, key)]
    assert problems(beir(tmp_path, [["1", "d1", "1"]], corpus=corpus)) == [
        rf"corpus.jsonl line 2: {key}: unpaired surrogate '\ud83d' at 0"
    ]


def test_half_a_character_in_squad(tmp_path):
    text = json.dumps({"data": [{"paragraphs": [{"context": "one", "qas": []}, {"context": "HALF", "qas": []}]}]})
    text = text.replace('"HALF"', HALF)
    assert problems(squad(tmp_path, [], text=text)) == [
        r"dev-v2.json: data.0.paragraphs.1.context: unpaired surrogate '\ud83d' at 0"
    ]


@pytest.mark.parametrize("line", [LONG, f'{{"id": {LONG}}}'], ids=["alone", "value"])
def test_a_number_of_thousands_of_digits(tmp_path, line):
    assert problems(common(tmp_path, [passage("a", "text"), line])) == [f"corpus.jsonl line 2: {MANY}"]
    corpus = [{"_id": "d1", "text": "one"}, line]
    assert problems(beir(tmp_path, [["1", "d1", "1"]], corpus=corpus)) == [f"corpus.jsonl line 2: {MANY}"]
    assert problems(squad(tmp_path, [], text=line)) == [f"dev-v2.json: {MANY}"]


def test_deep_nesting(tmp_path):
    deep = "it is nested too deeply to be read"
    assert problems(common(tmp_path, [passage("a", "text"), DEEP])) == [f"corpus.jsonl line 2: {deep}"]
    assert problems(common(tmp_path, asked=[question("q", ["a"]), DEEP])) == [f"questions.jsonl line 2: {deep}"]
    corpus = [{"_id": "d1", "text": "one"}, DEEP]
    assert problems(beir(tmp_path, [["1", "d1", "1"]], corpus=corpus)) == [f"corpus.jsonl line 2: {deep}"]
    assert problems(squad(tmp_path, [], text=DEEP)) == [f"dev-v2.json: {deep}"]


@pytest.mark.parametrize(
    "grade", ["--1", "-", "1-", "+1", "1.0", "²", "", LONG], ids=lambda grade: grade[:5] or "empty"
)
def test_what_is_no_grade(tmp_path, grade):
    (found,) = problems(beir(tmp_path, [["1", "d1", "1"], ["1", "d3", grade]]))
    assert found.startswith("qrels/test.tsv line 3: not a query, a passage and a grade, parted by tabs: ")


def test_a_grade_below_nought_is_one(tmp_path):
    (found,) = load(beir(tmp_path, [["1", "d1", "2"], ["1", "d3", "-1"]]))
    assert (dict(found.questions[0].relevant), found.questions[0].negatives) == ({"d1": 2}, ("d3",))


REFUSED = {
    "": "the question is empty",
    " \u200b\n": "the question is empty",
    "？？": "the question has no letter and no digit: '？？'",
    "长" * 10_001: "the question has 10,001 characters, at most 10,000 are read",
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.items(), ids=["empty", "blank", "signs", "long"])
def test_a_question_that_the_assistant_refuses_is_a_problem(tmp_path, text, problem):
    bad = question("q2", ["a"]) | {"question": text}
    assert problems(common(tmp_path, asked=[question("q1", ["a"]), bad])) == [f"questions.jsonl line 2: {problem}"]
    queries = [{"_id": "1", "text": "Which one?"}, {"_id": "2", "text": text}]
    rows = [["1", "d1", "1"], ["2", "d3", "1"]]
    assert problems(beir(tmp_path, rows, queries=queries)) == [f"queries.jsonl line 2: {problem}"]
    paragraph = {"context": "Denver won.", "qas": [asked("q", ("won", 7)) | {"question": text}]}
    assert problems(squad(tmp_path, [paragraph])) == [f"dev-v2.json data.0.paragraphs.0 question 'q': {problem}"]


def test_a_question_that_is_not_asked_may_be_anything(tmp_path):
    bad = {"question": "？？"}
    (found,) = load(common(tmp_path, asked=[question("q1", ["a"]), question("q2", ["a"], disputed=True) | bad]))
    assert [q.id for q in found.questions] == ["q1"]
    queries = [{"_id": "1", "text": "Which one?"}, {"_id": "2", "text": "？？"}]
    (found,) = load(beir(tmp_path, [["1", "d1", "1"]], queries=queries))
    assert [q.id for q in found.questions] == ["1"]
    paragraph = {"context": "Denver won.", "qas": [asked("q1", ("won", 7)), asked("q2") | bad]}
    (found,) = load(squad(tmp_path, [paragraph]))
    assert [q.id for q in found.questions] == ["q1"]


def test_an_empty_id_is_a_problem(tmp_path):
    where = common(
        tmp_path,
        [passage("a", "text"), passage("", "x")],
        [question("q", ["a"]), {**question("", ["a"]), "question": "q?"}],
    )
    assert problems(where) == ["corpus.jsonl line 2: the id is empty", "questions.jsonl line 2: the id is empty"]
    corpus = [{"_id": "d1", "text": "one"}, {"_id": "", "text": "two"}]
    assert problems(beir(tmp_path, [["1", "d1", "1"]], corpus=corpus)) == ["corpus.jsonl line 2: the id is empty"]
    place = "dev-v2.json data.0.paragraphs.0"
    assert problems(squad(tmp_path, [{"id": "", "context": "Denver won.", "qas": [asked("", ("won", 7))]}])) == [
        f"{place}: the id is empty",
        f"{place} question '': the id is empty",
    ]


def test_a_set_with_no_question_left_is_no_benchmark(tmp_path):
    where = common(tmp_path, asked=[question("q", ["a"], disputed=True)])
    assert problems(where) == [f"{where} has no question to ask (1 left out: disputed)"]
    where = beir(tmp_path, [["1", "d1", "0"], ["2", "d3", "0"]])
    assert problems(where) == [f"{where} has no question to ask (2 left out: no relevant passage)"]
    where = squad(tmp_path, [{"context": "Denver won.", "qas": [asked("q1"), asked("q2"), asked("q3")]}])
    assert problems(where) == [f"{where} has no question to ask (3 left out: no answers given)"]
    where = squad(tmp_path, [{"context": "Denver won.", "qas": []}])
    assert problems(where) == [f"{where} has no question to ask (it holds none)"]


def in_languages(parent, *languages):
    corpus = [passage(f"p{n}", f"text {n}", language=language) for n, language in enumerate(languages)]
    asked = [question(f"q{n}", [f"p{n}"], passage_language=[language]) for n, language in enumerate(languages)]
    return folder(parent, corpus, asked)


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        (["en", "zh-Hant"], ["set (en)", "set (zh-Hant)"]),
        (["../x", "/etc"], ["set (.._x)", "set (_etc)"]),
        (["a/b", "a\\b", "a_b"], ["set (a_b)", "set (a_b)-2", "set (a_b)-3"]),
        (["ZH", "zh"], ["set (ZH)", "set (zh)-2"]),
        (["../.."], ["set"]),
    ],
)
def test_names_are_those_of_folders(tmp_path, languages, expected):
    where = in_languages(tmp_path, *languages)
    assert [benchmark.name for benchmark in load(where)] == expected
    assert list(names(where)) == expected


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=4), min_size=1, max_size=5, unique=True))
def test_names_stay_in_their_folder_and_are_known_before(tmp_path_factory, languages):
    parent = tmp_path_factory.mktemp("names")
    where = in_languages(parent, *languages)
    found = [benchmark.name for benchmark in load(where)]
    assert list(names(where)) == found
    assert len({name.casefold() for name in found}) == len(found) == len(languages)
    assert {(parent / name).resolve().parent for name in found} == {parent.resolve()}


def test_the_names_of_the_other_formats(tmp_path):
    assert names(beir(tmp_path, [["1", "d1", "1"]])) == ("b",)
    assert names(squad(tmp_path, [])) == ("dev-v2",)
    with pytest.raises(BenchmarkInvalid, match="no such folder"):
        names(tmp_path / "nowhere")


def test_names_need_no_corpus_and_leave_problems_to_the_reading(tmp_path):
    where = in_languages(tmp_path, "en", "zh")
    (where / "corpus.jsonl").write_text("{")
    with (where / "questions.jsonl").open("a") as file:
        file.write("{\n")
    assert names(where) == ("set (en)", "set (zh)")
    assert problems(where)[0].startswith("corpus.jsonl line 1: not JSON")
