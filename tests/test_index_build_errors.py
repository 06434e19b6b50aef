"""The error table of a build: one line with a remedy, an exit code, and the old collection as it was."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes_store import SETTINGS, Loader, RecordingEncoder, index, no_encoder, report, snapshot, write

from index.build import build, remove
from index.collection import Collection
from index.encoders.protocol import PROBES, Vectors
from index.errors import (
    CollectionBusy,
    CollectionDamaged,
    CollectionNotFound,
    DigestQAError,
    DocumentUnreadable,
    OverrideInvalid,
    StoreNotWritable,
)

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "in", a=report("安", 1, 2), b=report("德", 3))


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> Path:
    index(folder, tmp_path / "store")
    return tmp_path / "store"


def refused(kind: type[DigestQAError], code: int, act: Callable[[], object]) -> str:
    """The message, after a look at its form."""
    with pytest.raises(kind) as caught:
        act()
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert caught.value.exit_code == code
    assert message == f"{caught.value.problem}; {caught.value.remedy}"
    return message


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("empty.txt", b"", "empty.txt is empty (0 characters of text); give a file with text in it"),
        ("blank.txt", b" \n\t\n", "blank.txt is empty (0 characters of text); give a file with text in it"),
        ("binary.txt", bytes(range(32)) * 8, "is not text"),
        ("image.png", b"\x89PNG", "is of a kind that cannot be read (.png); give one of: .markdown .md .text .txt"),
    ],
)
def test_a_file_that_cannot_be_used(folder: Path, store: Path, name: str, raw: bytes, message: str) -> None:
    before = snapshot(store)
    (folder / name).write_bytes(raw)
    assert message in refused(
        DocumentUnreadable, 2, lambda: build([folder, folder / name], store, SETTINGS, no_encoder)
    )
    assert snapshot(store) == before


def test_bad_files_in_a_folder_are_passed_over_and_the_good_ones_taken(folder: Path, store: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "gone.txt").symlink_to(folder / "nothing")
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text(report("法", 9))
    os.mkfifo(folder / "pipe.txt")
    (folder / "b.txt").write_bytes(b"")
    write(folder, c=report("海", 5))
    found = index(folder, store)
    assert (found.added, found.changed, found.unchanged) == (("c.txt",), (), ("a.txt",))
    assert len(found.notices) == 5
    assert all(notice.startswith("passed over: ") and notice.isprintable() for notice in found.notices)
    assert Collection.open(store).document("b.txt").text == report("德", 3)  # as it was when it could be read


def test_when_no_file_can_be_read_the_first_reason_is_given(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", a="", b="")
    message = (
        "none of 2 files can be read; passed over: a.txt is empty (0 characters of text); give a file with text in it"
    )
    assert refused(DocumentUnreadable, 2, lambda: index(folder, tmp_path / "store")) == message


@pytest.mark.parametrize("count", [1, 2])
def test_a_folder_of_which_nothing_can_be_read_any_more_is_an_error(folder: Path, store: Path, count: int) -> None:
    before = snapshot(store)
    for path in sorted(folder.iterdir())[:count]:
        path.write_bytes(b"")
    for path in sorted(folder.iterdir())[count:]:
        path.unlink()
    refused(DocumentUnreadable, 2, lambda: build([folder], store, SETTINGS, no_encoder))
    assert snapshot(store) == before


def test_a_digest_toml_that_does_not_fit(folder: Path, store: Path) -> None:
    before = snapshot(store)
    (folder / "digest.toml").write_text('["a.txt"]\nfurnitur = []\n')
    assert "digest.toml: a.txt.furnitur: " in refused(
        OverrideInvalid, 2, lambda: build([folder / "a.txt"], store, SETTINGS, no_encoder)
    )
    assert snapshot(store) == before


def test_a_missing_path_makes_no_store(tmp_path: Path) -> None:
    assert (
        refused(DocumentUnreadable, 2, lambda: index(tmp_path / "missing", tmp_path / "store"))
        == f"{tmp_path / 'missing'} does not exist; check the path"
    )
    assert "digest-qa index PATH... --store" in refused(
        CollectionNotFound, 3, lambda: remove("a.txt", tmp_path / "store", no_encoder)
    )
    assert not (tmp_path / "store").exists()


def test_a_damaged_store_is_neither_read_nor_written_but_rebuilt(folder: Path, store: Path) -> None:
    write(folder, c=report("海", 5))
    for name, raw in snapshot(store).items():
        (store / name).write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        before = snapshot(store)
        message = refused(CollectionDamaged, 3, lambda: build([folder], store, SETTINGS, no_encoder))
        assert message.endswith(f"; run: digest-qa index --rebuild PATH... --store {store}")
        refused(CollectionDamaged, 3, lambda: remove("a.txt", store, no_encoder))
        assert snapshot(store) == before
        (store / name).write_bytes(raw)
    (store / "CURRENT").write_bytes(b"?")
    assert index(folder, store, rebuild=True).added == ("a.txt", "b.txt", "c.txt")
    assert [document.name for document in Collection.open(store).documents] == ["a.txt", "b.txt", "c.txt"]


def test_a_store_that_is_a_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert (
        refused(StoreNotWritable, 3, lambda: index(folder, tmp_path / "file"))
        == f"{tmp_path / 'file'} is not a folder; give another --store"
    )


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk of STORE is full"),
        (OSError("512 requested and 0 written"), "the disk of STORE is full"),
        (OSError(errno.EROFS, "Read-only file system"), "STORE cannot be written (Read-only file system)"),
    ],
    ids=["full", "full, as numpy says it", "read-only"],
)
@pytest.mark.parametrize("step", ["documents.jsonl", "np.save", "fake.sentences.faiss", "manifest.json", "CURRENT.new"])
def test_a_disk_that_refuses_at_any_step(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, problem: str, step: str
) -> None:
    before, real = snapshot(store), Path.write_bytes

    def write_bytes(path: Path, raw: bytes) -> int:
        if path.name == step:
            raise error
        return real(path, raw)

    def save(path: Path, array: np.ndarray) -> None:
        raise error

    write(folder, c=report("海", 5))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_bytes)
        if step == "np.save":
            patch.setattr("numpy.save", save)
        message = refused(StoreNotWritable, 3, lambda: index(folder, store))
    assert message.startswith(problem.replace("STORE", str(store)))
    assert message.endswith("or give another --store")
    assert snapshot(store) == before
    assert index(folder, store).added == ("c.txt",)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """256 KiB of memory as a disk."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full_at_any_place(folder: Path, small_disk: Path) -> None:
    store = small_disk / "store"
    index(folder, store)
    ballast = small_disk / "ballast"
    page = os.sysconf("SC_PAGE_SIZE")
    write(folder, c=report("海", *range(5, 60)))
    before = snapshot(store)
    messages: list[str] = []
    for free in range(64):
        stat = os.statvfs(small_disk)
        size = ballast.stat().st_size if ballast.exists() else 0
        ballast.write_bytes(b"x" * (size + stat.f_bavail * stat.f_frsize - free * page))
        try:
            index(folder, store)
            break
        except StoreNotWritable as error:
            messages.append(str(error))
        assert snapshot(store) == before
        assert sorted(path.name for path in store.iterdir()) == [".lock", "CURRENT", "g000001"]
    assert set(messages) == {f"the disk of {store} is full; free some space, or give another --store"}
    assert 15 <= len(messages) < 64  # a new generation has more than fifteen files and folders
    assert Collection.open(store).generation == 2


def test_a_store_on_a_read_only_disk_can_be_read_but_not_written(folder: Path, small_disk: Path) -> None:
    store = small_disk / "store"
    index(folder, store)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    write(folder, c=report("海", 5))
    expected = "cannot be written (Read-only file system); allow it, or give another --store"
    for place in (store, small_disk / "new"):
        assert refused(StoreNotWritable, 3, lambda place=place: index(folder, place)) == f"{place} {expected}"
    assert refused(StoreNotWritable, 3, lambda: remove("a.txt", store, no_encoder)) == f"{store} {expected}"
    assert len(Collection.open(store).documents) == 2


class Failing(RecordingEncoder):
    """Fails, or does something else, at its first passages."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act = act

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if tuple(texts) != PROBES:
            self.act()
        return super().embed_passages(texts)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("out of memory"), OSError("model gone")], ids=repr)
def test_a_failure_of_the_encoder_passes_through_and_leaves_the_old_one(
    folder: Path, store: Path, error: BaseException
) -> None:
    before = snapshot(store)
    write(folder, c=report("海", 5))

    def fail() -> None:
        assert any(store.glob(".building-*"))
        raise error

    with pytest.raises(type(error)) as caught:
        build([folder], store, SETTINGS, Loader(Failing(fail)))
    assert caught.value is error
    assert snapshot(store) == before
    assert index(folder, store).generation == 2


def test_a_reader_in_the_middle_of_a_build_sees_the_old_one(folder: Path, store: Path) -> None:
    seen: list[int] = []
    write(folder, c=report("海", 5))
    build([folder], store, SETTINGS, Loader(Failing(lambda: seen.append(Collection.open(store).generation))))
    assert set(seen) == {1}
    assert Collection.open(store).generation == 2


BUILDER = """
import sys
sys.path.insert(0, "tests")
from pathlib import Path
from fakes_store import SETTINGS, Loader
from test_index_build_errors import Failing
from index.build import build
from index.errors import CollectionBusy
folder, store, wait = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "wait"
def pause():
    print("encoding", flush=True)
    sys.stdin.readline()
try:
    found = build([folder], store, SETTINGS, Loader(Failing(pause if wait else int)))
    print("done", found.generation)
except CollectionBusy:
    print("busy")
"""


def builder(folder: Path, store: Path, *, wait: bool) -> subprocess.Popen[str]:
    """A build in another process; with `wait` it stops before it encodes until a line comes."""
    command = [sys.executable, "-c", BUILDER, str(folder), str(store), "wait" if wait else "go"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=REPOSITORY, text=True, start_new_session=True, **pipes)


def test_of_two_builds_at_once_the_second_is_told_to_wait(folder: Path, store: Path) -> None:
    write(folder, c=report("海", 5))
    with builder(folder, store, wait=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "encoding\n"
        assert f"another build is writing the collection in {store}" in refused(
            CollectionBusy, 3, lambda: build([folder], store, SETTINGS, no_encoder)
        )
        assert first.communicate("\n\n\n")[0].endswith("done 2\n")
    assert Collection.open(store).generation == 2


def test_two_builds_that_race_leave_a_whole_collection(folder: Path, store: Path, tmp_path: Path) -> None:
    more = write(tmp_path / "more", c=report("海", 5))
    other = write(tmp_path / "other", d=report("浙", 6))
    with builder(more, store, wait=False) as first, builder(other, store, wait=False) as second:
        said = sorted(child.communicate()[0].strip() for child in (first, second))
    collection = Collection.open(store)
    names = {document.name for document in collection.documents} - {"a.txt", "b.txt"}
    if said[0] == "busy":
        assert said[1] == "done 2"
        assert names in ({"c.txt"}, {"d.txt"})
    else:
        assert said == ["done 2", "done 3"]
        assert names == {"c.txt", "d.txt"}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_build_stopped_in_the_middle(folder: Path, store: Path, how: signal.Signals) -> None:
    write(folder, c=report("海", 5))
    before = snapshot(store)
    with builder(folder, store, wait=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "encoding\n"
        child.send_signal(how)
        child.communicate()
    assert child.returncode == -how
    left = {path.name for path in store.glob(".building-*")}
    assert left == ({f".building-{child.pid}"} if how == signal.SIGKILL else set())
    assert {name: raw for name, raw in snapshot(store).items() if not name.startswith(".building-")} == before
    assert Collection.open(store).generation == 1
    assert index(folder, store).added == ("c.txt",)
    assert not list(store.glob(".building-*"))
