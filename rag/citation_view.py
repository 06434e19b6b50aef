"""The citations as HTML: a card for each, with its place, its quote, its score and its copies. All is escaped."""

from __future__ import annotations

from datetime import date
from html import escape

from rag.answer import Answer, Citation
from rag.citation_formats import formats
from rag.feedback_view import feedback_buttons
from rag.render import lang_of, place_line
from rag.shown_text import shown_span
from rag.strings import Words

MAIN_PARTS = ("dense", "lexical", "rerank")
SKELETONS = 3


def citation_cards(answer: Answer, words: Words, *, origin: str = "", today: date | None = None) -> str:
    """One card per citation, best first, the quote marked in the passage; "" for none.

    `origin` goes before the links of what is copied, `today` (this day) is their date of access.
    """
    if not answer.citations:
        return ""
    heading = escape(words("citations" if answer.answerable else "citations.closest"))
    cards = "".join(_citation(answer, citation, words, origin, today or date.today()) for citation in answer.citations)
    return f"<h2>{heading}</h2>{cards}"


def citation_skeletons(words: Words) -> str:
    """Stand in place of the citations while they are looked for."""
    card = '<div class="citation card waiting" aria-hidden="true"><i></i><i></i><i></i></div>'
    return f"<h2>{escape(words('citations'))}</h2>{card * SKELETONS}"


def _citation(answer: Answer, citation: Citation, words: Words, origin: str, today: date) -> str:
    shown = citation.display_text
    start, end = shown_span(
        citation.text, shown, citation.quote.start - citation.start, citation.quote.end - citation.start
    )
    title = citation.article.title or citation.document
    position = words("position", first=citation.quote.start, last=citation.quote.end)
    return (
        f'<article class="citation card" data-rank="{citation.rank}">'
        f'<header><span class="number" aria-hidden="true">{citation.rank}</span>'
        f'<h3{lang_of(title)}><a href="{escape(citation.url)}" data-open>{escape(title)}</a></h3></header>'
        f'<p class="place">{place_line(citation)} <span class="position">{escape(position)}</span></p>'
        f'<blockquote{lang_of(shown)} cite="{escape(citation.url)}">{escape(shown[:start])}'
        f"<mark>{escape(shown[start:end])}</mark>{escape(shown[end:])}</blockquote>{_score(citation, words)}"
        f'<footer><a class="open" href="{escape(citation.url)}" data-open>{escape(words("open"))}</a>'
        f"{_copies(citation, words, origin, today)}</footer>{feedback_buttons(answer, citation, words)}</article>"
    )


def _score(citation: Citation, words: Words) -> str:
    """The probability as a bar; opened, what it was made of."""
    percent = round(citation.score * 100)
    label = escape(words("score"))
    rows = "".join(_part(name, citation.parts.get(name), words) for name in MAIN_PARTS)
    return (
        f'<details class="score"><summary title="{escape(words("score.parts"))}"><span>{label}</span>'
        f'<span class="bar" aria-hidden="true"><i style="width:{percent}%"></i></span><b>{percent}%</b></summary>'
        f"<p>{escape(words('score.about'))}</p><dl>{rows}</dl></details>"
    )


def _part(name: str, value: float | None, words: Words) -> str:
    shown = escape(words("score.unread")) if value is None else f"{value:.2f}"
    about = escape(words(f"score.{name}.about"))
    return f"<div><dt>{escape(words(f'score.{name}'))}</dt><dd><b>{shown}</b> {about}</dd></div>"


def _copies(citation: Citation, words: Words, origin: str, today: date) -> str:
    made = formats(citation, words, origin, today)
    done, failed = escape(words("copy.done")), escape(words("copy.failed"))
    buttons = "".join(
        f'<button type="button" data-copy="{escape(text)}" data-done="{done}" data-failed="{failed}">'
        f"{escape(words(f'copy.{name}'))}</button>"
        for name, text in (("text", made.text), ("markdown", made.markdown), ("gbt7714", made.gbt7714))
    )
    label = escape(words("copy.number", rank=citation.rank))
    return (
        f'<span class="copies" role="group" aria-label="{label}"><span>{escape(words("copy"))}</span>{buttons}</span>'
    )
