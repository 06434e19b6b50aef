"""Sweep files: what runs they ask for, and every problem said at once."""

from dataclasses import fields
from pathlib import Path

import pytest

import eval
from eval.sweeps.sweep_file import DEFAULT, KEYS, MOST_RUNS, SORTS, SweepPlan, read_sweep, text_of
from index.build import BuildSettings
from index.errors import InputError, SweepInvalid
from rag.settings import Settings
from rag.weights import Weights

BUILD = BuildSettings(("a", "b"), 420)


def plan(tmp_path: Path, text: str) -> SweepPlan:
    path = tmp_path / "sweep.toml"
    path.write_text(text, "utf-8")
    return read_sweep(path, BUILD)


def test_every_key(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        """
        sort = "ece"
        fold = "all"
        [[variant]]
        name = "all of it"
        target_passage = 200
        context = false
        encoders = ["c", "a"]
        dense = 0.5
        lexical = 0
        passage = 2
        sentence = 3.25
        known = false
        place = 0
        relevance = 0.25
        spread = false
        pool = 7
        """,
    )
    assert (found.sort, found.fold) == ("ece", "all")
    first, second = found.runs
    assert (first.name, first.changed, first.build, first.weights) == (DEFAULT, {}, BUILD, Weights())
    assert second.build == BuildSettings(("c", "a"), 200, context=False)
    assert second.weights == Weights(
        dense=0.5, lexical=0, passage=2, sentence=3.25, known=False, place=0, relevance=0.25, spread=False, pool=7
    )
    assert text_of(second.changed) == (
        "target_passage=200 context=false encoders=c+a dense=0.5 lexical=0 passage=2 sentence=3.25 known=false "
        "place=0 relevance=0.25 spread=false pool=7"
    )


def test_every_weight_can_be_set() -> None:
    of_build = {field.name for field in fields(BuildSettings)}
    assert KEYS.keys() - of_build == {field.name for field in fields(Weights)} - {"encoders"}


def test_other_default_weights(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text("[grid]\nrelevance = [0, 0.5]\nlexical = [3]\n", "utf-8")
    found = read_sweep(path, BUILD, Weights(relevance=0.0, lexical=3))
    assert [(run.name, run.changed) for run in found.runs] == [(DEFAULT, {}), ("relevance=0.5", {"relevance": 0.5})]
    assert [run.weights for run in found.runs] == [Weights(relevance=each, lexical=3) for each in (0, 0.5)]


def test_what_is_left_out(tmp_path: Path) -> None:
    found = plan(tmp_path, "[grid]\nlexical = [0]\n")
    assert (found.sort, found.fold) == ("ndcg@10", "dev")


def test_a_grid_is_every_combination_in_order_without_the_default(tmp_path: Path) -> None:
    found = plan(tmp_path, "[grid]\nlexical = [0, 0.70]\npool = [100, 5]\nknown = [true]\n")
    assert [run.name for run in found.runs] == [DEFAULT, "lexical=0", "lexical=0 pool=5", "pool=5"]
    assert [run.weights for run in found.runs[1:]] == [Weights(lexical=0), Weights(lexical=0, pool=5), Weights(pool=5)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "there is neither a [grid] nor a [[variant]] with settings"),
        ("[grid]", "there is neither a [grid] nor a [[variant]] with settings"),
        ("sorted = 1\n[grid]\npool = [1]", "sorted is unknown; there are sort, fold, grid, variant"),
        ('sort = "ndcg"\n[grid]\npool = [1]', f"sort is 'ndcg', not one of {', '.join(SORTS)}"),
        ('sort = "latency-p50"\n[grid]\npool = [1]', f"sort is 'latency-p50', not one of {', '.join(SORTS)}"),
        ("sort = [1]\n[grid]\npool = [1]", f"sort is [1], not one of {', '.join(SORTS)}"),
        ('fold = "train"\n[grid]\npool = [1]', "fold is 'train', not one of dev, test, all"),
        ("grid = 3", "grid is no table: write [grid]; there is neither a [grid] nor a [[variant]] with settings"),
        ("[variant]\nname = 'x'\npool = 2\n[grid]\npool = [1]", "variant is no list of tables: write [[variant]]"),
        (
            "[grid]\ndepth = [1]",
            "grid.depth is unknown; there are target_passage, context, encoders, dense, lexical, passage, sentence, "
            "known, place, relevance, spread, pool",
        ),
        ("[grid]\nlexical = 2", "grid.lexical is 2, not a list of values, each a number of 0 or more"),
        ("[grid]\nlexical = []", "grid.lexical is [], not a list of values, each a number of 0 or more"),
        ("[grid]\nlexical = [1, -1]", "grid.lexical: -1 is not a number of 0 or more"),
        ("[grid]\nlexical = [nan]", "grid.lexical: nan is not a number of 0 or more"),
        ("[grid]\nlexical = [true]", "grid.lexical: True is not a number of 0 or more"),
        ("[grid]\nknown = [1]", "grid.known: 1 is not true or false"),
        ("[grid]\npool = [0, 2.0]", "grid.pool: 0 is not a whole number from 1 on; grid.pool: 2.0 is not a whole "
         "number from 1 on"),
        ("[grid]\ntarget_passage = [49, 501]", "grid.target_passage: 49 is not a whole number from 50 to 500; "
         "grid.target_passage: 501 is not a whole number from 50 to 500"),
        ('[grid]\nencoders = ["a"]', "grid.encoders: 'a' is not a list of different encoders, as [\"e5-small\"]"),
        ("[grid]\nencoders = [[]]", 'grid.encoders: [] is not a list of different encoders, as ["e5-small"]'),
        (
            '[grid]\nencoders = [["a", "a"]]',
            "grid.encoders: ['a', 'a'] is not a list of different encoders, as [\"e5-small\"]",
        ),
        ("[[variant]]\npool = 2", "variant 1: name is None, not text"),
        ("[[variant]]\nname = 'default'\npool = 2", "variant 1: the name 'default' is taken"),
        (
            "[[variant]]\nname = 'x'\npool = 2\n[[variant]]\nname = 'x'\npool = 3",
            "variant 2: the name 'x' is taken",
        ),
        (
            "[[variant]]\nname = 'x'",
            "variant 1: nothing is changed; there are target_passage, context, encoders, dense, lexical, passage, "
            "sentence, known, place, relevance, spread, pool",
        ),
        ("[[variant]]\nname = 'x'\nsentence = [0]", "variant 1: sentence: [0] is not a number of 0 or more"),
        (
            "[[variant]]\nname = 'x'\npassage = 0\nsentence = 0\n[grid]\ndense = [0]\nlexical = [1, 0]",
            "dense=0 lexical=0: all encoders and the lexical search weigh 0; "
            "x: passages and sentences both weigh 0",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SweepInvalid) as caught:
        plan(tmp_path, text)
    assert caught.value.problem == f"{tmp_path / 'sweep.toml'}: {problem}"
    assert caught.value.remedy == "mend the sweep file"
    assert isinstance(caught.value, InputError)
    assert caught.value.exit_code == 2


def test_every_problem_at_once(tmp_path: Path) -> None:
    with pytest.raises(SweepInvalid) as caught:
        plan(tmp_path, "fold = 1\n[grid]\npool = [0]\n[[variant]]\nname = ''\ndepth = 1\nlexical = -1\n")
    assert caught.value.problem.removeprefix(f"{tmp_path / 'sweep.toml'}: ").split("; ") == [
        "fold is 1, not one of dev, test, all",
        "grid.pool: 0 is not a whole number from 1 on",
        "variant 1: name is '', not text",
        "variant 1: depth is unknown",
        "there are target_passage, context, encoders, dense, lexical, passage, sentence, known, place, relevance, "
        "spread, pool",
        "variant 1: lexical: -1 is not a number of 0 or more",
    ]


def test_too_many_runs_are_refused(tmp_path: Path) -> None:
    numbers = list(range(1, 23))
    more = f"[grid]\npool = {[*numbers, 23]}\nlexical = {numbers}\n[[variant]]\nname = 'x'\nknown = false\n"
    with pytest.raises(SweepInvalid, match=f"it asks for {1 + 23 * 22 + 1} runs, more than 500"):
        plan(tmp_path, more)
    assert len(plan(tmp_path, f"[grid]\npool = {numbers}\nlexical = {numbers}\n").runs) == 1 + 22 * 22 < MOST_RUNS


@pytest.mark.parametrize(("raw", "said"), [(b"a = ", "Invalid value"), (b"\xff", "utf-8"), (None, "No such file")])
def test_a_file_that_cannot_be_read(tmp_path: Path, raw: bytes | None, said: str) -> None:
    path = tmp_path / "sweep.toml"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(SweepInvalid) as caught:
        read_sweep(path, BUILD)
    assert caught.value.problem.startswith(f"{path} cannot be read: ")
    assert said in caught.value.problem
    assert caught.value.remedy == "give a sweep file in TOML, UTF-8"


@pytest.mark.parametrize(("name", "runs"), [("parts.toml", 15), ("chunks.toml", 7)])
def test_the_sweeps_that_ship_can_be_run(name: str, runs: int) -> None:
    path = Path(eval.__file__).parent / "sweeps" / name
    assert len(read_sweep(path, Settings(store=Path("s")).build).runs) == runs
