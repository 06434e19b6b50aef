"""Asks the gold questions and scores the answers; a question's scores are kept beside its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval import measures
from eval.dataset import ResolvedQuestion
from rag.answer import Answer

MEASURES = (
    "success@1",
    "success@3",
    "success@5",
    "recall@5",
    "mrr@10",
    "ndcg@10",
    "quote-iou",
    "contains",
    "char-f1",
    "decision",
)
"""Scores of a single question, higher is better. All but `decision` are of answerable questions only."""

DEPTH = 10
"""Citations that the deepest measures look at."""

_BATCH = 16


class Answers(Protocol):
    """Anything that can be asked: the assistant, a fake, another system behind an adapter."""

    def ask_batch(self, questions: Sequence[str], k: int) -> list[Answer]:
        """One answer for each question, in order, each with at most k citations, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """One question, what was answered, and the scores (names from `MEASURES`)."""

    question: ResolvedQuestion
    answer: Answer
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Run:
    """The results of all gold questions, in the order of the gold set, asked for k citations each."""

    results: tuple[Result, ...]
    k: int


def run(
    assistant: Answers,
    gold: Sequence[ResolvedQuestion],
    k: int = DEPTH,
    progress: Callable[[int], object] | None = None,
) -> Run:
    """Ask every question and score it. `progress` is told the number of questions answered since its last call.

    With k below 10, the measures that look deeper see k citations only. Raises what the assistant raises.
    """
    results: list[Result] = []
    for start in range(0, len(gold), _BATCH):
        batch = gold[start : start + _BATCH]
        answers = assistant.ask_batch([item.gold.question for item in batch], k)
        results += [Result(item, answer, score(item, answer)) for item, answer in zip(batch, answers, strict=True)]
        if progress is not None:
            progress(len(batch))
    return Run(tuple(results), k)


def score(question: ResolvedQuestion, answer: Answer) -> dict[str, float]:
    """All measures of one answer. An unanswerable question has only `decision`: was it rightly refused?"""
    gold = question.gold
    decision = {"decision": float(answer.answerable == gold.answerable)}
    if not gold.answerable:
        return decision
    covered = measures.coverage(answer.citations, question.evidence)
    spans = len(question.evidence)
    text = answer.answer.text if answer.answer is not None else None
    return {
        "success@1": measures.success_at(1, covered),
        "success@3": measures.success_at(3, covered),
        "success@5": measures.success_at(5, covered),
        "recall@5": measures.recall_at(5, covered, spans),
        "mrr@10": measures.reciprocal_rank(DEPTH, covered),
        "ndcg@10": measures.ndcg(DEPTH, covered, spans),
        "quote-iou": measures.quote_iou(answer.citations, question.evidence),
        "contains": measures.contains(text, question.answers, gold.all_answers),
        "char-f1": measures.char_f1(text, question.answers, gold.all_answers),
        **decision,
    }


def summary(results: Sequence[Result]) -> dict[str, float | int | None]:
    """Means of `MEASURES` and the abstention figures of these results, None where there is nothing to measure.

    Means are over the gold questions, whether or not anything was answered.
    """
    answerable = [result.answer for result in results if result.question.gold.answerable]
    unanswerable = [result.answer for result in results if not result.question.gold.answerable]
    sure, unsure = ([answer.confidence for answer in side] for side in (answerable, unanswerable))
    figures: dict[str, float | int | None] = {"answerable": len(answerable), "unanswerable": len(unanswerable)}
    for name in MEASURES:
        scores = [result.measures[name] for result in results if name in result.measures]
        figures[name] = sum(scores) / len(scores) if scores else None
    figures["false-answer-rate"] = measures.share([answer.answerable for answer in unanswerable])
    figures["false-refusal-rate"] = measures.share([not answer.answerable for answer in answerable])
    figures["auroc"] = measures.auroc(sure, unsure)
    figures["false-answers@10%"] = measures.false_answers_at(sure, unsure)
    return figures
