"""The part of a set that our models were not trained on."""

from eval.benchmarks.held_out import article_of, held_out, unseen
from eval.benchmarks.records import Benchmark, BenchmarkPassage, BenchmarkQuestion

TITLES = [f"t_{n}" for n in range(12)]
HELD_OUT = [n for n in range(12) if held_out(f"xquad_train t {n}", 3)]


def benchmark() -> Benchmark:
    passages = tuple(BenchmarkPassage(f"p{n}", title, f"text {n}", "zh") for n, title in enumerate(TITLES))
    relevant = [*([f"p{n}"] for n in range(12)), ["p2", f"p{HELD_OUT[0]}"], []]
    questions = [
        BenchmarkQuestion(
            id=f"q{n}", language="en", question="?", answerable=bool(names), relevant=dict.fromkeys(names, 1)
        )
        for n, names in enumerate(relevant)
    ]
    return Benchmark("xquad_train (zh)", passages, tuple(questions), {"disputed": 2})


def test_the_choice_is_stable() -> None:
    assert [n for n in range(12) if held_out(f"xquad_train t{n}", 3)] == [4, 5, 11]
    assert [n for n in range(12) if held_out(f"drcd_dev p{n}", 2)] == [0, 1, 4, 5, 6, 8, 10]


def test_an_article_is_called_by_its_title_and_without_one_by_its_passage() -> None:
    assert article_of("xquad_train", "Super_Bowl_50", "a00") == "xquad_train Super Bowl 50"
    assert article_of("drcd_dev", "", "1001-1") == "drcd_dev 1001-1"


def test_questions_on_articles_that_were_trained_on_are_left_out_and_all_passages_stay() -> None:
    assert 2 not in HELD_OUT
    whole = benchmark()
    found = unseen(whole, "xquad_train")
    assert found.passages == whole.passages
    assert [question.id for question in found.questions] == [*(f"q{n}" for n in HELD_OUT), "q13"]
    assert found.left_out == {"disputed": 2, "on articles that were trained on": 13 - len(HELD_OUT)}


def test_a_set_that_was_not_trained_on_is_asked_whole() -> None:
    whole = benchmark()
    assert unseen(whole, "cmrc2018_dev") is whole
