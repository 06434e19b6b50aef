"""Complementary citations: copies step back, every place that is asked about comes forward, scores agree with ranks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from asking import ALWAYS, fake
from fakes import HashEncoder
from fakes_store import write
from hypothesis import example, given
from hypothesis import strategies as st

from index.build import BuildSettings, build
from index.collection import Collection
from index.schema import Passage
from rag.assistant import Assistant
from rag.diversity import ALIKE, COPY, COVERED, DEPTH, ELSEWHERE, Diversity
from rag.retriever import Candidate

FIVE = "甲乙丙丁戊"  # its trigrams: 甲乙丙 乙丙丁 丙丁戊
NOWHERE: frozenset[str] = frozenset()


def diversity(texts: Sequence[str]) -> Diversity:
    passages = tuple(Passage("0", "0", 0, 0, len(text), text, text, "", ()) for text in texts)
    return Diversity(SimpleNamespace(passages=passages))


def candidates(fused: Sequence[float]) -> list[Candidate]:
    return [Candidate(row, value, {"lexical": row + 0.5}, row) for row, value in enumerate(fused)]


def places(of_rows: Mapping[int, str]) -> Callable[[int], frozenset[str]]:
    """What the rows are about, each place one letter."""
    return lambda row: frozenset(of_rows.get(row, ""))


def spread(
    texts: Sequence[str],
    fused: Sequence[float],
    about: Mapping[int, str] | None = None,
    answering: Sequence[set[int]] = (),
) -> list[tuple[int, float]]:
    """The rows in their new order, with their scores."""
    asked = [frozenset(rows) for rows in answering]
    found = diversity(texts).spread(
        candidates(fused), places(about or {}), lambda rows: [one.intersection(rows) for one in asked]
    )
    return [(one.row, one.fused) for one in found]


def unlike(count: int) -> list[str]:
    """Texts without a common trigram."""
    return [chr(ord("一") + at) * 3 for at in range(count)]


def test_without_candidates_there_are_none() -> None:
    assert spread([], []) == []


def test_a_single_one_keeps_its_score() -> None:
    assert spread([FIVE], [-0.5], {0: "X"}) == [(0, -0.5)]


def test_what_is_not_alike_and_names_no_places_stays_as_it_is() -> None:
    assert spread(unlike(3), [1.0, 0.5, 0.5]) == [(0, 1.0), (1, 0.5), (2, 0.5)]


@pytest.mark.parametrize(
    ("answering", "order"),
    [
        ([], [(0, 1.0), (1, 0.5), (2, 0.25)]),
        ([{1}], [(1, 0.5), (0, 1.0 - ELSEWHERE), (2, 0.25 - ELSEWHERE)]),
        ([{1}, {2}], [(1, 0.5), (2, 0.25), (0, 1.0 - ELSEWHERE)]),  # for one of two places is enough
        ([set()], [(0, 1.0), (1, 0.5), (2, 0.25)]),  # where none may answer none is worse
        ([{7}], [(0, 1.0), (1, 0.5), (2, 0.25)]),
    ],
)
def test_what_is_told_of_another_place_comes_last(answering: list[set[int]], order: list[tuple[int, float]]) -> None:
    assert spread(unlike(3), [1.0, 0.5, 0.25], answering=answering) == order


def test_a_copy_steps_back_behind_a_different_passage() -> None:
    assert spread([FIVE, FIVE, "己庚辛"], [1.0, 0.9, 0.5]) == [(0, 1.0), (2, 0.5), (1, 0.9 - COPY)]


def test_a_copy_is_told_by_letters_and_figures_alone() -> None:
    copy = "甲乙，丙\n丁 “戊”。"
    assert spread([FIVE, copy, "己庚辛"], [1.0, 0.9, 0.5]) == [(0, 1.0), (2, 0.5), (1, 0.9 - COPY)]


def test_a_copy_of_less_than_a_trigram_is_one() -> None:
    assert spread(["是的。", "是的。", "不是"], [1.0, 0.9, 0.5]) == [(0, 1.0), (2, 0.5), (1, 0.9 - COPY)]


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("甲乙丙丁己", 2 / 4),  # 甲乙丙 乙丙丁 of those and 丙丁戊 丙丁己
        ("甲乙丙丁己庚", 2 / 5),
        ("甲乙丙己庚", 1 / 5),
        ("戊丁丙乙甲", 0),
    ],
)
def test_a_near_copy_loses_by_how_alike_it_is(text: str, alike: float) -> None:
    loss = COPY * (alike - ALIKE) / (1 - ALIKE) if alike > ALIKE else 0
    assert spread([FIVE, text], [1.0, 0.75]) == [(0, 1.0), (1, pytest.approx(0.75 - loss))]


def test_a_passage_is_compared_with_all_that_stand_before_it() -> None:
    """The third is a copy of the second, the fourth one of the first."""
    texts = [FIVE, "己庚辛", "己庚辛", FIVE, "壬癸子"]
    fused = [1.0, 0.9, 0.8, 0.7, -1.0]
    assert spread(texts, fused) == [(0, 1.0), (1, 0.9), (4, -1.0), (2, 0.8 - COPY), (3, 0.7 - COPY)]


def test_a_copy_that_all_others_are_far_behind_keeps_its_place() -> None:
    assert spread([FIVE, FIVE, "己庚辛"], [1.0, 0.9, -1.5]) == [(0, 1.0), (1, 0.9 - COPY), (2, -1.5)]


@pytest.mark.parametrize(
    ("about", "order"),
    [
        ({0: "X", 1: "X", 2: "Y"}, [(0, 1.0), (2, 0.5), (1, 0.5)]),  # once Y has its passage, X may come again
        ({0: "X", 2: "Y"}, [(0, 1.0), (2, 0.5), (1, 0.5)]),  # before what is about neither, too
        ({0: "X", 2: "XY"}, [(0, 1.0), (2, 0.5), (1, 0.5)]),
        ({1: "X", 2: "Y"}, [(0, 1.0), (1, 0.875), (2, 0.5)]),  # the first is about neither: both are open
        ({0: "X", 1: "Y", 2: "X"}, [(0, 1.0), (1, 0.875), (2, 0.5)]),
        ({0: "XY", 1: "X", 2: "Y"}, [(0, 1.0), (1, 0.875), (2, 0.5)]),  # the first covers both
        ({0: "X", 1: "X", 2: "X"}, [(0, 1.0), (1, 0.875), (2, 0.5)]),  # no passage is about another place
        ({0: "X"}, [(0, 1.0), (1, 0.875), (2, 0.5)]),
    ],
)
def test_a_place_without_a_passage_comes_forward(about: dict[int, str], order: list[tuple[int, float]]) -> None:
    assert spread(unlike(3), [1.0, 0.875, 0.5], about) == order


def test_a_place_does_not_come_forward_at_any_price() -> None:
    found = spread(unlike(3), [1.0, 0.875, 0.25], {0: "X", 1: "X", 2: "Y"})
    assert found == [(0, 1.0), (1, 0.875 - COVERED), (2, 0.25)]


def test_three_places_come_one_after_the_other() -> None:
    about = {0: "X", 1: "X", 2: "Y", 3: "Y", 4: "Z"}
    fused = [1.0, 0.875, 0.75, 0.625, 0.5]
    assert spread(unlike(5), fused, about) == [(0, 1.0), (2, 0.75), (4, 0.5), (1, 0.5), (3, 0.5)]


def test_a_copy_about_an_uncovered_place_is_still_a_copy() -> None:
    texts = [FIVE, "己庚辛", FIVE]
    found = spread(texts, [1.0, 0.875, 0.75], {0: "X", 1: "X", 2: "Y"})
    assert found == [(0, 1.0), (1, 0.875 - COVERED), (2, 0.75 - COPY)]


def test_what_lies_beyond_the_depth_stays_behind() -> None:
    """Two of them; the first is about a place of its own, and no copy, but the last before it is one."""
    texts = [*unlike(DEPTH - 1), unlike(1)[0], "甲乙丙", "丁戊己"]
    fused = [2.0, *[1.0] * (DEPTH - 1), 0.75, -3.0]
    found = spread(texts, fused, {0: "X", DEPTH: "Y"})
    kept = [(0, 2.0), *((row, 1.0) for row in range(1, DEPTH - 1))]
    assert found == [*kept, (DEPTH - 1, 1.0 - COPY), (DEPTH, 1.0 - COPY), (DEPTH + 1, -3.0)]


scores = st.lists(st.floats(-5, 5), max_size=DEPTH + 4).map(lambda values: sorted(values, reverse=True))
shelves = st.lists(
    st.tuples(st.text("甲乙。", min_size=1, max_size=9), st.frozensets(st.sampled_from("XYZ"))),
    min_size=DEPTH + 4,
    max_size=DEPTH + 4,
)


@given(scores, shelves)
@example([0.0] * (DEPTH + 4), [("。", NOWHERE)] * (DEPTH + 4))
def test_whatever_the_candidates(fused: list[float], shelf: list[tuple[str, frozenset[str]]]) -> None:
    given_ones = candidates(fused)
    found = diversity([text for text, _ in shelf]).spread(given_ones, lambda row: shelf[row][1], lambda _: [])
    assert found[:1] == given_ones[:1]
    assert all(one.fused >= other.fused for one, other in pairwise(found))
    assert all(one.fused <= given_ones[one.row].fused for one in found)
    assert {one.row for one in found[:DEPTH]} == set(range(min(DEPTH, len(fused))))
    assert [one.row for one in found[DEPTH:]] == list(range(DEPTH, len(fused)))
    assert all(replace(one, fused=fused[one.row]) == given_ones[one.row] for one in found)  # all else is as it was


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("青岛和天津有多少家企业获得贷款？", ["harbour", "canal", "bridge"]),
        ("How many companies in Qingdao and Tianjin got loans?", ["harbour", "canal", "bridge"]),
        ("青岛有多少家企业获得贷款？", ["harbour", "bridge", "canal"]),
        ("多少家企业获得贷款？", ["harbour", "bridge", "canal"]),
    ],
)
def test_of_two_places_that_are_asked_about_both_are_cited_first(
    question: str, order: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "harbour": "青岛市港口报告\n\n港口的企业去年贷款买了吊车。\n",
        "bridge": "青岛市桥梁报告\n\n桥梁通车以后，来往的人多了三成。\n",
        "canal": "天津市运河报告\n\n运河边的商铺开到夜里十点钟。\n",
    }
    build([write(tmp_path / "in", **texts)], tmp_path / "store", BuildSettings(("fake",)), fake)
    collection = Collection.open(tmp_path / "store")
    stems = [Path(collection.document(passage.document_id).name).stem for passage in collection.passages]
    ranked = [Candidate(stems.index(stem), fused, {}, 0) for stem, fused in zip(texts, [1.0, 0.875, 0.5], strict=True)]
    monkeypatch.setattr("rag.ranking.Retriever.rank", lambda *_: ranked)
    monkeypatch.setattr("rag.assistant.calibration_for", lambda encoders, read: ALWAYS)
    answer = Assistant(collection, {"fake": HashEncoder(name="fake")}).ask(question)
    assert [cited.document for cited in answer.citations] == [f"{stem}.txt" for stem in order]
