"""The naive pipeline: its chunks, their order, and that it is asked like the assistant."""

import numpy as np
import pytest
from eval_fakes import document
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st

from eval.baseline import Baseline
from index.errors import DocumentNotFound


class TableEncoder:
    """Texts are the unit vectors that a table names by their first character."""

    name, dimension = "table", 2

    def __init__(self, angles):
        self.angles = angles

    def embed_queries(self, texts):
        return np.array([[np.cos(self.angles[t[0]]), np.sin(self.angles[t[0]])] for t in texts], np.float32)

    embed_passages = embed_queries


A, B, C = document("a", "a" * 10), document("b", "b" * 20), document("c", "c" * 30)
ENCODER = TableEncoder({"a": 0.0, "b": np.pi / 3, "c": np.pi, "?": 0.0})


def test_the_nearest_chunk_comes_first_and_its_cosine_is_the_confidence():
    (answer,) = Baseline.build([C, B, A], ENCODER).ask_batch(["?"], 3)
    assert [(c.rank, c.document, c.start, c.end, c.text) for c in answer.citations] == [
        (1, "a", 0, 10, "a" * 10),
        (2, "b", 0, 20, "b" * 20),
        (3, "c", 0, 30, "c" * 30),
    ]
    assert [c.score for c in answer.citations] == pytest.approx([1, 1 / 2, 0], abs=1e-6)  # cos 0, cos 60°, cos 180° < 0
    assert answer.confidence == answer.citations[0].score
    assert (answer.question, answer.answerable, answer.answer) == ("?", True, None)
    assert answer.collection.encoders == ["table"]


def test_a_quote_is_the_whole_chunk():
    (answer,) = Baseline.build([B], ENCODER).ask_batch(["?"], 1)
    (cited,) = answer.citations
    assert (cited.quote.start, cited.quote.end, cited.quote.text) == (0, 20, "b" * 20)
    assert (cited.display_text, cited.document_sha256) == ("b" * 20, B.sha256)


def test_at_most_k_citations_of_each_question():
    first, second = Baseline.build([A, B, C], ENCODER).ask_batch(["?", "c"], 1)
    assert [c.document for c in first.citations] == ["a"]
    assert [c.document for c in second.citations] == ["c"]


def test_no_questions_no_answers():
    assert Baseline.build([A], HashEncoder()).ask_batch([], 5) == []


def test_only_the_documents_within_are_cited():
    baseline = Baseline.build([A, B, C], ENCODER)
    (answer,) = baseline.ask_batch(["?"], 5, within={"c", "b"})
    assert [c.document for c in answer.citations] == ["b", "c"]
    with pytest.raises(DocumentNotFound, match="no document is called 'x'"):
        baseline.ask_batch(["?"], 5, within={"x"})


def test_long_documents_are_cut_at_the_full_stop_with_an_overlap():
    sentence = "一" * 39 + "。"
    source = document("long", "".join(chr(0x4E00 + n) + sentence[1:] for n in range(20)))
    baseline = Baseline.build([source], HashEncoder())
    # 12 sentences of 40 make 480, and 13 would be 520; of these the last goes into the next chunk, too.
    assert [(unit.start, unit.end) for unit in baseline.passages] == [(0, 480), (440, 800)]
    assert {unit.document_sha256 for unit in baseline.passages} == {source.sha256}


def test_what_is_cited_goes_by_the_id_of_its_passage():
    baseline = Baseline.build([A, B], ENCODER)
    (answer,) = baseline.ask_batch(["?"], 2)
    assert [c.passage_id for c in answer.citations] == [unit.id for unit in baseline.passages]


@given(st.text(alphabet="ab。，； \n", min_size=1, max_size=1500).filter(str.strip))
def test_a_citation_is_the_text_of_its_place(text):
    source = document("d", text)
    baseline = Baseline.build([source], HashEncoder())
    (answer,) = baseline.ask_batch(["ab"], 100)
    places = [(c.start, c.end) for c in answer.citations]
    assert sorted(places) == sorted((unit.start, unit.end) for unit in baseline.passages)
    assert len(set(places)) == len(places)
    assert all(c.text == text[c.start : c.end] and 0 < len(c.text) <= 500 for c in answer.citations)
