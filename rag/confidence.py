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
SEVERAL = "several places"
ANY, READ = "any", "read"


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
    whether it names a year or figure that the first five do not, or a place that nothing searched has; whether it asks
    of several places that articles are about. Where passages were read, the best relevance (of several places that of
    the one that has least), the log of the best answer's chance, and the least one of no answer.
    """
    passages = [searched.collection.passages[candidate.row] for candidate in candidates[:NEAREST]]
    found = {KNOWN: searched.collection.lexical.passages.known_share(query.text)}
    for arm in candidates[0].parts:
        found[arm] = max(candidate.parts[arm] for candidate in candidates[:NEAREST])
    found[UNSEEN] = float(bool(unmentioned(query.text, passages)))
    subjects = searched.places.subjects(query.text)
    found[SEVERAL] = float(len(subjects) > 1)
    found[ENGLISH] = float(query.language == "en" and scale(passages[0].display_text) == 1)
    found[ABSENT] = float(bool(absent(query.text, searched)))
    read = [candidate.evidence for candidate in candidates if candidate.evidence is not None]
    if read:
        found[RELEVANCE] = _relevance(candidates, subjects)
        found[ANSWER] = max(evidence.certainty for evidence in read)
        found[NULL] = min(evidence.null for evidence in read)
    return found


def _relevance(candidates: Sequence[Candidate], subjects: Sequence[frozenset[int]]) -> float:
    """The best relevance of a passage that was read; of several subjects, each the rows of its passages, the least one.

    Who asks of two places is answered only where both are. A subject of which nothing was read has the least relevance.
    """
    read = [(one.row, one.evidence.relevance) for one in candidates if one.evidence is not None]
    least = min(relevance for _, relevance in read)
    wanted = subjects if len(subjects) > 1 else [frozenset(row for row, _ in read)]
    return min(max((relevance for row, relevance in read if row in rows), default=least) for rows in wanted)


@lru_cache(maxsize=1)
def _table() -> dict[str, Calibration]:
    raw = files("rag").joinpath("calibration.json").read_bytes()
    return TypeAdapter(dict[str, Calibration]).validate_json(raw)
