"""The score: a logistic model whose arithmetic is plain, and whose order is the rank's."""

import json
from importlib.resources import files
from math import exp

import pytest
from asking import build_reports
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from index.collection import Collection
from rag.confidence import (
    ANY,
    FUSED,
    KNOWN,
    LEAD,
    UNSEEN,
    Calibration,
    calibration_for,
    candidate_features,
    features,
    question_features,
)
from rag.retriever import Candidate

SHIPPED = json.loads(files("rag").joinpath("calibration.json").read_text("utf-8"))


def candidate(row: int, fused: float, **parts: float) -> Candidate:
    return Candidate(row, fused, parts, 0)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return Collection.open(build_reports(tmp_path_factory.mktemp("confidence")))


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


def test_the_lead_is_over_the_best_of_the_others() -> None:
    found = [candidate(0, 1.5), candidate(1, 1.0), candidate(2, 0.25)]
    leads = [candidate_features(found, at) for at in range(3)]
    assert leads == [{FUSED: 1.5, LEAD: 0.5}, {FUSED: 1.0, LEAD: -0.5}, {FUSED: 0.25, LEAD: -1.25}]
    assert candidate_features(found[:1], 0) == {FUSED: 1.5, LEAD: 0.0}


def test_the_features_of_a_question(collection: Collection) -> None:
    canal, harbour = row_of(collection, "740公里"), row_of(collection, "27个电话群")
    found = [candidate(canal, 1.0, dense=0.2, lexical=3.0), candidate(harbour, 0.5, dense=0.4, lexical=1.0)]
    here = question_features("740公里的渠", collection, found)
    assert here == {KNOWN: 1.0, UNSEEN: 0.0, "dense": 0.4, "lexical": 3.0}
    assert features("740公里的渠", collection, found, 1) == {FUSED: 0.5, LEAD: -0.5, **here}


@pytest.mark.parametrize(
    ("question", "unseen"),
    [("740公里的渠", 0.0), ("741公里的渠", 1.0), ("54方", 0.0), ("99方", 0.0), ("1,740公里", 1.0), ("渠", 0.0)],
)
def test_a_number_that_was_not_found(collection: Collection, question: str, unseen: float) -> None:
    found = [candidate(row_of(collection, "740公里"), 1.0)]
    assert question_features(question, collection, found)[UNSEEN] == unseen


def test_only_the_first_five_are_looked_at(collection: Collection) -> None:
    found = [candidate(0, 1.0 - at / 10, dense=0.1) for at in range(5)]
    sixth = candidate(row_of(collection, "740公里"), 0.1, dense=0.9)
    here = question_features("740公里", collection, [*found, sixth])
    assert (here["dense"], here[UNSEEN]) == (0.1, 1.0)


def test_the_share_of_known_terms(collection: Collection) -> None:
    found = [candidate(0, 1.0)]
    assert question_features("harbour quokka", collection, found)[KNOWN] == 1 / 2


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_what_ships_never_contradicts_the_rank(name: str) -> None:
    weights = SHIPPED[name]["weights"]
    assert weights[FUSED] > 0
    assert weights.get(LEAD, 0.0) >= 0
    assert 0 < SHIPPED[name]["threshold"] < 1


@pytest.mark.parametrize("name", sorted(SHIPPED))
@given(
    fused=st.lists(st.floats(-3, 3), min_size=1, max_size=8),
    shared=st.lists(st.floats(0, 1), min_size=8, max_size=8),
)
def test_scores_fall_from_rank_to_rank(name: str, fused: list[float], shared: list[float]) -> None:
    calibration = calibration_for(name.split("+"))
    arms = [f"{encoder} {part}" for encoder in name.split("+") for part in ("sentence", "passage")]
    question = dict(zip([KNOWN, UNSEEN, *arms], shared, strict=False))
    found = [candidate(0, value) for value in sorted(fused, reverse=True)]
    scores = [calibration.score({**question, **candidate_features(found, at)}) for at in range(len(found))]
    assert scores == sorted(scores, reverse=True)


def test_other_encoders_have_parameters_that_know_no_cosines() -> None:
    assert calibration_for(["bge-m3"]) == calibration_for(["use-m3", "e5-small"]) == Calibration(**SHIPPED[ANY])
    assert calibration_for(["e5-small", "use-m3"]) == Calibration(**SHIPPED["e5-small+use-m3"])
    assert set(SHIPPED[ANY]["weights"]) <= {FUSED, LEAD, KNOWN, UNSEEN}
