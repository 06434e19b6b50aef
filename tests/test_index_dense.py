import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import dense
from index.dense import FLAT_LIMIT, DenseIndex, factory_string
from index.encoders.protocol import Vectors
from index.errors import CollectionDamaged


def unit(vectors: np.ndarray) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def random_vectors(count: int, dimension: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)))


def clustered(count: int, dimension: int = 16) -> tuple[Vectors, Vectors]:
    """Vectors around 100 centres, and queries that lie near some of them."""
    generator = np.random.default_rng(1)
    centres = generator.normal(size=(100, dimension))
    spread = 0.5 * generator.normal(size=(count + 50, dimension))
    every = unit(centres[generator.integers(0, 100, count + 50)] + spread)
    return every[:count], every[count:]


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "FLAT_LIMIT", 999)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "Flat"),
        (FLAT_LIMIT, "Flat"),
        (FLAT_LIMIT + 1, "IVF512,Flat"),  # 2 sqrt(50,001) = 447, nearer to 512 than to 256
        (300_000, "IVF1024,Flat"),  # 1,095
        (10_000_000, "IVF8192,Flat"),  # 6,325: log2 is 12.63
    ],
)
def test_the_kind_of_index_follows_from_the_number_of_vectors(count: int, expected: str) -> None:
    assert FLAT_LIMIT == 50_000
    assert factory_string(count) == expected


def test_scores_are_cosines_by_hand() -> None:
    index = DenseIndex.build(np.array([[1, 0], [0.6, 0.8], [0, 1]], np.float32))
    scores, rows = index.search(np.array([[1, 0], [0, 1]], np.float32), 2)
    assert rows.tolist() == [[0, 1], [2, 1]]
    assert scores.tolist() == [[1, pytest.approx(0.6)], [1, pytest.approx(0.8)]]
    assert (scores.dtype, rows.dtype, len(index), index.dimension) == (np.float32, np.int64, 3, 2)


@given(st.integers(1, 60), st.integers(1, 8), st.integers(1, 70), st.integers(0, 1000))
def test_up_to_the_limit_the_search_is_exact(count: int, dimension: int, k: int, seed: int) -> None:
    vectors, queries = random_vectors(count, dimension, seed), random_vectors(3, dimension, seed + 1)
    scores, rows = DenseIndex.build(vectors).search(queries, k)
    cosines = queries @ vectors.T
    assert scores.shape == rows.shape == (3, min(k, count))
    np.testing.assert_allclose(scores, -np.sort(-cosines, axis=1)[:, :k], atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(cosines, rows, axis=1), scores, atol=1e-5)
    assert all(len(set(row)) == len(row) for row in rows.tolist())


@pytest.mark.usefixtures("small_limit")
def test_beyond_the_limit_nearly_all_of_the_best_ten_are_found() -> None:
    vectors, queries = clustered(6000)
    assert factory_string(6000) == "IVF128,Flat"  # 2 sqrt(6000) = 155; log2 is 7.28
    _, rows = DenseIndex.build(vectors).search(queries, 10)
    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows.tolist(), exact.tolist(), strict=True)])
    assert recall >= 0.95


@pytest.mark.usefixtures("small_limit")
def test_beyond_the_limit_as_many_rows_come_back_as_were_asked_for() -> None:
    vectors, queries = clustered(1000)  # 2 sqrt(1000) = 63: 64 lists, 4 searched, some 62 vectors
    scores, rows = DenseIndex.build(vectors).search(queries[:2], 1000)
    assert np.sort(rows, axis=1).tolist() == [list(range(1000))] * 2
    np.testing.assert_allclose(scores, -np.sort(-(queries[:2] @ vectors.T), axis=1), atol=1e-5)


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize("count", [0, 1, 999, 1000])
def test_what_goes_to_disk_comes_back_the_same(count: int) -> None:
    vectors, queries = clustered(count)
    index = DenseIndex.build(vectors)
    raw = index.to_bytes()
    again = DenseIndex.from_bytes(raw)
    assert again.to_bytes() == raw == DenseIndex.build(vectors.copy()).to_bytes()
    assert (len(again), again.dimension) == (count, 16)
    assert again.vectors(np.arange(count)).tobytes() == vectors.tobytes()
    for before, after in zip(index.search(queries, 10), again.search(queries, 10), strict=True):
        assert before.tolist() == after.tolist()


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize("count", [20, 1000])
def test_vectors_come_by_their_rows_in_the_order_asked_for(count: int) -> None:
    vectors, _ = clustered(count)
    index = DenseIndex.build(vectors)
    assert index.vectors(np.array([7, 0, 7])).tolist() == vectors[[7, 0, 7]].tolist()
    assert index.vectors(np.array([], np.int64)).shape == (0, 16)


def test_an_index_of_nothing_finds_nothing() -> None:
    scores, rows = DenseIndex.build(np.zeros((0, 4), np.float32)).search(random_vectors(2, 4), 5)
    assert (scores.shape, rows.shape, scores.dtype, rows.dtype) == ((2, 0), (2, 0), np.float32, np.int64)


def test_no_queries_and_no_results_asked_for() -> None:
    index = DenseIndex.build(random_vectors(3, 4))
    assert index.search(np.zeros((0, 4), np.float32), 2)[1].shape == (0, 2)
    assert index.search(random_vectors(2, 4), 0)[1].shape == (2, 0)


@pytest.mark.parametrize("length", [0, 3, 4, 20, 60])
def test_bytes_that_are_no_index_are_damage(length: int) -> None:
    raw = DenseIndex.build(random_vectors(3, 4)).to_bytes()
    for part in (raw[:length], b"\xff" * length):
        with pytest.raises(CollectionDamaged, match="a vector index cannot be read") as caught:
            DenseIndex.from_bytes(part)
        assert len(str(caught.value).splitlines()) == 1
        assert caught.value.remedy == "run: digest-qa index --rebuild PATH..."
