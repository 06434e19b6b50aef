"""The command line: what each command prints, and where; data on stdout, messages on stderr."""

import io
import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from asking import ANSWER_KEYS, CITATION_KEYS, TESTS, assistant_over, build_reports, process, write_reports
from digest_reports import GANSU, REPORTS
from fastapi.testclient import TestClient

from index.collection import Collection
from index.layout import display
from rag.api import create_api
from rag.assistant import Assistant
from rag.cli import digest_qa, run
from rag.engine import Engine

pytestmark = pytest.mark.usefixtures("fake_encoder")
QUESTION = "全年衬砌干支渠多少公里？"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build_reports(tmp_path_factory.mktemp("cli")))


class Called:
    """What a command printed, and with which code it ended."""

    def __init__(self, capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> None:
        self.code = run(list(map(str, arguments)))
        self.out, self.err = capsys.readouterr()


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]):
    return lambda *arguments: Called(capsys, arguments)


def plain(answer: dict) -> dict:
    assert answer.pop("timing_ms").keys() == {"total", "retrieve", "read", "answer"}
    return answer


def test_ask_as_json_is_the_answer_of_python_and_of_rest(call, store: str) -> None:
    done = call("ask", QUESTION, "-k", "3", "--store", store, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("\n") == 1
    found = json.loads(done.out)
    assert list(found) == ANSWER_KEYS
    assert list(found["citations"][0]) == CITATION_KEYS
    assistant = assistant_over(Path(store))
    engine = Engine(lambda: assistant)
    engine.get(timeout=5)
    rest = TestClient(create_api(engine)).post("/api/v1/ask", json={"question": QUESTION, "k": 3}).json()
    python = assistant.ask(QUESTION, 3).model_dump(mode="json")
    assert plain(found) == plain(rest) == plain(python)
    assert [cited["rank"] for cited in found["citations"]] == [1, 2, 3]


def test_ask_in_words(call, store: str) -> None:
    done = call("ask", QUESTION, "-k", "2", "--store", store)
    answer = assistant_over(Path(store)).ask(QUESTION, 2)
    head, *citations = done.out.strip().split("\n\n")
    assert (done.code, done.err) == (0, "")
    assert head == answer.reason or head.endswith(f"[1]  ({answer.confidence:.0%})")
    for cited, shown in zip(answer.citations, citations, strict=True):
        title, text, place = shown.split("\n    ")
        author = cited.article.authors[0]
        assert title == f"[{cited.rank}] {cited.article.title} · {author.name} {author.office} · {cited.score:.0%}"
        assert text == display(cited.quote.text)
        assert place == f"{cited.document} {cited.quote.start}-{cited.quote.end}"


def test_no_document_steers_the_terminal(call, tmp_path: Path) -> None:
    text = "到去年年底\x1b[2J全市共有12家企业获得贷款\x1b]0;title\x1b用于改造旧厂房，生产因此没有停过一天。"
    (tmp_path / "escape.txt").write_text(text * 2, "utf-8")
    assert call("index", tmp_path, "--store", tmp_path / "s").code == 0
    assert "\x1b" not in call("ask", "企业", "--store", tmp_path / "s").out
    assert "\x1b" not in call("documents", "--outline", "--store", tmp_path / "s").out


def test_batch(call, store: str, tmp_path: Path) -> None:
    lines = [
        {"id": "b", "question": QUESTION},
        {"id": 7, "question": "Who leads the water board?", "note": "other keys are passed over"},
        {"id": "a", "question": "two\u2028lines"},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\ufeff" + "\r\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    done = call("ask", "--batch", path, "--json", "-k", "2", "--store", store)
    assert (done.code, done.err) == (0, "")
    found = [json.loads(line) for line in done.out.split("\n")[:-1]]
    assert [answer.pop("id") for answer in found] == ["b", 7, "a"]
    assistant = assistant_over(Path(store))
    expected = [assistant.ask(line["question"], 2).model_dump(mode="json") for line in lines]
    assert list(map(plain, found)) == list(map(plain, expected))


def test_a_batch_of_many_is_answered_in_order(call, store: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps({"id": n, "question": f"水价 {n}"}) + "\n" for n in range(70)), "utf-8")
    done = call("ask", "--batch", path, "--json", "-k", "1", "--store", store)
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [(answer["id"], answer["question"]) for answer in found] == [(n, f"水价 {n}") for n in range(70)]


def test_index_twice(call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents, store = write_reports(tmp_path / "d"), tmp_path / "s"
    first = call("index", documents, "--store", store, "--json")
    found = json.loads(first.out)
    passages = len(Collection.open(store).passages)
    assert (first.code, first.err) == (0, "")
    assert found == {
        "generation": 1,
        "added": ["reports.txt", "town.md"],
        "changed": [],
        "unchanged": [],
        "removed": [],
        "notices": [],
        "documents": 2,
        "passages": passages,
    }
    monkeypatch.setattr("rag.cli.load_encoder", None)  # calling it would raise
    again = call("index", documents, "--store", store)
    assert (again.code, again.err) == (0, "")
    assert again.out == f"2 unchanged; generation 1 has 2 documents, {passages} passages\n"


def test_index_tells_what_it_noticed_on_stderr(call, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("全省推行新的办法，水价分成三档，省下的水可以卖给邻村。".encode("gb18030"))
    done = call("index", tmp_path / "old.txt", "--store", tmp_path / "s", "--json")
    assert done.err == "digest-qa: old.txt: converted from GB18030\n"
    assert json.loads(done.out)["notices"] == ["old.txt: converted from GB18030"]


def test_prune(call, tmp_path: Path) -> None:
    documents, store = write_reports(tmp_path / "d"), tmp_path / "s"
    call("index", documents, "--store", store)
    (documents / "town.md").unlink()
    assert call("index", documents, "--store", store).out.startswith("1 unchanged; generation 1 has 2 documents")
    done = call("index", documents, "--store", store, "--prune", "--json")
    assert json.loads(done.out)["removed"] == ["town.md"]


def test_rebuild_needs_no_paths(call, tmp_path: Path) -> None:
    documents, store = write_reports(tmp_path / "d"), tmp_path / "s"
    call("index", documents, "--store", store)
    before = Collection.open(store)
    done = call("index", "--rebuild", "--store", store, "--json")
    assert (done.code, json.loads(done.out)["added"]) == (0, ["reports.txt", "town.md"])
    after = Collection.open(store)
    assert (before.generation, after.generation) == (1, 2)
    assert [passage.id for passage in after.passages] == [passage.id for passage in before.passages]


def test_remove(call, tmp_path: Path) -> None:
    store = build_reports(tmp_path)
    name = "town.md"
    done = call("remove", name, "--store", store)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("1 removed; generation 2 has 1 documents, ")
    assert [document.name for document in Collection.open(store).documents] == ["reports.txt"]
    sha256 = Collection.open(store).documents[0].sha256
    assert call("remove", sha256, "--store", store).out == "1 removed; generation 3 has 0 documents, 0 passages\n"
    empty = call("ask", QUESTION, "--store", store)
    assert (empty.code, empty.out, empty.err) == (0, "文档集中没有任何段落。\n", "")
    assert call("documents", "--store", store).out == "no documents\n"
    assert call("doctor", "--store", store).code == 0


def test_documents(call, store: str) -> None:
    collection = Collection.open(Path(store))
    done = call("documents", "--store", store)
    assert (done.code, done.err) == (0, "")
    for line, document in zip(done.out.splitlines(), collection.documents, strict=True):
        passages = sum(passage.document_id == document.id for passage in collection.passages)
        counts = f"{len(document.articles)} articles, {passages} passages, {len(document.text)} characters"
        assert line == f"{document.id}  {document.name}  {counts}"
    assert [row["name"] for row in json.loads(call("documents", "--json", "--store", store).out)] == [
        "reports.txt",
        "town.md",
    ]
    assert f"1. {REPORTS[0].heading(True)}" in call("documents", "--outline", "--store", store).out


def test_the_printed_toml_is_read_again(call, tmp_path: Path) -> None:
    store = build_reports(tmp_path)
    before = call("documents", "--json", "--store", store).out
    toml = call("documents", "--outline", "--toml", "--store", store).out
    assert toml.startswith(f"# {tmp_path / 'documents' / 'digest.toml'}\n")
    (tmp_path / "documents" / "digest.toml").write_text(toml, "utf-8")
    assert call("index", tmp_path / "documents", "--store", store).out.startswith("2 changed; ")
    assert call("documents", "--json", "--store", store).out == before
    corrected = toml.replace(GANSU.name, "马国梁")
    assert corrected.count("马国梁") == 1
    (tmp_path / "documents" / "digest.toml").write_text(corrected, "utf-8")
    assert call("index", tmp_path / "documents", "--store", store).out.startswith("1 changed, 1 unchanged; ")
    answer = json.loads(call("ask", QUESTION, "--store", store, "--json").out)
    assert answer["citations"][0]["article"]["authors"] == [{"name": "马国梁", "office": GANSU.office}]
    assert tomllib.loads(corrected).keys() == {"reports.txt", "town.md"}


def test_doctor(call, store: str) -> None:
    done = call("doctor", "--store", store)
    assert (done.code, done.err) == (0, "")
    assert all(line.startswith("ok      ") for line in done.out.splitlines())


def test_help_lists_every_command(call) -> None:
    done = call("--help")
    assert (done.code, done.err) == (0, "")
    listed = [line.split()[0] for line in done.out.split("Commands:\n")[1].splitlines()]
    assert listed == "ask compare doctor documents eval index mcp remove serve".split()
    assert "See: digest-qa serve --help" in done.out


@pytest.mark.parametrize("command", "ask compare doctor documents eval index mcp remove serve".split())
def test_every_command_has_help(call, command: str) -> None:
    done = call(command, "-h")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: digest-qa {command} ")


def test_version(call) -> None:
    assert call("--version").out.startswith("digest-qa, version ")


def test_the_remedies_name_commands_and_options_that_exist() -> None:
    """Every `digest-qa …` in the sources of the two rooms."""
    context = digest_qa.make_context("digest-qa", ["ask", "x"])
    named = 0
    for path in [*TESTS.parent.glob("index/**/*.py"), *TESTS.parent.glob("rag/**/*.py")]:
        for piece in path.read_text("utf-8").split("digest-qa ")[1:]:
            words = piece.split("\n")[0].replace('"', " ").replace("'", " ").replace("`", " ").split()
            if not words or not words[0].isalpha() or words[0] in ("is", "at", "with"):
                continue
            command = digest_qa.get_command(context, words[0])
            assert command is not None, (path, piece[:60])
            options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            given = {word.rstrip(".,;)") for word in words if word.startswith("--")}
            assert given <= options, (path, piece[:60])
            named += 1
    assert named >= 8


def test_a_process_of_its_own(store: str) -> None:
    done = process("ask", QUESTION, "--store", store, "--json")
    assert (done.code, done.err) == (0, "")
    expected = assistant_over(Path(store)).ask(QUESTION).model_dump(mode="json")
    assert plain(json.loads(done.out)) == plain(expected)


def test_a_process_draws_no_bar_in_a_pipe(tmp_path: Path) -> None:
    write_reports(tmp_path / "d")
    done = process("index", str(tmp_path / "d"), "--store", str(tmp_path / "s"), "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["documents"] == 2


def test_a_terminal_sees_a_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    assert run(["index", str(write_reports(tmp_path / "d")), "--store", str(tmp_path / "s")]) == 0
    drawn = terminal.getvalue()
    assert drawn.index("\rreading:   0%") < drawn.index("\rencoding:   0%")
    assert drawn.split("\r")[-2].strip() == drawn.split("\r")[-1] == ""  # wiped away
    assert "\n" not in drawn  # one at a time, in one line


def test_without_a_collection_the_sample_is_built_and_said(tmp_path: Path) -> None:
    done = process("ask", "天津高教科创园有多少家企业？", "--store", str(tmp_path / "new"), "--json")
    assert done.code == 0
    assert done.error == (f"digest-qa: no collection in {tmp_path / 'new'} yet: building that of the sample digest")
    assert {cited["document"] for cited in json.loads(done.out)["citations"]} == {"sample-digest.txt"}


def test_the_reader_of_a_pipe_may_go_away(store: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps({"id": n, "question": "水价"}) + "\n" for n in range(400)), "utf-8")
    command = [sys.executable, str(TESTS / "cli_with_fake.py"), "ask", "--batch", str(path), "--json", "--store", store]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        assert json.loads(started.stdout.readline())["id"] == 0
        started.stdout.close()
        assert started.stderr.read() == b""
        assert started.wait(60) == 0


@pytest.mark.model
def test_the_real_thing_in_a_process(sample_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_QA_ENCODERS")
    question = "天津高教科创园开园以来新落户多少家企业？"
    done = process("ask", question, "--store", str(sample_store), "--json", real=True)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    monkeypatch.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DIGEST_QA_ENCODERS", raising=False)
        expected = Assistant.open(sample_store).ask(question).model_dump(mode="json")
    assert any("528家" in cited["text"] for cited in found["citations"])
    assert [c["passage_id"] for c in found["citations"]] == [c["passage_id"] for c in expected["citations"]]
    assert (found["answer"], found["answerable"]) == (expected["answer"], expected["answerable"])
