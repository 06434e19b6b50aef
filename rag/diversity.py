"""Complementary citations: what repeats an earlier passage steps back, every place that is asked about comes forward,
and what is told of another place comes last.

A greedy choice in the manner of maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998). Stepping back lowers
the candidate's fused score, so that scores and ranks still agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from index.collection import Collection
from rag.retriever import Candidate

DEPTH = 10  # candidates that are looked at
COPY = 2.0  # what a full copy loses, in units of the fused score
ALIKE = 0.4  # share of common trigrams from which on passages count as alike
COVERED = 0.5  # what a passage loses that is about no uncovered place, while there is one
ELSEWHERE = 1.0  # what one loses that cannot answer for any place that is asked about, while others can


class Diversity:
    """Orders candidates. Safe to use from several threads."""

    def __init__(self, collection: Collection) -> None:
        self._passages = collection.passages

    def spread(
        self,
        candidates: Sequence[Candidate],
        about: Callable[[int], frozenset[str]],
        answering: Callable[[Sequence[int]], Sequence[frozenset[int]]],
    ) -> list[Candidate]:
        """The candidates in their new order; the first one that may answer for a place asked about stays first.

        `about` gives the places of the question that the passage in a row is about, `answering` for each of them those
        of some rows that may answer for it.
        """
        may = frozenset[int]().union(*answering([candidate.row for candidate in candidates[:DEPTH]]))
        left = [
            replace(one, fused=one.fused - ELSEWHERE) if may and one.row not in may else one
            for one in candidates[:DEPTH]
        ]
        rest = candidates[DEPTH:]
        shingles = {candidate.row: _shingles(self._passages[candidate.row].display_text) for candidate in left}
        wanted = frozenset[str]().union(*(about(candidate.row) for candidate in left))
        chosen: list[Candidate] = []
        alike = dict.fromkeys(shingles, 0.0)  # how much each repeats of what is chosen
        covered: frozenset[str] = frozenset()
        while left:
            open_places = wanted - covered

            def worth(candidate: Candidate, open_places: frozenset[str] = open_places) -> float:
                copy = COPY * max(0.0, alike[candidate.row] - ALIKE) / (1 - ALIKE)
                repeats = bool(chosen and open_places and not about(candidate.row) & open_places)
                return candidate.fused - copy - COVERED * repeats

            best = max(left, key=worth)
            ceiling = chosen[-1].fused if chosen else worth(best)
            left.remove(best)
            chosen.append(replace(best, fused=min(worth(best), ceiling)))
            covered |= about(best.row)
            for other in left:
                alike[other.row] = max(alike[other.row], _jaccard(shingles[other.row], shingles[best.row]))
        floor = chosen[-1].fused if chosen else 0.0
        return chosen + [replace(one, fused=min(one.fused, floor)) for one in rest]


def _shingles(text: str) -> frozenset[str]:
    letters = "".join(filter(str.isalnum, text))
    return frozenset(letters[at : at + 3] for at in range(max(1, len(letters) - 2)))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
