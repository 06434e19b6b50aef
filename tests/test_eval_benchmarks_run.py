"""A folder asked from end to end, with encoders that take no time."""

import hashlib
import json

import pytest
from benchmark_folders import folder, passage, question
from fakes import FigureReader, HashEncoder

from eval.benchmarks import names
from eval.benchmarks.run import evaluate_folder


@pytest.fixture
def evaluate(monkeypatch):
    """(evaluations by name, encoders loaded, steps told) of a folder."""
    monkeypatch.setenv("DIGEST_QA_ENCODERS", "fake")

    def call(where, limit=None, k=100, reader=None):
        loaded, steps = [], []

        def load(spec):
            loaded.append(spec)
            return HashEncoder(name=spec)

        return evaluate_folder(where, limit, k, load, lambda *step: steps.append(step), reader), loaded, steps

    return call


@pytest.fixture
def rivers(tmp_path):
    """Three questions; the candidates of the third confine the others to the passages given with them."""
    corpus = [passage(f"p{n}", text) for n, text in enumerate(["长江长江。", "黄河黄河。", "淮河淮河。"])]
    lines = [
        question("q0", ["p0"], ["长江"], answer_starts=[0]) | {"question": "长江"},
        question("q1", ["p1"]) | {"question": "黄河"},
        question("q2", [], candidates=["p2"]) | {"question": "淮河"},
    ]
    return folder(tmp_path, corpus, lines)


def test_a_folder_is_asked_as_a_whole(evaluate, rivers):
    found, loaded, steps = evaluate(rivers)
    (results,) = [done.run.results for done in found.values()]
    assert list(found) == ["set"]
    assert loaded == ["fake"]
    assert steps[-1] == ("asking", 3, 3)
    assert [[c.document for c in r.answer.citations] for r in results] == [["p0"], ["p1"], ["p2"]]
    first, second, third = (dict(r.measures) for r in results)
    assert (first["success@1"], first["quote-iou"], second["ndcg@10"]) == (1.0, 1.0, 1.0)
    # Without a known place no quote can be judged, without an answer none compared, without relevance nothing ranked.
    assert "quote-iou" not in second
    assert "char-f1" not in second
    assert "success@1" not in third


def test_a_reader_reads_what_is_found(evaluate, rivers):
    reader = FigureReader()
    (fast,), (best,) = ([*evaluate(rivers, reader=given)[0].values()] for given in (None, reader))
    assert [done.content["settings"]["mode"] for done in (fast, best)] == ["fast", "best"]
    assert [["rerank" in r.answer.citations[0].parts for r in done.run.results] for done in (fast, best)] == [
        [False] * 3,
        [True] * 3,
    ]
    assert reader.asked[0][0].question == "warm up"
    assert [pairs[0].question for pairs in reader.asked[1:]] == ["长江", "黄河", "淮河"]


def test_the_report_names_the_file_of_the_questions(evaluate, rivers):
    (done,) = evaluate(rivers)[0].values()
    sha256 = hashlib.sha256((rivers / "questions.jsonl").read_bytes()).hexdigest()
    assert done.content["gold"] == [{"file": "questions.jsonl", "sha256": sha256, "questions": 3}]
    assert done.content["questions"] == 3


def test_a_limit_is_of_the_questions_not_of_the_passages(evaluate, tmp_path):
    texts = ["长江长江。", "黄河黄河。", "淮河淮河。"]
    corpus = [passage(f"p{n}", text) for n, text in enumerate(texts)]
    lines = [question(f"q{n}", [f"p{n}"]) | {"question": text[:2]} for n, text in enumerate(texts)]
    (done,) = evaluate(folder(tmp_path, corpus, lines), limit=1)[0].values()
    (result,) = done.run.results
    assert {c.document for c in result.answer.citations} == {"p0", "p1", "p2"}
    assert result.measures["success@1"] == 1.0


def test_each_passage_language_is_asked_alone(evaluate, tmp_path):
    corpus = [passage("zh", "长江很长。", language="zh"), passage("en", "The river is long.", language="en")]
    lines = [question("q", ["zh", "en"], passage_language=["zh", "en"])]
    found, loaded, _ = evaluate(folder(tmp_path, corpus, lines))
    assert {
        name: [c.document for r in done.run.results for c in r.answer.citations] for name, done in found.items()
    } == {"set (en)": ["en"], "set (zh)": ["zh"]}
    assert loaded == ["fake"]


def test_what_was_left_out_is_told_and_reported(evaluate, tmp_path):
    corpus = [passage("p", "长江长江。")]
    lines = [question("q0", ["p"]) | {"question": "长江"}, *(question(f"d{n}", ["p"], disputed=True) for n in range(2))]
    (done,) = evaluate(folder(tmp_path, corpus, lines))[0].values()
    assert done.content["left_out"] == {"disputed": 2}
    assert json.loads(done.files["report.json"])["left_out"] == {"disputed": 2}
    (whole,) = evaluate(folder(tmp_path, corpus, lines[:1], "whole"))[0].values()
    assert whole.content["left_out"] == {}
    assert json.loads(whole.files["report.json"]) | {"created": ""} == json.loads(json.dumps(dict(whole.content))) | {
        "created": ""
    }


def test_the_names_of_the_evaluations_are_known_before(evaluate, tmp_path):
    corpus = [passage("zh", "长江很长。", language="zh/x"), passage("en", "The river is long.", language="en")]
    where = folder(tmp_path, corpus, [question("q", ["zh", "en"], passage_language=["zh/x", "en"])])
    assert names(where) == tuple(evaluate(where)[0]) == ("set (en)", "set (zh_x)")
