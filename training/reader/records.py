"""What the recipe is fed with: passages, questions over them, and streams of questions."""

from __future__ import annotations

from dataclasses import dataclass

from index.schema import Span


@dataclass(frozen=True, slots=True)
class Text:
    """A passage: `key` is unique in all sets; passages with the same `article` may answer each other's questions."""

    key: str
    article: str
    title: str
    text: str
    language: str

    def headed(self, part: str) -> str:
        """`part` of the text under the title, as an encoder sees it."""
        return f"{self.title}\n{part}" if self.title else part


@dataclass(frozen=True, slots=True)
class Question:
    """A question over one passage, with the spans of it that answer (one at least).

    `asked` is the same question in the passage's language where the set has it, else the question itself: what a
    lexical search goes by.
    """

    id: str
    text: str
    language: str
    asked: str
    passage: Text
    answers: tuple[Span, ...]
    near_misses: tuple[str, ...] = ()
    """Questions that the passage looks as if it answered, and does not."""
    only_here: bool = True
    """False where a like passage of another document might answer as well, since the question names neither."""
    other_half: str = ""
    """The article that answers the rest of a question about two: none of its passages is a negative."""
    type: str = ""
    """What kind of question it is, where the set tells."""


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of training questions, with its share of the mix.

    `texts` are further passages to choose negatives from. `in_context`: the titles of the passages are contexts as the
    index makes them, with their regions; no others are put in.
    """

    name: str
    share: float
    questions: tuple[Question, ...]
    texts: tuple[Text, ...] = ()
    in_context: bool = False
