import hashlib
import json
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from eval_fakes import FakeAssistant, document, gold_line, write_gold

import eval.cli
import rag
from eval.report import BY_QUESTION, REPORT
from index.errors import GoldInvalid, InputError

RIGHT = {"cited": [(90, 140)], "short": (100, 110), "confidence": 0.9}
LINES = [gold_line("a"), gold_line("b"), gold_line("c"), gold_line("f", answerable=False)]


@pytest.fixture
def gold(tmp_path):
    return write_gold(tmp_path / "g.jsonl", LINES)


@pytest.fixture
def assistant(monkeypatch):
    """Right on a and c, silent on b; opened as the command opens the real one."""
    fake = FakeAssistant({"a?": RIGHT, "c?": RIGHT})

    class Assistant:
        @staticmethod
        def open(store=None):
            fake.store = store
            return fake

    monkeypatch.setattr(rag, "Assistant", Assistant, raising=False)
    return fake


def invoke(command, *arguments):
    """Errors of ours come out as they are: the main command line turns them into messages and exit codes."""
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)


def evaluate(*arguments):
    return invoke(eval.cli.evaluate, *arguments)


def test_both_commands_are_registered():
    pyproject = tomllib.loads((Path(eval.cli.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    entries = pyproject["project"]["entry-points"]["digest_qa.commands"]
    for name in ("eval", "compare"):
        module, _, attribute = entries[name].partition(":")
        assert getattr(import_module(module), attribute).name == name


def test_a_table_on_stdout_and_the_gold_on_stderr(gold, assistant):
    result = evaluate("--gold", gold, "--store", "here")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2].split()[:3] == ["all", "3", "66.7"]
    assert result.stderr == f"gold: {gold} (4 questions)\n"
    assert assistant.store == "here"
    assert assistant.asked == [(["a?", "b?", "c?", "f?"], 10)]


def test_a_fold_asks_its_questions_only(gold, assistant):
    assert evaluate("--gold", gold, "--fold", "test").exit_code == 0
    assert assistant.asked == [(["c?"], 10)]
    with pytest.raises(GoldInvalid, match="none of the 1 questions is in the test fold; use --fold all"):
        evaluate("--gold", write_gold(gold, LINES[:1]), "--fold", "test")


def test_json_and_report_say_the_same(gold, assistant, tmp_path):
    result = evaluate("--gold", gold, "--json", "--report", tmp_path / "out", "-k", 5)
    content = json.loads(result.stdout)
    assert content == json.loads((tmp_path / "out" / REPORT).read_text(encoding="utf-8"))
    assert content["measures"]["all"]["success@1"] == pytest.approx(2 / 3)
    sha256 = hashlib.sha256(gold.read_bytes()).hexdigest()
    assert content["gold"] == [{"file": "g.jsonl", "sha256": sha256, "questions": 4}]
    assert content["settings"] == {"k": 5, "fold": "all"}
    assert content["collection"] == {"generation": 7, "encoder": "fake"}
    assert "measures at 10 see no more" in result.stderr


def test_fail_under_names_both_values(gold, assistant, tmp_path):
    result = evaluate(
        "--gold", gold, "--fail-under", "Success@1=0.7", "--fail-under", "auroc=0.5", "--report", tmp_path / "r"
    )
    assert result.exit_code == 1
    assert result.stderr.splitlines()[1:] == ["success@1 is 0.666667, under 0.7"]
    assert (tmp_path / "r" / REPORT).exists()
    assert evaluate("--gold", gold, "--fail-under", "success@1=0.66").exit_code == 0
    assert evaluate("--gold", gold, "--fail-under", "decision=0.75").exit_code == 0  # 3 of 4: reached exactly


def test_a_bound_on_what_cannot_be_measured_fails(gold, assistant):
    result = evaluate("--gold", gold, "--fold", "test", "--fail-under", "auroc=0")
    assert result.exit_code == 1
    assert "auroc cannot be measured" in result.stderr


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ("success@2=0.5", "no measure 'success@2'; there are success@1, success@3, "),
        ("0.5", "no measure '0.5'; there are success@1"),
        ("auroc=high", "'high' is not a number; write auroc=0.9"),
        ("auroc=90", "90 is not between 0 and 1"),
        ("auroc=nan", "nan is not between 0 and 1"),
    ],
)
def test_a_bound_that_makes_no_sense_is_bad_usage(gold, assistant, bound, message):
    result = evaluate("--gold", gold, "--fail-under", bound)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert assistant.asked == []


def test_bad_gold_or_a_bad_folder_is_found_before_the_assistant_is_opened(gold, assistant, tmp_path):
    gold.write_text("{", encoding="utf-8")
    with pytest.raises(GoldInvalid, match="line 1"):
        evaluate("--gold", gold)
    with pytest.raises(InputError, match=r"g\.jsonl"):
        evaluate("--report", tmp_path)
    assert not hasattr(assistant, "store")


def test_by_default_the_shipped_gold_that_fits_the_collection(assistant, monkeypatch, tmp_path):
    monkeypatch.setattr(eval.cli, "SHIPPED", tmp_path)
    write_gold(tmp_path / "ours.jsonl", LINES)
    write_gold(tmp_path / "theirs.jsonl", [gold_line("x"), gold_line("y", document="e.txt")])
    result = evaluate()
    assert result.stderr == f"gold: {tmp_path / 'ours.jsonl'} (4 questions)\n"
    assistant.collection = type(assistant.collection)((document("new.txt", "new"),))
    with pytest.raises(GoldInvalid, match="none of the 2 shipped gold files fits"):
        evaluate()


def test_compare_two_reports(gold, assistant, tmp_path):
    evaluate("--gold", gold, "--report", tmp_path / "a")
    assistant.table["b?"] = RIGHT
    evaluate("--gold", write_gold(gold, LINES[:3]), "--report", tmp_path / "b")
    result = invoke(eval.cli.compare, tmp_path / "a", tmp_path / "b" / BY_QUESTION)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].split() == [
        "success@1",
        "3",
        "66.7",
        "100.0",
        "+33.3",
        "1",
        "0",
        "2",
        "1.0000",
    ]
    assert result.stderr == "compared on the 3 questions that both have, of 4 and 3\n"
    first = json.loads(invoke(eval.cli.compare, "--json", tmp_path / "a", tmp_path / "b").stdout)[0]
    assert (first["measure"], first["wins"], first["losses"], first["ties"]) == ("success@1", 1, 0, 2)
    assert first["delta"] == pytest.approx(1 / 3)
