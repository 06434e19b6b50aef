"""From files to figures through the command line, over four documents and an encoder that can be reckoned with."""

import json
import os
import subprocess
import sys
from math import log2
from pathlib import Path

import pytest
from eval_fakes import write_gold

from eval.reports.report import FILES

TESTS = Path(__file__).parent
TEXTS = {
    "a": "甲市种了三千棵银杏树。",
    "b": "乙县修了五座石拱桥。",
    "c": "丙镇养了九万只麻鸭。",
    "d": "丁村开了两家豆腐店。",
}
# The last one is put in the words of b: the passage that answers it comes second.
QUESTIONS = [
    ("q1", "zh", "银杏树种了多少棵？", "a", "三千棵"),
    ("q2", "zh", "石拱桥修了几座？", "b", "五座"),
    ("q3", "en", "How many: 丙镇养了麻鸭?", "c", "九万只"),
    ("q4", "zh", "修了五座石拱桥的乙县旁边，那个村开了两家什么店？", "d", "豆腐店"),
]


def digest_qa(*arguments, **environment):
    return subprocess.run(
        [sys.executable, str(TESTS / "cli_with_fake.py"), *map(str, arguments)],
        capture_output=True, text=True, check=False, env=os.environ | environment,
    )  # fmt: skip


@pytest.fixture
def gold(tmp_path):
    lines = [
        {
            "id": name, "language": language, "question": question, "type": "factoid", "answerable": True,
            "document": f"{document}.txt", "answers": [answer], "note": "",
            "evidence": [{"start": 0, "end": len(TEXTS[document])}],
        }
        for name, language, question, document, answer in QUESTIONS
    ]  # fmt: skip
    none = lines[0] | {"id": "u1", "question": "戊省有几枚火箭？", "answerable": False, "answers": [], "evidence": []}
    return write_gold(tmp_path / "gold.jsonl", [*lines, none | {"note": "other region: 戊省 is not told of"}])


@pytest.fixture
def store(tmp_path):
    (tmp_path / "in").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "in" / f"{name}.txt").write_text(text, encoding="utf-8")
    done = digest_qa("index", tmp_path / "in", "--store", tmp_path / "store", DIGEST_QA_ENCODERS="fake")
    assert done.returncode == 0, done.stderr
    return tmp_path / "store"


def test_a_small_evaluation_has_the_figures_that_follow_from_its_ranks(gold, store, tmp_path):
    out = tmp_path / "out"
    command = ["eval", "--store", store, "--gold", gold, "--report", out, "--json", "--fail-under", "success@1=0.8"]
    done = digest_qa(*command, DIGEST_QA_ENCODERS="fake")
    assert done.returncode == 1, done.stderr
    assert "success@1 is 0.75, under 0.8" in done.stderr.splitlines()
    assert done.stderr.splitlines()[-1].startswith("report kept in ")
    content = json.loads(done.stdout)
    figures = content["measures"]["all"]
    assert (figures["answerable"], figures["unanswerable"]) == (4, 1)
    assert {name: figures[name] for name in ("success@1", "success@3", "recall@5", "mrr@10", "ndcg@10", "map")} == {
        "success@1": 3 / 4,
        "success@3": 1,
        "recall@5": 1,
        "mrr@10": pytest.approx((1 + 1 + 1 + 1 / 2) / 4),
        "ndcg@10": pytest.approx((1 + 1 + 1 + 1 / log2(3)) / 4),
        "map": pytest.approx((1 + 1 + 1 + 1 / 2) / 4),
    }
    assert {name: figures[name] for name in ("quote-iou", "quote-precision", "quote-recall", "verbatim")} == {
        "quote-iou": 3 / 4,  # whole sentences, that of the last question is another's
        "quote-precision": 3 / 4,
        "quote-recall": 3 / 4,
        "verbatim": 1,
    }
    assert content["measures"]["pair en→zh"]["success@1"] == 1
    assert content["measures"]["pair zh→zh"]["success@1"] == pytest.approx(2 / 3)
    assert content["measures"]["kind other region"]["unanswerable"] == 1
    assert {path.name for path in out.iterdir()} == FILES
    assert (out / "qrels").read_text(encoding="utf-8").count("\n") == 4
    assert (out / "run").read_text(encoding="utf-8").count("\n") == 4 * 4 + 4  # four passages to a question


def test_bad_gold_ends_in_one_line_and_exit_2(gold, store, tmp_path):
    gold.write_text(gold.read_text(encoding="utf-8").replace('"end": 11', '"end": 10', 1), encoding="utf-8")
    done = digest_qa("eval", "--store", store, "--gold", gold, "--report", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("digest-qa: gold.jsonl line 1: evidence 0-10 ends inside a sentence (“…树|。…”); mend")
    assert not (tmp_path / "out").exists()
    assert not (store / "reports").exists()
