"""A citation as text to paste: plain, Markdown, or as a reference after GB/T 7714-2015.

Only what the collection knows is said: no year, place or publisher is made up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from rag.answer import AuthorRecord, Citation
from rag.shown_text import shown_part
from rag.strings import Words

MOST_AUTHORS = 3  # in a GB/T 7714 reference; the others are "等"
KIND = "Z/OL"  # "other", online: what kind of publication a document is we do not know

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_LINE_START = re.compile(r"^([+\-=]|\d+[.)])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Formats:
    """The same citation three times."""

    text: str
    markdown: str
    gbt7714: str


def formats(citation: Citation, words: Words, origin: str, today: date) -> Formats:
    """`origin` ("http://host:port", or "") goes before the link; `today` is the day on which it was looked up."""
    return Formats(
        text=plain(citation, words, origin),
        markdown=markdown(citation, words, origin),
        gbt7714=gbt7714(citation, origin, today),
    )


def plain(citation: Citation, words: Words, origin: str) -> str:
    """The quote, then who wrote it, where it stands, and the link, each on a line of its own."""
    quoted = words("format.quote", quote=_quote(citation))
    title = words("format.title", title=citation.article.title) if citation.article.title else ""
    parts = (_people(citation.article.authors, words), title, citation.document, _position(citation, words))
    return f"{quoted}\n—— {words('format.parts').join(filter(None, parts))}\n{origin}{citation.url}"


def markdown(citation: Citation, words: Words, origin: str) -> str:
    """The quote as a block quote, the title as the link. What Markdown would take for markup is escaped."""
    quoted = "\n".join(f"> {line}".rstrip() for line in _escaped(_quote(citation)).split("\n"))
    title = _escaped(" ".join((citation.article.title or citation.document).split()))
    link = f"[{title}](<{origin}{citation.url}>)"
    people = _escaped(_people(citation.article.authors, words))
    document = _escaped(citation.document) if citation.article.title else ""
    parts = (people, link, document, _position(citation, words))
    return f"{quoted}\n>\n> — {words('format.parts').join(filter(None, parts))}"


def gbt7714(citation: Citation, origin: str, today: date) -> str:
    """A part of a larger work: 作者. 题名[Z/OL]//文集: 第…字[引用日期]. 链接."""
    names = [author.name for author in citation.article.authors]
    people = ", ".join(names[:MOST_AUTHORS]) + (", 等" if len(names) > MOST_AUTHORS else "")
    by = f"{people}. " if people else ""
    title = " ".join(citation.article.title.split())
    work = f"{title}[{KIND}]//{citation.document}" if title else f"{citation.document}[{KIND}]"
    where = f"第{citation.quote.start}-{citation.quote.end}字"
    return f"{by}{work}: {where}[{today.isoformat()}]. {origin}{citation.url}"


def _quote(citation: Citation) -> str:
    return shown_part(citation.text, citation.display_text, citation.start, citation.quote.start, citation.quote.end)


def _people(authors: list[AuthorRecord], words: Words) -> str:
    named = (
        words("format.person", name=author.name, office=author.office) if author.office else author.name
        for author in authors
    )
    return words("format.people").join(named)


def _position(citation: Citation, words: Words) -> str:
    return words("position", first=citation.quote.start, last=citation.quote.end)


def _escaped(text: str) -> str:
    return _LINE_START.sub(r"\\\1", _MARKDOWN.sub(r"\\\1", text))
