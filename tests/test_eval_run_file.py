import json

import pytest

from eval.reports.run_file import BY_QUESTION, REPORT, Record, RunFile, read_run
from index.errors import InputError

FULL = {
    "id": "q", "language": "en", "pair": "en→zh", "type": "list", "style": "plain", "fold": "dev", "kind": "other year",
    "regions": ["广东", "天津"], "answerable": True, "answered": True, "right": False, "confidence": 0.5,
    "measures": {"ndcg@10": 1, "exact": 0.0},
}  # fmt: skip


def write_run(folder, records, report=None):
    folder.mkdir(exist_ok=True)
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / BY_QUESTION).write_text(lines, encoding="utf-8")
    if report is not None:
        (folder / REPORT).write_text(json.dumps(report), encoding="utf-8")
    return folder


def test_a_report_folder_becomes_a_run(tmp_path):
    setup = {"k": 100, "settings": {"weights": {"lexical": 2.0}}, "manifest": {"target_passage": 420}}
    gold = [{"file": "g", "sha256": "ab", "questions": 1}]
    folder = write_run(tmp_path / "a", [FULL], {"gold": gold, "fold": "dev", "counts": {"all": {"map": 1}}, **setup})
    record = Record(
        id="q",
        measures={"ndcg@10": 1.0, "exact": 0.0},
        language="en",
        pair="en→zh",
        type="list",
        style="plain",
        kind="other year",
        fold="dev",
        regions=("广东", "天津"),
        answerable=True,
        answered=True,
        right=False,
        confidence=0.5,
    )
    assert read_run(folder) == RunFile(str(folder), {"q": record}, frozenset({"ab"}), "dev", **setup)
    # Its by-question file alone: the report beside it is found.
    assert read_run(folder / BY_QUESTION).gold == {"ab"}


def test_older_runs_say_less(tmp_path):
    line = {"id": "q", "style": None, "measures": {}}
    folder = write_run(tmp_path / "a", [line], {"gold": [], "settings": {"k": 10, "fold": "test"}})
    assert read_run(folder) == RunFile(str(folder), {"q": Record("q", {})}, frozenset(), "test", 10)
    (folder / REPORT).unlink()
    assert read_run(folder) == RunFile(str(folder), {"q": Record("q", {})}, None, None)


def test_right_is_open_where_nobody_knows(tmp_path):
    assert read_run(write_run(tmp_path / "a", [FULL | {"right": None}])).records["q"].right is None


@pytest.mark.parametrize(
    "change",
    [
        {"id": 3},
        {"measures": {"exact": "high"}},
        {"measures": {"exact": True}},
        {"measures": {"exact": float("nan")}},
        {"confidence": "0.5"},
        {"answerable": 1},
        {"regions": [None]},
        {"language": ["en"]},
    ],
    ids=str,
)
def test_a_wrong_value_is_no_run(tmp_path, change):
    with pytest.raises(InputError, match=rf"{BY_QUESTION} is not a run: .* is no "):
        read_run(write_run(tmp_path / "a", [FULL | change]))


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"id": "a"}', '{"id": "a", "measures": {"x": "y"}}', '{"id": "a", "measures": 3}']
)
def test_what_is_not_a_run_is_refused(tmp_path, content):
    path = tmp_path / "x.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="is not a run"):
        read_run(path)
    with pytest.raises(InputError, match=r"by-question\.jsonl is not a run"):
        read_run(tmp_path)


def test_a_question_twice_is_no_run(tmp_path):
    with pytest.raises(InputError, match="question 'q' occurs twice"):
        read_run(write_run(tmp_path / "a", [FULL, FULL]))


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"gold": [{"file": "g"}]},
        *(
            {"gold": []} | wrong
            for wrong in (
                {"fold": 3},
                {"k": "5"},
                {"settings": 1},
                {"manifest": []},
            )
        ),
    ],
)
def test_a_report_that_is_none_is_refused(tmp_path, content):
    with pytest.raises(InputError, match=r"report\.json is not a run"):
        read_run(write_run(tmp_path / "a", [FULL], content))
