"""A source as it is: every character of it in its place, line breaks and page furniture too."""

from __future__ import annotations

from html import escape

from index.schema import Document, Span
from rag.render import lang_of


def print_view(document: Document, span: Span | None, article: int | None) -> str:
    """The whole text with `span` marked as `<mark id="cited">`, or an anchor where the `article` begins.

    What a browser takes for its text is the source, character by character: offsets can be counted in it.
    """
    text = document.text
    if span is not None:
        first, last = span.start, span.end
        marked = f'{_exact(text[:first])}<mark id="cited">{_exact(text[first:last])}</mark>{_exact(text[last:])}'
    elif article is not None:
        at = _beginning(document, article)
        marked = f'{_exact(text[:at])}<span id="here"></span>{_exact(text[at:])}'
    else:
        marked = _exact(text)
    return f'<div class="print"{lang_of(text)}>{marked}</div>'


def _beginning(document: Document, index: int) -> int:
    """Where the title stands; a title in several pieces, or none: where the first of the article stands."""
    article = document.articles[index]
    titles = [span.start for span in article.headings if span.of(document.text).strip() == article.title]
    return min(titles or [span.start for span in article.spans], default=0)


def _exact(text: str) -> str:
    """Escaped so that a carriage return stays one: browsers read a bare one as a line feed."""
    return escape(text).replace("\r", "&#13;")
