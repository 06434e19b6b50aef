"""What was read from one document's layout, to be looked at on the page: where every character went, and why."""

from __future__ import annotations

import re
from html import escape

from index.schema import Article, Document, Span
from rag.render import lang_of
from rag.strings import TABLE, Words

AUDIT_URL = "/documents/{id}/audit"
TOML_URL = "/documents/{id}/digest.toml"
LONGEST = 120  # code points of a piece of furniture that are shown

_RUNNING_HEAD = re.compile(r"running head: the line stands (\d+) times")


def audit(document: Document, words: Words) -> str:
    """Coverage as a bar, articles with their places, furniture with its reason, and the digest.toml to correct it."""
    outline = "".join(_article(article, words) for article in document.articles)
    pieces = "".join(
        f"<li><q{lang_of(_piece(document, mark.span))}>"
        f"{escape(_piece(document, mark.span) or words('audit.blank'))}</q>"
        f"<span>{escape(reason(mark.reason, words))}</span><small>{_place(mark.span)}</small></li>"
        for mark in document.furniture
    )
    furniture = f"<ul>{pieces}</ul>" if pieces else f"<p>{escape(words('audit.furniture.none'))}</p>"
    return (
        f"{_coverage(document, words)}<h4>{escape(words('audit.outline'))}</h4><ol>{outline}</ol>"
        f"<h4>{escape(words('audit.furniture.title'))}</h4>{furniture}"
        f'<p class="toml"><a href="{escape(TOML_URL.format(id=document.id))}" download="digest.toml">'
        f"{escape(words('audit.toml'))}</a> {escape(words('audit.toml.help'))}</p>"
    )


def reason(told: str, words: Words) -> str:
    """Why something is furniture, in the visitor's language where we know the reason, else as it was told."""
    head = _RUNNING_HEAD.fullmatch(told)
    if head:
        return words("reason.running-head", count=head[1])
    known = (key for key, row in TABLE.items() if key.startswith("reason.") and row["en"] == told)
    key = next(known, None)
    return words(key) if key is not None else told


def _coverage(document: Document, words: Words) -> str:
    total = len(document.text)
    inside = sum(len(span) for article in document.articles for span in article.spans)
    outside = sum(len(mark.span) for mark in document.furniture)
    share = 100 * inside / total if total else 0.0
    text = " · ".join(
        (
            words("audit.articles", count=f"{inside:,}", percent=f"{share:.1f} %"),
            words("audit.furniture", count=f"{outside:,}", percent=f"{100 - share:.1f} %"),
            words("audit.whole", count=f"{inside + outside:,}"),
        )
    )
    label = escape(words("audit.coverage"))
    return (
        f'<h4>{label}</h4><div class="coverage" role="img" aria-label="{escape(text)}">'
        f'<i style="width:{share:.2f}%"></i></div><p class="shares">{escape(text)}</p>'
    )


def _article(article: Article, words: Words) -> str:
    authors = "、".join(" ".join(filter(None, (one.name, one.office))) for one in article.authors)
    spans = ", ".join(map(_place, article.spans))
    region = f'<span class="region"{lang_of(article.region)}>{escape(article.region)}</span>' if article.region else ""
    return (
        f"<li><b{lang_of(article.title)}>{escape(article.title or words('audit.untitled'))}</b>{region}"
        f"<span{lang_of(authors)}>{escape(authors)}</span>"
        f"<small>{escape(words('audit.article', paragraphs=len(article.paragraphs), spans=spans))}</small></li>"
    )


def _piece(document: Document, span: Span) -> str:
    text = " ".join(span.of(document.text).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _place(span: Span) -> str:
    return f"{span.start}–{span.end}"
