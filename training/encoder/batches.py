"""Batches of questions with the texts that answer them, each other's negatives.

A batch is drawn from few documents, so that the negatives are near: other passages of the same report, and the same
passage of the next province's. All its texts are whole passages, or all are sentences: both are searched. Where hard
negatives are mined each question brings one more text.
"""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.benchmarks.held_out import ONE_IN, held_out
from index.schema import Span
from index.sentences import sentence_spans
from rag.reading.inputs import units
from training.encoder.mined import Mined, may_answer
from training.reader.records import Question, Source, Text
from training.reader.sets import own, squad_like, xquad
from training.reader.variants import varied
from training.reader.windows import Cut

TITLED = 0.5  # of the batches have titles as contexts, where these are not contexts of ours
SENTENCES = 0.5  # of the batches are of sentences
SHORTEST_LINE = 15  # code points of Chinese: greetings and headings recur every year
FEW = 3  # documents that a batch of our own questions is about


@dataclass(frozen=True, slots=True)
class Batch:
    """n questions, their n texts, and more; `open_to` bool (n, texts): whether text j is a negative, or the answer, of
    question i.

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
        own(data, 0.50),
        Source("xquad over zh", 0.20, tuple(q for q in crossed if q.passage.language == "zh")),
        Source("xquad over en", 0.03, tuple(q for q in crossed if q.passage.language == "en")),
        Source("cmrc2018", 0.15, tuple(squad_like(data / "training/cmrc2018_train"))),
        Source("drcd", 0.04, tuple(drcd)),
        Source("jaquad", 0.03, tuple(squad_like(data / "training/jaquad_train"))),
        Source("parallel", 0.05, tuple(parallel(data / "training/gov_report_pairs"))),
    )


def parallel(folder: Path) -> Iterator[Question]:
    """The sentences of the government reports in English, each "answered" by the Chinese one that it translates.

    The others of the same year are its negatives. Few of the batches: alone they teach translation, not retrieval.
    """
    with (folder / "pairs.jsonl").open(encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            text = row["zh"]
            if len(text) >= SHORTEST_LINE:
                year = f"{folder.name} {row['year']}"
                passage = Text(f"{folder.name} line {number}", year, "", text, "zh")
                yield Question(passage.key, row["en"], "en", row["en"], passage, (Span(0, len(text)),))


class Batches:
    """An endless sequence of batches of `size`, by number: made from (seed, number) alone."""

    def __init__(self, sources: Sequence[Source], seed: int, size: int, mined: Mined | None = None) -> None:
        self._sources, self._seed, self._size, self._mined = sources, seed, size, mined
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
        open_to = _open(questions, texts)
        if self._mined is None:
            return Batch(source.name, asked, texts, open_to)
        found = self._mined.of(source.name, questions, asked, chance)
        more = [(q, text) for q, text in zip(questions, found, strict=True) if text is not None]
        further = tuple(_negative(question, text, sentences, titled) for question, text in more)
        beside = [[not may_answer(question, text) for _, text in more] for question in questions]
        closed = np.array(beside, np.bool_).reshape(len(questions), len(more))
        return Batch(source.name, asked, texts + further, np.concatenate([open_to, closed], axis=1))

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
    return question.passage.headed(text) if titled else text


def _negative(question: Question, passage: Text, sentence: bool, titled: bool) -> str:
    """As `_text`: of sentences the one that shares most with the question."""
    text = passage.text
    if sentence:
        cut = Cut.of(passage)
        wanted = frozenset(key for *_, key in units(question.asked))
        text = cut.sentences[cut.best(wanted, range(len(cut.sentences)))].of(text).strip()
    return passage.headed(text) if titled else text


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
