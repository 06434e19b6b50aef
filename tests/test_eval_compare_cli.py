import json

import pytest
from click.testing import CliRunner
from test_eval_run_file import FULL, write_run

from eval.comparison.cli import compare
from eval.reports.run_file import BY_QUESTION
from index.errors import InputError


def invoke(*arguments):
    """Errors of ours come out as they are: the main command line turns them into messages and exit codes."""
    return CliRunner().invoke(compare, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture
def runs(tmp_path):
    wrong = FULL | {"id": "p", "measures": {"ndcg@10": 0.0, "exact": 1.0}}
    return write_run(tmp_path / "a", [FULL, wrong, FULL | {"id": "r"}]), write_run(tmp_path / "b", [wrong, FULL])


def test_two_reports_as_tables(runs):
    a, b = runs
    result = invoke(a, b / BY_QUESTION)
    assert result.exit_code == 0
    assert (
        result.stdout.splitlines()[0]
        == f"A: {a}, B: {b / BY_QUESTION}; 2 questions, %; p is of each measure alone, uncorrected"
    )
    assert result.stdout.splitlines()[3].split()[:5] == ["ndcg@10", "2", "50.0", "50.0", "+0.0"]
    assert result.stderr == "compared on the 2 questions that both have, of 3 and 2\n"


def test_as_json_with_another_measure_and_seed(runs):
    result = invoke(*runs, "--json", "--measure", "exact", "--seed", 3)
    content = json.loads(result.stdout)
    assert (content["measure"], content["questions"]) == ("exact", [])
    assert result.stdout == invoke(*runs, "--json", "--measure", "exact", "--seed", 3).stdout


def test_a_measure_or_a_run_that_does_not_exist(runs, tmp_path):
    with pytest.raises(InputError, match="no measure 'speed'"):
        invoke(*runs, "--measure", "speed")
    with pytest.raises(InputError, match="is not a run"):
        invoke(runs[0], tmp_path / "nowhere")
    assert invoke(*runs, "--seed", -1).exit_code == 2
