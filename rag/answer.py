"""The answer, one shape for Python, the command line, REST and the page."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AuthorRecord(_Record):
    """A name with the office that stands beside it."""

    name: str
    office: str


class ArticleRecord(_Record):
    """The article that a citation comes from; `index` counts the document's articles from 0."""

    title: str
    authors: list[AuthorRecord]
    region: str | None
    index: int


class Quote(_Record):
    """Verbatim source text: `text == source[start:end]`."""

    start: int
    end: int
    text: str


class ShortAnswer(Quote):
    """The shortest verbatim span that answers, and the document it stands in."""

    document: str


class Citation(_Record):
    """One passage, with its place in the source and the sentence or sentences that prove the answer."""

    rank: int = Field(ge=1)
    score: float = Field(ge=0, le=1, description="calibrated probability that this passage answers the question")
    document: str
    document_sha256: str
    article: ArticleRecord
    passage_id: str
    start: int
    end: int
    text: str
    display_text: str
    quote: Quote
    parts: dict[str, float] = Field(description="the raw scores that `score` was made from, one per arm")
    url: str


class CollectionRecord(_Record):
    """What was asked: the generation and the encoders of the collection."""

    generation: int
    encoders: list[str]


class SupportingSpan(_Record):
    """The sentence of a cited passage that is nearest to a written one: its place in the source."""

    rank: int
    start: int
    end: int


class WrittenSentence(_Record):
    """A sentence of the writer's; `citations` are the ranks of the passages that bear it out."""

    text: str
    citations: list[int]
    supported_by: list[SupportingSpan]


class Written(_Record):
    """The answer in the words of a language model, of which only the sentences are left that passages bear out.

    `text` joins them, each followed by its numbers: "" where there are none, and `notice` says why in the question's
    language (in English where it is not Chinese). `dropped` counts the sentences that were left out.
    """

    text: str
    sentences: list[WrittenSentence]
    dropped: int = Field(ge=0)
    model: str
    notice: str | None


class Answer(_Record):
    """The result of one question. `answer` is null and `reason` is set when `answerable` is false.

    `written` is there only where a writer is set and the question is answerable.
    """

    question: str
    language: str
    answerable: bool
    confidence: float = Field(ge=0, le=1)
    reason: str | None = None
    answer: ShortAnswer | None
    citations: list[Citation]
    timing_ms: dict[str, float]
    collection: CollectionRecord
    written: Written | None = Field(default=None, exclude_if=lambda value: value is None)


class SearchResult(_Record):
    """Passages alone, best first, without a decision whether one answers: those from `offset` on of `total` ranked."""

    question: str
    language: str
    offset: int = Field(ge=0)
    total: int = Field(ge=0, description="how many passages were ranked; the same for every offset")
    citations: list[Citation]
    timing_ms: dict[str, float]
    collection: CollectionRecord
