"""The house rules that a machine can check: who imports whom, what stays light, how files are cut."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

MAY_IMPORT = {
    "index": set(),
    "rag": {"index"},
    "eval": {"index", "rag"},
    "app": {"index", "rag"},
    "training": {"index", "rag", "eval"},
}
HEAVY = ("torch", "gradio", "sentence_transformers")
LONGEST_FILE = 300


def sources(root: Path) -> Iterator[tuple[str, Path]]:
    """Every (room, file) under `root`; app.py is a room of one file."""
    for room in MAY_IMPORT:
        for path in sorted([*root.glob(f"{room}.py"), *root.glob(f"{room}/**/*.py")]):
            yield room, path


def imports(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute module) of every import in a file: at the top, in a function, for typing only, or by name."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = [*package[: len(package) - level + 1]] if level else []
                start = ".".join([*base, *([module] if module else [])])
                yield from ((node.lineno, f"{start}.{alias.name}".lstrip(".")) for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield node.lineno, module


def violations(root: Path) -> list[str]:
    """One line for each import that goes against the arrows."""
    return [
        f"{path.relative_to(root).as_posix()}:{line} imports {target}"
        for room, path in sources(root)
        for line, module in imports(path, root)
        if (target := module.partition(".")[0]) in MAY_IMPORT and target not in MAY_IMPORT[room] | {room}
    ]


def plant(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_imports_go_one_way() -> None:
    assert violations(REPOSITORY) == []


def test_the_rooms_are_looked_at() -> None:
    seen = {path.relative_to(REPOSITORY).as_posix() for _, path in sources(REPOSITORY)}
    assert {"index/schema.py", "index/encoders/protocol.py", "rag/answer.py", "eval/__init__.py"} <= seen


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("index/build.py", "import rag", "index/build.py:1 imports rag"),
        ("index/encoders/e5.py", "from eval.measures import mrr", "index/encoders/e5.py:1 imports eval"),
        ("index/readers/pdf.py", "from ...app import serve", "index/readers/pdf.py:1 imports app"),
        ("rag/cli.py", "def main():\n    import eval.cli", "rag/cli.py:2 imports eval"),
        ("rag/api.py", "if TYPE_CHECKING:\n    from app import page", "rag/api.py:2 imports app"),
        ("rag/cli.py", "import_module('eval.cli')", "rag/cli.py:1 imports eval"),
        ("rag/cli.py", "importlib.import_module('app')", "rag/cli.py:1 imports app"),
        ("rag/mcp.py", "from .. import training", "rag/mcp.py:1 imports training"),
        ("eval/cli.py", "import json, app", "eval/cli.py:1 imports app"),
        ("eval/bench/speed.py", "import training.train", "eval/bench/speed.py:1 imports training"),
        ("app.py", "from eval import report", "app.py:1 imports eval"),
        ("training/train.py", "__import__('app')", "training/train.py:1 imports app"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, name: str, text: str, found: str) -> None:
    plant(tmp_path, name, text)
    assert violations(tmp_path) == [found]


def test_what_is_allowed_passes(tmp_path: Path) -> None:
    plant(tmp_path, "index/encoders/e5.py", "import numpy\nfrom . import protocol\nfrom ..schema import Span")
    plant(tmp_path, "rag/cli.py", "import rag.api\nfrom index.schema import Span\nfrom .answer import Answer")
    plant(tmp_path, "eval/runner.py", "from index import build\nfrom rag import Assistant\nimport evaluate")
    plant(tmp_path, "app.py", "from rag import Assistant\nfrom index.errors import DigestQAError\nimport rag_other")
    plant(tmp_path, "training/train.py", "import index, rag, eval.measures")
    assert violations(tmp_path) == []


def test_schema_imports_only_the_standard_library() -> None:
    modules = {module.partition(".")[0] for _, module in imports(REPOSITORY / "index" / "schema.py", REPOSITORY)}
    assert modules - sys.stdlib_module_names == set()


@pytest.mark.parametrize("module", ["index", "rag", "rag.answer", "rag.cli"])
def test_heavy_libraries_are_imported_late(module: str) -> None:
    if not any((REPOSITORY / f"{module.replace('.', '/')}{end}").is_file() for end in (".py", "/__init__.py")):
        pytest.skip(f"{module} is not written yet")
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("[]\n", "", 0)


@pytest.mark.parametrize("recipe", sorted((REPOSITORY / "training").glob("*.py")), ids=lambda path: path.stem)
def test_recipes_find_what_they_import(recipe: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(recipe.parent)!r}); import {recipe.stem}"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)


def test_no_grab_bags() -> None:
    bags = {"utils", "util", "helpers", "misc", "common"}
    found = [path for _, path in sources(REPOSITORY) if bags & {path.stem, *path.relative_to(REPOSITORY).parts}]
    assert found == []


def test_files_stay_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for _, path in sources(REPOSITORY)}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}
