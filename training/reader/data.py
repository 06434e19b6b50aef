"""The stream of training groups: a question with the window that answers it, and others that don't.

Group number i is made from (seed, i) alone, so a run that was cut off goes on with the same groups.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from index.lexical import LexicalIndex
from index.schema import Span
from rag.reading.inputs import Pair, units
from training.reader.nearmiss import NearMisses
from training.reader.places import asked_in, context_in, two_places
from training.reader.records import Question, Source, Text
from training.reader.variants import joined, led_in, varied
from training.reader.windows import Cut

SIMILAR = 12  # passages that the lexical search gives, to choose a negative from
ELSE = 20  # passages drawn by chance, where none of those will do
TITLED = 0.75  # of the groups have the passage's title as context
IN_CONTEXT = 0.9  # likewise, where the titles are contexts
MISSES = 0.8  # of the changed questions are near misses as written, where there are any
TWO_AT_ONCE = 0.08  # of the questions are asked together with another one
MANY_MISSES = 2  # where there are more, two negatives are near misses
PLACED = 0.25  # of the groups have a place in their contexts


@dataclass(frozen=True, slots=True)
class Group:
    """The first pair's window answers; no other's does. All have the question of the first, but for near misses."""

    source: str
    pairs: tuple[Pair, ...]


class Groups:
    """An endless sequence of groups of 1 + `negatives` pairs, by number."""

    def __init__(self, sources: Sequence[Source], seed: int | str, negatives: int = 4) -> None:
        self._sources = sources
        self._bounds = list(accumulate(source.share for source in sources))
        self._seed, self._negatives = seed, negatives
        every = (question for source in sources for question in source.questions)  # of which some are in several
        self._near = NearMisses.of({(q.passage.key, q.id, q.text): q for q in every}.values())
        self._texts: dict[str, list[Text]] = {}
        self._lexical: dict[str, LexicalIndex] = {}
        self._siblings: dict[str, list[Question]] = {}
        self._alike: dict[tuple[str, str], list[Question]] = {}
        for source in sources:
            found = {text.key: text for text in (*(q.passage for q in source.questions), *source.texts)}
            self._texts[source.name] = list(found.values())
            self._lexical[source.name] = LexicalIndex.build([text.text for text in found.values()])
            for question in source.questions:
                self._siblings.setdefault(question.passage.key, []).append(question)
                self._alike.setdefault((source.name, question.language), []).append(question)

    def __getitem__(self, number: int) -> Group:
        chance = random.Random(f"{self._seed} {number}")
        at = bisect(self._bounds, chance.random() * self._bounds[-1])
        source = self._sources[min(at, len(self._sources) - 1)]
        return self._group(source, chance.choice(source.questions), chance)

    def _group(self, source: Source, question: Question, chance: random.Random) -> Group:
        window = _cut(question.passage).around(question.answers[0], chance)
        titled = chance.random() < (IN_CONTEXT if source.in_context else TITLED)
        beside = chance.choice(self._alike[source.name, question.language]) if chance.random() < TWO_AT_ONCE else None
        text = _asked(question, beside, chance)
        positive = _pair(text, question.passage, window, titled, question.answers)
        misses = chance.sample(question.near_misses, len(question.near_misses))
        made = _Made(source.name, question, beside, positive, window, titled, misses, chance)
        makers: list[Callable[[_Made], Pair | None]] = [self._elsewhere, self._similar, self._changed]
        many = len(question.near_misses) > MANY_MISSES
        makers.append(self._changed if many else chance.choice((*makers, self._other_question)))
        others = (makers[at % len(makers)](made) or self._similar(made) for at in range(self._negatives))
        pairs = [positive, *others]
        if chance.random() < PLACED and not source.in_context:
            pairs = _placed(pairs, question.language, chance)
        return Group(source.name, tuple(pairs))

    def _elsewhere(self, made: _Made) -> Pair | None:
        """Another window of the same passage, without the sentence of the answer."""
        cut = _cut(made.question.passage)
        answers = made.question.answers
        shut = [span for span in cut.sentences if any(span.overlap(answer) for answer in answers)]
        return _window_of(cut, made, shut)

    def _similar(self, made: _Made) -> Pair:
        """A window of a passage that a lexical search finds for the question."""
        texts = self._texts[made.source]
        rows = [row for row, _ in self._lexical[made.source].search(made.question.asked, SIMILAR)]
        made.chance.shuffle(rows)
        for row in [*rows, *(made.chance.randrange(len(texts)) for _ in range(ELSE))]:
            passage, text = made.question.passage, texts[row]
            answering = {passage.key, made.beside.passage.key if made.beside is not None else ""}
            apart = text.key not in answering and text.article != made.question.other_half
            if apart and (made.question.only_here or text.article == passage.article):
                pair = _window_of(_cut(text), made)
                if pair is not None:
                    return pair
        return replace(made.positive, window=made.positive.question, answers=())  # the only passage there is

    def _changed(self, made: _Made) -> Pair | None:
        """The same window, a near miss of the question, or the question changed in one thing."""
        if made.misses and made.chance.random() < MISSES:
            text: str | None = varied(made.misses.pop(), made.chance)
        else:  # before anything is put around it: a change there would leave the question itself as it was
            read = made.positive.context + made.positive.window
            text = self._near.of_question(made.question, varied(made.question.text, made.chance), read, made.chance)
        if text is None:
            return None
        return replace(made.positive, question=_framed(text, made.question, made.beside, made.chance), answers=())

    def _other_question(self, made: _Made) -> Pair | None:
        """The same window, another question in the same language whose answer stands elsewhere in the passage."""
        others = [
            other.text
            for other in self._siblings[made.question.passage.key]
            if other.language == made.question.language and not any(a.overlap(made.window) for a in other.answers)
        ]
        return replace(made.positive, question=made.chance.choice(others), answers=()) if others else None


@dataclass(frozen=True, slots=True)
class _Made:
    """What is settled of a group when its negatives are made, and the near misses that are left."""

    source: str
    question: Question
    beside: Question | None
    positive: Pair
    window: Span
    titled: bool
    misses: list[str]
    chance: random.Random


def _asked(question: Question, beside: Question | None, chance: random.Random) -> str:
    """The question in its own words or changed ones, framed."""
    return _framed(varied(question.text, chance), question, beside, chance)


def _framed(text: str, question: Question, beside: Question | None, chance: random.Random) -> str:
    """`text`, asked in place of the question, before or after the other one, or behind a lead-in, or as it is."""
    if beside is not None and beside.passage.key != question.passage.key:
        return joined(*chance.sample((text, beside.text), 2), question.language)
    return led_in(text, question.language, chance)


def _pair(text: str, passage: Text, window: Span, titled: bool, answers: Sequence[Span] = ()) -> Pair:
    inside = tuple(
        Span(answer.start - window.start, answer.end - window.start)
        for answer in answers
        if window.start <= answer.start and answer.end <= window.end
    )
    return Pair(text, passage.title if titled else "", window.of(passage.text), inside)


def _window_of(cut: Cut, made: _Made, shut: Sequence[Span] = ()) -> Pair | None:
    """The sentence that shares most with the question in two of three cases, else any; None where it may answer."""
    free = [at for at, span in enumerate(cut.sentences) if not any(span.overlap(closed) for closed in shut)]
    if not free:
        return None
    wanted = frozenset(key for *_, key in units(made.question.asked))
    at = cut.best(wanted, free) if made.chance.random() < 2 / 3 else made.chance.choice(free)
    window = cut.around(cut.sentences[at], made.chance, shut)
    pair = _pair(made.positive.question, cut.passage, window, made.titled)
    related = cut.passage.article == made.question.passage.article
    accepted = {answer.of(made.question.passage.text) for answer in made.question.answers}
    return None if related and any(answer in pair.window for answer in accepted) else pair


@lru_cache(maxsize=20_000)
def _cut(passage: Text) -> Cut:
    return Cut.of(passage)


def _placed(pairs: Sequence[Pair], language: str, chance: random.Random) -> list[Pair]:
    """The group with a place in its contexts and, in two of three cases, in its questions too.

    Then one negative is the answering window of another place; else the place is beside the point.
    """
    asked, other = two_places(language, chance)
    named = chance.random() < 2 / 3
    contexts = [context_in(asked if chance.random() < 0.6 else other, pair.context, chance) for pair in pairs]
    contexts[0] = context_in(asked, pairs[0].context, chance)
    placed = [replace(pair, context=context) for pair, context in zip(pairs, contexts, strict=True)]
    if not named:
        return placed
    question = asked_in(pairs[0].question, asked, language, chance)
    placed = [
        replace(pair, question=question if pair.question == first else asked_in(pair.question, asked, language, chance))
        for first in [pairs[0].question]
        for pair in placed
    ]
    if len(placed) > 1:
        placed[-1] = replace(placed[0], context=context_in(other, pairs[0].context, chance), answers=())
    return placed
