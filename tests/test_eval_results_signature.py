"""The signature of kept figures: whatever decides over them is in it."""

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.results.signature import CALIBRATION, CODE, ROOT, signature
from index.build import BuildSettings


@pytest.fixture
def tree(tmp_path):
    """A file for each place that a signature looks at, and (signature of it, its root)."""
    root = tmp_path / "tree"
    for place in (*(p if "." in p else f"{p}/sub/x.py" for p in CODE), CALIBRATION, "gold.jsonl", "set/a/b"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(place)
    return root


def signed(root, settings=None):
    return signature([root / "gold.jsonl", root / "set"], settings or BuildSettings(("fake",)), root)


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        *((p if "." in p else f"{p}/sub/x.py", "code") for p in CODE),
        *((f"{name}/new.py", "code") for name in ("index", "rag", "eval/measures", "eval/benchmarks")),
        (CALIBRATION, "calibration"),
        ("gold.jsonl", "data"),
        ("set/a/b", "data"),
        ("set/new", "data"),
    ],
)
def test_the_signature_tells_what_was_changed(tree, changed, key):
    before = signed(tree)
    (tree / changed).write_text("changed")
    after = signed(tree)
    assert {name for name in before if before[name] != after[name]} == {key}
    assert before.keys() == after.keys()


def test_the_signature_tells_a_file_that_was_renamed_or_settings_that_differ(tree):
    before = signed(tree)
    (tree / "set" / "a" / "b").rename(tree / "set" / "a" / "c")
    assert signed(tree)["data"] != before["data"]
    assert json.loads(before["build"])["target_passage"] == BuildSettings(("fake",)).target_passage
    assert json.loads(signed(tree, BuildSettings(("fake",), 99))["build"])["target_passage"] == 99


def test_the_signature_does_not_look_at_what_measures_nothing(tree):
    before = signed(tree)
    for name in ("index/__pycache__/x.pyc", "eval/reports/report.py", "eval/results/page.py", "rag/static/page.css"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("new")
    assert signed(tree) == before


def test_every_table_that_measures_is_signed():
    tables = [*(ROOT / "index").rglob("*"), *(ROOT / "rag").rglob("*")]
    named = {path.relative_to(ROOT).as_posix() for path in tables if path.suffix in {".json", ".toml"}}
    signed = {place for place in CODE if place.endswith((".json", ".toml")) and place.startswith(("index/", "rag/"))}
    assert named == signed | {CALIBRATION, "rag/api_examples.json"}  # the examples measure nothing


def test_weights_are_signed_by_the_checksum_beside_them():
    weights = [path for room in ("index", "rag") for path in (ROOT / room).rglob("*.safetensors")]
    for path in weights:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.with_name(f"{path.name}.sha256").read_text() == f"{digest}  {path.name}\n"
    checksums = {f"{path.relative_to(ROOT).as_posix()}.sha256" for path in weights}
    assert checksums == {place for place in CODE if place.endswith(".sha256")}
    assert len(checksums) == 2


PROJECT = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"training"}
"""The rooms at the top of the tree that can be imported from."""

UNSIGNED = {
    "eval/__init__.py": "gives names",
    "eval/comparison/__init__.py": "is empty",
    "eval/gold_check.py": "refuses gold of a user; ours is read by eval/dataset.py",
    "eval/gold_set.py": "chooses the gold of `digest-qa eval`; here only a class that its report is made of",
    "eval/reports/__init__.py": "is empty",
    "eval/reports/curves.py": "is of the report",
    "eval/reports/drawing.py": "is of the report",
    "eval/reports/failures.py": "is of the report",
    "eval/reports/html.py": "is of the report",
    "eval/reports/pictures.py": "is of the report",
    "eval/reports/report.py": "writes the report of `digest-qa eval`",
    "eval/reports/slice_names.py": "is of the report",
    "eval/reports/tables.py": "writes tables",
    "eval/reports/words.py": "is of the report",
    "eval/results/__init__.py": "is empty",
    "eval/results/notes.py": "is text of the page",
    "eval/results/page.py": "writes the page; a record of another shape than today's is not read",
    "eval/results/signature.py": "another choice of sources gives another hash by itself",
    "eval/service.py": "is called for a report alone",
}
"""Modules that are imported where figures are measured, and why they cannot change any."""


def module_file(name: str) -> Path | None:
    """That of a module or package of the project; None for other names."""
    place = ROOT.joinpath(*name.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if name.split(".", maxsplit=1)[0] in PROJECT and file.is_file()), None)


def imported(file: Path) -> Iterator[str]:
    """The names that may be modules, with the packages they lie in, wherever in the file they are imported."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        for name in names:
            parts = (f"{node.module}.{name}" if isinstance(node, ast.ImportFrom) else name).split(".")
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def closure(*names: str) -> set[str]:
    """The files of the project, from its root, that these modules import, and what those import."""
    found: set[Path] = set()
    left = [file for name in names if (file := module_file(name))]
    while left:
        file = left.pop()
        if file not in found:
            found.add(file)
            left += [other for name in imported(file) if (other := module_file(name))]
    return {file.relative_to(ROOT).as_posix() for file in found}


def test_whatever_is_imported_to_measure_is_signed_or_cannot_change_a_figure():
    modules = closure("eval", "eval.results", "eval.results.measure")
    assert {"eval/sweeps/sweep.py", "index/lexical.py", "rag/diversity.py", "rag/opening.py"} <= modules
    assert {name.split("/")[0] for name in modules} == {"eval", "index", "rag"}
    signed = {name for name in modules if any(name == place or name.startswith(f"{place}/") for place in CODE)}
    assert modules - signed == UNSIGNED.keys()


def test_every_module_that_is_signed_is_imported_to_measure():
    modules = closure("eval.results.measure")
    assert [place for place in CODE if place.endswith(".py") and place not in modules] == []
    rooms = [place for place in CODE if "." not in place]
    assert [room for room in rooms if not any(name.startswith(f"{room}/") for name in modules)] == []


@pytest.mark.parametrize("name", [name for name, why in UNSIGNED.items() if why == "is empty"])
def test_what_is_said_to_be_empty_holds_a_docstring_alone(name: str):
    (only,) = ast.parse((ROOT / name).read_text(encoding="utf-8")).body
    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)
