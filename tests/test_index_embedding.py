from pathlib import Path

import numpy as np
import pytest
from fakes import HashEncoder
from fakes_store import Loader, OtherEncoder, RecordingEncoder, index, no_encoder, report, write

from index.build import BuildSettings, build
from index.collection import Collection
from index.embedding import BATCH, Known, Part, embed, passage_text, sentence_texts
from index.encoders import load_encoder
from index.schema import Article, Author, Document, Furniture, Passage, Span

NOTHING = Known.of(None)


@pytest.fixture
def known(tmp_path: Path) -> Known:
    """One passage of two sentences."""
    index(write(tmp_path / "in", a=report("安", 1, 2)), tmp_path / "store")
    return Known.of(Collection.open(tmp_path / "store"))


def known_texts(known: Known) -> dict[Part, list[str]]:
    return {part: list(rows) for part, rows in known.rows.items()}


def test_the_encoders_see_context_and_text_without_breaks_and_furniture() -> None:
    text = "Rain\n\nIt rained in\npage 7\nMay. It\nstopped.\n"
    start, middle, end = text.index("It rained"), text.index(" It"), len(text) - 1
    sentences = (Span(start, middle), Span(middle + 1, end))
    mark = Span(text.index("page 7"), text.index("May"))
    article = Article(0, "Rain", (Author("Li", ""),), None, (Span(0, len(text)),), (Span(0, 4),), (Span(start, end),))
    document = Document("d", "a.txt", "0" * 64, "text/plain", "utf-8", text, (article,), (Furniture(mark, "head"),))
    display = "It rained in May. It stopped."
    passage = Passage("p", "d", 0, start, end, text[start:end], display, "Rain", sentences)
    assert passage_text(passage) == "Rain\nIt rained in May. It stopped."
    assert sentence_texts([document], [passage]) == ["Rain\nIt rained in May.", "Rain\nIt stopped."]


def test_row_i_is_the_vector_of_text_i_and_equal_texts_are_encoded_once() -> None:
    encoder = RecordingEncoder()
    texts: dict[Part, list[str]] = {"passages": ["ccc", "a", "bb", "a"], "sentences": ["dd", "dd"]}
    counts: list[int] = []
    fingerprint, vectors = embed("fake", texts, Loader(encoder), NOTHING, counts.append)
    assert fingerprint == encoder.fingerprint()
    for part, wanted in texts.items():
        assert vectors[part].dtype == np.float32
        assert vectors[part].tolist() == encoder.embed_queries(wanted).tolist()
    assert encoder.seen == ["a", "bb", "ccc", "dd"]  # the short ones first
    assert sum(counts) == 6


def test_texts_go_to_the_encoder_in_batches() -> None:
    sizes: list[int] = []

    class Counting(RecordingEncoder):
        def embed_passages(self, texts):
            sizes.append(len(texts))
            return super().embed_passages(texts)

    texts = [f"{number:04}" for number in range(2 * BATCH + 1)]
    _, vectors = embed("fake", {"passages": texts, "sentences": []}, Loader(Counting()), NOTHING, lambda count: None)
    probes = 6
    assert [size for size in sizes if size != probes] == [BATCH, BATCH, 1]
    assert vectors["passages"].tolist() == HashEncoder(16).embed_passages(texts).tolist()
    assert vectors["sentences"].shape == (0, 16)


def test_of_nothing_there_are_no_vectors_but_a_fingerprint() -> None:
    fingerprint, vectors = embed(
        "fake", {"passages": [], "sentences": []}, Loader(RecordingEncoder(8)), NOTHING, lambda count: None
    )
    assert fingerprint.dimension == 8
    assert {part: matrix.shape for part, matrix in vectors.items()} == {"passages": (0, 8), "sentences": (0, 8)}


def test_known_texts_do_not_load_the_encoder_in_whatever_order_they_come(known: Known) -> None:
    texts: dict[Part, list[str]] = {part: wanted[::-1] * 2 for part, wanted in known_texts(known).items()}
    assert {part: len(wanted) for part, wanted in texts.items()} == {"passages": 2, "sentences": 4}
    counts: list[int] = []
    fingerprint, vectors = embed("fake", texts, no_encoder, known, counts.append)
    assert fingerprint == HashEncoder(16).fingerprint()
    for part, wanted in texts.items():
        assert vectors[part].tolist() == HashEncoder(16).embed_passages(wanted).tolist()
    assert sum(counts) == 6


def test_only_new_texts_are_encoded_and_all_rows_are_right(known: Known) -> None:
    texts = known_texts(known)
    texts["passages"].insert(0, "new passage")
    texts["sentences"][1:1] = ["new sentence", "other", "new sentence"]
    loader, counts = Loader(), []
    _, vectors = embed("fake", texts, loader, known, counts.append)
    assert loader.asked == ["fake"]
    assert loader.seen == ["new passage", "other", "new sentence"]
    for part, wanted in texts.items():
        assert vectors[part].tolist() == HashEncoder(16).embed_passages(wanted).tolist()
    assert sum(counts) == 2 + 5


@pytest.mark.parametrize("other", [OtherEncoder(16), RecordingEncoder(24)], ids=["other probe", "other dimension"])
def test_another_encoder_of_the_same_name_encodes_everything_again(known: Known, other: RecordingEncoder) -> None:
    texts = known_texts(known)
    texts["passages"].append("new")
    other.seen.clear()
    fingerprint, vectors = embed("fake", texts, Loader(other), known, lambda count: None)
    assert fingerprint == other.fingerprint()
    assert sorted(other.seen) == sorted(texts["passages"] + texts["sentences"])
    for part, wanted in texts.items():
        assert vectors[part].tolist() == other.embed_queries(wanted).tolist()


def test_the_older_generation_knows_its_encoders_by_what_the_settings_called_them(tmp_path: Path) -> None:
    encoder = RecordingEncoder(name="m")
    folder, settings = write(tmp_path / "in", a=report("安", 1)), BuildSettings(("hub/m",))
    build([folder], tmp_path / "store", settings, lambda spec: encoder)
    known = Known.of(Collection.open(tmp_path / "store"))
    assert known.fingerprint("hub/m") == encoder.fingerprint()
    assert known.fingerprint("m") is None
    assert len(known.index("m", "sentences")) == 1
    with pytest.raises(KeyError):
        known.index("hub/m", "passages")


def test_of_no_older_generation_nothing_is_known() -> None:
    assert NOTHING.fingerprint("fake") is None
    assert NOTHING.rows == {"passages": {}, "sentences": {}}
    with pytest.raises(KeyError):
        NOTHING.index("fake", "passages")


@pytest.mark.model
def test_the_bundled_encoder_gives_what_lies_on_disk(tmp_path: Path) -> None:
    encoder = load_encoder("e5-small")
    folder = write(tmp_path / "in", a=report("安", 1, 2, 3), b=report("德", 4))
    build([folder], tmp_path / "store", BuildSettings((encoder.name,)), lambda spec: encoder)
    collection = Collection.open(tmp_path / "store")
    texts = [passage_text(passage) for passage in collection.passages]
    found = collection.dense["e5-small"].passages.vectors(np.arange(2))
    np.testing.assert_allclose(found, encoder.embed_passages(texts), atol=1e-5)
    assert build([folder], tmp_path / "store", BuildSettings((encoder.name,)), no_encoder).generation == 1
