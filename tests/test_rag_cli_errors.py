"""Whatever a user does wrong: one line that names it and what mends it, the right exit code, and the old collection."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from asking import TESTS, assistant_over, build_reports, process, write_reports
from fakes_store import OtherEncoder, snapshot
from filelock import FileLock

from index import generations
from index.collection import Collection
from rag import entry
from rag.cli import run

pytestmark = pytest.mark.usefixtures("fake_encoder")
QUESTION = "全年衬砌干支渠多少公里？"
Fails = Callable[..., str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `documents` and `store`, to be copied."""
    folder = tmp_path_factory.mktemp("built")
    build_reports(folder)
    return folder


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Iterator[Path]:
    """A store that must be the same after the test as before, and answer as before."""
    copied = tmp_path / "store"
    shutil.copytree(built / "store", copied)
    before, answer = snapshot(copied), assistant_over(copied).ask(QUESTION)
    yield copied
    assert snapshot(copied) == before
    assert assistant_over(copied).ask(QUESTION).citations == answer.citations


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str]) -> Fails:
    """Runs a command that must print nothing on stdout and one line on stderr; returns the line."""

    def call(code: int, *arguments: object) -> str:
        found = run(list(map(str, arguments)))
        out, err = capsys.readouterr()
        assert (found, out) == (code, ""), err
        assert err.count("\n") == 1
        assert err.startswith("digest-qa: ")
        assert "Traceback" not in err
        return err.removeprefix("digest-qa: ").strip()

    return call


# documents


def test_a_path_that_is_not_there(fails: Fails, store: Path) -> None:
    path = store / "nowhere.txt"
    assert fails(2, "index", path, "--store", store) == f"{path} does not exist; check the path"


@pytest.mark.parametrize(
    ("name", "raw", "problem"),
    [
        ("empty.txt", b"", "is empty (0 characters of text)"),
        ("blank.txt", b" \n\t\n", "is empty (0 characters of text)"),
        ("binary.txt", bytes(range(256)) * 4, "is not text"),
        ("image.png", b"\x89PNG", "is of a kind that cannot be read (.png)"),
        ("scan.txt", b"%PDF-1.7 ...", "is a PDF, not text"),
    ],
)
def test_a_file_that_cannot_be_read(
    fails: Fails, store: Path, tmp_path: Path, name: str, raw: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(raw)
    assert problem in fails(2, "index", tmp_path / name, "--store", store)


def test_a_folder_without_documents(fails: Fails, store: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no document; put files into it" in fails(2, "index", tmp_path / "empty", "--store", store)


def test_a_folder_that_may_not_be_listed(
    fails: Fails, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    if os.geteuid() == 0:  # nothing is closed to root

        def closed(top: object, onerror: Callable[[OSError], None], **_: object) -> Iterator[None]:
            onerror(PermissionError(13, "Permission denied", str(top)))
            yield

        monkeypatch.setattr("index.sources.os.walk", closed)
    else:
        folder.chmod(0)
    error = fails(2, "index", folder, "--store", store)
    assert error == f"{folder} may not be listed (Permission denied); allow it, e.g. chmod u+rx {folder}"


def test_a_name_with_a_line_break(fails: Fails, store: Path, tmp_path: Path) -> None:
    assert "rename it" in fails(2, "index", tmp_path / "a\nb.txt", "--store", store)


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("[", "is no TOML"),
        ('["reports.txt"]\ncolour = "red"', "reports.txt.colour"),
        ('["reports.txt"]\nfurniture = ["no such line"]', "no line reads 'nosuchline'"),
        ('[["reports.txt".article]]\nbegins = "no such words"', "0 paragraphs begin with 'no such words'"),
    ],
)
def test_a_digest_toml_that_does_not_fit(fails: Fails, store: Path, tmp_path: Path, toml: str, problem: str) -> None:
    documents = write_reports(tmp_path / "d")
    (documents / "digest.toml").write_text(toml, "utf-8")
    assert problem in fails(2, "index", documents / "reports.txt", "--store", store)


def test_a_document_that_is_not_there(fails: Fails, store: Path) -> None:
    error = fails(2, "remove", "nowhere.txt", "--store", store)
    assert error == (
        "no document 'nowhere.txt' in the collection (it has: reports.txt, town.md); see: digest-qa documents"
    )


# questions


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("", 'the question is empty; ask in words, e.g. digest-qa ask "…"'),
        ("  \n", "the question is empty"),
        ("\x07\x1b", "the question is empty"),
        ("？！……", "the question has no letter and no digit: '？！……'; ask in words"),
        ("🌾🚜", "the question has no letter and no digit"),
        ("水" * 100_000, "the question has 100,000 characters, at most 10,000 are read; ask a shorter one"),
    ],
)
def test_what_is_no_question(fails: Fails, store: Path, question: str, problem: str) -> None:
    assert fails(2, "ask", question, "--store", store).startswith(problem)


def test_control_characters_between_words_do_no_harm(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "全年\x00衬砌\x1b干支渠\udce4多少公里？", "--store", str(store), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["question"] == "全年\x00衬砌\x1b干支渠?多少公里？"


@pytest.mark.parametrize("k", [0, -3, 101, 10_000])
def test_k_out_of_bounds(fails: Fails, store: Path, k: int) -> None:
    error = fails(2, "ask", QUESTION, "-k", k, "--store", store)
    assert error == f"k is {k}, it can be 1 to 100; ask for 1 to 100 citations"


def test_bad_questions_are_refused_before_a_collection_is_built(fails: Fails, tmp_path: Path) -> None:
    fails(2, "ask", "？", "--store", tmp_path / "new")
    assert not (tmp_path / "new").exists()


# batches


def test_a_batch_with_bad_lines_names_them_all(fails: Fails, store: Path, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    lines = [
        '{"id": "1", "question": "水价"}',
        "not json",
        '{"id": "3"}',
        "",
        '{"id": "5", "question": "？"}',
        '{"id": "6", "question": "\\ud800"}',
        '["7"]',
        '{"id": null, "question": "水价"}',
        '{"id": "9", "question": 9}',
    ]
    path.write_text("\n".join(lines), "utf-8")
    error = fails(2, "ask", "--batch", path, "--json", "--store", store)
    problems = (
        error.removeprefix(f"{path}: ")
        .removesuffix('; each line needs {"id": "…", "question": "…"}')
        .split("line ")[1:]
    )
    assert [problem.split(":")[0] for problem in problems] == ["2", "3", "5", "6", "7", "8", "9"]
    assert problems[0] == "2: Invalid JSON: expected ident at column 2, "
    assert problems[1] == "3: question Field required, "
    assert "no letter and no digit" in problems[2]
    assert error.endswith('; each line needs {"id": "…", "question": "…"}')


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "has no question"),
        (b"\n\n", "has no question"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_batch_file_that_cannot_be_used(
    fails: Fails, store: Path, tmp_path: Path, raw: bytes | None, problem: str
) -> None:
    path = tmp_path / "questions.jsonl"
    if raw is not None:
        path.write_bytes(raw)
    assert fails(2, "ask", "--batch", path, "--json", "--store", store).startswith(f"{path} {problem}; ")


def test_a_batch_is_checked_before_a_collection_is_built(fails: Fails, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"id": "1", "question": "水价"}\n', "utf-8")
    fails(2, "ask", "--batch", tmp_path / "q.jsonl", "--json", "-k", "0", "--store", tmp_path / "new")
    fails(2, "ask", "--batch", tmp_path, "--json", "--store", tmp_path / "new")
    assert not (tmp_path / "new").exists()


# usage and settings


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["index"], "give at least one file or folder; see: digest-qa index --help"),
        (["ask"], "give one QUESTION, or --batch FILE.jsonl; see: digest-qa ask --help"),
        (["ask", "水价", "--batch", "q.jsonl"], "give one QUESTION, or --batch FILE.jsonl; see: digest-qa ask --help"),
        (["ask", "--batch", "q.jsonl"], "--batch prints JSON lines: add --json; see: digest-qa ask --help"),
        (["ask", "水价", "渠"], "Got unexpected extra argument (渠); see: digest-qa ask --help"),
        (["ask", "水价", "-k", "many"], "'many' is not a valid integer; see: digest-qa ask --help"),
        (["ask", "水价", "--topk", "3"], "No such option '--topk'"),
        (["aks", "水价"], "No such command 'aks'"),
        (["remove"], "Missing argument 'DOCUMENT'; see: digest-qa remove --help"),
        (["documents", "--yaml"], "No such option '--yaml'"),
    ],
)
def test_usage(fails: Fails, arguments: list[str], problem: str) -> None:
    assert problem in fails(2, *arguments)


def test_no_command_at_all_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Usage: digest-qa ")


@pytest.mark.parametrize("command", [["ask", "水价"], ["index", "."], ["documents"], ["doctor"], ["remove", "x"]])
@pytest.mark.parametrize(
    ("name", "value"), [("TARGET_PASSAGE", "5000"), ("ENCODERS", "["), ("ENCODER", "e5-small"), ("TARGET_PASSAGE", "x")]
)
def test_settings(fails: Fails, monkeypatch: pytest.MonkeyPatch, command: list[str], name: str, value: str) -> None:
    monkeypatch.setenv(f"DIGEST_QA_{name}", value)
    error = fails(2, *command)
    assert f"DIGEST_QA_{name}" in error
    assert error.endswith("; mend the DIGEST_QA_ variables of the environment")


# the collection


@pytest.mark.parametrize("command", [["documents"], ["doctor"], ["remove", "x.txt"], ["index", "--rebuild"]])
def test_no_collection(fails: Fails, tmp_path: Path, command: list[str]) -> None:
    store = tmp_path / "new"
    error = fails(3, *command, "--store", store)
    assert error == f"there is no collection in {store}; build one: digest-qa index PATH... --store {store}"
    assert not store.exists()


@pytest.mark.parametrize("command", [["ask", QUESTION], ["documents"], ["remove", "town.md"], ["index", "DOCUMENTS"]])
def test_one_byte_changed(fails: Fails, built: Path, tmp_path: Path, command: list[str]) -> None:
    store = tmp_path / "store"
    shutil.copytree(built / "store", store)
    path = store / "g000001" / "passages.jsonl"
    raw = bytearray(path.read_bytes())
    raw[100] ^= 1
    path.write_bytes(raw)
    given = [str(built / "documents") if word == "DOCUMENTS" else word for word in command]
    error = fails(3, *given, "--store", store)
    assert error.startswith(f"{path} has SHA-256 ")
    assert error.endswith(f"; run: digest-qa index --rebuild PATH... --store {store}")


def test_rebuild_mends_a_damaged_collection(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "store"
    shutil.copytree(built / "store", store)
    (store / "g000001" / "passages.jsonl").unlink()
    assert run(["index", "--rebuild", "--store", str(store)]) == 0
    capsys.readouterr()
    assert run(["doctor", "--store", str(store)]) == 0


def test_a_store_of_other_encoders(fails: Fails, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_QA_ENCODERS", "other")
    error = fails(3, "ask", QUESTION, "--store", store)
    assert error == (
        "the collection was built with fake, the settings ask for other; "
        f"run: digest-qa index --rebuild PATH... --store {store}"
    )


def test_a_store_of_an_encoder_with_other_weights(fails: Fails, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.opening.load_encoder", lambda spec: OtherEncoder(64, "fake"))
    error = fails(3, "ask", QUESTION, "--store", store)
    assert "built with fake (64 d, 000000000000), loaded is fake (64 d, 000000000000), whose vectors differ" in error


def test_an_encoder_that_is_nowhere(fails: Fails, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real loader
    monkeypatch.setenv("DIGEST_QA_ENCODERS", str(tmp_path / "no-model"))
    error = fails(3, "index", write_reports(tmp_path / "d"), "--store", tmp_path / "s")
    assert f"there is no model folder {tmp_path / 'no-model'}" in error


def test_two_builds_at_once(fails: Fails, store: Path, tmp_path: Path) -> None:
    documents = write_reports(tmp_path / "d")
    with FileLock(store / generations.LOCK):
        error = fails(3, "index", documents, "--store", store)
        assert error.startswith(f"another build is writing the collection in {store}; wait until it has finished")
        fails(3, "remove", "town.md", "--store", store)
        assert run(["ask", QUESTION, "--store", str(store)]) == 0  # asking needs no lock


def test_a_store_that_is_a_file(fails: Fails, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for command in (["ask", QUESTION], ["index", write_reports(tmp_path / "d")]):
        done = process(*map(str, command), "--store", str(tmp_path / "file"))
        assert done.code == 3
        assert done.err.splitlines()[-1] == f"digest-qa: {tmp_path / 'file'} is not a folder; give another --store"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk of this size where root may do so."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "digest-qa-test", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("mounting a small disk needs root")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(fails: Fails, built: Path, tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    size = sum(path.stat().st_size for path in (built / "store").rglob("*") if path.is_file())
    store = small_disk(f"size={int(1.5 * size / 1024)}k") / "store"  # room for one generation, not for two
    shutil.copytree(built / "store", store)
    before = snapshot(store)
    documents = write_reports(tmp_path / "d")
    (documents / "more.txt").write_text("今年又新修了渠道两百公里，管渠的人按月领工钱，再也不欠。", "utf-8")
    error = fails(3, "index", documents / "more.txt", "--store", store)
    assert error == f"the disk of {store} is full; free some space, or give another --store"
    assert snapshot(store) == before
    assert assistant_over(store).ask(QUESTION).citations


def test_a_disk_that_is_read_only(fails: Fails, built: Path, tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("size=20m")
    shutil.copytree(built / "store", disk / "store")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    store = disk / "store"
    error = fails(3, "index", write_reports(tmp_path / "d"), "--store", store)
    assert error == f"{store} cannot be written (Read-only file system); allow it, or give another --store"
    assert run(["ask", QUESTION, "--store", str(store)]) == 0  # asking writes nothing


# stopping


def test_ctrl_c_while_indexing(store: Path, tmp_path: Path) -> None:
    documents, sign = write_reports(tmp_path / "d"), tmp_path / "encoding"
    (documents / "more.txt").write_text("今年又新修了渠道两百公里，管渠的人从明年起按月领工钱，再也不欠。", "utf-8")
    command = [sys.executable, str(TESTS / "cli_with_fake.py"), "index", str(documents), "--store", str(store)]
    environment = {**os.environ, "SLOW": str(sign), "DIGEST_QA_ENCODERS": "fake"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as started:
        until = time.monotonic() + 30
        while not sign.exists() and time.monotonic() < until:
            time.sleep(0.05)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=30)
    assert (started.returncode, out, err) == (130, b"", b"digest-qa: interrupted\n")
    assert [path.name for path in sorted(store.iterdir()) if path.name != ".lock"] == ["CURRENT", "g000001"]


# as processes of their own


def test_errors_of_a_process(built: Path, tmp_path: Path) -> None:
    store = str(built / "store")
    missing = process("index", str(tmp_path / "nowhere.txt"), "--store", store)
    assert (missing.code, missing.out, missing.error) == (
        2,
        "",
        f"digest-qa: {tmp_path / 'nowhere.txt'} does not exist; check the path",
    )
    empty = process("ask", "🌾", "--store", store, "--json", real=True)
    assert (empty.code, empty.out) == (2, "")
    assert "no letter and no digit" in empty.error
    nowhere = process("documents", "--store", str(tmp_path / "new"), real=True)
    assert (nowhere.code, nowhere.out) == (3, "")
    assert "there is no collection in" in nowhere.error
    setting = process("documents", environment={"DIGEST_QA_TARGET_PASSAGE": "5000"}, real=True)
    assert (setting.code, setting.out) == (2, "")
    assert "DIGEST_QA_TARGET_PASSAGE" in setting.error
    assert process("aks", real=True).error.startswith("digest-qa: No such command 'aks'")


def test_a_question_in_bytes_that_are_no_text(built: Path) -> None:
    command = [
        sys.executable,
        str(TESTS / "cli_with_fake.py"),
        "ask",
        b"\xe6\xb0 price",
        "--store",
        str(built / "store"),
    ]
    environment = {**os.environ, "DIGEST_QA_ENCODERS": "fake", "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    done.stdout.decode()


def test_output_that_the_terminal_cannot_encode(built: Path) -> None:
    done = process(
        "ask", QUESTION, "--store", str(built / "store"), environment={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    )
    assert (done.code, done.err) == (0, "")
    assert "甘肃省水利厅" in done.out


def test_the_old_collection_is_what_it_was(built: Path) -> None:
    assert Collection.open(built / "store").generation == 1


class _Interrupted(ModuleType):
    """Stands for `rag.cli` while it is being imported and somebody presses Ctrl-C."""

    def __getattr__(self, name: str) -> object:
        raise KeyboardInterrupt


def test_ctrl_c_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "rag.cli", _Interrupted("rag.cli"))
    with pytest.raises(SystemExit) as stopped:
        entry.main()
    assert stopped.value.code == 130
    assert capsys.readouterr() == ("", "digest-qa: interrupted\n")


def test_importing_the_entry_loads_nothing_heavy() -> None:
    code = (
        "import sys, rag.entry; print([name for name in ('numpy', 'click', 'index', 'rag.cli') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TESTS.parent)
    assert done.stdout == "[]\n"
