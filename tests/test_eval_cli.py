import dataclasses
import hashlib
import json
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from eval_fakes import DOCUMENT, FakeAssistant, document, gold_line, write_gold

import eval.benchmarks.run
import eval.cli
import eval.gold_set
import eval.sweeps.sweep
from eval.gold_set import gold_set
from eval.reports.report import FILES
from eval.reports.run_file import REPORT
from index.errors import CollectionNotFound, GoldInvalid, InputError, SweepInvalid
from rag.reading.deferred import DeferredReader
from rag.settings import Mode

RIGHT = {"cited": [(90, 140)], "short": (100, 110), "confidence": 0.9}
LINES = [gold_line("a"), gold_line("b"), gold_line("c"), gold_line("f", answerable=False)]


@pytest.fixture
def gold(tmp_path):
    return write_gold(tmp_path / "g.jsonl", LINES)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def assistant(monkeypatch, store):
    """Right on a and c, silent on b; opened as the command opens the real one, over a collection that is not there."""
    fake = FakeAssistant({"a?": RIGHT, "c?": RIGHT})

    class Assistant:
        @staticmethod
        def open(store=None, mode=None):
            fake.store, fake.mode = store, mode
            return fake

    monkeypatch.setattr(eval.cli, "Assistant", Assistant)
    monkeypatch.setenv("DIGEST_QA_STORE", str(store))
    return fake


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    folder = tmp_path / "shipped"
    folder.mkdir()
    write_gold(folder / "ours.jsonl", LINES)
    monkeypatch.setattr(eval.gold_set, "SHIPPED", folder)
    return folder


def evaluate(*arguments):
    """Errors of ours come out as they are: the main command line turns them into messages and exit codes."""
    return CliRunner().invoke(eval.cli.evaluate, [str(a) for a in arguments], catch_exceptions=False)


def test_the_commands_are_registered():
    pyproject = tomllib.loads((Path(eval.cli.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    entries = pyproject["project"]["entry-points"]
    for name in ("eval", "compare"):
        module, _, attribute = entries["digest_qa.commands"][name].partition(":")
        assert getattr(import_module(module), attribute).name == name
    module, _, attribute = entries["digest_qa.evaluation"]["gold"].partition(":")
    assert callable(getattr(import_module(module), attribute))


def test_tables_on_stdout_and_the_gold_on_stderr(gold, assistant, store):
    result = evaluate("--gold", gold, "--store", store)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "3 answerable and 1 unanswerable questions (%, latencies in ms)"
    (kept,) = (store / "reports").iterdir()
    assert result.stderr.splitlines() == [
        f"gold: {gold} (4 questions)",
        "asked and scored in 0.0 s",
        f"report kept in {kept} (shown on the page)",
    ]
    assert (assistant.store, assistant.mode) == (str(store), None)
    assert assistant.asked == [(["a?", "b?", "c?", "f?"], 100, None)]


@pytest.mark.parametrize("mode", Mode)
def test_the_assistant_is_opened_in_the_mode(gold, assistant, mode):
    assert evaluate("--gold", gold, "--mode", mode).exit_code == 0
    assert assistant.mode is mode


@pytest.mark.parametrize(
    ("given", "environment", "reads"), [([], "", True), ([], "fast", False), (["--mode", "best"], "fast", True)]
)
def test_a_benchmark_is_read_in_the_mode_best(shipped, tmp_path, monkeypatch, given, environment, reads):
    monkeypatch.setenv("DIGEST_QA_MODE", environment)
    readers = outside(monkeypatch, "set")
    assert evaluate("--benchmark", tmp_path, *given).exit_code == 0
    assert [type(reader) for reader in readers] == [DeferredReader if reads else type(None)]


@pytest.mark.parametrize(("given", "mode"), [([], None), (["--mode", "fast"], Mode.FAST)])
def test_a_sweep_has_a_reader_and_the_mode(gold, assistant, monkeypatch, given, mode):
    told = []

    def stop(grid, documents, gold, load, progress, reader, mode):
        told.append((type(reader), mode))
        raise SweepInvalid("told", "all")

    monkeypatch.setattr(eval.sweeps.sweep, "sweep", stop)
    with pytest.raises(SweepInvalid, match="told"):
        evaluate("--gold", gold, "--sweep", "x", *given)
    assert told == [(DeferredReader, mode)]


def test_a_copy_of_the_report_is_kept_beside_the_collection(gold, assistant, store):
    evaluate("--gold", gold)
    (kept,) = (store / "reports").iterdir()
    assert {path.name for path in kept.iterdir()} == FILES


def test_a_report_that_cannot_be_kept_is_no_failure_and_comes_last(gold, assistant, store, tmp_path, monkeypatch):
    seen = []

    def refuse(files, store):
        seen.append((tmp_path / "out" / REPORT).exists())
        raise InputError(f"the report cannot be written to {store}: full", "name a folder that can be written")

    monkeypatch.setattr(eval.cli.service, "keep", refuse)
    result = evaluate("--gold", gold, "--report", tmp_path / "out", "--fail-under", "success@1=0.6")
    assert result.exit_code == 0
    assert seen == [True]
    assert "3 answerable" in result.stdout
    assert result.stderr.splitlines()[-1] == (
        f"no copy of the report is kept for the page: the report cannot be written to {store}: full"
    )
    assert evaluate("--gold", gold, "--fail-under", "success@1=0.7").exit_code == 1


def test_a_fold_asks_its_questions_only(gold, assistant):
    assert evaluate("--gold", gold, "--fold", "test").exit_code == 0
    assert assistant.asked == [(["c?"], 100, None)]
    with pytest.raises(GoldInvalid, match="none of the 1 questions is in the test fold; use --fold all"):
        evaluate("--gold", write_gold(gold, LINES[:1]), "--fold", "test")


def test_json_and_report_say_the_same(gold, assistant, tmp_path):
    result = evaluate("--gold", gold, "--json", "--report", tmp_path / "out", "-k", 5)
    content = json.loads(result.stdout)
    assert content == json.loads((tmp_path / "out" / REPORT).read_text(encoding="utf-8"))
    assert content["measures"]["all"]["success@1"] == pytest.approx(2 / 3)
    sha256 = hashlib.sha256(gold.read_bytes()).hexdigest()
    assert content["gold"] == [{"file": "g.jsonl", "sha256": sha256, "questions": 4}]
    assert (content["k"], content["fold"]) == (5, "all")
    assert content["manifest"] == {"generation": 7, "encoder": "fake"}
    assert content["settings"] == {"weights": "fake"}
    assert "measures at 10 see no more" in result.stderr


def test_bounds_that_are_not_kept_end_in_exit_1_and_the_report_is_there(gold, assistant, tmp_path):
    bounds = ["--fail-under", "Success@1=0.7", "--fail-under", "auroc=0.5", "--fail-over", "false-refusal-rate=0.3"]
    result = evaluate("--gold", gold, *bounds, "--report", tmp_path / "r")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[2:4] == [
        "success@1 is 0.666667, under 0.7",
        "false-refusal-rate is 0.333333, over 0.3",
    ]
    assert (tmp_path / "r" / REPORT).exists()
    assert evaluate("--gold", gold, "--fail-under", "success@1=0.66", "--fail-over", "ece=1").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fail-under", "success@2=0.5"], "no measure 'success@2'; there are success@1, success@3, "),
        (["--fail-over", "auroc=0.5"], "no measure 'auroc'; there are false-answer-rate, "),
        (["--check", "--sweep", "x"], "--check, --sweep and --benchmark exclude each other"),
        (["--limit", "3"], "--limit is of --benchmark"),
        (["--check", "--report", "x"], "--report is of an evaluation, not of --check or --sweep"),
        (["-k", "0"], "0 is not in the range"),
        (["--check", "--fail-under", "map=0.5"], "--check and --sweep keep no --fail-under and no --fail-over"),
        (["--sweep", "x", "--fail-over", "ece=0.5"], "--check and --sweep keep no --fail-under and no --fail-over"),
        (["--check", "--json"], "--check prints no JSON"),
        (["--check", "--mode", "fast"], "--check asks nothing, so it has no --mode"),
        (["--mode", "quick"], "'quick' is not one of 'best', 'fast'"),
        (["--check", "-k", "5"], "-k is of an evaluation, not of --check or --sweep"),
        (["--sweep", "x", "-k", "5"], "-k is of an evaluation, not of --check or --sweep"),
        (["--sweep", "x", "--fold", "dev"], "--sweep asks the fold that its file names"),
        (["--benchmark", "x"], "--benchmark has no --gold, --fold or --store"),
        (["--fail-under", "map=0.5", "--fail-under", "MAP=0.6"], "map is bound twice, by 0.5 and 0.6"),
        (["--fail-over", "ece=0.5", "--fail-over", "ece=0.5"], "ece is bound twice, by 0.5 and 0.5"),
    ],
)
def test_what_makes_no_sense_is_bad_usage(gold, assistant, arguments, message):
    result = evaluate("--gold", gold, *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert assistant.asked == []


@pytest.mark.parametrize("option", [("--fold", "dev"), ("--store", "s")])
def test_a_benchmark_has_no_gold_fold_or_store(assistant, tmp_path, option):
    result = evaluate("--benchmark", tmp_path, *option)
    assert result.exit_code == 2
    assert "--benchmark has no --gold, --fold or --store" in " ".join(result.stderr.split())


def test_bad_gold_or_a_bad_folder_is_found_before_the_assistant_is_opened(gold, assistant, tmp_path):
    gold.write_text("{", encoding="utf-8")
    with pytest.raises(GoldInvalid, match="line 1"):
        evaluate("--gold", gold)
    with pytest.raises(InputError, match=r"g\.jsonl"):
        evaluate("--report", tmp_path)
    gold.write_text("", encoding="utf-8")
    with pytest.raises(GoldInvalid, match="it holds no question"):
        evaluate("--gold", gold)
    assert not hasattr(assistant, "store")


class Opened:
    """A collection on disk, opened without its models."""

    collection = None

    @classmethod
    def open(cls, store):
        return cls.collection


def test_every_problem_of_the_gold_with_its_line_and_no_report(gold, assistant, store, tmp_path, monkeypatch):
    lines = [
        gold_line("a", evidence=[{"start": 91, "end": 140}], answers=[{"start": 100, "end": 110}]),
        gold_line("b", answers=["甲乙丙"]),
        gold_line("c", document="0" * 64),
        gold_line("a"),
    ]
    monkeypatch.setattr(eval.cli, "Collection", Opened)
    Opened.collection = assistant.collection
    with pytest.raises(GoldInvalid) as caught:
        evaluate("--gold", write_gold(gold, lines), "--report", tmp_path / "out")
    found = caught.value.problem.split("; ")
    assert [problem.partition(": ")[0] for problem in found] == [
        "g.jsonl line 4", "g.jsonl line 3", "g.jsonl line 1", "g.jsonl line 2",
    ]  # fmt: skip
    assert "id 'a' was used on line 1" in found[0]
    assert f"no document is called '{'0' * 64}'" in found[1]
    assert "evidence 91-140 starts inside a sentence" in found[2]
    assert "no answer stands in the evidence: “甲乙丙”" in found[3]
    assert assistant.asked == []
    assert not (tmp_path / "out").exists()
    assert not store.exists()
    assert not hasattr(assistant, "store")


def test_by_default_the_shipped_gold_that_fits_the_collection(shipped, assistant):
    write_gold(shipped / "theirs.jsonl", [gold_line("x"), gold_line("y", document="e.txt")])
    result = evaluate()
    assert result.stderr.splitlines()[0] == f"gold: {shipped / 'ours.jsonl'} (4 questions)"
    assistant.collection = type(assistant.collection)((document("new.txt", "new"),))
    with pytest.raises(GoldInvalid, match="none of the 2 shipped gold files fits"):
        evaluate()


def test_check_counts_the_questions_and_asks_none(gold, assistant):
    result = evaluate("--gold", gold, "--check")
    assert result.exit_code == 0
    rows = {tuple(line.split()[:-1]): int(line.split()[-1]) for line in result.stdout.splitlines()[1:]}
    assert rows[("language", "zh")] == 4
    assert rows[("answerable", "no")] == 1
    assert assistant.asked == []


def test_what_a_gold_file_says_cannot_steer_the_terminal(gold, assistant):
    steering = {"type": "\x1b[2Jfact\nx", "language": "z\x07h", "style": "\x9bplain"}
    result = evaluate(
        "--gold", write_gold(gold, [gold_line("a", **steering), gold_line("b", type="[2Jfact x")]), "--check"
    )
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    assert ["type", "[2Jfact", "x", "2"] in rows
    assert ["style", "plain", "1"] in rows
    assert ["language", "zh", "2"] in rows
    asked = evaluate("--gold", gold)
    assert "\x1b" not in result.stdout + asked.stdout


def outside(monkeypatch, *names, left_out=None):
    """A benchmark that is evaluated to the same result under each of these names; the readers it is given."""
    done = eval.cli.service.perform(FakeAssistant({"a?": RIGHT}), gold_set([], [DOCUMENT], Path("/nowhere")))
    found = dataclasses.replace(done, content={**done.content, "left_out": left_out or {}})
    monkeypatch.setattr(eval.benchmarks, "names", lambda folder: names)
    readers = []

    def evaluate_folder(folder, limit, k, load, progress, reader):
        readers.append(reader)
        return dict.fromkeys(names, found)

    monkeypatch.setattr(eval.benchmarks.run, "evaluate_folder", evaluate_folder)
    return readers


def test_reports_of_a_benchmark_in_several_languages_can_be_written_again(shipped, store, monkeypatch, tmp_path):
    outside(monkeypatch, "set-en", "set-zh", left_out={"no relevant\npassage": 3})
    for _ in range(2):
        result = evaluate("--benchmark", tmp_path, "--report", tmp_path / "out")
        assert result.exit_code == 0
        assert {path.name for path in (tmp_path / "out").iterdir()} == {"set-en", "set-zh"}
        assert all(
            {path.name for path in (tmp_path / "out" / name).iterdir()} == FILES for name in ("set-en", "set-zh")
        )
    assert result.stderr.splitlines() == [
        "set-en: 3 questions left out (no relevant passage)",
        "set-zh: 3 questions left out (no relevant passage)",
    ]
    assert not store.exists()
    (tmp_path / "out" / "set-zh" / "thesis.tex").write_text("", encoding="utf-8")
    monkeypatch.setattr(eval.benchmarks.run, "evaluate_folder", None)  # is not reached
    with pytest.raises(InputError, match=r"set-zh holds other things than a report: thesis\.tex"):
        evaluate("--benchmark", tmp_path, "--report", tmp_path / "out")


def test_the_report_of_a_benchmark_in_one_language_lies_in_the_folder_itself(shipped, monkeypatch, tmp_path):
    outside(monkeypatch, "set")
    assert evaluate("--benchmark", tmp_path, "--report", tmp_path / "out").exit_code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_check_refuses_questions_in_the_words_of_the_text(gold, assistant):
    copied = gold_line("a", question=DOCUMENT.text[95:106] + "？")
    with pytest.raises(GoldInvalid, match=r"g\.jsonl line 1: shares 11 characters with d\.txt"):
        evaluate("--gold", write_gold(gold, [copied]), "--check")


def test_a_collection_that_is_there_is_checked_without_its_models(gold, assistant, monkeypatch):
    monkeypatch.setattr(eval.cli, "Collection", Opened)
    Opened.collection = assistant.collection
    with pytest.raises(GoldInvalid, match="no document is called"):
        evaluate("--gold", write_gold(gold, [gold_line("a", document="e.txt")]))
    assert not hasattr(assistant, "store")


def test_a_damaged_store_is_no_reason_to_build_the_sample(gold, assistant, store):
    (store / "g000001").mkdir(parents=True)
    with pytest.raises(Exception, match="CURRENT is missing") as caught:
        evaluate("--gold", gold)
    assert not isinstance(caught.value, CollectionNotFound)
