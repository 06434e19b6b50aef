import json
import os
from types import SimpleNamespace

import pytest
from eval_fakes import DOCUMENT, FakeAssistant, gold_line, write_gold

from eval.dataset import fold, load_gold, resolve
from eval.report import BY_QUESTION, REPORT, build, groups, language_group, render, table, write
from eval.runner import run
from index.errors import InputError

RIGHT = {"cited": [(90, 140)], "short": (100, 110), "confidence": 0.75}
LINES = [
    gold_line("a", language="zh"),
    gold_line("b", language="zh-Hant", type="数字"),
    gold_line("c", language="en", style="keyword"),
    gold_line("f", language="ru", answerable=False),
]


@pytest.fixture
def done(tmp_path):
    gold = resolve(load_gold(write_gold(tmp_path / "g.jsonl", LINES)), [DOCUMENT])
    return run(FakeAssistant({"a?": RIGHT, "c?": RIGHT}), gold)


def test_languages_fall_into_three_groups():
    assert [language_group(tag) for tag in ("zh", "zh-Hant", "ZH_tw", "en", "en-GB", "ru", "za")] == [
        "zh", "zh", "zh", "en", "en", "others", "others",
    ]  # fmt: skip


def test_every_group_has_its_own_figures(done):
    figures = groups(done.results)
    assert {name: (f["answerable"], f["unanswerable"], f["success@1"]) for name, f in figures.items()} == {
        "all": (3, 1, 2 / 3),
        "fold dev": (2, 1, 1 / 2),  # a, b, f
        "fold test": (1, 0, 1),  # c
        "languages zh": (2, 0, 1 / 2),
        "languages en": (1, 0, 1),
        "languages others": (0, 1, None),
        "language en": (1, 0, 1),
        "language ru": (0, 1, None),
        "language zh": (1, 0, 1),
        "language zh-Hant": (1, 0, 0),
        "type fact": (2, 1, 1),
        "type 数字": (1, 0, 0),
    }


def test_the_tables_show_percentages_with_one_decimal(done):
    lines = render(groups(done.results)).splitlines()
    rankings, abstention = lines[: lines.index("")], lines[lines.index("") + 1 :]
    assert rankings[1].split() == [
        "n",
        "Success@1",
        "Success@5",
        "MRR@10",
        "nDCG@10",
        "quote",
        "IoU",
        "contains",
        "char-F1",
    ]
    assert rankings[2].split() == ["all", "3", *["66.7"] * 7]
    assert rankings[7].split() == ["languages", "others", "0", *["–"] * 7]
    # Decisions: a, c answered, b not, f rightly refused; 0.75 and 0.75 beat 0.0, b's 0.0 ties.
    assert abstention[2].split() == ["all", "3", "1", "75.0", "0.0", "33.3", "83.3", "100.0"]


def test_columns_stay_straight_beside_wide_characters():
    assert table([["", "n"], ["数字", "1"], ["abc", "23"], ["e\u0301", "4"]]) == (
        "       n\n"
        "数字   1\n"
        "abc   23\n"
        "e\u0301      4"
    )  # fmt: skip


def test_a_report_holds_what_a_figure_needs_to_be_quoted(done, tmp_path):
    gold = [{"file": "g.jsonl", "sha256": "0" * 64, "questions": 4}]
    write(tmp_path / "deep" / "out", build(done, gold, "all", {"generation": 7}), done.results)
    content = json.loads((tmp_path / "deep" / "out" / REPORT).read_text(encoding="utf-8"))
    assert content["measures"] == groups(done.results)
    assert content["gold"] == gold
    assert content["settings"] == {"k": 10, "fold": "all"}
    assert content["collection"] == {"generation": 7}
    assert {"python", "digest-qa", "numpy", "torch"} <= content["versions"].keys()
    assert os.listdir(tmp_path / "deep") == ["out"]


def test_every_question_has_its_line(done, tmp_path):
    write(tmp_path / "out", {}, done.results)
    lines = [json.loads(line) for line in (tmp_path / "out" / BY_QUESTION).read_text(encoding="utf-8").splitlines()]
    assert [(line["id"], line["fold"]) for line in lines] == [(i, fold(i)) for i in "abcf"]
    assert lines[0]["measures"] == done.results[0].measures
    assert lines[0]["citations"] == [
        {"rank": 1, "score": 1.0, "document": "d.txt", "start": 90, "end": 140, "quote": {"start": 90, "end": 140}}
    ]
    assert (lines[0]["answer"]["start"], lines[0]["answer"]["end"], lines[0]["confidence"]) == (100, 110, 0.75)
    assert (lines[1]["answer"], lines[1]["citations"], lines[1]["answered"]) == (None, [], False)


def test_an_earlier_report_is_replaced_other_files_are_not(done, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    write(out, {"n": 1}, done.results)
    write(out, {"n": 2}, done.results)
    assert json.loads((out / REPORT).read_text(encoding="utf-8")) == {"n": 2}
    (out / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match=r"other things than a report: thesis\.tex"):
        write(out, {"n": 3}, done.results)
    assert sorted(os.listdir(out)) == [BY_QUESTION, REPORT, "thesis.tex"]
    with pytest.raises(InputError, match="is a file"):
        write(tmp_path / "g.jsonl", {}, done.results)
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "g.jsonl" / "below", {}, done.results)


def test_a_report_that_fails_half_way_leaves_the_earlier_one(done, tmp_path):
    out = tmp_path / "out"
    write(out, {"n": 1}, done.results)
    broken = [*done.results, SimpleNamespace(question=None, answer=None)]
    with pytest.raises(AttributeError):
        write(out, {"n": 2}, broken)
    assert json.loads((out / REPORT).read_text(encoding="utf-8")) == {"n": 1}
    assert len((out / BY_QUESTION).read_text(encoding="utf-8").splitlines()) == 4
    assert sorted(os.listdir(tmp_path)) == ["g.jsonl", "out"]
