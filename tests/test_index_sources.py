import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import DocumentUnreadable
from index.sources import Source, check, find, names, vanished

NOBODY = 65534


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")


@contextmanager
def as_nobody() -> Iterator[Path]:
    """A folder that anyone may enter, and the rights of a plain user: root may read everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        if os.geteuid() != 0:
            yield folder
            return
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)


def test_a_folder_gives_its_documents_sorted_and_without_hidden_ones(tmp_path: Path) -> None:
    wanted = [tmp_path / "a.txt", tmp_path / "b" / "c.MD", tmp_path / "b" / "d.markdown"]
    touch(*reversed(wanted))
    touch(tmp_path / ".e.txt", tmp_path / ".git" / "f.txt", tmp_path / "digest.toml", tmp_path / "g.pyc")
    assert find([tmp_path]) == tuple(Source(path, named=False) for path in wanted)


def test_a_file_given_itself_is_named_also_when_its_folder_is_given_too(tmp_path: Path) -> None:
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    touch(a, b)
    expected = (Source(a, named=True), Source(b, named=False))
    assert find([tmp_path, a]) == find([a, tmp_path]) == find([a, a, tmp_path, tmp_path]) == expected


def test_a_hidden_file_or_one_of_another_kind_is_taken_when_it_is_given_itself(tmp_path: Path) -> None:
    touch(tmp_path / ".a.txt", tmp_path / "b.xyz")
    assert [source.path.name for source in find([tmp_path / ".a.txt", tmp_path / "b.xyz"])] == [".a.txt", "b.xyz"]


def test_relative_paths_become_absolute_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "in" / "a.txt")
    monkeypatch.chdir(tmp_path / "in")
    assert find([Path(".")]) == (Source(tmp_path / "in" / "a.txt", named=False),)
    assert find([Path("../in/a.txt")]) == (Source(tmp_path / "in" / "a.txt", named=True),)


def test_links_to_files_are_followed_and_links_to_folders_inside_a_folder_are_not(tmp_path: Path) -> None:
    touch(tmp_path / "far" / "a.txt")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.txt").symlink_to(tmp_path / "far" / "a.txt")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    assert find([tmp_path / "in"]) == (Source(tmp_path / "in" / "b.txt", named=False),)


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    touch(tmp_path / "a.txt")
    for path in (tmp_path / "missing.txt", tmp_path / "a.txt" / "b.txt"):
        with pytest.raises(DocumentUnreadable) as caught:
            find([tmp_path / "a.txt", path])
        assert (caught.value.problem, caught.value.exit_code) == (f"{path} does not exist", 2)


def test_a_folder_without_documents_is_an_error_unless_it_may_be_empty(tmp_path: Path) -> None:
    touch(tmp_path / "a.pyc")
    with pytest.raises(DocumentUnreadable) as caught:
        find([tmp_path])
    assert caught.value.problem == f"{tmp_path} holds no document"
    assert caught.value.remedy == "put files into it that end in: .markdown .md .text .txt"
    assert find([tmp_path], may_be_empty=True) == ()


def test_a_folder_that_may_not_be_listed_names_the_command_that_allows_it() -> None:
    with as_nobody() as folder:
        touch(folder / "a.txt", folder / "closed" / "b.txt")
        (folder / "closed").chmod(0)
        try:
            with pytest.raises(DocumentUnreadable) as inside:
                find([folder])
            with pytest.raises(DocumentUnreadable) as beneath:
                find([folder / "closed" / "b.txt"])
            assert not vanished(str(folder / "closed" / "b.txt"))
        finally:
            (folder / "closed").chmod(stat.S_IRWXU)
    assert inside.value.problem == f"{folder / 'closed'} may not be listed (Permission denied)"
    assert inside.value.remedy == f"allow it, e.g. chmod u+rx {folder / 'closed'}"
    assert beneath.value.problem == f"{folder / 'closed' / 'b.txt'} cannot be read (Permission denied)"


def test_a_pipe_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    for look in (lambda: check(tmp_path / "a.txt"), lambda: find([tmp_path / "a.txt"])):
        with pytest.raises(DocumentUnreadable, match=r"a\.txt is not an ordinary file; give a file"):
            look()


@pytest.mark.parametrize("name", [b"two\nlines.txt", b"bell\a.txt", b"latin-\xe9.txt", "para\u2029.txt".encode()])
def test_a_name_that_cannot_be_cited_is_refused_in_one_printable_line(tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    path.write_text("text")
    with pytest.raises(DocumentUnreadable) as caught:
        find([path])
    message = str(caught.value)
    assert message.endswith("in its name; rename it")
    assert len(message.splitlines()) == 1
    assert message.encode("utf-8")


def test_names_in_other_scripts_and_wide_blanks_can_be_cited(tmp_path: Path) -> None:
    path = tmp_path / "调研　报告 (1).txt"
    touch(path)
    assert find([path]) == (Source(path, named=True),)


def test_vanished_is_said_only_of_what_is_surely_gone(tmp_path: Path) -> None:
    touch(tmp_path / "a.txt")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    assert not vanished(str(tmp_path / "a.txt"))
    assert vanished(str(tmp_path / "b.txt"))
    assert vanished(str(tmp_path / "a.txt" / "b.txt"))
    assert vanished(str(tmp_path / "dangling"))


def test_equal_file_names_are_told_apart_by_as_many_folders_as_needed() -> None:
    paths = [Path("/d/x/1/a.txt"), Path("/d/y/1/a.txt"), Path("/d/y/b.txt"), Path("/d/z/y/1/a.txt")]
    assert names(paths, ()) == dict(zip(paths, ["a.txt", "1/a.txt", "b.txt", "y/1/a.txt"], strict=True))


def test_a_name_that_is_taken_is_not_given_again() -> None:
    assert names([Path("/d/x/a.txt")], ["a.txt"]) == {Path("/d/x/a.txt"): "x/a.txt"}


parts = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4)


@given(st.lists(parts, unique_by=tuple, max_size=12), st.sets(st.sampled_from(["a", "b", "b/a"])))
def test_names_are_distinct_ends_of_their_paths(found: list[list[str]], taken: set[str]) -> None:
    paths = [Path("/", "root", *part) for part in found]
    given_names = names(paths, taken)
    assert list(given_names) == paths
    assert len(set(given_names.values()) | taken) == len(paths) + len(taken)
    assert all(path.as_posix().endswith(f"/{name}") for path, name in given_names.items())
