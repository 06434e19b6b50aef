"""What `rag` shows to the world, and what it keeps out of memory until it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest
from asking import TESTS, build_reports

import rag
from rag.answer import Answer, Citation, SearchResult
from rag.assistant import Assistant
from rag.filters import ArticleKey, Filters


def test_exports() -> None:
    assert rag.__all__ == ["Answer", "ArticleKey", "Assistant", "Citation", "Filters", "SearchResult"]
    assert (rag.Answer, rag.Assistant, rag.Citation) == (Answer, Assistant, Citation)
    assert (rag.ArticleKey, rag.Filters, rag.SearchResult) == (ArticleKey, Filters, SearchResult)


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "水价", "--store", "STORE"], ["index", "--help"]])
def test_the_command_line_loads_neither_the_page_nor_the_evaluation(tmp_path: Path, arguments: list[str]) -> None:
    store = str(build_reports(tmp_path))
    code = """
import os, sys
os.environ["DIGEST_QA_ENCODERS"] = "fake"
import cli_with_fake, rag.cli
assert rag.cli.run(sys.argv[1:]) == 0
print([name for name in ("gradio", "eval", "app", "torch", "fastapi") if name in sys.modules], file=sys.stderr)
"""
    given = [store if argument == "STORE" else argument for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-c", code, *given], cwd=TESTS, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert done.stdout
