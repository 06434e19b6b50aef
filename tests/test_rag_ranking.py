"""From a question to its candidates: that each step is left out where its weight says so."""

from __future__ import annotations

from pathlib import Path

from fakes import HashEncoder
from refusals import ONE, collection_of

from rag.query import Query
from rag.ranking import Ranking
from rag.retriever import Candidate
from rag.settings import Mode
from rag.weights import Weights

QUERY = Query("多少家企业获得贷款？", "zh")


def test_near_copies_step_back_unless_spreading_is_left_out(tmp_path: Path) -> None:
    collection = collection_of(
        tmp_path, ONE, ONE.replace("增长三成", "增长四成"), "企业修好了水渠，家家户户都用上了水。"
    )

    def ranked(spread: bool) -> tuple[list[Candidate], list[Candidate]]:
        """As retrieved, and in the end."""
        ranking = Ranking(collection, {"fake": HashEncoder(name="fake")}, Weights(dense=0, spread=spread), None)
        (vectors,) = ranking.retriever.embed([QUERY])
        retrieved = ranking.retriever.rank(QUERY, vectors)
        return retrieved, ranking.ranked(QUERY, vectors, None, Mode.BEST, [])

    retrieved, found = ranked(spread=False)
    assert found == retrieved
    before, after = ranked(spread=True)
    assert before == retrieved
    assert [candidate.row for candidate in after] == [candidate.row for candidate in retrieved] == [0, 1, 2]
    assert after[0] == retrieved[0]
    assert after[1].fused < retrieved[1].fused - 1  # it says nearly the same as the first
