"""What the formats of benchmarks have in common: passages, questions, and which passage answers which question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from index.errors import InputError
from index.schema import Span


class BenchmarkInvalid(InputError):
    """A folder is no benchmark that is known here, or its files have problems; the message lists them."""

    slug: ClassVar[str] = "benchmark-invalid"


@dataclass(frozen=True, slots=True)
class BenchmarkPassage:
    """A text that is searched as one document. `language` is "" where nothing tells it."""

    id: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """Where an answer stands: code points into the text of a passage, end exclusive."""

    passage: str
    span: Span


@dataclass(frozen=True, slots=True)
class BenchmarkQuestion:
    """A question; passages go by their ids.

    Any of `answers` is enough, with `all_answers` all are needed; empty where none can be compared with. `places` are
    those of the answers that are known. `relevant` are the passages that answer, with their grades, above 0;
    `negatives` do not answer although they look like it. `candidates` are the only passages that may be searched
    (empty: all of them). An answerable question with `candidates` and nothing `relevant` is answered by one of them,
    but nobody knows which.
    """

    id: str
    language: str
    question: str
    answerable: bool
    answers: tuple[str, ...] = ()
    all_answers: bool = False
    places: tuple[AnswerPlace, ...] = ()
    relevant: Mapping[str, int] = field(default_factory=dict)
    negatives: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    note: str = ""

    @property
    def needs(self) -> frozenset[str]:
        """The ids of every passage that it names."""
        return frozenset((*self.relevant, *self.negatives, *self.candidates))


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Passages of unlike texts and the questions over them. `left_out` counts questions that are not, by the reason."""

    name: str
    passages: tuple[BenchmarkPassage, ...]
    questions: tuple[BenchmarkQuestion, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def merged(
    passages: Iterable[BenchmarkPassage], questions: Iterable[BenchmarkQuestion]
) -> tuple[tuple[BenchmarkPassage, ...], tuple[BenchmarkQuestion, ...]]:
    """Make one passage of those with equal text: the first stays, and questions name it in place of the others.

    A passage that is both relevant and negative after that is relevant; of two grades the higher one counts.
    """
    first: dict[str, BenchmarkPassage] = {}
    same = {passage.id: first.setdefault(passage.text, passage).id for passage in passages}

    def renamed(question: BenchmarkQuestion) -> BenchmarkQuestion:
        relevant: dict[str, int] = {}
        for name, grade in question.relevant.items():
            relevant[same[name]] = max(grade, relevant.get(same[name], 0))
        return replace(
            question,
            relevant=relevant,
            negatives=tuple(dict.fromkeys(same[n] for n in question.negatives if same[n] not in relevant)),
            candidates=tuple(dict.fromkeys(same[name] for name in question.candidates)),
            places=tuple(AnswerPlace(same[place.passage], place.span) for place in question.places),
        )

    return tuple(first.values()), tuple(map(renamed, questions))
