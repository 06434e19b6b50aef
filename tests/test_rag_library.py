"""Documents that are added, replaced, removed and put back while the collection is asked."""

import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from fakes import FigureReader
from fakes_store import Loader, index, report, snapshot, write

from index.build import Summary
from index.collection import Collection
from index.errors import DocumentNotFound, DocumentUnreadable
from rag.engine import Engine
from rag.library import UNDOABLE, UPLOADS, Library, NotRestorable, Upload
from rag.opening import Opening
from rag.settings import Settings

AN, DE, HAI = report("安", 1, 2), report("德", 3), report("海", 5)


class Shelf:
    """A library over a store with a.txt and b.txt, and what a test looks at."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "store"
        self.files = write(folder / "in", a=AN, b=DE)
        index(self.files, self.store)
        self.loader = Loader()
        opening = Opening(Settings(store=self.store, encoders=("fake",)), load=self.loader, reader=FigureReader)
        self.engine = Engine(opening.assistant)
        self.library = Library(self.engine, opening)
        self.engine.get()

    @property
    def names(self) -> list[str]:
        """Of the documents that are asked now; those on the disk are the same."""
        asked = [document.name for document in self.engine.get().collection.documents]
        assert [document.name for document in Collection.open(self.store).documents] == asked
        return asked

    @property
    def uploads(self) -> list[str]:
        folder = self.store / UPLOADS
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())

    def text(self, name: str) -> str:
        return self.engine.get().document(name).text


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def upload(name: str, text: str) -> Upload:
    return Upload(name, text.encode())


def place(name: str, text: str) -> str:
    return f"{sha256(text.encode()).hexdigest()[:16]}/{name}"


def test_an_added_document_is_asked_at_once_and_its_file_is_kept(shelf: Shelf) -> None:
    found = shelf.library.add([upload("c.txt", HAI)])
    assert found == Summary(2, added=("c.txt",), documents=3, passages=3)
    assert shelf.names == ["a.txt", "b.txt", "c.txt"]
    assert shelf.uploads == [place("c.txt", HAI)]
    cited = shelf.engine.get().ask("海市有5家企业吗？").citations[0]
    assert cited.document == "c.txt"
    assert cited.text == HAI[cited.start : cited.end]


def test_the_same_file_again_costs_nothing(shelf: Shelf) -> None:
    shelf.library.add([upload("c.txt", HAI)])
    before = snapshot(shelf.store)
    assert shelf.library.add([upload("c.txt", HAI)]) == Summary(2, unchanged=("c.txt",), documents=3, passages=3)
    assert snapshot(shelf.store) == before


def test_a_file_with_the_name_of_a_document_replaces_it_and_leaves_the_users_own_file(shelf: Shelf) -> None:
    assert shelf.library.add([upload("a.txt", HAI)]).changed == ("a.txt",)
    assert shelf.names == ["a.txt", "b.txt"]
    assert shelf.text("a.txt") == HAI
    assert (shelf.files / "a.txt").read_text("utf-8") == AN
    assert shelf.library.add([upload("a.txt", DE + AN)]).changed == ("a.txt",)
    assert shelf.uploads == [place("a.txt", DE + AN)]


def test_a_file_that_cannot_be_read_is_passed_over_and_the_others_are_taken(shelf: Shelf) -> None:
    found = shelf.library.add([upload("empty.txt", " "), upload("x.exe", "x"), upload("c.txt", HAI)])
    assert found.added == ("c.txt",)
    assert [notice.split(":")[0] for notice in found.notices] == ["passed over", "passed over"]
    assert "empty.txt is empty" in found.notices[0]
    assert "x.exe" in found.notices[1]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "no file was given"),
        ([upload("empty.txt", "")], "empty.txt is empty"),
        ([upload("..", "x")], "'..' is no file name"),
        ([upload("/", "x")], "'/' is no file name"),
        ([upload("长" * 100 + ".txt", HAI)], "is over 180 bytes long"),
        ([upload("a\nb.txt", HAI)], "control characters"),
    ],
)
def test_nothing_that_can_be_read_changes_nothing(shelf: Shelf, files: list[Upload], said: str) -> None:
    before = snapshot(shelf.store)
    with pytest.raises(DocumentUnreadable, match=said):
        shelf.library.add(files)
    assert snapshot(shelf.store) == before


@pytest.mark.parametrize("name", ["../../c.txt", "C:\\work\\c.txt", "/etc/c.txt", "..\\..\\c.txt"])
def test_the_folders_of_a_name_are_passed_over(shelf: Shelf, name: str) -> None:
    assert shelf.library.add([upload(name, HAI)]).added == ("c.txt",)
    assert shelf.uploads == [place("c.txt", HAI)]


def test_a_text_that_is_there_under_another_name_leaves_no_file(shelf: Shelf) -> None:
    found = shelf.library.add([upload("twin.txt", DE)])
    assert found.notices == ("passed over: twin.txt has the same text as b.txt",)
    assert shelf.names == ["a.txt", "b.txt"]
    assert shelf.uploads == []


def test_a_change_that_breaks_off_changes_nothing(shelf: Shelf) -> None:
    before = snapshot(shelf.store)

    class Stopped(BaseException):
        pass

    def stop(step: str, done: int, total: int) -> None:
        if step == "encoding":
            raise Stopped

    with pytest.raises(Stopped):
        shelf.library.add([upload("c.txt", HAI)], stop)
    assert snapshot(shelf.store) == before
    assert shelf.names == ["a.txt", "b.txt"]


@pytest.mark.parametrize("by", ["name", "id", "sha256"])
def test_a_removed_document_is_never_cited_and_comes_back(shelf: Shelf, by: str) -> None:
    shelf.library.add([upload("c.txt", HAI)])
    whole = shelf.engine.get().ask("海市有5家企业吗？", 10).citations
    document = shelf.engine.get().document("c.txt")
    key = getattr(document, by)
    assert shelf.library.remove(key).removed == ("c.txt",)
    assert shelf.names == ["a.txt", "b.txt"]
    assert shelf.uploads == []
    assert {c.document for c in shelf.engine.get().ask("海市有5家企业吗？", 10).citations} == {"a.txt", "b.txt"}
    assert [one.name for one in shelf.library.restorable] == ["c.txt"]
    shelf.loader.seen.clear()
    for encoder in shelf.loader.encoders.values():
        encoder.seen.clear()
    assert shelf.library.restore(key).added == ("c.txt",)
    assert shelf.loader.seen == []  # the vectors were kept
    assert shelf.uploads == [place("c.txt", HAI)]
    assert shelf.engine.get().ask("海市有5家企业吗？", 10).citations == whole
    assert shelf.library.restorable == ()


def test_a_replaced_document_comes_back_in_place_of_the_new_one(shelf: Shelf) -> None:
    old = shelf.engine.get().document("a.txt")
    shelf.library.add([upload("a.txt", HAI)])
    shelf.library.restore(old.id)
    assert shelf.names == ["a.txt", "b.txt"]
    assert shelf.text("a.txt") == AN
    assert [one.text for one in shelf.library.restorable] == [HAI]
    shelf.library.restore("a.txt")
    assert shelf.text("a.txt") == HAI


def test_the_oldest_removal_is_undone_while_all_are_remembered(shelf: Shelf) -> None:
    old = shelf.engine.get().document("a.txt")
    shelf.library.add([upload("a.txt", HAI)])
    for number in range(UNDOABLE - 1):
        shelf.library.add([upload(f"n{number}.txt", report("海", number))])
        shelf.library.remove(f"n{number}.txt")
    before = shelf.engine.get().collection.generation
    shelf.library.restore(old.id)
    assert shelf.text("a.txt") == AN
    assert shelf.engine.get().collection.generation == before + 1
    assert shelf.library.restorable[0].text == HAI
    assert len(shelf.library.restorable) == UNDOABLE


def test_an_undoing_that_breaks_off_changes_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.library.add([upload("c.txt", HAI)])
    shelf.library.remove("c.txt")
    shelf.library.add([upload("c.txt", report("海", 9))])

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("rag.library.building.restore", full)
        with pytest.raises(OSError, match="No space"):
            shelf.library.restore(shelf.library.restorable[0].id)
    assert shelf.text("c.txt") == report("海", 9)
    assert shelf.uploads == [place("c.txt", report("海", 9))]
    shelf.library.restore(shelf.library.restorable[0].id)
    assert shelf.text("c.txt") == HAI


def test_the_last_document_can_go_and_come_back(shelf: Shelf) -> None:
    shelf.library.remove("a.txt")
    shelf.library.remove("b.txt")
    assert shelf.names == []
    assert shelf.engine.get().ask("安市？").citations == []
    shelf.library.restore("b.txt")
    assert shelf.names == ["b.txt"]


def test_only_the_last_removals_can_be_undone(shelf: Shelf) -> None:
    with pytest.raises(NotRestorable, match=r"the removal of 'a\.txt' cannot be undone any more; give the file again"):
        shelf.library.restore("a.txt")
    shelf.library.remove("a.txt")
    for number in range(UNDOABLE):
        shelf.library.add([upload(f"n{number}.txt", report("海", number))])
        shelf.library.remove(f"n{number}.txt")
    with pytest.raises(NotRestorable):
        shelf.library.restore("a.txt")
    assert len(shelf.library.restorable) == UNDOABLE


def test_what_is_not_there_cannot_be_removed(shelf: Shelf) -> None:
    with pytest.raises(DocumentNotFound, match=r"no document 'x\.txt'"):
        shelf.library.remove("x.txt")


def test_changes_of_several_threads_all_happen(shelf: Shelf) -> None:
    def run(change: Callable[[], object]) -> threading.Thread:
        thread = threading.Thread(target=change)
        thread.start()
        return thread

    texts = {f"n{number}.txt": report("海", number) for number in range(4)}
    changes = [run(lambda n=name, t=text: shelf.library.add([upload(n, t)])) for name, text in texts.items()]
    changes.append(run(lambda: shelf.library.remove("a.txt")))
    for thread in changes:
        thread.join(60)
    assert shelf.names == ["b.txt", *sorted(texts)]


def test_what_another_process_builds_is_taken_over(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.library.LOOK_SECONDS", 0.01)
    stop, seen = threading.Event(), threading.Event()
    replace = shelf.engine.replace
    monkeypatch.setattr(shelf.engine, "replace", lambda assistant: (replace(assistant), seen.set()))
    thread = threading.Thread(target=shelf.library.follow, args=(stop,))
    thread.start()
    try:
        write(shelf.files, c=HAI)
        index(shelf.files, shelf.store)
        assert seen.wait(20)
    finally:
        stop.set()
        thread.join(20)
    assert shelf.names == ["a.txt", "b.txt", "c.txt"]
