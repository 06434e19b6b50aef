"""The page of results: which sets, what is kept of them, and every figure in its cell."""

import json
import re
from pathlib import Path

import pytest
from benchmark_folders import folder, passage, question
from click.testing import CliRunner
from fakes import FigureReader, HashEncoder

from eval.results import measure as results
from eval.results.columns import COLUMNS
from eval.results.notes import NOTES
from eval.results.page import Outcome, Part, Side, page
from eval.results.sets import REMARKS, found_sets
from eval.results.signature import CALIBRATION, CODE, ROOT
from index.errors import SettingInvalid
from index.sample import NAME, sample_digest

RIVERS = ["长江流经上海市。", "黄河流经济南市。", "珠江流经广州市。", "淮河流经蚌埠市。", "海河流经天津市。"]

LOADED = ["fake", "reader", "e5-small"]


@pytest.fixture
def shared_folder(tmp_path):
    corpus = [passage(f"p{n}", text) for n, text in enumerate(RIVERS)]
    lines = [
        question(f"q{n}", [f"p{n}"], [text[4:7]], answer_starts=[4], language="zh") | {"question": text[:4]}
        for n, text in enumerate(RIVERS)
    ]
    lines.append(question("none", [], negatives=["p0"], answerable=False, language="zh"))
    folder(tmp_path / "shared" / "data" / "qa", corpus, lines, "rivers")
    return tmp_path / "shared"


@pytest.fixture
def run(monkeypatch, tmp_path, shared_folder):
    """Calls the command in an empty folder, with models that take no time; also what was loaded."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_QA_ENCODERS", "fake")
    loaded = []

    def load(spec):
        loaded.append(spec)
        return HashEncoder(name=spec)

    monkeypatch.setattr("eval.results.measure.load_encoder", load)
    monkeypatch.setattr("eval.results.measure.shipped_reader", lambda: load("reader") and FigureReader())

    def call(*arguments):
        loaded.clear()
        given = ["--shared", str(shared_folder), "--out", "page.md", *arguments]
        return CliRunner().invoke(results.main, given), list(loaded)

    return call


def write_reports(shared):
    """Two, with the file that tells where they are from."""
    reports = shared / "data" / "documents" / "gov_reports_2026"
    reports.mkdir(parents=True)
    for name in ("吉林省.txt", "山西省.txt", "SOURCE.txt"):
        (reports / name).write_text("text")
    return reports


def test_the_sets_are_the_gold_whose_digest_is_there_and_every_folder(tmp_path, shared_folder):
    assert list(found_sets(tmp_path, 9, 9)) == ["sample"]
    assert list(found_sets(shared_folder, 9, 9)) == ["sample", "rivers"]
    (shared_folder / "digest").mkdir()
    (shared_folder / "digest" / "digest.txt").write_text("text")
    assert list(found_sets(shared_folder, 9, 9)) == ["sample", "digest", "rivers"]
    reports = write_reports(shared_folder)
    assert list(found_sets(shared_folder, 9, 9)) == ["sample", "digest", "reports", "rivers"]
    for name in ("吉林省.txt", "山西省.txt"):
        (reports / name).unlink()
    assert list(found_sets(shared_folder, 9, 9)) == ["sample", "digest", "rivers"]


def test_our_own_gold_comes_whole_with_its_digest(tmp_path):
    (own,) = found_sets(tmp_path, 1, 1)["sample"].read()
    with sample_digest() as path:
        source = path.read_text(encoding="utf-8")
    assert (own.name, own.own, [d.name for d in own.documents]) == ("sample", True, [NAME])
    assert own.documents[0].text == source
    proved = [place for item in own.gold for place in item.evidence]
    assert proved
    assert all(place.text == source[place.span.start : place.span.end] for place in proved)
    assert own.remarks == (
        "The weights of the search, the score and its threshold were fitted on the dev fold (training/fuse.py, "
        "training/calibrate.py)",
    )


def test_the_gold_of_the_reports_comes_whole_with_all_of_them(shared):
    folder = shared / "data" / "documents" / "gov_reports_2026"
    if not folder.is_dir():
        pytest.skip(f"{folder} not found: set DIGEST_QA_SHARED")
    (own,) = found_sets(shared, 1, 1)["reports"].read()
    assert (own.name, own.own, len(own.documents), len(own.gold)) == ("reports", True, 15, 179)
    texts = {document.sha256: document.text for document in own.documents}
    proved = [place for item in own.gold for place in item.evidence]
    assert all(place.text == place.span.of(texts[place.document_sha256]) for place in proved)
    assert len({place.document_sha256 for place in proved}) == 6


def test_sets_without_absence_lose_some_passages_and_say_so(tmp_path):
    many = range(40)
    corpus = [passage(f"p{n}", f"text {n}") for n in many]
    folder(tmp_path / "data" / "qa", corpus, [question(f"q{n}", [f"p{n}"], disputed=n == 0) for n in many])
    (found,) = found_sets(tmp_path, 30, 35)["set"].read()
    absent = [item for item in found.gold if not item.gold.answerable]
    assert len(found.gold) == 30
    assert len(found.documents) == 35 - len(absent)
    assert found.remarks == (
        "Left out of the whole set: 1 (disputed)",
        f"{len(absent)} are without an answer because their passages were taken out",
    )


def test_a_name_that_is_no_set_is_refused(shared_folder):
    found = found_sets(shared_folder, 9, 9)
    assert list(results.chosen_sets(found, ["rivers"])) == ["rivers"]
    assert list(results.chosen_sets(found, [])) == ["sample", "rivers"]
    with pytest.raises(SettingInvalid, match="no set is called 'lakes'; there are sample, rivers"):
        results.chosen_sets(found, ["lakes"])


def test_the_page_says_how_it_was_made_and_compares_both(run, tmp_path):
    done, loaded = run("--only", "rivers", "--questions", "6", "--passages", "5")
    assert (done.exit_code, done.stdout) == (0, "page.md\n")
    assert "[1/1] rivers" in done.stderr
    assert loaded == LOADED
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert text.startswith(
        "# Results\n\nMade by `python -m eval.results --questions 6 --passages 5 --only rivers`.\n\n"
        "- sample: at most 6 questions and 5 passages of each open set, seed 0; our own whole\n"
        "- encoders: fake\n- mode: best\n"
        "- versions: Python 3."
    )
    assert "\n- not measured: sample\n" in text
    assert "not comparable with published ones" in text
    lines = text.splitlines()
    start = lines.index("## rivers")
    assert lines[start + 2] == "6 questions, 1 of them without an answer; 5 documents."
    head, _, ours, naive = lines[start + 4 : start + 8]
    assert head == f"| questions | system | {' | '.join(COLUMNS.values())} | p |"
    # A chunk is all of a one-sentence text and shares four characters with the question, others two: both find it.
    # The interval is Wilson's: 5 / (5 + 1.96²) = 0.566.
    assert ours.startswith("| all (5 + 1) | digest-qa | 100.0 [56.6, 100.0] | 100.0 [56.6, 100.0] | ")
    assert naive.startswith("| all (5 + 1) | naive | 100.0 [56.6, 100.0] | 100.0 [56.6, 100.0] | ")
    assert ours.endswith(" | 1.0000 |")
    cells = dict(zip([cell.strip() for cell in head.split("|")], [c.strip() for c in naive.split("|")], strict=True))
    assert [cells[name] for name in ("char-F1", "exact", "contains", "p")] == ["–"] * 4
    assert cells["AUROC"].startswith("100.0 [")  # "none?" shares no character with any text


def test_what_was_finished_is_not_measured_again(run, tmp_path):
    sizes = ("--only", "rivers", "--questions", "6", "--passages", "5")
    assert run(*sizes)[1] == LOADED
    first = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert run(*sizes)[1] == []
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == first
    assert run(*sizes, "--fresh")[1] == LOADED
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == first


@pytest.fixture
def two_sets(shared_folder):
    """Rivers, and seas behind them, whose questions are others."""
    corpus = [passage("a", "东海产带鱼。"), passage("b", "南海产石油。")]
    lines = [question("s1", ["a"], language="zh") | {"question": "东海产"}]
    folder(shared_folder / "data" / "qa", corpus, lines, "seas")
    return shared_folder / "data" / "qa" / "seas" / "questions.jsonl"


def of_page(path):
    """The command, the heads of the sets, and what is not measured."""
    lines = path.read_text(encoding="utf-8").splitlines()
    command = lines[2].removeprefix("Made by `python -m eval.results --questions 150 --passages 400").removesuffix("`.")
    heads = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    return command, heads[1:], [line for line in lines if line.startswith("- not measured: ")]


def test_a_page_is_made_in_portions_in_the_order_of_the_sets(run, tmp_path, two_sets):
    written = tmp_path / "page.md"
    assert run("--only", "seas")[1] == LOADED
    assert of_page(written) == (" --only seas", ["seas"], ["- not measured: sample, rivers"])
    assert run("--only", "rivers")[1] == LOADED
    assert of_page(written) == (" --only rivers --only seas", ["rivers", "seas"], ["- not measured: sample"])
    seas = written.read_text(encoding="utf-8").split("## seas")[1]
    assert "1 question; 2 documents." in seas
    assert "| all (1 + 0) | digest-qa |" in seas
    portions = written.read_text(encoding="utf-8")
    assert run("--only", "seas", "--only", "rivers")[1] == []
    assert written.read_text(encoding="utf-8") == portions
    assert run("--only", "sample")[1] == LOADED
    assert of_page(written) == ("", ["sample", "rivers", "seas"], [])


def test_what_is_kept_from_before_a_change_does_not_stay_on_the_page(run, tmp_path, two_sets):
    run("--only", "seas")
    with two_sets.open("a") as file:
        file.write("\n")
    run("--only", "rivers")
    left_out = (" --only rivers", ["rivers"], ["- not measured: sample, seas"])
    assert of_page(tmp_path / "page.md") == left_out
    (tmp_path / "build" / "results" / "seas.json").write_text("{")
    run("--only", "rivers")
    assert of_page(tmp_path / "page.md") == left_out


def test_fresh_measures_the_named_sets_alone_anew(run, tmp_path, two_sets):
    run("--only", "seas")
    kept = tmp_path / "build" / "results" / "seas.json"
    before = kept.stat().st_mtime_ns
    assert run("--only", "rivers", "--fresh")[1] == LOADED
    assert kept.stat().st_mtime_ns == before
    assert of_page(tmp_path / "page.md")[1] == ["rivers", "seas"]


def test_what_was_kept_of_another_sample_or_is_damaged_is_measured_anew(run, tmp_path):
    assert run("--only", "rivers", "--questions", "6")[1] == LOADED
    assert run("--only", "rivers", "--questions", "5")[1] == LOADED
    kept = tmp_path / "build" / "results" / "rivers.json"
    assert json.loads(kept.read_text())["signature"]["sample"].startswith("at most 5 questions and 400 passages")
    kept.write_text("{")
    assert run("--only", "rivers", "--questions", "5")[1] == LOADED
    assert [path.name for path in kept.parent.iterdir()] == ["rivers.json"]


def test_what_was_kept_of_other_data_is_measured_anew(run, shared_folder):
    assert run("--only", "rivers")[1] == LOADED
    with (shared_folder / "data" / "qa" / "rivers" / "questions.jsonl").open("a") as file:
        file.write("\n")
    assert run("--only", "rivers")[1] == LOADED
    assert run("--only", "rivers")[1] == []


def test_what_was_kept_with_other_passages_is_measured_anew(run, monkeypatch):
    assert run("--only", "rivers")[1] == LOADED
    monkeypatch.setenv("DIGEST_QA_TARGET_PASSAGE", "77")
    assert run("--only", "rivers")[1] == LOADED


def test_what_was_kept_in_another_mode_is_measured_anew_and_fast_reads_nothing(run, tmp_path, monkeypatch):
    assert run("--only", "rivers")[1] == LOADED
    monkeypatch.setenv("DIGEST_QA_MODE", "fast")
    assert run("--only", "rivers")[1] == ["fake", "e5-small"]
    assert "\n- mode: fast\n" in (tmp_path / "page.md").read_text(encoding="utf-8")
    assert run("--only", "rivers")[1] == []


def test_our_own_gold_and_its_digest_are_signed(shared_folder):
    (shared_folder / "digest").mkdir()
    (shared_folder / "digest" / "digest.txt").write_text("text")
    write_reports(shared_folder)
    found = found_sets(shared_folder, 9, 9)
    assert {name: [path.name for path in source.files] for name, source in found.items()} == {
        "sample": [NAME, "sample.jsonl"],
        "digest": ["digest.txt", "digest.jsonl"],
        "reports": ["吉林省.txt", "山西省.txt", "reports.jsonl"],
        "rivers": ["rivers"],
    }
    assert all(path.exists() for source in found.values() for path in source.files)


def test_every_file_that_the_page_and_the_signature_name_is_there():
    told = " ".join([*NOTES, *(remark for remarks in REMARKS.values() for remark in remarks)])
    named = re.findall(r"[\w./-]+\.py", told)
    assert "eval/comparison/randomisation.py" in named
    assert [name for name in (*named, *CODE, CALIBRATION) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("source", sorted((ROOT / "eval").rglob("*.py")), ids=lambda path: path.stem)
def test_every_path_that_a_text_of_this_room_names_is_there(source: Path):
    found = re.findall(r"\b(?:eval|rag|index|training|tests)/[\w./-]*\w", source.read_text(encoding="utf-8"))
    made = {"eval/RESULTS.md"}
    assert [name for name in found if name not in made and not (ROOT / name).exists()] == []


def test_a_mistake_is_told_in_one_line(run, shared_folder):
    done, _ = run("--only", "lakes")
    assert (done.exit_code, done.stderr) == (2, "Error: no set is called 'lakes'; there are sample, rivers\n")
    (shared_folder / "data" / "qa" / "empty").mkdir()
    done, _ = run("--only", "empty")
    assert done.exit_code == 2
    assert "is no benchmark (empty)" in done.stderr


def test_directions_between_languages_are_parts_of_their_own(run, tmp_path, shared_folder):
    corpus = [passage("a", "长江流经上海市。", language="zh"), passage("b", "黄河流经济南市。", language="zh")]
    lines = [
        question("q1", ["a"], language="en", passage_language=["zh"]),
        question("q2", ["b"], language="fr", passage_language=["zh"]),
        question("q3", ["a"], language="zh", passage_language=["zh"]),
        question("q4", ["b"], language="de", passage_language=["zh"]),
        question("q5", [], language="de", passage_language=["zh"], answerable=False),
    ]
    folder(shared_folder / "data" / "qa", corpus, lines, "crossed")
    done, _ = run("--only", "crossed")
    assert done.exit_code == 0
    rows = [line for line in (tmp_path / "page.md").read_text(encoding="utf-8").splitlines() if "| naive |" in line]
    names = [line.split("|")[1].strip() for line in rows]
    assert names == ["all (4 + 1)", "en→zh (1 + 0)", "others→zh (2 + 1)", "zh→zh (1 + 0)"]


def test_nobody_knows_how_well_calibrated_an_unmarked_set_is(run, tmp_path, shared_folder):
    corpus = [passage(f"p{n}", text) for n, text in enumerate(RIVERS)]
    lines = [
        question("q1", [], candidates=["p0", "p1"]) | {"question": "长江流经"},
        question("q2", [], negatives=["p2", "p3"], answerable=False) | {"question": "红河"},
    ]
    folder(shared_folder / "data" / "qa", corpus, lines, "unmarked")
    assert run("--only", "unmarked")[0].exit_code == 0
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    (naive,) = [line for line in text.splitlines() if "| naive |" in line]
    assert naive == f"| all (1 + 1) | naive |{' – |' * 7} 100.0 | – | – |"


def side(**figures):
    return Side(figures=figures, intervals={name: (value - 0.1, value + 0.05) for name, value in figures.items()})


def test_every_figure_is_in_its_cell():
    part = Part(name="all", questions=8, unanswerable=3, ours=side(ece=0.25), baseline=side(auroc=0.5), p=0.0123)
    outcome = Outcome(name="one", documents=1234, remarks=("A remark", "Another"), parts=(part,))
    assert page("make it", {"seed": "0"}, ["A note."], [outcome]) == "\n".join(
        [
            *["# Results", "", "Made by `make it`.", "", "- seed: 0", "", "## How to read it", "", "- A note.", ""],
            *["## one", "", "8 questions, 3 of them without an answer; 1,234 documents.", "A remark.", "Another.", ""],
            "| questions | system | Success@1 | Success@5 | MRR@10 | nDCG@10 "
            "| char-F1 | exact | contains | AUROC | ECE | p |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
            f"| all (5 + 3) | digest-qa |{' – |' * 8} 25.0 [15.0, 30.0] | 0.0123 |",
            f"| all (5 + 3) | naive |{' – |' * 7} 50.0 [40.0, 55.0] | – | – |",
            "",
        ]
    )


def test_a_figure_that_rests_on_few_questions_stands_without_interval():
    few = Side(figures={"mrr@10": 0.5}, intervals={})
    part = Part(name="all", questions=2, unanswerable=0, ours=few, baseline=few, p=None)
    text = page("make it", {}, [], [Outcome(name="one", documents=1, remarks=(), parts=(part,))])
    assert f"| all (2 + 0) | naive | – | – | 50.0 |{' – |' * 7}" in text.splitlines()
