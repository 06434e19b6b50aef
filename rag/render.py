"""The small parts of the page as HTML, and what the larger ones share. All text from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from index.errors import DigestQAError
from index.schema import Document
from rag.answer import ArticleRecord, Citation
from rag.strings import Words

THEMES = ("light", "auto", "dark")

_HAN = re.compile(r"[\u3400-\u9fff]")


def header(words: Words) -> str:
    """The name of the page and what it is for; the way past it, the choice of light and dark, and a hidden notice for
    the time while the server does not answer.
    """
    themes = switch("theme", words("theme"), ((one, words(f"theme.{one}"), "") for one in THEMES), "auto")
    return (
        f'<a class="skip" href="#question">{escape(words("skip"))}</a>'
        f'<div class="away card notice" role="alert" hidden><strong>{escape(words("away"))}</strong>'
        f"<p>{escape(words('away.about'))}</p>"
        f'<button type="button" data-reload>{escape(words("away.reload"))}</button></div>'
        '<div class="masthead"><span class="seal" aria-hidden="true">答</span>'
        f"<div><h1>{escape(words('title'))}</h1><p>{escape(words('tagline'))}</p></div></div>{themes}"
    )


def switch(name: str, legend: str, choices: Iterable[tuple[str, str, str]], chosen: str) -> str:
    """Radio buttons in a row: of each its value, its label and what it means."""
    buttons = "".join(
        f'<label title="{escape(about or label)}"><input type="radio" name="{name}" value="{escape(value)}"'
        f"{' checked' if value == chosen else ''}><span>{escape(label)}</span></label>"
        for value, label, about in choices
    )
    return f'<fieldset class="switch {name}"><legend>{escape(legend)}</legend>{buttons}</fieldset>'


def footer(words: Words) -> str:
    """Links to what is beside the page."""
    return f'<a href="/docs">{escape(words("footer.api"))}</a><a href="/openapi.json">OpenAPI</a>'


def waiting(words: Words, ready: bool) -> str:
    """Shown in place of the answer while there is none."""
    text = escape(words("searching" if ready else "loading"))
    return f'<div class="card waiting" role="status"><p>{text}</p><i></i><i></i><i></i></div>'


def notice(heading: str, detail: str = "") -> str:
    """A friendly word about what did not work."""
    more = f"<p>{escape(detail)}</p>" if detail else ""
    return f'<div class="card notice" role="alert"><strong>{escape(heading)}</strong>{more}</div>'


def failure(error: DigestQAError, words: Words) -> str:
    """The notice for an error of the project's own, with its remedy."""
    return notice(words.notice(error.slug), f"{error.problem}; {error.remedy}")


def source_url(document: Document, **where: int) -> str:
    """The link that opens a document in the reader, at `start` and `end`, or at an `article`."""
    return "/?" + urlencode({"document": document.name, "sha256": document.sha256, **where})


def byline(article: ArticleRecord) -> str:
    """Authors, each with the office beside the name, as HTML."""
    return "、".join(
        f'<span class="author"{lang_of(author.name)}>{escape(author.name)}'
        f"{f' <small>{escape(author.office)}</small>' if author.office else ''}</span>"
        for author in article.authors
    )


def place_line(citation: Citation) -> str:
    """Region, authors and document of a citation, on one line."""
    region = citation.article.region
    where = f'<span class="region"{lang_of(region)}>{escape(region)}</span>' if region else ""
    name = f'<span class="document" dir="auto">{escape(citation.document)}</span>'
    return " ".join(part for part in (where, byline(citation.article), name) if part)


def lang_of(text: str) -> str:
    """The `lang` and `dir` attributes for text from outside: Chinese where there are Han characters, else unknown."""
    return ' lang="zh"' if _HAN.search(text) else ' lang="" dir="auto"'
