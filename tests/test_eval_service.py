import json
import shutil
from pathlib import Path

import pytest
from eval_fakes import FakeAssistant, gold_line, write_gold

import eval.gold_set
from eval.dataset import read_gold
from eval.gold_set import gold_set
from eval.reports.report import FILES
from eval.reports.run_file import BY_QUESTION, REPORT
from eval.service import KEPT, evaluate, keep, perform
from index.errors import GoldInvalid, InputError
from rag.evaluations import NAME, newest

RIGHT = {"cited": [(90, 140)], "short": (100, 110), "confidence": 0.9}
LINES = [gold_line(f"q{n}") for n in range(20)]


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(eval.gold_set, "SHIPPED", folder)
    return write_gold(folder / "ours.jsonl", LINES)


def test_the_page_finds_what_was_evaluated(shipped, tmp_path):
    told = []
    folder = evaluate(FakeAssistant({"q3?": RIGHT}), tmp_path / "store", lambda *progress: told.append(progress))
    assert told == [(0, 20), (16, 20), (20, 20)]
    assert {path.name for path in folder.iterdir()} == FILES
    content = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    assert content["measures"]["all"]["success@1"] == 1 / 20
    report = newest(tmp_path / "store")
    assert report.folder == folder
    assert [(gold.file, gold.questions) for gold in report.gold] == [("ours.jsonl", 20)]
    assert "20" in report.scorecard


def test_only_the_newest_reports_are_kept(tmp_path):
    store = tmp_path / "store"
    (store / "reports" / "20200101T000000Z").mkdir(parents=True)
    folders = [keep({REPORT: f"{n}"}, store) for n in range(KEPT + 2)]
    assert sorted((store / "reports").iterdir()) == sorted(folders[2:])
    assert len(set(folders)) == KEPT + 2
    assert (folders[-1] / REPORT).read_text(encoding="utf-8") == str(KEPT + 1)


def test_nothing_but_reports_is_swept_away(tmp_path):
    shelf = tmp_path / "reports"
    ours = [f"202001{day:02}T000000Z" for day in range(1, 4)]
    for name, file in (
        ("0-mine", "thesis.txt"),
        ("20200101", REPORT),
        ("２０２００１０１T000000Z", REPORT),
        (ours[0], "thesis.txt"),
        (ours[1], REPORT),
        (ours[2], BY_QUESTION),
    ):
        (shelf / name).mkdir(parents=True)
        (shelf / name / file).write_text("", encoding="utf-8")
    (shelf / ours[2] / "run").mkdir()
    (shelf / "20190101T000000Z").write_text("a file", encoding="utf-8")
    there = {path.name for path in shelf.iterdir()}
    kept = {keep({REPORT: f"{n}"}, tmp_path).name for n in range(KEPT)}
    assert {path.name for path in shelf.iterdir()} == (there | kept) - {ours[1]}
    assert (shelf / "0-mine" / "thesis.txt").is_file()


def test_a_store_that_cannot_keep_a_report_is_an_input_error(tmp_path):
    (tmp_path / "reports").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match=rf"cannot be written to {tmp_path / 'reports'}"):
        keep({REPORT: "{}"}, tmp_path)


def test_a_sweep_that_fails_does_not_lose_the_new_report(tmp_path, monkeypatch):
    for n in range(KEPT):
        keep({REPORT: f"{n}"}, tmp_path)

    rmtree = shutil.rmtree

    def failing(path, **more):
        if NAME.fullmatch(Path(path).name):
            raise OSError("busy")
        rmtree(path, **more)

    monkeypatch.setattr(shutil, "rmtree", failing)
    folder = keep({REPORT: "newest"}, tmp_path)
    assert (folder / REPORT).read_text(encoding="utf-8") == "newest"
    assert len(list((tmp_path / "reports").iterdir())) == KEPT + 1


def test_a_folder_of_another_beside_the_reports_is_no_hindrance(shipped, tmp_path):
    other = tmp_path / "reports" / "new"
    other.mkdir(parents=True)
    (other / "thesis.txt").write_text("years of work", encoding="utf-8")
    folder = evaluate(FakeAssistant({}), tmp_path, lambda *_: None)
    assert newest(tmp_path).folder == folder


def test_a_store_that_cannot_be_written_is_told_before_a_question_is_asked(shipped, tmp_path):
    assistant = FakeAssistant({})
    (tmp_path / "store").write_text("no folder", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        evaluate(assistant, tmp_path / "store", lambda *_: None)
    assert assistant.asked == []


def test_the_gold_in_the_store_goes_before_the_shipped(shipped, tmp_path):
    own = tmp_path / "store" / "gold"
    own.mkdir(parents=True)
    write_gold(own / "mine.jsonl", LINES[:3])
    assistant = FakeAssistant({})
    folder = evaluate(assistant, tmp_path / "store", lambda *_: None)
    assert [questions for questions, _, _ in assistant.asked] == [["q0?", "q1?", "q2?"]]
    assert [file["file"] for file in json.loads((folder / REPORT).read_text(encoding="utf-8"))["gold"]] == [
        "mine.jsonl"
    ]
    write_gold(own / "mine.jsonl", [gold_line("a", document="other.txt")])
    with pytest.raises(GoldInvalid, match=r"mine\.jsonl line 1: no document is called 'other\.txt'"):
        evaluate(assistant, tmp_path / "store", lambda *_: None)


def test_where_no_gold_fits_there_is_no_report(shipped, tmp_path):
    write_gold(shipped, [gold_line("a", document="other.txt")])
    with pytest.raises(GoldInvalid, match="none of the 1 shipped gold files fits"):
        evaluate(FakeAssistant({}), tmp_path / "store", lambda *_: None)
    assert newest(tmp_path / "store") is None


def test_a_fold_is_named_in_the_report_and_the_file_is_counted_whole(tmp_path):
    path = write_gold(tmp_path / "g.jsonl", LINES)
    assistant = FakeAssistant({})
    gold = gold_set([read_gold(path)], assistant.collection.documents, tmp_path, "dev")
    done = perform(assistant, gold, "dev", k=7)
    assert 0 < len(gold.questions) < 20
    assert (done.content["fold"], done.content["k"]) == ("dev", 7)
    assert done.content["gold"][0]["questions"] == 20
    assert done.content["questions"] == len(done.run.results) == len(gold.questions)
    assert len(done.files[BY_QUESTION].splitlines()) == len(gold.questions)
