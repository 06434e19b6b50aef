import json
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from fakes import HashEncoder
from fakes_store import Loader, RecordingEncoder, index, report, snapshot, write

from index.build import BuildSettings, build
from index.collection import Collection, DensePair, LexicalPair, damages, dense_file
from index.dense import DenseIndex
from index.embedding import passage_text, sentence_texts
from index.errors import CollectionDamaged, DocumentNotFound
from index.generations import current

TWO = BuildSettings(("fake", "wide"), target_passage=60)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two documents of 3 and 1 sentences, each sentence a passage, two encoders."""
    folder = write(tmp_path / "in", a=report("安", 1, 2, 3), b=report("德", 4))
    build([folder], tmp_path / "store", TWO, Loader(RecordingEncoder(16), RecordingEncoder(24, "wide")))
    return tmp_path / "store"


def test_documents_and_passages_are_read_as_they_were_written(store: Path, tmp_path: Path) -> None:
    collection = Collection.open(store)
    assert collection.generation == 1
    assert [document.name for document in collection.documents] == ["a.txt", "b.txt"]
    for document in collection.documents:
        source = (tmp_path / "in" / document.name).read_bytes()
        assert document.text.encode() == source
        assert document.sha256 == sha256(source).hexdigest()
        assert document.id == document.sha256[:16]
    assert [document.articles[0].title for document in collection.documents] == ["安市企业贷款报告", "德市企业贷款报告"]
    figures = [("a.txt", "1"), ("a.txt", "2"), ("a.txt", "3"), ("b.txt", "4")]
    assert len(collection.passages) == 4
    for passage, (name, figure) in zip(collection.passages, figures, strict=True):
        document = collection.document(name)
        assert passage.text == document.text[passage.start : passage.end] == passage.display_text
        assert f"共有{figure}家" in passage.text
        assert passage.context == document.articles[0].title
        assert passage.document_id == document.id


def test_row_passage_sentence_and_vector_belong_together(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", a=report("安", 1, 2, 3), b=report("德", 4), c=report("海", 5, 6))
    index(folder, tmp_path / "store")
    collection = Collection.open(tmp_path / "store")
    counts = [len(passage.sentences) for passage in collection.passages]
    assert counts == [3, 1, 2]
    assert collection.sentence_starts.tolist() == [0, *accumulate(counts)]
    assert collection.passage_of_sentence.tolist() == [0, 0, 0, 1, 2, 2]
    figures = "123456"
    texts = sentence_texts(collection.documents, collection.passages)
    assert [f"共有{figure}家" in text for figure, text in zip(figures, texts, strict=True)] == [True] * 6
    encoder, dense = HashEncoder(16), collection.dense["fake"]
    assert dense.sentences.vectors(np.arange(6)).tolist() == encoder.embed_passages(texts).tolist()
    whole = [passage_text(passage) for passage in collection.passages]
    assert dense.passages.vectors(np.arange(3)).tolist() == encoder.embed_passages(whole).tolist()
    for row, text in enumerate(texts):
        assert collection.lexical.sentences.search(text, 1)[0][0] == row
        assert collection.lexical.passages.search(text, 1)[0][0] == collection.passage_of_sentence[row]


def test_each_encoder_has_its_own_vectors(store: Path) -> None:
    collection = Collection.open(store)
    texts = [passage_text(passage) for passage in collection.passages]
    assert {name: pair.passages.dimension for name, pair in collection.dense.items()} == {"fake": 16, "wide": 24}
    assert [fingerprint.name for fingerprint in collection.manifest.encoders] == ["fake", "wide"]
    for name, pair in collection.dense.items():
        encoder = HashEncoder(pair.passages.dimension, name)
        assert pair.passages.vectors(np.arange(4)).tolist() == encoder.embed_passages(texts).tolist()


def test_the_manifest_counts_and_lists_every_file(store: Path) -> None:
    folder, manifest = current(store)
    assert manifest.counts == {"documents": 2, "articles": 2, "passages": 4, "sentences": 4}
    assert (manifest.target_passage, manifest.specs) == (60, ("fake", "wide"))
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(manifest.files) == files - {"manifest.json"}
    assert all(sha256((folder / name).read_bytes()).hexdigest() == found for name, found in manifest.files.items())


def test_one_byte_changed_in_any_file_is_found(store: Path) -> None:
    files = snapshot(store)
    assert len(files) == 1 + 1 + 2 + 2 + 2 * 5 + 2 * 2  # pointer, manifest, texts, records, terms, vectors
    for name, raw in files.items():
        for place in {0, len(raw) // 2, len(raw) - 1}:
            for flip in (0x01, 0x20, 0xFF):
                (store / name).write_bytes(raw[:place] + bytes([raw[place] ^ flip]) + raw[place + 1 :])
                with pytest.raises(CollectionDamaged) as caught:
                    Collection.open(store)
                assert len(str(caught.value).splitlines()) == 1
                assert name.rpartition("/")[2] in caught.value.problem or name == "CURRENT"
                assert caught.value.remedy == f"run: digest-qa index --rebuild PATH... --store {store}"
                assert caught.value.exit_code == 3
        (store / name).write_bytes(raw)
        Collection.open(store)


def test_any_file_cut_short_lengthened_or_lost_is_found(store: Path) -> None:
    for name, raw in snapshot(store).items():
        for altered in (raw[:-1], raw + b"\n", b""):
            (store / name).write_bytes(altered)
            with pytest.raises(CollectionDamaged):
                Collection.open(store)
        (store / name).unlink()
        with pytest.raises(CollectionDamaged) as caught:
            Collection.open(store)
        assert len(str(caught.value).splitlines()) == 1
        (store / name).write_bytes(raw)


def test_all_damages_of_a_generation_are_listed(store: Path) -> None:
    folder, manifest = current(store)
    assert list(damages(folder, manifest)) == []
    raw = (folder / "passages.jsonl").read_bytes()
    (folder / "passages.jsonl").write_bytes(raw[1:])
    (folder / "documents.jsonl").unlink()
    found, expected = sha256(raw[1:]).hexdigest(), sha256(raw).hexdigest()
    assert sorted(damages(folder, manifest)) == [
        f"{folder / 'documents.jsonl'} cannot be read (No such file or directory)",
        f"{folder / 'passages.jsonl'} has SHA-256 {found[:12]}…, expected {expected[:12]}…",
    ]


def test_a_document_is_found_by_name_id_and_checksum(store: Path) -> None:
    collection = Collection.open(store)
    for document in collection.documents:
        assert collection.document(document.name) is document
        assert collection.document(document.id) is document
        assert collection.document(document.sha256) is document
    with pytest.raises(DocumentNotFound) as caught:
        collection.document("c.txt")
    assert caught.value.problem == "no document 'c.txt' in the collection (it has: a.txt, b.txt)"
    assert caught.value.remedy == "see: digest-qa documents"


def test_rows_that_do_not_fit_each_other_are_refused(store: Path) -> None:
    good = Collection.open(store)
    short = DenseIndex.build(np.ones((3, 16), np.float32))
    pair = good.dense["fake"]
    for dense, problem in (
        (DensePair(short, pair.sentences), "fake passages: 3 rows for 4"),
        (DensePair(pair.passages, short), "fake sentences: 3 rows for 4"),
    ):
        with pytest.raises(CollectionDamaged, match=problem):
            Collection(good.manifest, good.documents, good.passages, good.lexical, {"fake": dense})
    fewer = good.passages[:3]
    with pytest.raises(CollectionDamaged, match="terms of passages: 4 rows for 3"):
        Collection(good.manifest, good.documents, fewer, LexicalPair(good.lexical.passages, good.lexical.sentences), {})


def test_a_reader_goes_on_with_its_generation_after_two_builds(store: Path, tmp_path: Path) -> None:
    reader = Collection.open(store)
    query = passage_text(reader.passages[2])
    before = reader.lexical.passages.search(query, 5)
    for figure in (8, 9):
        index(write(tmp_path / "in", a=report("安", figure)), store)
    assert not (store / "g000001").exists()
    assert Collection.open(store).generation == 3
    assert reader.lexical.passages.search(query, 5) == before
    vector = HashEncoder(16).embed_queries([query])
    assert reader.dense["fake"].passages.search(vector, 1)[1].tolist() == [[2]]
    assert "共有3家" in reader.passages[2].text


def test_text_is_stored_once(store: Path) -> None:
    folder, _ = current(store)
    for line in (folder / "passages.jsonl").read_bytes().splitlines():
        assert "text" not in json.loads(line)
    for line in (folder / "documents.jsonl").read_bytes().splitlines():
        assert "text" not in json.loads(line)


@pytest.mark.parametrize(
    ("encoder", "expected"),
    [
        ("e5-small", "dense/e5-small.passages.faiss"),
        ("a/b:c d", "dense/a_b_c_d.passages.faiss"),
        ("../x", "dense/.._x.passages.faiss"),
        ("模型", "dense/模型.passages.faiss"),
    ],
)
def test_the_name_of_an_encoder_makes_a_safe_file_name(encoder: str, expected: str) -> None:
    assert dense_file(encoder, "passages") == expected
