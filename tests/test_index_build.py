import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from fakes import HashEncoder
from fakes_store import SETTINGS, Loader, OtherEncoder, RecordingEncoder, index, no_encoder, report, snapshot, write
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build import BuildSettings, Summary, build, build_documents, remove
from index.collection import Collection
from index.embedding import passage_text
from index.errors import DocumentNotFound, DocumentUnreadable, InputError, SettingInvalid
from index.intake import document_of
from index.manifest import Manifest, Origin
from index.readers import Reading
from index.schema import Document

SHORT = BuildSettings(("fake",), target_passage=60)  # one sentence of a report a passage


def names(store: Path) -> list[str]:
    return [document.name for document in Collection.open(store).documents]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "in", a=report("安", 1, 2), b=report("德", 3))


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> Path:
    """Generation 1 of `folder`: two documents of one passage each."""
    index(folder, tmp_path / "store")
    return tmp_path / "store"


def test_a_first_build_says_what_it_did(folder: Path, tmp_path: Path) -> None:
    expected = Summary(1, added=("a.txt", "b.txt"), documents=2, passages=2)
    assert index(folder, tmp_path / "store") == expected


def test_two_builds_on_two_paths_give_the_same_ids_and_checksums(tmp_path: Path) -> None:
    collections = []
    for place in ("x", "y/z"):
        folder = write(tmp_path / place / "in", b=report("德", 3), a=report("安", 1, 2))
        index(folder, tmp_path / place / "store")
        collections.append(Collection.open(tmp_path / place / "store"))
    first, second = collections
    assert first.passages == second.passages
    assert first.manifest.files == second.manifest.files
    assert len(first.passages) == 2


def test_unchanged_files_cost_nothing(folder: Path, store: Path) -> None:
    before = snapshot(store)
    found = build([folder], store, SETTINGS, no_encoder)
    assert found == Summary(1, unchanged=("a.txt", "b.txt"), documents=2, passages=2)
    assert snapshot(store) == before


def test_an_encoder_is_known_by_what_the_settings_call_it(folder: Path, tmp_path: Path) -> None:
    encoder, hub = RecordingEncoder(name="m"), BuildSettings(("hub/m",))
    build([folder], tmp_path / "s", hub, lambda spec: encoder)
    assert build([folder], tmp_path / "s", hub, no_encoder).generation == 1
    remove("a.txt", tmp_path / "s", no_encoder)
    write(folder, c=report("海", 5))
    encoder.seen.clear()
    build([folder / "c.txt"], tmp_path / "s", hub, lambda spec: encoder)
    assert all("海市" in text for text in encoder.seen)
    assert names(tmp_path / "s") == ["b.txt", "c.txt"]


def test_a_changed_file_is_replaced_and_only_its_new_texts_are_encoded(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "s"
    build([folder], store, SHORT, Loader())
    old = Collection.open(store)
    write(folder, a=report("安", 1, 9))
    loader = Loader()
    found = build([folder], store, SHORT, loader)
    assert found == Summary(2, changed=("a.txt",), unchanged=("b.txt",), documents=2, passages=3)
    collection = Collection.open(store)
    new = collection.passages[1]
    assert "共有9家" in new.text
    assert loader.seen == [passage_text(new)] * 2  # as a passage and as a sentence
    assert not any("共有2家" in passage.text for passage in collection.passages)
    assert collection.passages[2] == old.passages[2]
    vectors = HashEncoder(16).embed_passages([passage_text(passage) for passage in collection.passages])
    assert collection.dense["fake"].passages.vectors(np.arange(3)).tolist() == vectors.tolist()
    assert collection.dense["fake"].sentences.vectors(np.arange(3)).tolist() == vectors.tolist()


def test_documents_that_are_not_named_stay(store: Path, folder: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "more", c=report("海", 5))
    assert index(other, store).added == ("c.txt",)
    (folder / "a.txt").unlink()
    index(other / "c.txt", store)
    assert names(store) == ["a.txt", "b.txt", "c.txt"]


def test_vanished_files_go_with_prune_only(store: Path, folder: Path) -> None:
    (folder / "a.txt").unlink()
    assert build([folder], store, SETTINGS, no_encoder).removed == ()
    assert build([folder], store, SETTINGS, no_encoder, prune=True) == Summary(
        2, unchanged=("b.txt",), removed=("a.txt",), documents=1, passages=1
    )
    assert names(store) == ["b.txt"]


def test_the_last_files_of_a_folder_can_be_pruned_too(store: Path, folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    found = build([folder], store, SETTINGS, no_encoder, prune=True)
    assert found == Summary(2, removed=("a.txt", "b.txt"))
    assert Collection.open(store).documents == ()


def test_prune_moves_a_renamed_file_and_its_vectors(store: Path, folder: Path) -> None:
    (folder / "a.txt").rename(folder / "c.txt")
    without = build([folder], store, SETTINGS, no_encoder)
    assert without.notices == ("passed over: c.txt has the same text as a.txt",)
    found = build([folder], store, SETTINGS, no_encoder, prune=True)
    assert (found.added, found.removed, found.notices) == (("c.txt",), ("a.txt",), ())
    assert names(store) == ["b.txt", "c.txt"]


def test_equal_file_names_are_told_apart_and_keep_their_names(tmp_path: Path) -> None:
    folder, store = tmp_path / "in", tmp_path / "store"
    write(folder / "y", a=report("安", 1))
    index(folder, store)
    write(folder / "x", a=report("德", 2))
    assert index(folder, store).added == ("x/a.txt",)
    collection = Collection.open(store)
    assert collection.document("a.txt").text == report("安", 1)
    assert collection.document("x/a.txt").text == report("德", 2)


def test_the_name_of_a_pruned_file_is_free_again(tmp_path: Path) -> None:
    folder, store = tmp_path / "in", tmp_path / "store"
    write(folder / "x", a=report("安", 1))
    index(folder, store)
    (folder / "x").rename(folder / "y")
    found = build([folder], store, SETTINGS, no_encoder, prune=True)
    assert (found.added, found.removed) == (("a.txt",), ("a.txt",))


def test_documents_stand_in_the_order_of_their_names_whenever_they_came(folder: Path, tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt"):
        index(folder / name, tmp_path / "s")
    index(folder, tmp_path / "t")
    assert names(tmp_path / "s") == ["a.txt", "b.txt"]
    assert Collection.open(tmp_path / "s").manifest.files == Collection.open(tmp_path / "t").manifest.files


def test_the_same_text_twice_is_passed_over(folder: Path, store: Path) -> None:
    write(folder, c=report("安", 1, 2))
    found = build([folder], store, SETTINGS, no_encoder)
    assert found.notices == ("passed over: c.txt has the same text as a.txt",)
    assert (found.generation, found.added) == (1, ())
    (folder / "a.txt").unlink()
    assert build([folder], store, SETTINGS, no_encoder, prune=True).added == ("c.txt",)


def test_a_file_that_takes_the_text_of_another_loses_its_own(folder: Path, store: Path) -> None:
    write(folder, b=report("安", 1, 2))
    found = build([folder], store, SETTINGS, no_encoder)
    assert found.removed == ("b.txt",)
    assert found.notices == ("passed over: b.txt has the same text as a.txt",)
    assert names(store) == ["a.txt"]


def test_files_that_swap_their_texts_swap_their_names(folder: Path, store: Path) -> None:
    write(folder, a=report("德", 3), b=report("安", 1, 2))
    assert build([folder], store, SETTINGS, no_encoder).changed == ("a.txt", "b.txt")
    collection = Collection.open(store)
    assert [document.text for document in collection.documents] == [report("德", 3), report("安", 1, 2)]


def test_the_same_text_in_another_encoding_is_the_same_document(folder: Path, store: Path) -> None:
    before = Collection.open(store).passages
    (folder / "a.txt").write_bytes(report("安", 1, 2).encode("utf-16"))
    found = build([folder], store, SETTINGS, no_encoder)
    assert (found.changed, found.notices) == (("a.txt",), ("a.txt: converted from UTF-16-LE",))
    assert Collection.open(store).passages == before


def test_a_changed_digest_toml_is_read_again_for_the_document_it_names(folder: Path, store: Path) -> None:
    (folder / "digest.toml").write_text(
        f'["b.txt"]\n[["b.txt".article]]\ntitle = "T"\nbegins = "{report("德", 3)[10:16]}"'
    )
    found = index(folder, store)
    assert (found.changed, found.unchanged) == (("b.txt",), ("a.txt",))
    assert Collection.open(store).document("b.txt").articles[0].title == "T"
    assert build([folder], store, SETTINGS, no_encoder).generation == 2
    (folder / "digest.toml").unlink()
    assert index(folder, store).changed == ("b.txt",)
    assert Collection.open(store).document("b.txt").articles[0].title == "德市企业贷款报告"


def test_another_encoder_in_the_settings_is_added_without_encoding_for_the_first(folder: Path, store: Path) -> None:
    loader = Loader(RecordingEncoder(24, "wide"))
    both = BuildSettings(("fake", "wide"))
    assert build([folder], store, both, loader).generation == 2
    assert loader.asked == ["wide"]
    assert list(Collection.open(store).dense) == ["fake", "wide"]
    assert build([folder], store, BuildSettings(("wide", "fake")), no_encoder).generation == 3
    assert build([folder], store, BuildSettings(("wide",)), no_encoder).generation == 4
    assert list(Collection.open(store).dense) == ["wide"]


def test_another_model_of_the_same_name_encodes_everything_again(folder: Path, store: Path) -> None:
    write(folder, c=report("海", 5))
    other = OtherEncoder(16)
    build([folder], store, SETTINGS, Loader(other))
    collection = Collection.open(store)
    texts = [passage_text(passage) for passage in collection.passages]
    assert sorted(set(other.seen) & set(texts)) == sorted(texts)
    assert collection.dense["fake"].passages.vectors(np.arange(3)).tolist() == other.embed_queries(texts).tolist()
    assert collection.manifest.encoders == (other.fingerprint(),)


def test_two_encoders_of_one_name_are_refused(folder: Path, store: Path) -> None:
    before = snapshot(store)
    with pytest.raises(SettingInvalid, match="two encoders are called m: a/m, b/m; leave one out"):
        build([folder], store, BuildSettings(("a/m", "b/m")), lambda spec: RecordingEncoder(name="m"))
    assert snapshot(store) == before


def test_another_target_or_analyser_writes_a_new_generation(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build([folder], store, SHORT, Loader()).passages == 3
    assert Collection.open(store).manifest.target_passage == 60
    for module in ("build", "generation_writer"):
        monkeypatch.setattr(f"index.{module}.ANALYSER_VERSION", "new")
    assert build([folder], store, SHORT, no_encoder).generation == 3
    assert Collection.open(store).manifest.analyser == "new"
    assert build([folder], store, SHORT, no_encoder).generation == 3


def test_a_document_is_removed_by_name_id_or_checksum(folder: Path, tmp_path: Path) -> None:
    for turn, key in enumerate(("name", "id", "sha256")):
        store = tmp_path / str(turn)
        index(folder, store)
        document = Collection.open(store).document("a.txt")
        assert remove(getattr(document, key), store, no_encoder) == Summary(
            2, removed=("a.txt",), documents=1, passages=1
        )
        assert names(store) == ["b.txt"]


def test_an_emptied_collection_can_be_opened_and_filled_again(folder: Path, store: Path) -> None:
    first = Collection.open(store).manifest.files
    for name in ("a.txt", "b.txt"):
        remove(name, store, no_encoder)
    collection = Collection.open(store)
    assert (collection.generation, collection.documents, collection.passages) == (3, (), ())
    assert collection.dense["fake"].passages.search(HashEncoder(16).embed_queries(["x"]), 5)[1].shape == (1, 0)
    assert collection.lexical.passages.search("贷款", 5) == []
    assert index(folder, store).added == ("a.txt", "b.txt")
    assert Collection.open(store).manifest.files == first


def test_removing_what_is_not_there_changes_nothing(store: Path) -> None:
    before = snapshot(store)
    with pytest.raises(DocumentNotFound):
        remove("c.txt", store, no_encoder)
    assert snapshot(store) == before


def test_rebuild_keeps_only_what_is_named(folder: Path, store: Path, tmp_path: Path) -> None:
    found = index(write(tmp_path / "more", c=report("海", 5)), store, rebuild=True)
    assert (found.generation, found.added, found.documents) == (2, ("c.txt",), 1)
    assert names(store) == ["c.txt"]


def test_progress_goes_from_nothing_to_all_of_each_step(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build([folder], tmp_path / "s", SETTINGS, Loader(), progress=lambda *step: told.append(step))
    assert told[:3] == [("reading", 0, 2), ("reading", 1, 2), ("reading", 2, 2)]
    assert told[-1] == ("encoding", 5, 5)  # 2 passages, 3 sentences
    assert [step for step in told if step[0] == "encoding"] == sorted(told[3:])


def documents_of(**texts: str) -> list[Document]:
    """Documents by their stems, in reverse order of their names."""
    return [document_of(Reading(text, "text/plain", "utf-8"), f"{stem}.txt") for stem, text in sorted(texts.items())][
        ::-1
    ]


def test_documents_that_were_read_make_the_collection_that_their_files_make(folder: Path, tmp_path: Path) -> None:
    index(folder, tmp_path / "files")
    told: list[tuple[str, int, int]] = []
    read = documents_of(a=report("安", 1, 2), b=report("德", 3))
    found = build_documents(read, tmp_path / "read", SETTINGS, Loader(), lambda *step: told.append(step))
    assert found == Summary(1, added=("b.txt", "a.txt"), documents=2, passages=2)
    assert told[-1] == ("encoding", 5, 5)
    files, handed = Collection.open(tmp_path / "files"), Collection.open(tmp_path / "read")
    assert handed.documents == files.documents
    assert handed.passages == files.passages
    assert handed.manifest.files == files.manifest.files
    assert handed.manifest.origins == {document.id: Origin(None, document.sha256) for document in read}


def test_documents_that_were_read_take_the_place_of_what_was_there(store: Path) -> None:
    loader = Loader()
    assert build_documents(documents_of(c=report("海", 5)), store, SETTINGS, loader).generation == 2
    assert names(store) == ["c.txt"]
    assert remove("c.txt", store, no_encoder).removed == ("c.txt",)


def test_a_document_handed_over_twice_is_passed_over(tmp_path: Path) -> None:
    read = documents_of(a=report("安", 1), b=report("德", 3), c=report("安", 1))
    found = build_documents(read, tmp_path / "s", SETTINGS, Loader())
    assert (found.added, found.notices) == (
        ("c.txt", "b.txt"),
        ("passed over: a.txt has the same text as c.txt",),
    )
    assert names(tmp_path / "s") == ["b.txt", "c.txt"]


def test_documents_of_one_name_are_refused(tmp_path: Path) -> None:
    read = [*documents_of(a=report("安", 1), b=report("德", 3)), *documents_of(a=report("海", 5))]
    with pytest.raises(InputError, match=r"several documents are called a\.txt; give each a name of its own"):
        build_documents(read, tmp_path / "s", SETTINGS, no_encoder)
    assert not (tmp_path / "s").exists()


def test_no_documents_make_an_empty_collection(tmp_path: Path) -> None:
    assert build_documents([], tmp_path / "s", SETTINGS, Loader()) == Summary(1)
    assert Collection.open(tmp_path / "s").passages == ()


BARE = BuildSettings(("fake",), context=False)


def test_without_context_texts_are_encoded_and_searched_as_they_stand(folder: Path, tmp_path: Path) -> None:
    loader = Loader()
    build([folder], tmp_path / "s", BARE, loader)
    collection = Collection.open(tmp_path / "s")
    assert collection.manifest.context is False
    assert [passage.context for passage in collection.passages] == ["", ""]
    shown = {passage.display_text for passage in collection.passages}
    assert shown <= set(loader.seen)
    assert not any("报告" in text for text in loader.seen)  # the title
    assert collection.lexical.passages.search("报告", 5) == []


def test_context_is_a_setting_like_the_others(store: Path, folder: Path) -> None:
    with_context = Collection.open(store)
    assert with_context.manifest.context is True
    assert build([folder], store, BARE, Loader()).generation == 2
    assert build([folder], store, BARE, no_encoder).generation == 2
    remove("a.txt", store, no_encoder)
    assert Collection.open(store).manifest.context is False
    assert build([folder], store, SETTINGS, Loader()).generation == 4
    assert Collection.open(store).manifest.files == with_context.manifest.files


def test_an_older_manifest_is_of_a_collection_with_context(store: Path) -> None:
    manifest = Collection.open(store).manifest
    older = {key: value for key, value in json.loads(manifest.to_json()).items() if key != "context"}
    assert Manifest.from_json(json.dumps(older)) == manifest


actions = st.one_of(
    st.tuples(st.just("write"), st.sampled_from("abcz"), st.sampled_from([(1,), (1, 2), (2,), (3, 1)])),
    st.tuples(st.just("delete"), st.sampled_from("abcz")),
    st.tuples(st.just("index"), st.booleans()),
    st.tuples(st.just("remove"), st.sampled_from("abcz")),
)


@settings(max_examples=40)
@given(st.lists(actions, min_size=3, max_size=14))
def test_whatever_was_done_a_collection_is_the_one_built_from_scratch(todo: list[tuple]) -> None:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda handle: None)  # what takes most of the time
        folder, store = write(Path(place, "in")), Path(place, "store")
        files: dict[str, str] = {}
        documents: dict[str, str] = {}
        index(write(folder, z=report("浙", 7)), store)
        files["z.txt"] = documents["z.txt"] = report("浙", 7)
        for action in [*todo, ("index", False)]:
            match action:
                case "write", str(stem), tuple(figures):
                    files[f"{stem}.txt"] = report("安", *figures)
                    write(folder, **{stem: files[f"{stem}.txt"]})
                case "delete", str(stem):
                    files.pop(f"{stem}.txt", None)
                    (folder / f"{stem}.txt").unlink(missing_ok=True)
                case "remove", str(stem):
                    if documents.pop(f"{stem}.txt", None) is None:
                        with pytest.raises(DocumentNotFound):
                            remove(f"{stem}.txt", store, no_encoder)
                    else:
                        remove(f"{stem}.txt", store, no_encoder)
                case "index", bool(prune) if files or (prune and documents):
                    documents = after_index(documents, files, prune)
                    build([folder], store, SETTINGS, Loader(), prune=prune)
                case "index", bool(prune):
                    with pytest.raises(DocumentUnreadable):
                        build([folder], store, SETTINGS, no_encoder, prune=prune)
        collection = Collection.open(store)
        assert {document.name: document.text for document in collection.documents} == documents
        if documents:
            mirror = write(Path(place, "mirror"), **{Path(name).stem: text for name, text in documents.items()})
            index(mirror, Path(place, "scratch"))
            scratch = Collection.open(Path(place, "scratch"))
            assert collection.passages == scratch.passages
            assert collection.manifest.files == scratch.manifest.files  # records, terms and vectors, byte by byte


def after_index(documents: dict[str, str], files: dict[str, str], prune: bool) -> dict[str, str]:
    """What the collection should hold: what stays as it is first, then what is new and not there yet."""
    after = {name: text for name, text in documents.items() if files.get(name, None if prune else text) == text}
    for name in sorted(files):
        if name not in after and files[name] not in after.values():
            after[name] = files[name]
    return after
