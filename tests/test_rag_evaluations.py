import json
import logging
import threading
import time
from datetime import UTC, datetime

import pytest
from fakes_assistant import FakeAssistant
from fakes_evaluation import SteppedEvaluator, scorecard, write_report
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.errors import CollectionDamaged, GoldInvalid
from rag import evaluation_view, evaluations, problems
from rag.engine import Engine
from rag.evaluation_routes import evaluation_routes
from rag.evaluations import Evaluation, EvaluationFailed, EvaluationUnavailable, State, newest
from rag.strings import Words

ZH, EN = Words("zh"), Words("en")
NO_GOLD = GoldInvalid("no gold set fits harbour.txt", "name one: digest-qa eval --gold FILE")


def evaluation(store, evaluate=None):
    return Evaluation(Engine(FakeAssistant.open), store, evaluate)


def until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(runs):
    until(lambda: not runs.state.running)
    return runs.state


def test_a_report_as_it_lies_in_the_store(tmp_path):
    folder = write_report(tmp_path, "20260131T120000Z")
    report = newest(tmp_path)
    assert report.folder == folder
    assert report.created == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert [(item.file, item.questions) for item in report.gold] == [("gold/harbour.jsonl", 12)]
    assert report.scorecard == scorecard("91.7")
    assert report.page == folder / "report.html"


def test_the_newest_report_is_found(tmp_path):
    assert newest(tmp_path) is None
    assert newest(tmp_path / "nowhere") is None
    for name in ("20260131T120000Z", "20260201T080000Z", "20251231T235959Z"):
        write_report(tmp_path, name)
    assert newest(tmp_path).folder.name == "20260201T080000Z"


@pytest.mark.parametrize(
    "name", ["baseline", "99990101", "20260201T080000Z-old", "２０２６0201T080000Z", "20260201T0800001Z"]
)
def test_only_a_folder_named_by_its_time_is_a_report(tmp_path, name):
    write_report(tmp_path, "20260201T080000Z").rename(tmp_path / "reports" / name)
    assert newest(tmp_path) is None
    older = write_report(tmp_path, "20260131T120000Z")
    assert newest(tmp_path).folder == older


def test_a_time_may_have_microseconds(tmp_path):
    write_report(tmp_path, "20260131T120000Z")
    folder = write_report(tmp_path, "20260201T080000Z").rename(tmp_path / "reports" / "20260201T080000000001Z")
    assert newest(tmp_path).folder == folder


def test_a_report_of_a_part_of_the_gold_says_so(tmp_path):
    folder = write_report(tmp_path, "20260131T120000Z")
    assert (newest(tmp_path).fold, newest(tmp_path).asked) == ("all", None)
    say(folder, fold="dev", questions=7)
    assert (newest(tmp_path).fold, newest(tmp_path).asked) == ("dev", 7)


def say(folder, **more):
    path = folder / "report.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | more), encoding="utf-8")


def test_reports_are_no_folder(tmp_path):
    (tmp_path / "reports").write_text("a file")
    assert newest(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b'{"created": "2026-02-01T08:00:00+00:00", "go',
        b"\xff\xfe\x00",
        b"[]",
        b"[" * 100_000,
        json.dumps({"gold": []}).encode(),
        json.dumps({"created": "yesterday", "gold": []}).encode(),
        json.dumps({"created": "2026-02-01T08:00:00", "gold": []}).encode(),
        json.dumps({"created": "2026-02-01T08:00:00+00:00", "gold": [{"file": "a", "questions": -1}]}).encode(),
        json.dumps({"created": "2026-02-01T08:00:00+00:00", "gold": [], "fold": "<b>"}).encode(),
        json.dumps({"created": "2026-02-01T08:00:00+00:00", "gold": [], "questions": -1}).encode(),
    ],
    ids=[
        "missing",
        "empty",
        "cut",
        "binary",
        "list",
        "deep",
        "undated",
        "no date",
        "no zone",
        "negative",
        "no fold",
        "less than none",
    ],
)
def test_a_damaged_report_is_passed_over(tmp_path, content):
    write_report(tmp_path, "20260131T120000Z")
    damaged = write_report(tmp_path, "20260201T080000Z") / "report.json"
    damaged.unlink()
    if content is not None:
        damaged.write_bytes(content)
    assert newest(tmp_path).folder.name == "20260131T120000Z"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_report_without_a_readable_scorecard_is_passed_over(tmp_path, content):
    write_report(tmp_path, "20260131T120000Z")
    scores = write_report(tmp_path, "20260201T080000Z") / "scorecard.html"
    scores.unlink()
    if content is not None:
        scores.write_bytes(content)
    assert newest(tmp_path).folder.name == "20260131T120000Z"


def test_a_report_being_written_is_passed_over(tmp_path):
    write_report(tmp_path, "20260131T120000Z").rename(tmp_path / "reports" / ".20260131T120000Z-x1")
    (tmp_path / "reports" / "note.txt").write_text("not a report")
    assert newest(tmp_path) is None


def test_a_run_tells_how_far_it_is_and_leaves_its_report(tmp_path):
    evaluate = SteppedEvaluator(total=3)
    runs = evaluation(tmp_path, evaluate)
    assert runs.state == State()
    runs.start()
    until(lambda: runs.state == State(running=True, done=0, total=3))
    evaluate.let(2)
    until(lambda: runs.state == State(running=True, done=2, total=3))
    assert runs.newest() is None
    evaluate.let(2)
    assert ended(runs) == State(finished=1)
    assert runs.newest().folder == tmp_path / "reports" / "20260201T080000Z"
    [(assistant, store)] = evaluate.calls
    assert isinstance(assistant, FakeAssistant)
    assert store == tmp_path


def test_a_second_start_joins_the_run(tmp_path):
    evaluate = SteppedEvaluator(total=1)
    runs = evaluation(tmp_path, evaluate)
    runs.start()
    until(lambda: runs.state.total == 1)
    runs.start()
    assert runs.state == State(running=True, done=0, total=1)
    evaluate.let(2)
    assert ended(runs).finished == 1
    assert len(evaluate.calls) == 1


def test_a_thread_that_cannot_start_ends_the_run(tmp_path, monkeypatch, caplog):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    evaluate = SteppedEvaluator(total=0)
    evaluate.let(1)
    runs = evaluation(tmp_path, evaluate)
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(threading.Thread, "start", refuse)
        runs.start()
    assert (runs.state.running, runs.state.finished) == (False, 1)
    assert isinstance(runs.state.error, EvaluationFailed)
    assert "can't start new thread" in caplog.text
    runs.start()
    assert ended(runs) == State(finished=2)


def test_an_error_of_ours_is_told_until_the_next_run(tmp_path):
    evaluate = SteppedEvaluator(total=0, error=NO_GOLD)
    runs = evaluation(tmp_path, evaluate)
    runs.start()
    evaluate.let(1)
    assert ended(runs) == State(finished=1, error=NO_GOLD)
    evaluate.error = None
    runs.start()
    assert runs.state.error is None
    evaluate.let(1)
    assert ended(runs) == State(finished=2)


def test_any_other_error_is_logged_and_not_told(tmp_path, caplog):
    evaluate = SteppedEvaluator(total=0, error=RuntimeError("secret of the server"))
    runs = evaluation(tmp_path, evaluate)
    with caplog.at_level(logging.ERROR):
        runs.start()
        evaluate.let(1)
        error = ended(runs).error
    assert str(error) == "the evaluation broke off; look at the server's log"
    assert "secret of the server" in caplog.text


def test_an_assistant_that_cannot_be_opened_is_the_error(tmp_path):
    damaged = CollectionDamaged("passages.jsonl is missing", "run: digest-qa doctor")

    def load():
        raise damaged

    runs = Evaluation(Engine(load), tmp_path, SteppedEvaluator())
    runs.start()
    assert ended(runs).error is damaged


def test_the_registered_evaluator_is_taken_when_none_is_given(tmp_path, monkeypatch):
    evaluate = SteppedEvaluator(total=0)
    evaluate.let(1)

    class Entry:
        def load(self):
            return evaluate

    asked = []
    monkeypatch.setattr(evaluations, "entry_points", lambda group: asked.append(group) or [Entry()])
    runs = evaluation(tmp_path)
    runs.start()
    assert ended(runs) == State(finished=1)
    assert asked == ["digest_qa.evaluation"]


def test_without_an_evaluator_the_run_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluations, "entry_points", lambda group: [])
    runs = evaluation(tmp_path)
    runs.start()
    assert isinstance(ended(runs).error, EvaluationUnavailable)


def test_the_card_before_the_first_report(tmp_path):
    html = evaluation_view.card(evaluation(tmp_path), ZH)
    assert html.startswith('<details class="card" data-state="0 "><summary><h2>评测</h2> <small>还没有评测过</small>')
    assert 'id="evaluate" aria-disabled="false">运行评测</button>' in html
    assert "progressbar" not in html
    assert "report.html" not in html


def test_the_card_of_a_report(tmp_path):
    write_report(tmp_path, "20260131T120000Z", gold=[{"file": "/home/me/<b>.jsonl", "questions": 3}])
    html = evaluation_view.card(evaluation(tmp_path), EN)
    time_and_gold = '<time datetime="2026-01-31T12:00:00+00:00">2026-01-31 12:00 UTC</time> · <span dir="auto">'
    assert f"{time_and_gold}&lt;b&gt;.jsonl (3 questions)</span>" in html
    assert 'data-state="0 20260131T120000Z"' in html
    assert scorecard("91.7") in html
    assert 'href="/evaluation/report.html"' in html


@pytest.mark.parametrize(
    ("words", "asked", "text"),
    [
        (EN, {"fold": "dev", "questions": 7}, "development fold only: 7 questions"),
        (EN, {"fold": "test", "questions": 5}, "test fold only: 5 questions"),
        (ZH, {"fold": "dev", "questions": 7}, "仅开发集 7 题"),
        (ZH, {"fold": "test", "questions": 5}, "仅测试集 5 题"),
        (EN, {"fold": "dev"}, "development fold only: ? questions"),
    ],
)
def test_the_card_says_which_part_of_the_gold_was_asked(tmp_path, words, asked, text):
    say(write_report(tmp_path, "20260131T120000Z"), **asked)
    assert f"</span> · {text}</small>" in evaluation_view.card(evaluation(tmp_path), words)


def test_the_card_of_the_whole_gold_names_no_fold(tmp_path):
    say(write_report(tmp_path, "20260131T120000Z"), fold="all", questions=12)
    html = evaluation_view.card(evaluation(tmp_path), EN)
    assert "harbour.jsonl (12 questions)</span></small>" in html


def test_a_report_without_its_page_has_no_link(tmp_path):
    write_report(tmp_path, "20260131T120000Z", page=False)
    html = evaluation_view.card(evaluation(tmp_path), EN)
    assert "Scorecard" in html
    assert "report.html" not in html


def test_the_card_while_a_run_goes_on_and_after_it_failed(tmp_path):
    evaluate = SteppedEvaluator(total=3, error=NO_GOLD)
    runs = evaluation(tmp_path, evaluate)
    runs.start()
    evaluate.let(2)
    until(lambda: runs.state.done == 2)
    html = evaluation_view.card(runs, EN)
    assert '<details class="card" data-state="running" open>' in html
    assert 'id="evaluate" aria-disabled="true">Evaluating…</button>' in html
    assert 'aria-valuenow="67"><i style="width:67%"></i>' in html  # 2 of 3
    assert html.count("<span data-count>2 / 3</span>") == 2
    evaluate.let(2)
    ended(runs)
    html = evaluation_view.card(runs, EN)
    assert "<strong>No gold set can be used</strong>" in html
    assert "<p>no gold set fits harbour.txt; name one: digest-qa eval --gold FILE</p>" in html
    assert 'data-state="1 "' in html


@pytest.fixture
def client(tmp_path):
    app = FastAPI()
    problems.install(app)
    app.include_router(evaluation_routes(evaluation(tmp_path)))
    return TestClient(app)


def test_the_report_page_is_the_newest_ones(client, tmp_path):
    for name, figure in (("20260131T120000Z", "91.7"), ("20260201T080000Z", "95.0")):
        write_report(tmp_path, name, figure=figure)
        response = client.get("/evaluation/report.html")
        assert response.text == f"<!doctype html><title>{name}</title><p>{figure}</p>"
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-cache"
        assert client.head("/evaluation/report.html").status_code == 200


@pytest.mark.parametrize("page", [None, False])
def test_no_report_page_is_a_problem(client, tmp_path, page):
    if page is not None:
        write_report(tmp_path, "20260131T120000Z", page=page)
    response = client.get("/evaluation/report.html")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:digest-qa:error:report-not-found"


def test_the_state_is_told_in_the_words_of_the_card(client, tmp_path):
    assert client.get("/evaluation/state").json() == {"state": "0 ", "done": 0, "total": 0}
    write_report(tmp_path, "20260131T120000Z")
    assert client.get("/evaluation/state").json()["state"] == "0 20260131T120000Z"
    assert client.app.openapi()["paths"] == {}
