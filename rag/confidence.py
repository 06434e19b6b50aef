"""How likely it is that a passage answers the question: one documented score in [0, 1].

A logistic model (Platt 1999) over the passage's fused score, which orders the passages of a question, and what the
question as a whole found: so that the score never contradicts the rank. Its few parameters are fitted by
`training/calibrate.py` on development data and stand in `calibration.json`, one set for the bundled encoders and one
for any others, which knows nothing of cosines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from math import exp

from pydantic import BaseModel, ConfigDict, TypeAdapter

from rag.missing import NEAREST, Searched, absent, unmentioned
from rag.query import Query
from rag.reading.windows import scale
from rag.retriever import Candidate

FUSED, BEHIND, KNOWN, UNSEEN = "fused", "behind the first", "known terms", "unseen numbers"
ABSENT = "absent place"
RELEVANCE, ANSWER, NULL = "relevance", "answer", "no answer"
ENGLISH = "asked in English"
ANY, READ = "any", "read"

MOST_LOST = 3.0
"""What an answer that stands in passages on other places loses of its relevance at most."""


class Calibration(BaseModel):
    """Weights of the features by their names, and from which score on a question counts as answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float]
    intercept: float
    threshold: float

    def score(self, features: Mapping[str, float]) -> float:
        """The probability, in [0, 1], that the passage with these features answers the question."""
        total = self.intercept + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + exp(-min(max(total, -30.0), 30.0)))


def calibration_for(encoders: Sequence[str], *, read: bool = False) -> Calibration:
    """The parameters for these encoders, by their names in order; those for any encoders where there are none.

    With `read` those for candidates whose passages were read.
    """
    table = _table()
    names = ["+".join(encoders), ANY]
    first, last = [f"{name} {READ}" if read else name for name in names]
    return table.get(first, table[last])


def features(query: Query, searched: Searched, candidates: Sequence[Candidate], at: int) -> dict[str, float]:
    """What the model may look at for candidate `at` of a question: its own features and those of the question."""
    return {**candidate_features(candidates, at), **question_features(query, searched, candidates)}


def candidate_features(candidates: Sequence[Candidate], at: int) -> dict[str, float]:
    """How well candidate `at` is found, and how far it lies behind the first: 0 for the first, negative for others.

    Both fall from rank to rank: with weights of at least 0 the score never contradicts the rank.
    """
    return {FUSED: candidates[at].fused, BEHIND: candidates[at].fused - candidates[0].fused}


def question_features(query: Query, searched: Searched, candidates: Sequence[Candidate]) -> dict[str, float]:
    """What is the same for every candidate of a question, of which there is at least one.

    The best raw score of each arm among the first five; the share of the question's terms that the collection knows;
    whether it is asked in English of a text in Chinese characters, of which the reader is less sure than it need be;
    whether it names a year or figure that the first five do not, or a place that nothing searched has. Where passages
    were read, the best relevance of one that may tell of the place that is asked about (see `_relevance`), the log of
    the best answer's chance, and the least one of no answer.
    """
    passages = [searched.collection.passages[candidate.row] for candidate in candidates[:NEAREST]]
    found = {KNOWN: searched.collection.lexical.passages.known_share(query.text)}
    for arm in candidates[0].parts:
        found[arm] = max(candidate.parts[arm] for candidate in candidates[:NEAREST])
    found[UNSEEN] = float(bool(unmentioned(query.text, passages)))
    found[ENGLISH] = float(query.language == "en" and scale(passages[0].display_text) == 1)
    found[ABSENT] = float(bool(absent(query.text, searched)))
    read = {one.row: one.evidence for one in candidates if one.evidence is not None}
    if read:
        answering = searched.places.answering(query.text, list(read))
        found[RELEVANCE] = _relevance({row: evidence.relevance for row, evidence in read.items()}, answering)
        found[ANSWER] = max(evidence.certainty for evidence in read.values())
        found[NULL] = min(evidence.null for evidence in read.values())
    return found


def _relevance(read: Mapping[int, float], answering: Sequence[frozenset[int]]) -> float:
    """The best relevance of the rows that were `read`; with `answering`, for each place the rows that may tell of it,
    the best one of the place that has least, at most MOST_LOST under the best of all.

    What an article on Qingdao says is no answer on Guangdong, and who asks of two places is answered only where both
    are. But a place may be named in passing, by a question ("I live in Guangdong") as by a text.
    """
    best = max(read.values())
    least = min((max((read[row] for row in rows), default=best - MOST_LOST) for rows in answering), default=best)
    return max(least, best - MOST_LOST)


@lru_cache(maxsize=1)
def _table() -> dict[str, Calibration]:
    raw = files("rag").joinpath("calibration.json").read_bytes()
    return TypeAdapter(dict[str, Calibration]).validate_json(raw)
