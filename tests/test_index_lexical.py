import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import CollectionDamaged
from index.lexical import LEXICAL_FILES, STARTS_FILE, VOCABULARY_FILE, WEIGHTS_FILE, LexicalIndex
from index.terms import terms

REPOSITORY = Path(__file__).resolve().parents[1]
words = st.sampled_from(["ant", "bee", "cat", "dog", "eel", "猫", "鳥", "12", "!"])
texts_of_few_words = st.lists(st.lists(words, max_size=6).map(" ".join), max_size=8)


def reference(texts: list[str], query: str, k1: float, b: float) -> list[float]:
    """BM25, Lucene variant (Kamphuis et al. 2020), straight from the formula."""
    rows = [Counter(terms(text)) for text in texts]
    mean = sum(row.total() for row in rows) / len(rows)
    scores = [0.0] * len(rows)
    for term in terms(query):
        df = sum(term in row for row in rows)
        for number, row in enumerate(rows):
            if term in row:
                idf = log(1 + (len(rows) - df + 0.5) / (df + 0.5))
                scores[number] += idf * row[term] / (row[term] + k1 * (1 - b + b * row.total() / mean))
    return scores


def every_score(index: LexicalIndex, query: str) -> list[float]:
    return index.scores(query, np.arange(len(index), dtype=np.int64)).tolist()


def test_scores_are_bm25_by_hand() -> None:
    index = LexicalIndex.build(["cat dog", "cat cat eel", "bee"], k1=1.2, b=0.75)
    # 3 rows of 2, 3 and 1 terms, 2 on average; "cat" stands in two of them, "eel" in one.
    cat, eel = log(1 + (3 - 2 + 0.5) / (2 + 0.5)), log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    long = 1.2 * (0.25 + 0.75 * 3 / 2)
    first = cat * 2 / (2 + long) + eel * 1 / (1 + long)
    second = cat * 1 / (1 + 1.2 * (0.25 + 0.75 * 2 / 2))
    assert index.search("Cat, eel?", 3) == [(1, pytest.approx(first)), (0, pytest.approx(second))]
    assert every_score(index, "cat eel") == [pytest.approx(second), pytest.approx(first), 0]
    assert every_score(index, "cat cat") == [pytest.approx(2 * second), pytest.approx(2 * cat * 2 / (2 + long)), 0]


@given(texts_of_few_words.filter(lambda texts: any(map(terms, texts))), st.lists(words).map(" ".join))
def test_scores_follow_the_formula(texts: list[str], query: str) -> None:
    index = LexicalIndex.build(texts, k1=0.9, b=0.4)
    assert every_score(index, query) == pytest.approx(reference(texts, query, k1=0.9, b=0.4), rel=1e-5)


@given(texts_of_few_words, st.lists(words).map(" ".join), st.integers(0, 12))
def test_search_is_the_head_of_the_scores(texts: list[str], query: str, k: int) -> None:
    index = LexicalIndex.build(texts)
    scores = every_score(index, query)
    ranked = sorted((row for row, score in enumerate(scores) if score > 0), key=lambda row: (-scores[row], row))
    assert index.search(query, k) == [(row, scores[row]) for row in ranked[:k]]


def test_equal_scores_stand_by_row_even_at_the_cut() -> None:
    index = LexicalIndex.build(["dog", "cat", "cat dog", "cat", "cat", "cat"])
    assert [row for row, _ in index.search("cat", 3)] == [1, 3, 4]


@given(st.lists(st.sets(st.integers(0, 20).map("w{}".format), min_size=5, max_size=5), min_size=1, max_size=10))
def test_a_text_finds_itself(sets: list[set[str]]) -> None:
    # Equally long, no word twice: a text shares fewer words with any other than with itself.
    texts = [" ".join(sorted(words_of_it)) for words_of_it in sets]
    index = LexicalIndex.build(texts)
    for text in texts:
        best, score = index.search(text, 1)[0]
        assert texts[best] == text
        assert score == max(every_score(index, text))


def test_every_real_passage_finds_itself(shared: Path) -> None:
    with (shared / "data" / "qa" / "cmrc2018_trial" / "corpus.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    index = LexicalIndex.build(texts)
    assert [texts[index.search(text, 1)[0][0]] == text for text in texts] == [True] * len(texts)


@given(st.lists(st.sampled_from(["", "!?", "猫", "ant bee", "\ud800"]), max_size=8))
def test_rows_are_the_texts_in_order(fillers: list[str]) -> None:
    texts = [text for number, filler in enumerate(fillers) for text in (filler, f"{filler} mark{number}x")]
    index = LexicalIndex.build(texts)
    assert len(index) == len(texts)
    for number in range(len(fillers)):
        assert [row for row, _ in index.search(f"mark{number}x", 1)] == [2 * number + 1]


@pytest.mark.parametrize(
    ("query", "row"),
    [("關鍵技術", 0), ("关键技术", 0), ("臺灣", 1), ("台湾", 1), ("３６．４４％", 2), ("36.44", 2), ("ie-POWER", 3)],
)
def test_ways_of_writing_meet(query: str, row: int) -> None:
    index = LexicalIndex.build(["掌握关键技术", "台灣的茶", "占比36.44%", "IE-Power平台", "无关的话"])
    assert index.search(query, 5)[0][0] == row


@pytest.mark.parametrize("query", ["Кантон", "Quảng Đông?", "광둥성에서", "قوانغدونغ", "Guandong", "広東省"])
def test_a_place_is_found_by_its_name_in_another_language(query: str) -> None:
    index = LexicalIndex.build(["青岛的企业", "广东的企业", "无关的话"])
    assert [row for row, _ in index.search(query, 3)] == [1]


def test_the_known_share_counts_the_questions_own_words() -> None:
    index = LexicalIndex.build(["广东有73,700家", "ant"])
    assert index.known_share("ant bee") == 1 / 2
    assert index.known_share("Quảng Đông ant bee") == 3 / 4  # both words of a name whose Chinese form is known
    assert index.known_share("Thanh Đảo ant bee") == 1 / 4  # 青岛 is not
    assert index.known_share("finance bureau ant") == 1 / 3  # 财政 stands for no word of its own
    assert index.known_share("73.7 thousand ant") == 1 / 3  # nor does #73700, though it is known
    assert index.search("73.7 thousand", 2) == [(0, pytest.approx(index.search("73.7 thousand", 1)[0][1]))]
    assert index.known_share("?") == 0


@pytest.mark.parametrize("texts", [[], [""], ["", "!?"], ["ant", "bee"]])
def test_nothing_is_found_where_nothing_is(texts: list[str]) -> None:
    index = LexicalIndex.build(texts)
    assert (len(index), index.search("zebra 斑马", 5), index.search("", 5)) == (len(texts), [], [])
    assert every_score(index, "zebra") == [0.0] * len(texts)


def test_k_may_be_anything() -> None:
    index = LexicalIndex.build(["ant", "bee ant"])
    assert [len(index.search("ant", k)) for k in (-1, 0, 1, 2, 3, 1000)] == [0, 0, 1, 2, 2, 2]


def test_scores_of_chosen_rows() -> None:
    index = LexicalIndex.build(["ant", "bee", "ant bee"])
    first, second, third = every_score(index, "ant")
    chosen = index.scores("ant", np.array([2, 0, 2, 1]))
    assert chosen.dtype == np.float32
    assert (chosen.tolist(), second) == ([third, first, third, 0.0], 0.0)
    assert index.scores("ant", np.array([], dtype=np.int64)).shape == (0,)


@pytest.mark.parametrize("row", [-1, 3])
def test_a_row_outside_is_refused(row: int) -> None:
    index = LexicalIndex.build(["ant", "bee", "cat"])
    with pytest.raises(IndexError, match=f"{row}.*3 rows"):
        index.scores("ant", np.array([row]))


@settings(max_examples=30)
@given(texts_of_few_words, st.lists(words).map(" ".join), st.booleans())
def test_what_is_saved_is_loaded(texts: list[str], query: str, mmap: bool) -> None:
    index = LexicalIndex.build(texts)
    with tempfile.TemporaryDirectory() as name:
        index.save(Path(name))
        loaded = LexicalIndex.load(Path(name), mmap=mmap)
        assert sorted(os.listdir(name)) == sorted(LEXICAL_FILES)
        assert len(loaded) == len(texts)
        assert every_score(loaded, query) == every_score(index, query)
        assert loaded.search(query, 9) == index.search(query, 9)


def test_a_loaded_index_saves_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    LexicalIndex.build(["ant 猫", "bee"]).save(tmp_path / "one")
    LexicalIndex.load(tmp_path / "one").save(tmp_path / "two")
    assert [(tmp_path / "one" / f).read_bytes() for f in LEXICAL_FILES] == [
        (tmp_path / "two" / f).read_bytes() for f in LEXICAL_FILES
    ]


def test_every_process_writes_the_same_bytes_and_says_nothing(tmp_path: Path) -> None:
    code = (
        "import logging, sys; logging.basicConfig(level=logging.DEBUG)\n"
        "from pathlib import Path; from index.lexical import LexicalIndex\n"
        "index = LexicalIndex.build(['關鍵 ant bee', 'cat 36.44% 𠮟', 'é ant 猫鱼', ''])\n"
        "assert index.search('ant', 5)\n"
        "index.save(Path(sys.argv[1]))"
    )
    files = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        files.append([(folder / name).read_bytes() for name in LEXICAL_FILES])
    assert files[0] == files[1]


@pytest.mark.parametrize("name", LEXICAL_FILES)
@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("harm", ["missing", "empty"])
def test_a_harmed_file_is_refused(tmp_path: Path, name: str, mmap: bool, harm: str) -> None:
    LexicalIndex.build(["ant bee", "bee"]).save(tmp_path)
    if harm == "missing":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(CollectionDamaged, match="digest-qa index"):
        LexicalIndex.load(tmp_path, mmap=mmap)


def test_files_that_do_not_fit_each_other_are_refused(tmp_path: Path) -> None:
    LexicalIndex.build(["ant bee", "bee"]).save(tmp_path)
    (tmp_path / VOCABULARY_FILE).write_text("ant\nbee\ncat\n", encoding="utf-8")
    with pytest.raises(CollectionDamaged, match=f"{VOCABULARY_FILE} has 3 terms, {STARTS_FILE} has 2"):
        LexicalIndex.load(tmp_path)
    (tmp_path / VOCABULARY_FILE).write_text("ant\nbee\n", encoding="utf-8")
    np.save(tmp_path / WEIGHTS_FILE, np.ones(5, np.float32))
    with pytest.raises(CollectionDamaged, match=f"{STARTS_FILE} ends at 3, with 3 rows and 5 weights"):
        LexicalIndex.load(tmp_path)
