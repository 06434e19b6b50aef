"""The score: a logistic model whose arithmetic is plain, and whose order is the rank's."""

import json
from importlib.resources import files
from math import exp
from types import SimpleNamespace

import pytest
from asking import build_reports
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from index.collection import Collection
from index.schema import Passage, Span
from rag.confidence import (
    ABSENT,
    ANSWER,
    ANY,
    BEHIND,
    ENGLISH,
    FUSED,
    KNOWN,
    MOST_LOST,
    NULL,
    READ,
    RELEVANCE,
    UNSEEN,
    Calibration,
    _relevance,
    calibration_for,
    candidate_features,
    features,
    question_features,
)
from rag.missing import Searched
from rag.named_places import NamedPlaces
from rag.query import Query
from rag.retriever import Candidate, Evidence
from rag.settings import Settings

SHIPPED = json.loads(files("rag").joinpath("calibration.json").read_text("utf-8"))


def candidate(row: int, fused: float, **parts: float) -> Candidate:
    return Candidate(row, fused, parts, 0)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return Collection.open(build_reports(tmp_path_factory.mktemp("confidence")))


@pytest.fixture(scope="module")
def searched(collection: Collection) -> Searched:
    return Searched(collection, NamedPlaces(collection))


def row_of(collection: Collection, words: str) -> int:
    return next(row for row, passage in enumerate(collection.passages) if words in passage.display_text)


def test_the_score_is_the_logistic_function_of_the_weighted_sum() -> None:
    calibration = Calibration(weights={"a": 2.0, "b": -1.0}, intercept=0.5, threshold=0.5)
    assert calibration.score({"a": 0.25, "b": 1.5, "unused": 9}) == pytest.approx(1 / (1 + exp(0.5)))  # 0.5 + 0.5 - 1.5
    assert calibration.score({"a": -0.25, "b": 0.0}) == 0.5


@pytest.mark.parametrize(("value", "score"), [(1e9, 1 / (1 + exp(-30))), (-1e9, 1 / (1 + exp(30)))])
def test_no_sum_is_too_large(value: float, score: float) -> None:
    assert Calibration(weights={"a": 1.0}, intercept=0, threshold=0.5).score({"a": value}) == score


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError):
        Calibration(weights={}, intercept=0, threshold=0, slope=1)  # type: ignore[call-arg]


def test_how_far_a_candidate_is_behind_the_first() -> None:
    found = [candidate(0, 1.5), candidate(1, 1.0), candidate(2, 0.25)]
    seen = [candidate_features(found, at) for at in range(3)]
    assert seen == [{FUSED: 1.5, BEHIND: 0.0}, {FUSED: 1.0, BEHIND: -0.5}, {FUSED: 0.25, BEHIND: -1.25}]
    assert candidate_features(found[:1], 0) == {FUSED: 1.5, BEHIND: 0.0}


def test_the_features_of_a_question(collection: Collection, searched: Searched) -> None:
    canal, harbour = row_of(collection, "740公里"), row_of(collection, "27个电话群")
    found = [candidate(canal, 1.0, dense=0.2, lexical=3.0), candidate(harbour, 0.5, dense=0.4, lexical=1.0)]
    here = question_features(Query("740公里的渠", "zh"), searched, found)
    assert here == {KNOWN: 1.0, UNSEEN: 0.0, ABSENT: 0.0, ENGLISH: 0.0, "dense": 0.4, "lexical": 3.0}
    assert features(Query("740公里的渠", "zh"), searched, found, 1) == {
        FUSED: 0.5,
        BEHIND: -0.5,
        **here,
    }


def test_what_was_read_gives_three_features_more(collection: Collection, searched: Searched) -> None:
    def read(row: int, relevance: float, certainty: float, null: float) -> Candidate:
        return Candidate(row, 1.0, {}, 0, Evidence(relevance, Span(0, 1), Span(0, 2), certainty, null))

    # The sixth counts, too; what was not read does not.
    found = [read(0, -2.0, -3.0, -0.5), *[candidate(1, 0.5)] * 4, read(2, 1.5, -4.0, -2.5)]
    assert question_features(Query("渠", "zh"), searched, found) == {
        KNOWN: 1.0,
        UNSEEN: 0.0,
        ABSENT: 0.0,
        ENGLISH: 0.0,
        RELEVANCE: 1.5,
        ANSWER: -3.0,
        NULL: -2.5,
    }


@pytest.mark.parametrize(
    ("answering", "expected"),
    [
        ([], 3.0),
        ([{0}], 2.0),  # what the others say is of another place
        ([{0}, {1}], 3.0 - MOST_LOST + 1),
        ([{0, 1}, {2}], 2.0),
        ([{3}], 3.0 - MOST_LOST),
        ([set()], 3.0 - MOST_LOST),  # nothing on it was read
        ([{2}, set()], 3.0 - MOST_LOST),
    ],
)
def test_the_relevance_is_that_of_the_place_that_has_least(answering: list[set[int]], expected: float) -> None:
    read = {0: 2.0, 1: 4.0 - MOST_LOST, 2: 3.0, 3: -9.0}
    assert _relevance(read, [frozenset(rows) for rows in answering]) == expected


def test_what_is_read_of_another_place_does_not_count() -> None:
    passages = [passage_about(region) for region in ("湖北", "甘肃", "海南")]
    collection = SimpleNamespace(passages=passages, lexical=SimpleNamespace(passages=Known()))
    found = [
        Candidate(row, 1.0, {}, 0, Evidence(relevance, Span(0, 1), Span(0, 2), -1.0, -1.0))
        for row, relevance in enumerate((2.0, 1.0, -8.0))
    ]
    for question, relevance in (
        ("Hubei?", 2.0),
        ("甘肃多少？", 1.0),
        ("湖北和甘肃", 1.0),
        ("海南", 2.0 - MOST_LOST),
        ("多少？", 2.0),
    ):
        here = Searched(collection, NamedPlaces(collection))
        assert question_features(Query(question, "zh"), here, found)[RELEVANCE] == relevance


def passage_about(region: str) -> Passage:
    return Passage("0", "0", 0, 0, 2, "甲。", "甲。", f"{region}：报告", (Span(0, 2),))


class Known:
    """Knows every term."""

    def known_share(self, _: str) -> float:
        return 1.0


@pytest.mark.parametrize(
    ("question", "unseen"),
    [
        ("740公里的渠", 0.0),
        ("741公里的渠", 1.0),
        ("54方", 0.0),
        ("99方", 0.0),
        ("1,740公里", 1.0),
        ("渠", 0.0),
        ("七百四十公里", 0.0),  # by value
        ("７４０公里", 0.0),
    ],
)
def test_a_number_that_was_not_found(collection: Collection, searched: Searched, question: str, unseen: float) -> None:
    found = [candidate(row_of(collection, "740公里"), 1.0)]
    assert question_features(Query(question, "zh"), searched, found)[UNSEEN] == unseen


@pytest.mark.parametrize(
    ("question", "absent"),
    [("宁波的码头", 0.0), ("海南的码头", 1.0), ("Did Ningbo learn from Hainan?", 1.0), ("码头", 0.0)],
)
def test_a_place_that_stands_nowhere(collection: Collection, searched: Searched, question: str, absent: float) -> None:
    found = [candidate(row_of(collection, "740公里"), 1.0)]  # Ningbo is there, though not in this passage
    assert question_features(Query(question, "zh"), searched, found)[ABSENT] == absent


@pytest.mark.parametrize(("language", "english"), [("en", 1.0), ("zh", 0.0), ("zh-Hant", 0.0), ("ko", 0.0)])
def test_the_language_of_the_question(
    collection: Collection, searched: Searched, language: str, english: float
) -> None:
    here = question_features(Query("740", language), searched, [candidate(0, 1.0)])
    assert here[ENGLISH] == english


def test_only_the_first_five_are_looked_at(collection: Collection, searched: Searched) -> None:
    found = [candidate(0, 1.0 - at / 10, dense=0.1) for at in range(5)]
    sixth = candidate(row_of(collection, "740公里"), 0.1, dense=0.9)
    here = question_features(Query("740公里", "zh"), searched, [*found, sixth])
    assert (here["dense"], here[UNSEEN]) == (0.1, 1.0)


def test_the_share_of_known_terms(collection: Collection, searched: Searched) -> None:
    found = [candidate(0, 1.0)]
    assert question_features(Query("harbour quokka", "zh"), searched, found)[KNOWN] == 1 / 2


def test_what_ships_is_for_the_bundled_encoders_and_for_any_read_or_not() -> None:
    names = ["+".join(Settings().encoders), ANY]
    assert set(SHIPPED) == {*names, *(f"{name} {READ}" for name in names)}


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_what_ships_never_contradicts_the_rank(name: str) -> None:
    weights = SHIPPED[name]["weights"]
    assert weights[FUSED] >= 0
    assert weights[BEHIND] > 0
    assert 0 < SHIPPED[name]["threshold"] < 1


@pytest.mark.parametrize("name", sorted(SHIPPED))
@given(
    fused=st.lists(st.floats(-3, 3), min_size=1, max_size=8),
    shared=st.lists(st.floats(0, 1), min_size=12, max_size=12),
)
def test_scores_fall_from_rank_to_rank(name: str, fused: list[float], shared: list[float]) -> None:
    calibration = Calibration(**SHIPPED[name])
    of_question = [feature for feature in calibration.weights if feature not in (FUSED, BEHIND)]
    assert len(of_question) <= len(shared)
    question = dict(zip(of_question, shared, strict=False))
    found = [candidate(0, value) for value in sorted(fused, reverse=True)]
    scores = [calibration.score({**question, **candidate_features(found, at)}) for at in range(len(found))]
    assert scores == sorted(scores, reverse=True)


def test_parameters_are_of_the_encoders_in_their_order_else_of_any(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("one+two", "one+two read", "any", "any read")
    table = {name: Calibration(weights={}, intercept=at, threshold=0.5) for at, name in enumerate(names)}
    monkeypatch.setattr("rag.confidence._table", lambda: table)
    assert [calibration_for(["one", "two"], read=read) for read in (False, True)] == [table[name] for name in names[:2]]
    for others in (["two", "one"], ["one"], ["one", "two", "three"], []):
        assert [calibration_for(others, read=read) for read in (False, True)] == [table[name] for name in names[2:]]


def test_other_encoders_have_parameters_that_know_no_cosines() -> None:
    assert calibration_for(["bge-m3"]) == Calibration(**SHIPPED[ANY])
    assert set(SHIPPED[ANY]["weights"]) <= {FUSED, BEHIND, KNOWN, UNSEEN, ABSENT}


def test_what_is_not_read_knows_no_relevance() -> None:
    """In the mode `fast` no candidate has such a feature."""
    unread = [of_name["weights"].keys() for name, of_name in SHIPPED.items() if not name.endswith(READ)]
    assert all(weights.isdisjoint({RELEVANCE, ANSWER, NULL}) for weights in unread)
