"""Questions to begin with, made from what the collection holds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from index.regions import romanised
from index.schema import Document
from rag.strings import Words

MAX_EXAMPLES = 4


def example_questions(documents: Sequence[Document], words: Words) -> tuple[str, ...]:
    """Questions made from the collection's own regions and titles, at most `MAX_EXAMPLES`, none twice."""
    keys = ("example.region.did", "example.region.achieved")
    found: dict[str, None] = {}
    for number, article in enumerate(article for document in documents for article in document.articles):
        if article.region:
            question = words(keys[number % 2], region=region_name(article.region, words))
        else:
            question = words("example.title", title=article.title)
        found.setdefault(question)
        if len(found) == MAX_EXAMPLES:
            break
    return tuple(found)


def region_name(region: str, words: Words) -> str:
    """The region as the interface's language writes it: 青岛, Qingdao."""
    return region if words.language == "zh" else romanised(region)


def example_chips(questions: Sequence[str], words: Words) -> str:
    """Buttons that ask a question each; "" for none."""
    chips = "".join(
        f'<button type="button" data-question="{text}" title="{text}">{text}</button>'
        for text in map(escape, questions)
    )
    return f"<span>{escape(words('examples'))}</span>{chips}" if chips else ""
