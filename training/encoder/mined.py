"""Hard negatives: what an encoder finds nearest to a question among the passages of its source, and no answer.

As in Xiong et al. 2021 ("Approximate Nearest Neighbor Negative Contrastive Learning"), but with one encoder throughout,
the shipped one, from whose weights the training then begins. What may be an answer that nobody marked is left out: a
passage with the words of an accepted answer, one of the document that tells the question's other half, and one of any
other document where the question names none.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from index.encoders import Encoder, Vectors
from training.reader.records import Question, Source, Text

NEAREST = 30  # passages that are looked at
HARDEST = 8  # of those that are left, one of the first so many is taken
MOST_PASSAGES = 5_000  # of a source with more nothing is mined: embedding them takes longer than the training


class Mined:
    """Chooses for each question a passage that is no answer. All of a source's passages are embedded beforehand."""

    def __init__(self, sources: Sequence[Source], encoder: Encoder) -> None:
        self._encoder = encoder
        self._passages: dict[str, list[Text]] = {}
        self._vectors: dict[str, Vectors] = {}
        for source in sources:
            found = {text.key: text for text in (*(q.passage for q in source.questions), *source.texts)}
            if len(found) <= MOST_PASSAGES:
                self._passages[source.name] = list(found.values())
                self._vectors[source.name] = encoder.embed_passages([text.headed(text.text) for text in found.values()])

    def of(
        self, source: str, questions: Sequence[Question], asked: Sequence[str], chance: random.Random
    ) -> list[Text | None]:
        """For each question, in order, a passage; `asked` is how they are worded. None where nothing is mined."""
        if source not in self._passages:
            return [None] * len(questions)
        passages = self._passages[source]
        cosines = self._encoder.embed_queries(asked) @ self._vectors[source].T
        found: list[Text | None] = []
        for question, row in zip(questions, cosines, strict=True):
            nearest = (passages[at] for at in np.argsort(-row, kind="stable")[:NEAREST])
            left = [text for text in nearest if not may_answer(question, text)][:HARDEST]
            found.append(chance.choice(left) if left else None)
        return found


def may_answer(question: Question, text: Text) -> bool:
    """Whether the passage answers the question, or might without being marked."""
    if text.key == question.passage.key or text.article == question.other_half:
        return True
    if text.article != question.passage.article and not question.only_here:
        return True
    return any(answer.of(question.passage.text) in text.text for answer in question.answers)
