"""A cited passage as the writer sees it and as its sentences are checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from index.layout import display
from index.schema import Span
from index.sentences import sentence_spans
from rag.answer import Citation


@dataclass(frozen=True)
class Source:
    """A citation, and the `context` that its passage has in the collection: title, region, offices."""

    citation: Citation
    context: str

    @property
    def rank(self) -> int:
        """The number it is cited by, from 1."""
        return self.citation.rank

    @property
    def heading(self) -> str:
        """Title, region and authors with their offices, on one line."""
        article = self.citation.article
        authors = ", ".join(f"{author.name} ({author.office})" if author.office else author.name
                            for author in article.authors)  # fmt: skip
        return " · ".join(part for part in (article.title, article.region or "", authors) if part)

    @cached_property
    def text(self) -> str:
        """All that may bear out a sentence: the passage, and what is known of its article."""
        return "\n".join((self.context, self.heading, self.citation.display_text))

    @cached_property
    def sentences(self) -> tuple[tuple[Span, str], ...]:
        """The passage's sentences: their places in the source, and what they say without layout breaks."""
        text, start = self.citation.text, self.citation.start
        spans = sentence_spans(text) or (Span(0, len(text)),)
        return tuple((Span(start + span.start, start + span.end), display(span.of(text))) for span in spans)
