"""The three formats of benchmarks: what is read from tiny folders, and every problem with its place."""

import pytest
from benchmark_folders import asked, beir, folder, passage, question, squad
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks import BenchmarkInvalid, load, questions_file
from eval.benchmarks.reading import SHOWN
from eval.benchmarks.records import AnswerPlace, BenchmarkPassage, merged
from index.schema import Span


def one(benchmarks):
    (benchmark,) = benchmarks
    return benchmark


def problems(where):
    """The problems that the message lists, without the folder before and the remedy after them."""
    with pytest.raises(BenchmarkInvalid) as caught:
        load(where)
    assert caught.value.exit_code == 2
    return caught.value.problem.removeprefix(f"{where}: ").split("; ")


def test_a_folder_in_the_common_format(tmp_path):
    corpus = [passage("a", "长江全长6300公里。"), passage("b", "黄河。")]
    asked = [
        question("q1", ["a"], ["6300公里", "不在"], answer_starts=[4, -1], negatives=["b"]),
        question("q2", [], negatives=["b"], answerable=False, answer_starts=[]),
    ]
    found = one(load(folder(tmp_path, corpus, asked)))
    assert found.name == "set"
    assert found.passages[0] == BenchmarkPassage("a", "about a", "长江全长6300公里。", "zh")
    first, second = found.questions
    assert (first.answers, first.places) == (("6300公里", "不在"), (AnswerPlace("a", Span(4, 10)),))
    assert (dict(first.relevant), first.negatives, first.candidates) == ({"a": 1}, ("b",), ())
    assert (second.answerable, dict(second.relevant), second.negatives) == (False, {}, ("b",))


def test_passages_with_equal_text_become_one(tmp_path):
    corpus = [passage("a", "same"), passage("b", "other"), passage("c", "same")]
    asked = [
        question("q1", ["c", "a"], ["same"], answer_starts=[0], negatives=["b"]),
        question("q2", ["a"], negatives=["c", "b"]),
    ]
    found = one(load(folder(tmp_path, corpus, asked)))
    assert [p.id for p in found.passages] == ["a", "b"]
    assert dict(found.questions[0].relevant) == {"a": 1}
    assert found.questions[0].places == (AnswerPlace("a", Span(0, 4)),)
    assert found.questions[1].negatives == ("b",)


def test_disputed_questions_are_left_out_and_counted(tmp_path):
    asked = [question("q1", ["a"]), question("q2", ["a"], disputed=True), question("q3", ["a"], disputed=False)]
    found = one(load(folder(tmp_path, [passage("a", "text")], asked)))
    assert [q.id for q in found.questions] == ["q1", "q3"]
    assert found.left_out == {"disputed": 1}


def test_yes_and_no_that_are_not_in_the_text_are_no_answers(tmp_path):
    corpus = [passage("a", "he said YES"), passage("b", "he nodded")]
    asked = [question("q1", ["a"], ["YES"]), question("q2", ["b"], ["YES", "nodded"]), question("q3", ["b"], ["NO"])]
    found = one(load(folder(tmp_path, corpus, asked)))
    assert [q.answers for q in found.questions] == [("YES",), (), ()]
    assert [dict(q.relevant) for q in found.questions] == [{"a": 1}, {"b": 1}, {"b": 1}]


def test_of_parts_the_shortest_form_of_each_is_needed(tmp_path):
    corpus = [passage("a", "187万"), passage("b", "131万"), passage("c", "none")]
    parts = [["1313851", "131万"], ["187万", "186.35万"]]
    asked = [question("q", ["a", "b"], ["131万", "187万"], relevant_groups=[["b"], ["a"]], answer_parts=parts)]
    found = one(load(folder(tmp_path, corpus, asked))).questions[0]
    assert (found.answers, found.all_answers, dict(found.relevant)) == (("131万", "187万"), True, {"a": 1, "b": 1})


def test_where_there_are_candidates_every_question_keeps_to_its_own_passages(tmp_path):
    corpus = [passage(name, name) for name in "abcd"]
    asked = [
        question("q1", [], candidates=["a", "b"]),
        question("q2", [], negatives=["c", "d"], answerable=False),
        question("q3", ["a"], negatives=["d"]),
    ]
    found = one(load(folder(tmp_path, corpus, asked))).questions
    assert [q.candidates for q in found] == [("a", "b"), ("c", "d"), ("a", "d")]
    assert [dict(q.relevant) for q in found] == [{}, {}, {"a": 1}]


def test_each_passage_language_is_a_benchmark(tmp_path):
    corpus = [passage("a-zh", "长江", language="zh"), passage("a-en", "the river", language="en")]
    both = {"passage_language": ["zh", "en"], "answers_by_language": {"zh": ["长江"], "en": ["river"]}}
    asked = [
        question("q1", ["a-zh", "a-en"], ["长江", "river"], question_language="ar", **both),
        question("q2", ["a-zh", "a-en"], ["长江"], passage_language=["zh"]),
    ]
    english, chinese = load(folder(tmp_path, corpus, asked))
    assert (english.name, chinese.name) == ("set (en)", "set (zh)")
    assert ([p.id for p in english.passages], [p.id for p in chinese.passages]) == (["a-en"], ["a-zh"])
    assert [(q.id, q.language, q.answers, dict(q.relevant)) for q in english.questions] == [
        ("q1", "ar", ("river",), {"a-en": 1})
    ]
    assert [(q.id, q.language, q.answers, dict(q.relevant)) for q in chinese.questions] == [
        ("q1", "ar", ("长江",), {"a-zh": 1}),
        ("q2", "zh", ("长江",), {"a-zh": 1}),
    ]


@given(st.lists(st.sets(st.sampled_from(["ar", "en", "zh"]), min_size=1), min_size=1, max_size=6))
def test_a_question_is_in_the_benchmarks_of_its_passage_languages_and_nowhere_else(tmp_path_factory, spoken):
    every = sorted(set().union(*spoken))
    corpus = [passage(f"p{n}-{code}", f"{n} {code}", language=code) for n in range(len(spoken)) for code in every]
    asked = [
        question(f"q{n}", [f"p{n}-{code}" for code in every], passage_language=sorted(codes))
        for n, codes in enumerate(spoken)
    ]
    split = load(folder(tmp_path_factory.mktemp("split"), corpus, asked))
    assert [b.name for b in split] == ([f"set ({code})" for code in every] if len(every) > 1 else ["set"])
    for code, benchmark in zip(every, split, strict=True):
        assert {p.language for p in benchmark.passages} == {code}
        assert {q.id: dict(q.relevant) for q in benchmark.questions} == {
            f"q{n}": {f"p{n}-{code}": 1} for n, codes in enumerate(spoken) if code in codes
        }


def test_every_problem_of_a_folder_has_its_line(tmp_path):
    corpus = [
        passage("a", "0123456789"),
        "",
        passage("a", "again"),
        "{nonsense",
        {"id": "c", "title": "", "text": "  "},
        {"id": "d", "text": 5, "colour": "red"},
        "[]",
    ]
    asked = [
        question("q1", ["x"], negatives=["y"]),
        question("q1", ["a"], ["89"], answer_starts=[9]),
        question("q3", ["a"], ["12"], answer_starts=[2]),
        question("q4", ["a"], ["1"], answer_starts=[]),
        question("q5", [], ["1"]),
        question("q6", ["a"], answerable=False),
        question("q7", ["a"], passage_language=["zh"]),
        question("q8", ["a"], relevant_groups=[["c"]]),
        {"id": "q9"},
    ]
    del asked[-1]["id"]
    asked[-1] |= question("q9", ["a"]) | {"answerable": "yes"}
    assert problems(folder(tmp_path, corpus, asked)) == [
        "corpus.jsonl line 4: not JSON (Expecting property name enclosed in double quotes at column 2)",
        "corpus.jsonl line 6: key 'title' is missing",
        "corpus.jsonl line 6: text: Input should be a valid string",
        "corpus.jsonl line 6: key 'colour' is unknown",
        "corpus.jsonl line 7: it is not a JSON object",
        "questions.jsonl line 9: answerable: Input should be a valid boolean",
        "corpus.jsonl line 3: id 'a' was used in corpus.jsonl line 1",
        "questions.jsonl line 2: id 'q1' was used in questions.jsonl line 1",
        "corpus.jsonl line 5: passage 'c' has no text",
        "questions.jsonl line 1: no passage is called 'x'",
        "questions.jsonl line 1: no passage is called 'y'",
        "questions.jsonl line 2: answer '89' at 9 is outside the 5 code points of 'a'",
        "questions.jsonl line 3: answer '12' does not stand at 2 of 'a', but 'ai'",
        "questions.jsonl line 4: answer_starts has 0 offsets for 1 answers",
        "questions.jsonl line 5: answerable, but neither relevant nor candidates are given",
        "questions.jsonl line 6: not answerable, but relevant is not empty",
        "questions.jsonl line 7: passage_language has 'zh', but no relevant passage is in it",
        "questions.jsonl line 8: 'c' is in relevant_groups, but not in relevant",
    ]


def test_an_offset_without_any_passage_is_a_problem(tmp_path):
    asked = [question("q", [], ["1"], answerable=False, answer_starts=[0])]
    assert problems(folder(tmp_path, [passage("a", "1")], asked)) == [
        "questions.jsonl line 1: offset 0 is in no passage"
    ]


def test_a_folder_without_questions_is_a_problem(tmp_path):
    assert problems(folder(tmp_path, [passage("a", "1")], [])) == [
        "questions.jsonl: it holds no question that can be read"
    ]


def test_a_file_that_is_not_utf8_is_a_problem(tmp_path):
    where = folder(tmp_path, [passage("a", "1")], [question("q", ["a"])])
    (where / "corpus.jsonl").write_bytes('{"id": "长"}'.encode("gb18030"))
    found = problems(where)
    assert found[0].startswith("corpus.jsonl line 1: cannot be read ('utf-8' codec can't decode byte 0xb3")
    assert found[1] == "questions.jsonl line 1: no passage is called 'a'"


def test_of_very_many_problems_the_first_are_shown(tmp_path):
    where = folder(tmp_path, [passage("a", "1")], [question(f"q{n}", ["x"]) for n in range(SHOWN + 7)])
    found = problems(where)
    assert len(found) == SHOWN + 1
    assert found[-1] == "and 7 more problems"


def test_beir_keeps_grades_and_asks_the_judged_queries_only(tmp_path):
    beir(tmp_path, [["3", "d1", "1"]], split="train")
    where = beir(tmp_path, [["1", "d1", "2"], ["1", "d3", "1"], ["1", "d2", "0"], ["2", "d2", "0"]])
    found = one(load(where))
    assert (found.name, found.left_out) == ("b", {"no relevant passage": 1})
    assert [(p.id, p.title, p.text) for p in found.passages][1:] == [
        ("d2", "", "Only a title in English"),
        ("d3", "", "The Yellow River is the second longest one."),
    ]
    (asked,) = found.questions
    assert (asked.id, asked.language, asked.question) == ("1", "en", "Which river of China is the longest?")
    assert (dict(asked.relevant), asked.negatives, asked.answers) == ({"d1": 2, "d3": 1}, ("d2",), ())
    assert {p.language for p in found.passages} == {"en"}


def test_beir_without_a_test_split_takes_what_is_there(tmp_path):
    assert [q.id for q in one(load(beir(tmp_path, [["2", "d3", "1"]], split="mine"))).questions] == ["2"]


def test_every_problem_of_a_beir_folder_has_its_line(tmp_path):
    rows = [["1", "d1", "1"], ["9", "d1", "1"], ["2", "d9", "1"], ["1", "d1", "2"], ["1", "d2"], ["1", "d2", "x"]]
    corpus = [{"_id": "d1", "text": "one"}, {"_id": "d2", "title": " ", "text": ""}, {"_id": "d1", "text": "two"}]
    assert problems(beir(tmp_path, rows, corpus=corpus)) == [
        "corpus.jsonl line 3: id 'd1' was used in corpus.jsonl line 1",
        "corpus.jsonl line 2: passage 'd2' has neither text nor title",
        "qrels/test.tsv line 3: no query is called '9'",
        "qrels/test.tsv line 4: no passage is called 'd9'",
        "qrels/test.tsv line 5: passage 'd1' was judged for query '1' before",
        r"qrels/test.tsv line 6: not a query, a passage and a grade, parted by tabs: '1\td2'",
        r"qrels/test.tsv line 7: not a query, a passage and a grade, parted by tabs: '1\td2\tx'",
    ]


def test_a_beir_folder_without_judgments_is_a_problem(tmp_path):
    assert problems(beir(tmp_path, [])) == ["qrels/test.tsv: it holds no judgment"]


def test_squad_2(tmp_path):
    context = "Denver won the game in 2016."
    impossible = asked("q2", is_impossible=True, plausible_answers=[{"text": "Denver", "answer_start": 0}])
    answered = asked("q1", ("Denver", 0), ("Denver", 0), ("2016", -1), is_impossible=False)
    found = one(load(squad(tmp_path, [{"context": context, "qas": [answered, impossible, asked("q3")]}])))
    assert (found.name, found.left_out) == ("dev-v2", {"no answers given": 1})
    assert found.passages == (BenchmarkPassage("0-0", "Super Bowl", context, "en"),)
    first, second = found.questions
    assert (first.answers, dict(first.relevant)) == (("Denver", "2016"), {"0-0": 1})
    assert first.places == (AnswerPlace("0-0", Span(0, 6)), AnswerPlace("0-0", Span(0, 6)))
    assert (second.answerable, second.answers, second.negatives) == (False, (), ("0-0",))


def test_paragraphs_with_ids_keep_them(tmp_path):
    qas = [asked("DEV_0_QUERY_0", ("光荣", 4)), asked("DEV_0_QUERY_1", ("没有", -1))]
    found = one(load(squad(tmp_path, [{"id": "DEV_0", "context": "战国无双光荣", "qas": qas}], title="战国无双")))
    assert [p.id for p in found.passages] == ["DEV_0"]
    assert [q.places for q in found.questions] == [(AnswerPlace("DEV_0", Span(4, 6)),), ()]


def test_every_problem_of_a_squad_file_has_its_place(tmp_path):
    paragraphs = [
        {"context": "Denver won.", "qas": [asked("q1", ("won", 8)), asked("q1", ("won.", 8))]},
        {"context": " ", "qas": [asked("q2", ("a", 0), is_impossible=True)]},
    ]
    first, second = "dev-v2.json data.0.paragraphs.0", "dev-v2.json data.0.paragraphs.1"
    assert problems(squad(tmp_path, paragraphs)) == [
        f"{first} question 'q1': id 'q1' was used in {first} question 'q1'",
        f"{first} question 'q1': answer 'won' does not stand at 8, but 'on.'",
        f"{first} question 'q1': answer 'won.' at 8 is outside the 11 code points of its context",
        f"{second}: passage '0-1' has no text",
        f"{second} question 'q2': is_impossible, but it has answers",
        f"{second} question 'q2': answer 'a' does not stand at 0, but ' '",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"data":\n [}', "dev-v2.json line 2: not JSON (Expecting value at column 3)"),
        ('{"data": []}', "dev-v2.json: it holds no paragraph"),
        ('{"data": [{"paragraphs": [{"qas": []}]}]}', "dev-v2.json: key 'data.0.paragraphs.0.context' is missing"),
        ("[]", "dev-v2.json: it is not a JSON object"),
    ],
)
def test_a_squad_file_of_another_shape_is_a_problem(tmp_path, text, problem):
    assert problems(squad(tmp_path, [], text=text)) == [problem]


@pytest.mark.parametrize("names", [[], ["corpus.jsonl"], ["a.json", "b.json"]], ids=["empty", "corpus", "two"])
def test_a_folder_of_no_known_format_names_what_was_looked_for(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("{}")
    with pytest.raises(BenchmarkInvalid) as caught:
        load(tmp_path)
    assert caught.value.problem == (
        f"{tmp_path} is no benchmark ({', '.join(names) or 'empty'}): looked for corpus.jsonl with questions.jsonl, "
        "corpus.jsonl with queries.jsonl and qrels/*.tsv (BEIR), or one *.json (SQuAD)"
    )


def test_the_file_of_the_questions_follows_from_the_format(tmp_path):
    ours = folder(tmp_path, [passage("a", "text")], [question("q", ["a"])])
    assert questions_file(ours) == ours / "questions.jsonl"
    assert questions_file(beir(tmp_path, [["1", "d1", "1"]])) == tmp_path / "b" / "queries.jsonl"
    assert questions_file(squad(tmp_path, [])) == tmp_path / "s" / "dev-v2.json"


def test_a_folder_that_is_not_there_is_no_benchmark(tmp_path):
    with pytest.raises(BenchmarkInvalid, match="is no benchmark \\(no such folder\\)"):
        load(tmp_path / "nowhere")


@given(st.lists(st.sampled_from(["x", "y", "z"]), max_size=8))
def test_merging_leaves_one_passage_of_each_text_the_first(texts):
    passages = [BenchmarkPassage(str(number), "", text, "") for number, text in enumerate(texts)]
    kept, _ = merged(passages, ())
    assert [p.text for p in kept] == list(dict.fromkeys(texts))
    assert [int(p.id) for p in kept] == [texts.index(p.text) for p in kept]


@pytest.mark.parametrize(
    ("name", "expected"),
    # As shared/data/README.md counts them; cjrc_dev without the 353 disputed ones, of which 231 are unanswerable.
    [
        ("bipar_valid", {"bipar_valid (en)": (375, 1500, 0), "bipar_valid (zh)": (375, 1500, 0)}),
        ("cjrc_dev", {"cjrc_dev": (999, 6000 - 353, 1420 - 231)}),
        ("cmrc2018_dev", {"cmrc2018_dev": (848, 3219, 0)}),
        ("cmrc2018_trial", {"cmrc2018_trial": (256, 1000, 0)}),
        ("covid_policy_open", {"covid_policy_open": (599 - 6, 296, 0)}),  # six texts occur twice
        ("crud_events", {"crud_events": (1328, 1328, 0)}),
        ("drcd_dev", {"drcd_dev": (1000, 3524, 0)}),
        ("dureader_robust_dev", {"dureader_robust_dev": (1398, 1417, 0)}),
        ("nomiracl_partial", {"nomiracl_partial": (20545 - 3, 2162, 1126)}),  # three texts occur twice
        ("rgb_int", {"rgb_int": (5177, 100, 0)}),
        ("xquad_train", {"xquad_train (en)": (160, 9792, 0), "xquad_train (zh)": (160, 9792, 0)}),
    ],
)
def test_the_open_sets_load_with_their_counts(shared, name, expected):
    where = shared / "data" / "qa" / name
    if not where.is_dir():
        pytest.skip(f"{where} not found: set DIGEST_QA_SHARED")
    counts = {
        b.name: (len(b.passages), len(b.questions), sum(not q.answerable for q in b.questions)) for b in load(where)
    }
    assert counts == expected
