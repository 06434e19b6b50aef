"""Rankings in the terms of TREC: qrels and a run made from spans, scored by trec_eval's own code through ir_measures.

Gold knows spans, a ranking is of passages. A passage is *relevant* when it has at most 500 code points and covers at
least 80 % of one evidence span. The qrels of a question are the relevant passages of the collection, and for every
evidence span that no passage covers one entry that nothing can retrieve: what the splitting lost counts as missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol
from urllib.parse import quote

import ir_measures
from ir_measures import AP, RR, R, Success, nDCG

from eval.dataset import Place, ResolvedQuestion
from index.collection import Collection
from index.schema import Span
from rag.answer import Answer

LONGEST_CITATION = 500
"""Code points: a longer citation proves nothing, or citing the whole document would score best."""
COVERED = Fraction(4, 5)
"""The share of an evidence span that a citation must hold."""
CUT = 10
"""The depth of the measures that name it."""

Qrels = Mapping[str, int]
"""Passage or document id → grade, of one question."""

_MEASURES = {
    "success@1": Success @ 1,
    "success@3": Success @ 3,
    "success@5": Success @ 5,
    "success@10": Success @ 10,
    "recall@5": R @ 5,
    "recall@10": R @ 10,
    "ndcg@10": nDCG @ CUT,
    "map": AP,
}
_RECIPROCAL = "mrr@10"

RANKING_MEASURES = (
    "success@1",
    "success@3",
    "success@5",
    "success@10",
    "recall@5",
    "recall@10",
    _RECIPROCAL,
    "ndcg@10",
    "map",
)


class Placed(Protocol):
    """Something that stands in a document at code points [start, end)."""

    @property
    def document_sha256(self) -> str: ...  # noqa: D102
    @property
    def start(self) -> int: ...  # noqa: D102
    @property
    def end(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage of the searched collection."""

    id: str
    document_sha256: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """One question's side of the two TREC files: the ids of its citations, best first, and its qrels."""

    ids: tuple[str, ...]
    qrels: Qrels


def units(collection: Collection) -> tuple[Unit, ...]:
    """The passages of a collection, in its order."""
    hashes = {document.id: document.sha256 for document in collection.documents}
    return tuple(Unit(p.id, hashes[p.document_id], p.start, p.end) for p in collection.passages)


def covers(passage: Placed, place: Place) -> bool:
    """Whether a passage is relevant to this evidence."""
    return (
        passage.document_sha256 == place.document_sha256
        and passage.end - passage.start <= LONGEST_CITATION
        and Span(passage.start, passage.end).overlap(place.span) >= COVERED * len(place.span)
    )


def ranking_of(question: ResolvedQuestion, answer: Answer, passages: Iterable[Unit]) -> Ranking:
    """The qrels of a question and the ranking of its answer, by passage, or by document where the gold is.

    By document a citation counts where its document is first cited, as usual for rankings of passages (MaxP). Without
    `passages` only what was cited and what was not covered by it can be in the qrels.
    """
    if question.relevant is not None:
        return Ranking(tuple(dict.fromkeys(c.document for c in answer.citations)), dict(question.relevant))
    cited = {c.passage_id: Unit(c.passage_id, c.document_sha256, c.start, c.end) for c in answer.citations}
    relevant: dict[str, int] = {}
    missing = set(question.evidence)
    for unit in (*passages, *cited.values()):
        covered = [place for place in question.evidence if covers(unit, place)]
        if covered:
            relevant[unit.id] = 1
            missing.difference_update(covered)
    for place in sorted(missing, key=lambda place: (place.document_sha256, place.span)):
        relevant[f"{place.document_sha256[:16]}:{place.span.start}-{place.span.end}"] = 1
    return Ranking(tuple(dict.fromkeys(c.passage_id for c in answer.citations)), relevant)


def ranking_measures(rankings: Sequence[Ranking]) -> list[dict[str, float]]:
    """`RANKING_MEASURES` of every ranking, in order; a ranking without relevant ids has none. A silent question has 0.

    Computed by pytrec_eval (Van Gysel and de Rijke 2018), which is trec_eval 9, on scores that fall with the rank: so
    its rule for equal scores, by name of the document, never comes to bear.
    """
    names = [str(number) for number in range(len(rankings))]
    qrels = {name: dict(r.qrels) for name, r in zip(names, rankings, strict=True) if any(r.qrels.values())}
    run = {name: scored(r.ids) for name, r in zip(names, rankings, strict=True)}
    found: dict[str, dict[str, float]] = {name: {} for name in names}
    if qrels:
        keys = {str(measure): key for key, measure in _MEASURES.items()}
        for metric in ir_measures.iter_calc(list(_MEASURES.values()), qrels, run):
            found[metric.query_id][keys[str(metric.measure)]] = float(metric.value)
        # trec_eval cuts the run itself for this one (its option -M).
        cut = {name: scored(r.ids[:CUT]) for name, r in zip(names, rankings, strict=True)}
        for metric in ir_measures.iter_calc([RR], qrels, cut):
            found[metric.query_id][_RECIPROCAL] = float(metric.value)
    return [{key: found[name][key] for key in RANKING_MEASURES if key in found[name]} for name in names]


def first_relevant(ranking: Ranking) -> int | None:
    """The rank, from 1, of the first relevant citation."""
    ranks = (rank for rank, name in enumerate(ranking.ids, start=1) if ranking.qrels.get(name, 0) > 0)
    return next(ranks, None)


def scored(ids: Sequence[str]) -> dict[str, float]:
    """1 / rank as the score of each id, so that order by score is the order given; also in single precision."""
    return {name: 1 / rank for rank, name in enumerate(ids, start=1)}


def run_lines(rankings: Mapping[str, Ranking], tag: str = "digest-qa") -> Iterator[str]:
    """TREC's format of a run: question, Q0, document, rank, score, tag. Blanks in a name are percent-encoded."""
    for question, ranking in rankings.items():
        for rank, (name, score) in enumerate(scored(ranking.ids).items(), start=1):
            yield f"{_word(question)} Q0 {_word(name)} {rank} {score:.9g} {tag}"


def qrels_lines(rankings: Mapping[str, Ranking]) -> Iterator[str]:
    """TREC's format of qrels: question, 0, document, grade. Questions without relevant documents have no line."""
    for question, ranking in rankings.items():
        for name, grade in ranking.qrels.items():
            yield f"{_word(question)} 0 {_word(name)} {grade}"


def _word(name: str) -> str:
    """Without blanks, which part the columns; unlike names stay unlike."""
    return "".join(quote(char) if char.isspace() or char == "%" else char for char in name)
