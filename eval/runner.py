"""Asks the gold questions and scores the answers; a question's scores are kept beside its answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from eval.dataset import ResolvedQuestion
from eval.measures.answers import ANSWER_MEASURES, QUOTE_MEASURES, answer_scores, quote_scores, verbatim
from eval.measures.ranking import CUT, RANKING_MEASURES, Ranking, Unit, ranking_measures, ranking_of
from index.schema import Document
from rag.answer import Answer

MEASURES = (*RANKING_MEASURES, *QUOTE_MEASURES, *ANSWER_MEASURES, "decision", "verbatim")
"""Scores of a single question, higher is better. All but the last two are of answerable questions only."""

DEPTH = 100
"""Citations that are asked for: how far down a relevant passage is tells what a reranker could win."""

_BATCH = 16


class System(Protocol):
    """Anything that can be asked: the assistant, a fake, another system behind an adapter."""

    def ask_batch(self, questions: Sequence[str], k: int, within: Collection[str] | None = None) -> list[Answer]:
        """One answer for each question, in order, each with at most k citations, best first.

        `within`, when given, are the names of the only documents that may be cited.
        """
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """One question, what was answered, and the scores (names from `MEASURES`).

    `right` is what the confidence should foresee.
    """

    question: ResolvedQuestion
    answer: Answer
    ranking: Ranking
    measures: Mapping[str, float]

    @property
    def right(self) -> bool | None:
        """Whether citation 1 answers the question; None where nobody knows which passages do."""
        if not self.question.gold.answerable:
            return False
        if not any(grade > 0 for grade in self.ranking.qrels.values()):
            return None
        return any(self.ranking.qrels.get(name, 0) > 0 for name in self.ranking.ids[:1])


@dataclass(frozen=True, slots=True)
class Run:
    """The results of all gold questions, in the order of the gold set, asked for k citations each."""

    results: tuple[Result, ...]
    k: int


def run(
    system: System,
    gold: Sequence[ResolvedQuestion],
    k: int = DEPTH,
    progress: Callable[[int], object] | None = None,
    *,
    documents: Iterable[Document],
    passages: Iterable[Unit] = (),
) -> Run:
    """Ask every question and score it. `progress` is told the number of questions answered since its last call.

    `documents` are the sources that were searched, `passages` what they were split into: the qrels are made of these.
    With k below 10, the measures that look deeper see k citations only. Raises what the system raises.
    """
    answers: list[Answer] = []
    for batch in _batches(gold):
        answers += _asked(system, batch, k)
        if progress is not None:
            progress(len(batch))
    by_document: dict[str, list[Unit]] = {}
    for unit in passages:
        by_document.setdefault(unit.document_sha256, []).append(unit)
    sources = {document.sha256: document for document in documents}
    rankings = []
    for question, answer in zip(gold, answers, strict=True):
        proved = {place.document_sha256 for place in question.evidence}
        near = (unit for sha256 in sorted(proved) for unit in by_document.get(sha256, ()))
        rankings.append(ranking_of(question, answer, near))
    return Run(
        tuple(
            Result(question, answer, ranking, _scores(question, answer, scores, sources))
            for question, answer, ranking, scores in zip(
                gold, answers, rankings, ranking_measures(rankings), strict=True
            )
        ),
        k,
    )


def _batches(gold: Sequence[ResolvedQuestion]) -> Iterator[list[ResolvedQuestion]]:
    """Neighbours that search the same documents, at most `_BATCH` of them."""
    for _, group in groupby(gold, key=lambda question: question.within):
        same = list(group)
        yield from (same[start : start + _BATCH] for start in range(0, len(same), _BATCH))


def _asked(system: System, batch: Sequence[ResolvedQuestion], k: int) -> list[Answer]:
    answers = system.ask_batch([question.gold.question for question in batch], k, within=batch[0].within)
    if len(answers) != len(batch):
        raise ValueError(f"{len(batch)} questions were asked, {len(answers)} answers came back")
    return answers


def _scores(
    question: ResolvedQuestion, answer: Answer, ranking: Mapping[str, float], sources: Mapping[str, Document]
) -> dict[str, float]:
    """All measures of one answer. An unanswerable question has the last two only: rightly refused, and verbatim?"""
    gold = question.gold
    both = {
        "decision": float(answer.answerable == gold.answerable),
        "verbatim": verbatim(answer, sources),
    }
    if not gold.answerable:
        return both
    scores = dict(ranking)
    if question.evidence:
        scores |= quote_scores(answer.citations, question.evidence)
    if question.answers:
        text = answer.answer.text if answer.answer is not None else None
        scores |= answer_scores(text, question.answers, gold.all_answers)
    return scores | both


def depth_note(k: int) -> str | None:
    """What to tell whoever asks for fewer citations than the measures look at."""
    return f"{k} citations are asked for: measures at {CUT} see no more" if k < CUT else None
