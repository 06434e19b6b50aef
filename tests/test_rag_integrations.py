"""What holds for the adapters alike: the passage as the source has it, all that a citation needs, no network."""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from asking import assistant_over, build_reports
from frameworks import FRAMEWORKS, QUESTION, Framework, Recorder, needed

from index.collection import Collection
from index.errors import CollectionDamaged, DocumentNotFound, QuestionInvalid, SettingInvalid
from rag.assistant import Assistant
from rag.filters import FilterInvalid, Filters
from rag.settings import Mode

REPOSITORY = Path(__file__).resolve().parents[1]
FIELDS = (
    "title authors region article_index document document_sha256 start end quote display_text passage_id rank score url"
).split()
OPTIONAL = [framework for framework in FRAMEWORKS if framework.extra]

each_framework = pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reports(tmp_path_factory.mktemp("integrations"))


@pytest.fixture(scope="module")
def assistant(store: Path) -> Assistant:
    return assistant_over(store)


@pytest.fixture
def recorder(assistant: Assistant) -> Recorder:
    return Recorder(assistant)


@pytest.fixture
def opened(store: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The stores that were opened; each is the one of the reports."""
    found: list[object] = []

    def open_one(given: object = None, mode: object = None) -> Assistant:
        found.append(given)
        return assistant_over(store)

    monkeypatch.setattr(Assistant, "open", open_one)
    return found


@each_framework
def test_the_passage_is_the_source_between_its_offsets(framework: Framework, assistant: Assistant, store: Path) -> None:
    found = framework.ask(framework.retriever(assistant=assistant, k=8), QUESTION)
    assert len(found) == 8
    for passage in found:
        source = Collection.open(store).document(passage.fields["document_sha256"])
        assert passage.text == source.text[passage.fields["start"] : passage.fields["end"]]
        quote = passage.fields["quote"]
        assert quote["text"] == source.text[quote["start"] : quote["end"]] != ""
        assert passage.fields["start"] <= quote["start"] < quote["end"] <= passage.fields["end"]
        assert passage.fields["document"] == source.name


@each_framework
def test_the_fields_are_all_that_a_citation_needs(framework: Framework, assistant: Assistant) -> None:
    cited = assistant.search(QUESTION, 1).citations[0]
    (found,) = framework.ask(framework.retriever(assistant=assistant, k=1), QUESTION)
    assert list(found.fields) == FIELDS
    assert found.fields == {
        "title": "甘肃：一渠清水上旱塬",
        "authors": [{"name": "马国栋", "office": "甘肃省水利厅党组书记、厅长"}],
        "region": "甘肃",
        "article_index": 2,
        "document": "reports.txt",
        "document_sha256": cited.document_sha256,
        "start": cited.start,
        "end": cited.end,
        "quote": {"start": cited.quote.start, "end": cited.quote.end, "text": cited.quote.text},
        "display_text": cited.display_text,
        "passage_id": cited.passage_id,
        "rank": 1,
        "score": cited.score,
        "url": cited.url,
    }
    assert "衬砌干支渠740公里" in found.text
    assert found.id == cited.passage_id
    assert json.loads(json.dumps(found.fields)) == found.fields


@each_framework
def test_passages_come_best_first(framework: Framework, assistant: Assistant) -> None:
    cited = assistant.search(QUESTION, 6).citations
    found = framework.ask(framework.retriever(assistant=assistant, k=6), QUESTION)
    assert [passage.id for passage in found] == [citation.passage_id for citation in cited]
    assert [passage.fields["rank"] for passage in found] == [1, 2, 3, 4, 5, 6]
    scores = [passage.fields["score"] for passage in found]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1
    assert {passage.score for passage in found} in ({None}, set(scores))


@each_framework
def test_what_a_retriever_is_made_with_reaches_the_assistant(framework: Framework, recorder: Recorder) -> None:
    english = Filters(documents=("town.md",))
    found = framework.ask(framework.retriever(assistant=recorder, k=2, filters=english, mode="fast"), QUESTION)
    assert recorder.asked == [(QUESTION, 2, Mode.FAST, english)]
    assert [passage.fields["document"] for passage in found] == ["town.md", "town.md"]
    framework.ask(framework.retriever(assistant=recorder, filters={"documents": ["town.md"]}), QUESTION)
    framework.ask(framework.retriever(assistant=recorder), QUESTION)
    assert recorder.asked[1:] == [(QUESTION, 5, None, english), (QUESTION, 5, None, None)]


@each_framework
def test_async_finds_the_same_in_another_thread(framework: Framework, recorder: Recorder) -> None:
    retriever = framework.retriever(assistant=recorder, k=3)
    assert framework.ask_async(retriever, QUESTION) == framework.ask(retriever, QUESTION)
    waiting, asking = recorder.threads
    assert asking == threading.get_ident() != waiting


@each_framework
def test_a_store_is_opened_once_and_not_before_it_is_asked(framework: Framework, opened: list[object]) -> None:
    retriever = framework.retriever(store="reports", k=1)
    assert opened == []
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: framework.ask(retriever, QUESTION), range(8)))
    assert opened == ["reports"]
    assert {found[0].fields["title"] for found in answers} == {"甘肃：一渠清水上旱塬"}


@each_framework
def test_a_store_that_could_not_be_opened_is_tried_again(
    framework: Framework, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = iter([CollectionDamaged("a file is missing", "index again")])

    def open_one(given: object = None) -> Assistant:
        for error in damaged:
            raise error
        return assistant_over(store)

    monkeypatch.setattr(Assistant, "open", open_one)
    retriever = framework.retriever(store=store, k=1)
    with pytest.raises(CollectionDamaged):
        framework.ask(retriever, QUESTION)
    assert [passage.fields["region"] for passage in framework.ask(retriever, QUESTION)] == ["甘肃"]


@each_framework
@pytest.mark.usefixtures("fake_encoder")
def test_a_real_store_is_found_by_its_folder(framework: Framework, store: Path, assistant: Assistant) -> None:
    cited = assistant.search(QUESTION, 2).citations
    found = framework.ask(framework.retriever(store=store, k=2), QUESTION)
    assert [(passage.id, passage.fields["score"]) for passage in found] == [(c.passage_id, c.score) for c in cited]


BAD: list[tuple[Callable[[Recorder], dict[str, Any]], type[Exception], str]] = [
    (lambda r: {"assistant": r, "store": "x"}, SettingInvalid, "both an assistant and a store"),
    (lambda r: {"assistant": r, "filters": {"region": ["广东"]}}, FilterInvalid, "region: Extra inputs .* regions"),
    (lambda r: {"assistant": r, "filters": {"articles": [{"index": "x"}]}}, FilterInvalid, r"articles\.0\.document"),
    (lambda r: {"assistant": r, "mode": "slow"}, SettingInvalid, "no mode 'slow'"),
    (lambda r: {"assistant": r, "k": 0}, QuestionInvalid, "k"),
]


@each_framework
@pytest.mark.parametrize(("given", "error", "message"), BAD, ids="both filter article mode k".split())
def test_what_does_not_fit_is_told_when_a_retriever_is_made(
    framework: Framework,
    recorder: Recorder,
    given: Callable[[Recorder], dict[str, Any]],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        framework.retriever(**given(recorder))


@each_framework
def test_errors_of_the_assistant_come_through(framework: Framework, assistant: Assistant) -> None:
    with pytest.raises(QuestionInvalid, match="empty"):
        framework.ask(framework.retriever(assistant=assistant), " ")
    with pytest.raises(DocumentNotFound, match="nowhere"):
        framework.ask(framework.retriever(assistant=assistant, filters={"documents": ["nowhere.txt"]}), QUESTION)


@each_framework
def test_nothing_is_fetched(framework: Framework, assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: reached.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: reached.append(host) or [])
    assert len(framework.ask(framework.retriever(assistant=assistant, k=2), QUESTION)) == 2
    assert reached == []


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)


@each_framework
def test_importing_fetches_nothing(framework: Framework) -> None:
    needed(framework.package)
    done = python(
        "import sys\n"
        "heard = []\n"
        "reaching = ('socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname', 'socket.sendto')\n"
        "sys.addaudithook(lambda event, args: event in reaching and heard.append(args))\n"
        f"import {framework.module}\n"
        "print(heard)"
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_no_framework_is_imported_unasked() -> None:
    loaded = "[name for name in ('haystack', 'llama_index', 'posthog') if name in sys.modules]"
    imported = "rag, rag.cli, rag.assistant, rag.api, rag.integrations, rag.integrations.langchain"
    done = python(f"import sys, {imported}; print({loaded})")
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("framework", OPTIONAL, ids=lambda framework: framework.name)
def test_a_missing_package_is_told_with_the_extra_that_brings_it(framework: Framework) -> None:
    top = framework.package.partition(".")[0]
    done = python(
        f"import sys; sys.modules[{top!r}] = None\n"
        f"try:\n    import {framework.module}\n"
        "except ImportError as error:\n    print(error.problem, error.remedy, error.slug, sep='\\n')"
    )
    problem, *others = done.stdout.splitlines()
    wanted = rf"the module '{top}[.a-z_]*' is not installed; it comes with the extra '{framework.extra}'"
    assert re.fullmatch(wanted, problem), done.stderr
    assert others == [
        "run in the checkout of digest-qa: .venv/bin/python -m pip install -c constraints.txt -e "
        f"'.[{framework.extra}]'",
        "extra-missing",
    ]
