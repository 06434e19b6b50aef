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

from index.collection import Collection
from index.terms import terms
from rag.retriever import Candidate

FUSED, LEAD, KNOWN, UNSEEN = "fused", "lead", "known terms", "unseen numbers"
ANY = "any"


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


def calibration_for(encoders: Sequence[str]) -> Calibration:
    """The parameters for these encoders, by their names in order; those for any encoders where there are none."""
    table = _table()
    return table.get("+".join(encoders), table[ANY])


def features(question: str, collection: Collection, candidates: Sequence[Candidate], at: int) -> dict[str, float]:
    """What the model may look at for candidate `at` of a question: its `fused`, its lead over the best of the others
    (negative for all but the first), and the features of the question.
    """
    return {**candidate_features(candidates, at), **question_features(question, collection, candidates)}


def candidate_features(candidates: Sequence[Candidate], at: int) -> dict[str, float]:
    """Both fall from rank to rank: with weights of at least 0 the score never contradicts the rank."""
    rival = candidates[0 if at else 1].fused if len(candidates) > 1 else candidates[at].fused
    return {FUSED: candidates[at].fused, LEAD: candidates[at].fused - rival}


def question_features(question: str, collection: Collection, candidates: Sequence[Candidate]) -> dict[str, float]:
    """What is the same for every candidate of a question, of which there is at least one.

    The best raw score of each arm among the first five, the share of the question's terms that the collection knows,
    and whether the question names a number of three digits or more, such as a year, that the first five do not.
    """
    top = candidates[:5]
    found = {KNOWN: collection.lexical.passages.known_share(question)}
    for arm in candidates[0].parts:
        found[arm] = max(candidate.parts[arm] for candidate in top)
    seen = {term for candidate in top for term in terms(collection.passages[candidate.row].display_text)}
    asked = {term for term in terms(question) if term.isdecimal() and len(term) > 2}
    found[UNSEEN] = float(bool(asked - seen))
    return found


@lru_cache(maxsize=1)
def _table() -> dict[str, Calibration]:
    raw = files("rag").joinpath("calibration.json").read_bytes()
    return TypeAdapter(dict[str, Calibration]).validate_json(raw)
