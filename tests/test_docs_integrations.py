"""The examples of docs/integrations.md, run as they stand there."""

import re
from pathlib import Path

import pytest
from frameworks import needed

from rag.answer import Citation
from rag.assistant import Assistant
from rag.filters import Filters

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "integrations.md").read_text("utf-8")
QUESTION = "茂名有多少户果农得益于荔枝保鲜？"
NEEDS = {"LangChain": "langchain_core", "LlamaIndex": "llama_index.core", "Haystack": "haystack"}


def example(section: str) -> str:
    """The one Python block under a heading."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0], re.DOTALL)
    return code


def printed(section: str, capsys: pytest.CaptureFixture[str]) -> str:
    needed(NEEDS[section])
    capsys.readouterr()
    exec(compile(example(section), f"docs/integrations.md, {section}", "exec"), {})
    return capsys.readouterr().out


def cited(filters: Filters | None = None) -> list[Citation]:
    return Assistant.open().search(QUESTION, 3, filters=filters).citations


def test_every_example_is_run() -> None:
    assert len(re.findall("```python", PAGE)) == len(NEEDS)
    assert all(QUESTION in example(section) for section in NEEDS)


@pytest.mark.usefixtures("fake_encoder")
def test_langchain(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = [f"[{c.rank}] {c.article.title} {c.start}-{c.end}\n{c.quote.text}\n" for c in cited()]
    assert len(wanted) == 3
    assert printed("LangChain", capsys) == "".join(wanted)


@pytest.mark.usefixtures("fake_encoder")
def test_llamaindex(capsys: pytest.CaptureFixture[str]) -> None:
    found = cited(Filters(regions=("Guangdong",)))
    assert {c.article.region for c in found} == {"广东"}
    wanted = [
        f"{c.score:.2f} {c.start}-{c.end}\ntitle: {c.article.title}\nauthors: "
        f"{[author.model_dump() for author in c.article.authors]}\nregion: 广东\ndocument: {c.document}\n\n{c.text}\n"
        for c in found
    ]
    assert printed("LlamaIndex", capsys) == "".join(wanted)


@pytest.mark.usefixtures("fake_encoder")
def test_haystack(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = [f"[{c.rank}] {c.text}\n" for c in cited()]
    assert printed("Haystack", capsys) == f"{''.join(wanted)}{QUESTION}\n"


@pytest.mark.model
@pytest.mark.parametrize("section", NEEDS)
def test_the_passage_that_answers_comes_first(
    section: str, sample_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIGEST_QA_STORE", str(sample_store))
    answer = Assistant.open().ask(QUESTION).answer
    assert answer is not None
    assert "7.37万户" in answer.text
    first = re.split(r"\n\[2\]|\n0\.[0-9]{2} ", printed(section, capsys))[0]
    assert answer.text in first
