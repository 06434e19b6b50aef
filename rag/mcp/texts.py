"""Results as text, for clients that show a model the text alone."""

from __future__ import annotations

import click

from index.layout import display
from rag import text_output
from rag.answer import Answer, ArticleRecord, Citation, SearchResult
from rag.document_records import ArticleOutline
from rag.mcp.document_text import DocumentText
from rag.text_output import one_line, visible


def answer_text(found: Answer) -> list[str]:
    """As the command line prints it."""
    return [click.unstyle(text_output.answer(found))]


def search_text(found: SearchResult) -> list[str]:
    """The numbered passages, each with its article and its place in the source, and how to go on."""
    after = found.offset + len(found.citations)
    head = f"passages {found.offset + 1}-{after} of {found.total}" if found.citations else "no passages"
    if found.citations and after < found.total:
        head += f"; go on with offset={after}"
    return ["\n\n".join([head, *map(_passage, found.citations)])]


def document_text(piece: DocumentText) -> list[str]:
    """What the piece is and how to go on; then the piece itself, to the character."""
    head = [
        f"{one_line(piece.document)} · characters {piece.start}-{piece.end} of {piece.length}"
        f" · SHA-256 {piece.document_sha256}",
        *map(_article, piece.articles),
    ]
    if piece.next_start is not None:
        head.append(f"cut at {piece.end}; go on with start={piece.next_start}")
    return ["\n".join(head), piece.text]


def _passage(cited: Citation) -> str:
    place = one_line(f"{cited.document} {cited.start}-{cited.end}")
    about = " · ".join(filter(None, (_about(cited.article), f"{cited.score:.0%}", place)))
    return f"[{cited.rank}] {about}\n{visible(display(cited.text))}"


def _article(article: ArticleOutline) -> str:
    places = ", ".join(f"{span.start}-{span.end}" for span in article.spans)
    return " · ".join(filter(None, (f"article {article.index}", _about(article), places)))


def _about(article: ArticleRecord | ArticleOutline) -> str:
    """Title, authors with their offices and region, as far as they are known."""
    authors = "; ".join(" ".join(filter(None, (author.name, author.office))) for author in article.authors)
    return one_line(" · ".join(filter(None, (article.title, authors, article.region))))
