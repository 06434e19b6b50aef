import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytrec_eval
from eval_fakes import DOCUMENT, FakeAssistant, gold_line, write_gold

from eval.dataset import fold, load_gold, resolve
from eval.measures.scorecard import scorecard
from eval.reports.failures import failures, trouble_of
from eval.reports.report import FILES, FRAGMENT, PAGE, QRELS, RUN, build, check_writable, contents, write
from eval.reports.run_file import BY_QUESTION, REPORT
from eval.reports.text import render
from eval.runner import run
from index.errors import InputError

RIGHT = {"cited": [(90, 140)], "short": (100, 110), "confidence": 0.75}
LINES = [
    gold_line("a", language="zh"),
    gold_line("b", language="zh-Hant", type="数字"),
    gold_line("c", language="en", style="keyword"),
    gold_line("f", language="ru", answerable=False),
]
GOLD = [{"file": "g.jsonl", "sha256": "0" * 64, "questions": 4}]


def asked(tmp_path, table, lines=LINES):
    gold = resolve(load_gold(write_gold(tmp_path / "g.jsonl", lines)), [DOCUMENT])
    return run(FakeAssistant(table), gold, documents=[DOCUMENT])


def contents_of(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.fixture
def done(tmp_path):
    return asked(tmp_path, {"a?": RIGHT, "c?": RIGHT})


@pytest.fixture
def files(done):
    content = build(done, GOLD, "all", {"weights": 1}, {"generation": 7})
    return contents(content, done.results, [DOCUMENT])


def test_a_report_holds_what_a_figure_needs_to_be_quoted(done, files):
    content = json.loads(files[REPORT])
    card = scorecard(done.results)
    assert content["measures"] == card.measures
    assert content["intervals"] == {name: {} for name in card.measures}  # too few questions for any
    assert content["counts"]["all"]["success@1"] == 3
    assert (content["gold"], content["fold"], content["k"], content["questions"]) == (GOLD, "all", 100, 4)
    assert (content["settings"], content["manifest"]) == ({"weights": 1}, {"generation": 7})
    assert {"python", "digest-qa", "numpy", "torch", "ir_measures"} <= content["versions"].keys()
    assert content["created"].endswith("+00:00")
    assert {"risk_coverage", "reliability", "ranks", "latency_ms"} == content["curves"].keys()


def test_a_report_names_files_and_no_folders_of_this_machine(done):
    origins = {"1": {"path": "/home/me/secret/d.txt", "sha256": "1"}, "2": {"path": None, "sha256": "2"}}
    made = build(done, GOLD, "all", {}, {"generation": 7, "origins": origins})
    assert made["manifest"]["origins"] == {"1": {"path": "d.txt", "sha256": "1"}, "2": {"path": None, "sha256": "2"}}


def test_every_question_has_its_line(done, files):
    lines = [json.loads(line) for line in files[BY_QUESTION].splitlines()]
    assert [(line["id"], line["fold"]) for line in lines] == [(i, fold(i)) for i in "abcf"]
    assert lines[0]["measures"] == done.results[0].measures
    assert lines[0]["citations"] == [
        {"rank": 1, "score": 1.0, "document": "d.txt", "start": 90, "end": 140, "quote": {"start": 90, "end": 140}}
    ]
    assert (lines[0]["answer"]["start"], lines[0]["answer"]["end"], lines[0]["confidence"]) == (100, 110, 0.75)
    assert (lines[0]["pair"], lines[0]["right"], lines[0]["first_relevant"]) == ("zh→zh", True, 1)
    assert (lines[1]["answer"], lines[1]["citations"], lines[1]["answered"]) == (None, [], False)
    assert (lines[1]["right"], lines[1]["first_relevant"]) == (False, None)
    assert (lines[2]["style"], lines[3]["kind"], lines[3]["regions"]) == ("keyword", None, [])


def test_trec_eval_reads_the_run_and_the_qrels_and_finds_our_figures(done, files):
    judge = pytrec_eval.RelevanceEvaluator(pytrec_eval.parse_qrel(files[QRELS].splitlines()), {"ndcg_cut.10"})
    official = judge.evaluate(pytrec_eval.parse_run(files[RUN].splitlines()))
    assert {name: scores["ndcg_cut_10"] for name, scores in official.items()} == {"a": 1, "c": 1}
    assert files[QRELS].splitlines() == [
        "a 0 90-140 1",
        f"b 0 {DOCUMENT.sha256[:16]}:90-140 1",
        "c 0 90-140 1",
    ]


def test_the_tables_name_every_figure_with_its_interval_and_every_slice(tmp_path):
    lines = [line | {"id": f"{line['id']}{n}", "type": "\x1b[1mfact\n"} for n in range(2) for line in LINES]
    made = build(asked(tmp_path, {"a?": RIGHT, "c?": RIGHT}, lines), GOLD, "all", {}, {})
    first, second = render(made).split("\n\n")
    head, _, *body = (line.split() for line in first.splitlines())
    assert head == "6 answerable and 2 unanswerable questions (%, latencies in ms)".split()
    # 4 of 6, by Wilson at least 30.0 to 90.3; of six questions drawn all may be right.
    assert ["success@1", "66.7", "30.0", "–", "100.0", "6"] in body
    assert ["latency-p50", "–", "–", "0"] in body
    assert "\x1b" not in second
    rows = {line[:18].strip(): line[18:].split() for line in second.splitlines()}
    # Decisions: a, c answered, b not, f rightly refused; 0.75 and 0.75 beat 0.0, b's 0.0 ties.
    assert rows["all"] == ["6+2", *["66.7"] * 6, "83.3", "0.0", "33.3"]
    assert rows["pair ru→zh"] == ["0+2", *["–"] * 7, "0.0", "–"]
    assert "type [1mfact" in rows


def test_an_earlier_report_is_replaced_other_files_are_not(files, tmp_path):
    out = tmp_path / "deep" / "out"
    write(out, files)
    assert set(os.listdir(out)) == FILES == {REPORT, BY_QUESTION, RUN, QRELS, PAGE, FRAGMENT}
    write(out, files | {REPORT: "{}\n"})
    assert (out / REPORT).read_text(encoding="utf-8") == "{}\n"
    assert os.listdir(tmp_path / "deep") == ["out"]
    (out / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match=r"other things than a report: thesis\.tex"):
        write(out, files)
    assert (out / REPORT).read_text(encoding="utf-8") == "{}\n"


def test_a_folder_that_cannot_be_written_is_told_before_the_work_and_after(files, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for folder, problem in ((tmp_path / "file", "is a file"), (tmp_path / "file" / "below", "cannot be written")):
        for step in (check_writable, lambda folder: write(folder, files)):
            with pytest.raises(InputError, match=problem):
                step(folder)
    check_writable(tmp_path / "not" / "yet" / "there")
    assert sorted(os.listdir(tmp_path)) == ["file", "g.jsonl"]


def test_a_folder_named_as_a_file_of_a_report_is_no_report(files, tmp_path):
    (tmp_path / "out" / RUN).mkdir(parents=True)
    (tmp_path / "out" / RUN / "thesis.tex").write_text("years of work", encoding="utf-8")
    for step in (check_writable, lambda folder: write(folder, files)):
        with pytest.raises(InputError, match="other things than a report: run"):
            step(tmp_path / "out")
    assert os.listdir(tmp_path / "out" / RUN) == ["thesis.tex"]


@pytest.mark.parametrize("below", ["", "below"])
def test_a_name_too_long_for_the_disk_is_told_before_the_work_and_after(files, tmp_path, below):
    for step in (check_writable, lambda folder: write(folder, files)):
        with pytest.raises(InputError, match="cannot be written to"):
            step(tmp_path / ("长" * 100) / below)  # 300 bytes
    longest = tmp_path / ("n" * 255)
    check_writable(longest)
    write(longest, files)
    assert contents_of(longest) == files


def test_a_ring_of_links_is_no_folder(files, tmp_path):
    (tmp_path / "ring").symlink_to("ring")
    for folder, problem in ((tmp_path / "ring", "is a file"), (tmp_path / "ring" / "below", "cannot be written to")):
        for step in (check_writable, lambda folder: write(folder, files)):
            with pytest.raises(InputError, match=problem):
                step(folder)


@pytest.mark.parametrize("name", [".", "below/..", "../out"])
def test_the_folder_where_one_stands_gets_the_report_and_stays(files, tmp_path, monkeypatch, name):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(out)
    for again in (files, files | {REPORT: "{}\n"}):
        check_writable(Path(name))
        write(Path(name), again)
        assert contents_of(Path()) == contents_of(out) == again  # the shell still stands where the report is


def test_a_linked_folder_stays_a_link(files, tmp_path):
    real, link, later = tmp_path / "real", tmp_path / "link", tmp_path / "later"
    real.mkdir()
    link.symlink_to(real)
    later.symlink_to(tmp_path / "to" / "come")
    for place in (link, link, later, later):
        check_writable(place)
        write(place, files)
    assert (link.readlink(), later.readlink()) == (real, tmp_path / "to" / "come")
    assert contents_of(real) == contents_of(tmp_path / "to" / "come") == files
    assert sorted(os.listdir(tmp_path)) == ["g.jsonl", "later", "link", "real", "to"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("inside", [True, False])
def test_only_the_folder_itself_must_be_writable(files, tmp_path, inside):
    out = tmp_path / "parent" / "out"
    out.mkdir(parents=True)
    closed = out.parent if inside else out
    closed.chmod(0o555)
    try:
        for step in (check_writable, lambda folder: write(folder, files)):
            if inside:
                step(out)
            else:
                with pytest.raises(InputError, match="cannot be written to"):
                    step(out)
    finally:
        closed.chmod(0o755)
    assert contents_of(out) == (files if inside else {})


@pytest.fixture
def mounted(tmp_path):
    """A folder that is a disk of its own, of 1 MiB."""
    place = tmp_path / "mounted"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a disk needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_mounted_folder_gets_the_report(files, mounted):
    for again in (files, files | {REPORT: "{}\n"}):
        check_writable(mounted)
        write(mounted, again)
        assert contents_of(mounted) == again


def test_a_full_disk_is_told_and_leaves_the_earlier_report(files, mounted):
    write(mounted, files)
    with pytest.raises(InputError, match="No space left"):
        write(mounted, files | {RUN: "x" * 2**20})
    assert contents_of(mounted) == files
    room = os.statvfs(mounted).f_bavail * os.statvfs(mounted).f_frsize
    (mounted / QRELS).write_text(files[QRELS] + "x" * room, encoding="utf-8")
    with pytest.raises(InputError, match="No space left"):
        check_writable(mounted)
    assert set(os.listdir(mounted)) == FILES


def test_a_report_that_fails_half_way_leaves_the_earlier_one(files, tmp_path):
    out = tmp_path / "out"
    write(out, files)
    with pytest.raises(TypeError):
        write(out, {REPORT: "{}", BY_QUESTION: None})
    assert contents_of(out) == files
    assert sorted(os.listdir(tmp_path)) == ["g.jsonl", "out"]


@pytest.mark.parametrize("place", range(len(FILES)))
@pytest.mark.parametrize("earlier", [True, False])
def test_a_file_that_cannot_be_put_in_its_place_leaves_the_earlier_report(files, tmp_path, monkeypatch, place, earlier):
    out = tmp_path / "out"
    out.mkdir()
    before = {name: f"old {name}" for name in FILES} if earlier else {}
    write(out, before)
    replace, placed = os.replace, []

    def failing(source, target):
        if len(placed) == place:
            placed.append("nothing")
            raise OSError("the disk is gone for a moment")
        placed.append(Path(target).name)
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(InputError, match="the disk is gone for a moment"):
        write(out, files)
    assert contents_of(out) == before
    placed.clear()
    monkeypatch.setattr(
        os, "replace", lambda source, target: (placed.append(Path(target).name), replace(source, target))
    )
    write(out, files)
    assert contents_of(out) == files
    assert placed[-1] == REPORT  # what is read first comes last


def test_files_that_the_new_report_lacks_go(files, tmp_path):
    write(tmp_path / "out", files)
    write(tmp_path / "out", {REPORT: "{}"})
    assert contents_of(tmp_path / "out") == {REPORT: "{}"}


BEHIND = [(n, n + 9) for n in range(500, 550, 10)]


@pytest.mark.parametrize(
    ("entry", "trouble"),
    [
        (RIGHT, None),
        ({}, "missed"),
        ({"cited": [*BEHIND, (90, 140)]}, "missed"),  # sixth
        ({"cited": [*BEHIND[1:], (90, 140)]}, "late"),  # fifth
        (RIGHT | {"answerable": False, "short": None}, "false-refusal"),
        (RIGHT | {"cited": [(80, 400)], "quote": (100, 141)}, None),  # 40 of 51
        (RIGHT | {"cited": [(80, 400)], "quote": (150, 200)}, "wrong-quote"),
        (RIGHT | {"short": (120, 125)}, "wrong-answer"),
    ],
)
def test_the_first_thing_that_went_wrong(tmp_path, entry, trouble):
    (result,) = asked(tmp_path, {"a?": entry}, LINES[:1]).results
    assert trouble_of(result) == trouble


def test_an_answer_to_a_question_without_one_is_a_false_answer(tmp_path):
    (result,) = asked(tmp_path, {"f?": RIGHT}, LINES[3:]).results
    assert trouble_of(result) == "false-answer"
    (failure,) = failures([result], [DOCUMENT])
    assert (failure.wanted, failure.accepted, failure.answerable) == ((), (), False)


def test_what_was_wanted_stands_beside_what_was_found_both_marked(tmp_path):
    entry = {"cited": [(80, 400), (90, 140)], "quote": (150, 200), "short": (160, 165), "confidence": 0.5}
    (failure,) = failures(asked(tmp_path, {"a?": entry}, LINES[:1]).results, [DOCUMENT])
    assert (failure.trouble, failure.id, failure.confidence) == ("wrong-quote", "a", 0.5)
    assert (failure.answer, failure.accepted) == (DOCUMENT.text[160:165], (DOCUMENT.text[100:110],))
    (wanted,), (first, second) = failure.wanted, failure.found
    assert [wanted.text[a:b] for a, b in wanted.marks] == [DOCUMENT.text[90:140]]
    assert wanted.text == DOCUMENT.text[30:200]
    assert [first.text[a:b] for a, b in first.marks] == [DOCUMENT.text[150:200]]
    assert (first.rank, first.relevant, second.rank, second.relevant) == (1, True, 2, True)


def test_a_benchmark_wants_whole_documents(tmp_path):
    (question,) = resolve(load_gold(write_gold(tmp_path / "g.jsonl", LINES[:1])), [DOCUMENT])
    question = type(question)(question.gold, (), (), relevant={"d.txt": 1})
    done = run(FakeAssistant({}), [question], documents=[DOCUMENT])
    (failure,) = failures(done.results, [DOCUMENT, SimpleNamespace(name="e.txt", sha256="1", text="no")])
    assert [(wanted.place, wanted.text) for wanted in failure.wanted] == [("d.txt", DOCUMENT.text[:400])]
