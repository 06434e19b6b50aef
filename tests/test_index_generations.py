import errno
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from fakes_store import snapshot

from index import generations
from index.errors import CollectionBusy, CollectionDamaged, CollectionNotFound, StoreNotWritable
from index.generations import current, locked, next_number, read_current, write_generation, writing
from index.manifest import FORMAT, Manifest, Origin

REPOSITORY = Path(__file__).resolve().parents[1]


def manifest(number: int) -> Manifest:
    origins = {"d": Origin("/a.txt", "1" * 64)}
    return Manifest(FORMAT, number, "1-x", 420, (), (), {"documents": 1}, {"data": sha256(b"x").hexdigest()}, origins)


def fill(number: int) -> Callable[[Path], Manifest]:
    def fill_folder(folder: Path) -> Manifest:
        (folder / "data").write_bytes(b"x")
        return manifest(number)

    return fill_folder


def generation(store: Path) -> int:
    """Write the next one."""
    with locked(store):
        number = next_number(store)
        write_generation(store, number, fill(number))
    return number


def test_current_is_the_generation_that_was_written_last(tmp_path: Path) -> None:
    for number in (1, 2):
        assert generation(tmp_path) == number
        folder, found = current(tmp_path)
        assert folder == tmp_path / f"g00000{number}"
        assert found == manifest(number)
        expected = sha256((folder / "manifest.json").read_bytes()).hexdigest()
        assert (tmp_path / "CURRENT").read_text() == f"g00000{number} {expected}\n"


def test_two_generations_are_kept_and_leftovers_swept_but_no_folder_of_anybody_else(tmp_path: Path) -> None:
    for path in (".building-1/data", "g1 pictures/a.png", "g7/b.png", "gardens/c.png"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_bytes(b"")
    for _ in range(4):
        generation(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir() if path.name != ".lock")
    assert names == ["CURRENT", "g000003", "g000004", "g1 pictures", "g7", "gardens"]


def test_numbers_grow_beyond_six_digits(tmp_path: Path) -> None:
    generation(tmp_path)
    (tmp_path / "g000001").rename(tmp_path / "g999998")
    assert [generation(tmp_path), generation(tmp_path), generation(tmp_path)] == [999999, 1000000, 1000001]
    assert current(tmp_path)[0].name == "g1000001"
    assert sorted(path.name for path in tmp_path.glob("g*")) == ["g1000000", "g1000001"]


def test_where_nothing_was_built_the_command_that_builds_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for store in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(CollectionNotFound) as caught:
            current(store)
        assert caught.value.problem == f"there is no collection in {store}"
        assert caught.value.remedy == f"build one: digest-qa index PATH... --store {store}"
    assert not (tmp_path / "missing").exists()


def test_the_remedy_quotes_a_store_with_blanks(tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFound) as caught:
        current(tmp_path / "my store")
    assert caught.value.remedy == f"build one: digest-qa index PATH... --store '{tmp_path / 'my store'}'"


@pytest.mark.parametrize("raw", [b"", b"g000001", b"../g000001 " + b"0" * 64 + b"\n", b"g000001 abc\n", b"\xff" * 73])
def test_a_pointer_that_names_no_generation_is_damage(tmp_path: Path, raw: bytes) -> None:
    generation(tmp_path)
    (tmp_path / "CURRENT").write_bytes(raw)
    with pytest.raises(CollectionDamaged) as caught:
        current(tmp_path)
    assert caught.value.problem == f"{tmp_path / 'CURRENT'} does not name a generation and a SHA-256"
    assert caught.value.remedy == f"run: digest-qa index --rebuild PATH... --store {tmp_path}"


def test_a_lost_pointer_is_damage_and_not_an_empty_store(tmp_path: Path) -> None:
    generation(tmp_path)
    (tmp_path / "CURRENT").unlink()
    with pytest.raises(CollectionDamaged, match="CURRENT is missing; run: digest-qa index --rebuild PATH"):
        current(tmp_path)


def test_a_first_generation_that_was_not_named_yet_is_no_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = Path.replace

    def switch(path: Path, target: Path) -> None:
        with pytest.raises(CollectionNotFound) as caught:
            current(tmp_path)
        seen.extend([*(path.name for path in tmp_path.glob("g*")), caught.value.problem])
        real(path, target)

    monkeypatch.setattr(Path, "replace", switch)
    generation(tmp_path)
    assert seen == ["g000001", f"there is no collection in {tmp_path}"]
    assert current(tmp_path)[1].generation == 1


def test_a_first_build_may_finish_while_a_reader_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, looks = Path.read_bytes, []

    def look(path: Path) -> bytes:
        looks.append(path.name)
        if looks == ["CURRENT"]:
            try:
                return real(path)
            finally:
                generation(tmp_path)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", look)
    assert current(tmp_path)[1].generation == 1
    assert looks == ["CURRENT", "CURRENT", "manifest.json"]


def test_a_disk_that_cannot_flush_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    assert generation(tmp_path) == 1
    assert current(tmp_path)[1] == manifest(1)


def test_an_altered_manifest_is_named_with_both_checksums(tmp_path: Path) -> None:
    generation(tmp_path)
    path = tmp_path / "g000001" / "manifest.json"
    expected = sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b" ")
    found = sha256(path.read_bytes()).hexdigest()
    with pytest.raises(CollectionDamaged) as caught:
        current(tmp_path)
    assert caught.value.problem == f"{path} has SHA-256 {found[:12]}…, expected {expected[:12]}…"
    assert caught.value.remedy == f"run: digest-qa index --rebuild PATH... --store {tmp_path}"
    path.unlink()
    with pytest.raises(CollectionDamaged, match=r"manifest\.json cannot be read \(No such file or directory\)"):
        current(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"format": 99}', f"the collection has format 99, this version reads format {FORMAT}"),
        ("{}", "the manifest cannot be read (KeyError)"),
        ("[]", "the manifest cannot be read (TypeError)"),
        ("{", "the manifest cannot be read (JSONDecodeError)"),
        (f'{{"format": {FORMAT}}}', "the manifest cannot be read (ValidationError)"),
    ],
)
def test_a_manifest_that_this_version_cannot_read(tmp_path: Path, text: str, problem: str) -> None:
    generation(tmp_path)
    (tmp_path / "g000001" / "manifest.json").write_text(text)
    (tmp_path / "CURRENT").write_text(f"g000001 {sha256(text.encode()).hexdigest()}\n")
    with pytest.raises(CollectionDamaged) as caught:
        current(tmp_path)
    assert caught.value.problem == problem
    assert caught.value.remedy == f"run: digest-qa index --rebuild PATH... --store {tmp_path}"


def test_a_manifest_survives_its_json() -> None:
    assert Manifest.from_json(manifest(3).to_json()) == manifest(3)
    assert manifest(3).to_json() == manifest(3).to_json()


def test_a_reader_whose_generation_is_swept_away_reads_the_new_one(tmp_path: Path) -> None:
    generation(tmp_path)
    seen: list[str] = []

    def read(folder: Path, found: Manifest) -> tuple[int, bytes]:
        seen.append(folder.name)
        if folder.name == "g000001":
            generation(tmp_path)
            generation(tmp_path)
        return found.generation, (folder / "data").read_bytes()

    assert read_current(tmp_path, read) == (3, b"x")
    assert seen == ["g000001", "g000003"]


def test_a_reader_does_not_try_again_when_nothing_was_switched(tmp_path: Path) -> None:
    generation(tmp_path)
    seen: list[str] = []

    def read(folder: Path, _: Manifest) -> bytes:
        seen.append(folder.name)
        return (folder / "missing").read_bytes()

    with pytest.raises(CollectionDamaged) as caught:
        read_current(tmp_path, read)
    assert seen == ["g000001"]
    assert caught.value.problem == f"{tmp_path / 'g000001' / 'missing'} cannot be read (No such file or directory)"


class Crash(BaseException):
    """Like KeyboardInterrupt no Exception."""


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Crash(), ValueError("bug")], ids=repr)
def test_a_crash_while_filling_leaves_the_old_one_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    generation(tmp_path)
    before = snapshot(tmp_path)

    def crash(folder: Path) -> Manifest:
        (folder / "half").write_bytes(b"x")
        raise error

    with pytest.raises(type(error)), locked(tmp_path):
        write_generation(tmp_path, 2, crash)
    assert snapshot(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "CURRENT", "g000001"]
    assert generation(tmp_path) == 2


def steps(monkeypatch: pytest.MonkeyPatch, fail_at: int, error: BaseException) -> list[str]:
    """Let the `fail_at`-th touch of the disk fail; the list names those that were made."""
    made: list[str] = []

    def counted(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **options: object) -> object:
            made.append(name)
            if len(made) - 1 == fail_at:
                raise error
            return real(*args, **options)

        return step

    for owner, name in ((Path, "write_bytes"), (os, "fsync"), (Path, "rename"), (Path, "replace")):
        monkeypatch.setattr(owner, name, counted(name, getattr(owner, name)))
    return made


def test_the_generation_reaches_the_disk_before_anything_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        made = steps(patch, 99, Crash())
        generation(tmp_path)
    flushed = ["fsync"] * 4  # data, manifest, their folder, the pointer
    written = ["write_bytes"] * 3
    assert made == [*written, *flushed, "rename", "fsync", "replace", "fsync"]


@pytest.mark.parametrize("at", range(10))
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()], ids=["full", "interrupted"])
def test_whatever_step_fails_before_the_switch_the_old_one_stays_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException
) -> None:
    generation(tmp_path)
    before = snapshot(tmp_path)
    with monkeypatch.context() as patch:
        made = steps(patch, at, error)
        with pytest.raises((OSError, StoreNotWritable, KeyboardInterrupt)) as caught:
            generation(tmp_path)
    assert len(made) == at + 1
    assert caught.type is not OSError or at == 0  # the first write is the fill's own, which has no `writing` here
    assert snapshot(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "CURRENT", "g000001"]
    assert generation(tmp_path) == 2


def test_an_interrupt_after_the_switch_keeps_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generation(tmp_path)
    real = Path.replace

    def switch(path: Path, target: Path) -> None:
        real(path, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", switch)
    with pytest.raises(KeyboardInterrupt):
        generation(tmp_path)
    assert current(tmp_path)[1].generation == 2


def test_a_second_build_is_told_to_wait_and_the_lock_is_free_afterwards(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(CollectionBusy) as caught, locked(tmp_path):
        pass
    assert caught.value.problem == f"another build is writing the collection in {tmp_path}"
    assert caught.value.remedy == "wait until it has finished, or give another --store"
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path):
        pass


def test_a_build_in_another_process_is_seen_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.generations import locked\n"
        "with locked(Path(sys.argv[1])):\n"
        "    (Path(sys.argv[1]) / '.building-1').mkdir(); print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(CollectionBusy), locked(tmp_path):
            pass
        child.kill()
    assert (tmp_path / ".building-1").is_dir()
    assert generation(tmp_path) == 1
    assert not (tmp_path / ".building-1").exists()


def test_a_store_that_is_a_file_or_lies_in_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for store in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(StoreNotWritable) as caught, locked(store):
            pass
        assert str(caught.value) == f"{store} is not a folder; give another --store"
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "x"), "the disk of S is full; free some space, or give another --store"),
        (OSError(errno.EDQUOT, "x"), "the disk of S is full; free some space, or give another --store"),
        (OSError("80 requested and 10 written"), "the disk of S is full; free some space, or give another --store"),
        (OSError(errno.EROFS, "Read-only"), "S cannot be written (Read-only); allow it, or give another --store"),
        (OSError(errno.EACCES, "Denied"), "S cannot be written (Denied); allow it, or give another --store"),
        (OSError(errno.EIO, "I/O error"), "S cannot be written (I/O error); allow it, or give another --store"),
        (OSError(errno.EEXIST, "x"), "S is not a folder; give another --store"),
    ],
    ids=str,
)
def test_errors_of_the_disk_become_one_line_with_a_remedy(error: OSError, message: str) -> None:
    with pytest.raises(StoreNotWritable) as caught, writing(Path("S")):
        raise error
    assert (str(caught.value), caught.value.exit_code) == (message, 3)
    assert caught.value.__suppress_context__


def test_other_errors_pass_through_writing() -> None:
    with pytest.raises(ZeroDivisionError), writing(Path("S")):
        raise ZeroDivisionError
    assert generations.KEPT == 2
