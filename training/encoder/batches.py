"""Batches of questions with the texts that answer them, each other's negatives.

A batch is drawn from few documents, so that the negatives are near: other passages of the same report, and the same
passage of the next province's. All its texts are whole passages, or all are sentences: both are searched.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.benchmarks.held_out import ONE_IN, held_out
from index.sentences import sentence_spans
from training.reader.records import Question, Source
from training.reader.sets import own, squad_like, xquad
from training.reader.variants import varied

TITLED = 0.5  # of the batches have titles as contexts, where these are not contexts of ours
SENTENCES = 0.5  # of the batches are of sentences
FEW = 3  # documents that a batch of our own questions is about


@dataclass(frozen=True, slots=True)
class Batch:
    """n questions and their n texts; `open_to` bool (n, n): whether text j is a negative, or the answer, of question i.

    What may answer as well is closed: another question's text of the same passage, a like passage of another report
    where the question names none, one of the document that answers the question's other half.
    """

    source: str
    questions: tuple[str, ...]
    texts: tuple[str, ...]
    open_to: npt.NDArray[np.bool_]


def encoder_sources(data: Path) -> tuple[Source, ...]:
    """The sets that are trained on, under `data`, each without what is held out, as for the reader."""
    crossed = [q for q in xquad(data) if not held_out(q.passage.article, ONE_IN["xquad_train"])]
    drcd = [q for q in squad_like(data / "qa/drcd_dev") if not held_out(q.passage.article, ONE_IN["drcd_dev"])]
    return (
        own(data, 0.55),
        Source("xquad over zh", 0.20, tuple(q for q in crossed if q.passage.language == "zh")),
        Source("xquad over en", 0.03, tuple(q for q in crossed if q.passage.language == "en")),
        Source("cmrc2018", 0.15, tuple(squad_like(data / "training/cmrc2018_train"))),
        Source("drcd", 0.04, tuple(drcd)),
        Source("jaquad", 0.03, tuple(squad_like(data / "training/jaquad_train"))),
    )


class Batches:
    """An endless sequence of batches of `size`, by number: made from (seed, number) alone."""

    def __init__(self, sources: Sequence[Source], seed: int, size: int) -> None:
        self._sources, self._seed, self._size = sources, seed, size
        self._bounds = list(accumulate(source.share for source in sources))
        self._by_article: dict[str, dict[str, list[Question]]] = {}
        for source in sources:
            found = self._by_article.setdefault(source.name, {})
            for question in source.questions:
                found.setdefault(question.passage.article, []).append(question)

    def __getitem__(self, number: int) -> Batch:
        chance = random.Random(f"{self._seed} {number}")
        at = bisect(self._bounds, chance.random() * self._bounds[-1])
        source = self._sources[min(at, len(self._sources) - 1)]
        questions = self._drawn(source, chance)
        sentences, titled = chance.random() < SENTENCES, source.in_context or chance.random() < TITLED
        texts = tuple(_text(question, sentences, titled) for question in questions)
        asked = tuple(varied(question.text, chance) for question in questions)
        return Batch(source.name, asked, texts, _open(questions, texts))

    def _drawn(self, source: Source, chance: random.Random) -> list[Question]:
        """Document by document, the larger more often, until the batch is full; of each at most one share in FEW."""
        articles = self._by_article[source.name]
        left = dict(articles)
        found: list[Question] = []
        while left and len(found) < self._size:
            (name,) = chance.choices(list(left), [len(mine) for mine in left.values()])
            mine = left.pop(name)
            room = min(self._size - len(found), -(-self._size // FEW))
            found += chance.sample(mine, min(room, len(mine)))
        return found


def _text(question: Question, sentence: bool, titled: bool) -> str:
    text = question.passage.text
    if sentence:
        holding = [span for span in sentence_spans(text) if span.overlap(question.answers[0])]
        text = text[holding[0].start : holding[-1].end].strip()
    return f"{question.passage.title}\n{text}" if titled and question.passage.title else text


def _open(questions: Sequence[Question], texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    size = len(questions)
    found = np.ones((size, size), np.bool_)
    for i, question in enumerate(questions):
        for j, other in enumerate(questions):
            same = texts[i] == texts[j] or (question.passage.key == other.passage.key and _answers(question, texts[j]))
            apart = question.passage.article != other.passage.article
            elsewhere = apart and (not question.only_here or other.passage.article == question.other_half)
            found[i, j] = i == j or not (same or elsewhere)
    return found


def _answers(question: Question, text: str) -> bool:
    return any(answer.of(question.passage.text) in text for answer in question.answers)
