"""The reader: the whole source of a document, its articles under their titles, one place of it marked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from html import escape
from urllib.parse import parse_qs, urlsplit

from index.errors import DocumentNotFound
from index.layout import display
from index.schema import Article, Document, Span
from rag.answer import ArticleRecord, AuthorRecord
from rag.engine import Answerer
from rag.print_view import print_view
from rag.render import byline, lang_of, notice, source_url, switch
from rag.shown_text import shown_span
from rag.strings import Words

PARAGRAPH = '<span class="paragraph"></span>'


class Layout(StrEnum):
    """How a source is shown: `repaired`, with lines rejoined and articles in order, or `print`, as it is."""

    REPAIRED = "repaired"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Place:
    """What a link names: a document by name and hash ("" unsaid), and in it a span, an article or nothing."""

    document: str
    sha256: str = ""
    span: Span | None = None
    article: int | None = None

    @classmethod
    def from_url(cls, url: str) -> Place:
        """Read `/?document=…&sha256=…&start=…&end=…` or `…&article=…`. ValueError when that is not what it is."""
        query = {key: values[-1] for key, values in parse_qs(urlsplit(url).query).items()}
        if not query.get("document") and not query.get("sha256"):
            raise ValueError("the link names no document")
        if ("start" in query) != ("end" in query):
            raise ValueError("the link has a start without an end, or an end without a start")
        span = Span(int(query["start"]), int(query["end"])) if "start" in query else None
        article = int(query["article"]) if "article" in query else None
        return cls(query.get("document", ""), query.get("sha256", ""), span, article)

    @property
    def where(self) -> dict[str, int]:
        """The place in the document as a link says it."""
        if self.span is not None:
            return {"start": self.span.start, "end": self.span.end}
        return {"article": self.article} if self.article is not None else {}

    def fits(self, document: Document) -> bool:
        """Whether the span or the article is in the document, and the span has something in it to mark."""
        if self.span is not None:
            return self.span.end <= len(document.text) and bool(self.span.of(document.text).strip())
        return self.article is None or 0 <= self.article < len(document.articles)


def open_place(assistant: Answerer, place: Place, words: Words, *, jump: bool, layout: Layout = Layout.REPAIRED) -> str:
    """The reader for a link. What the link names may be gone or changed: then the reader says so."""
    try:
        document = assistant.document(place.sha256 or place.document)
    except DocumentNotFound:
        gone = notice(words("notice.document-gone", document=place.document or place.sha256))
        if not place.sha256 or not place.document:
            return gone
        try:
            document = assistant.document(place.document)
        except DocumentNotFound:
            return gone
        remark = notice(words("notice.document-changed"))
        return source_view(document, None, words, jump=jump, remark=remark, layout=layout)
    if not place.fits(document):
        remark = notice(words("notice.bad-link"))
        return source_view(document, None, words, jump=jump, remark=remark, layout=layout)
    return source_view(document, place, words, jump=jump, layout=layout)


def source_view(
    document: Document,
    place: Place | None,
    words: Words,
    *,
    jump: bool,
    remark: str = "",
    layout: Layout = Layout.REPAIRED,
) -> str:
    """The document with the place marked as `<mark id="cited">` (further pieces of it, apart, as `mark.cited`).

    `place` must fit. `jump` asks the page to bring the place into view even where the reader itself is out of view.
    `remark` is HTML that stands before the text.
    """
    span = place.span if place is not None else None
    wanted = place.article if place is not None else None
    text = print_view(document, span, wanted) if layout is Layout.PRINT else _repaired(document, span, wanted)
    return (
        f'<div class="reader" data-jump="{int(jump)}">{_tools(document, place, words, layout)}'
        f'<div class="pages" tabindex="0" role="region" aria-label="{escape(document.name)}">{remark}{text}</div></div>'
    )


def _tools(document: Document, place: Place | None, words: Words, layout: Layout) -> str:
    """The reader's head: whose source it is and which place, its layout, its link, and the way through the citations.

    The page's script fills in which of the citations is open.
    """
    link = escape(source_url(document, **(place.where if place is not None else {})))
    position = ""
    if place is not None and place.span is not None:
        size = f"{len(document.text):,}"
        position = words("position.of", first=place.span.start, last=place.span.end, total=size)
    layouts = ((one.value, words(f"source.{one}"), words(f"source.{one}.about")) for one in Layout)
    done, failed = escape(words("copy.done")), escape(words("copy.failed"))
    return (
        f'<header><div class="name"><h2>{escape(words("source"))}</h2><b dir="auto">{escape(document.name)}</b></div>'
        f'<span class="position">{escape(position)}</span>'
        f'{_step(-1, "previous", "Alt+ArrowUp", "↑", words)}<output class="step" aria-live="off"></output>'
        f'{_step(1, "next", "Alt+ArrowDown", "↓", words)}<i class="turn"></i>'
        f"{switch('layout', words('source.layout'), layouts, layout)}"
        f'<a class="back" href="#citations">{escape(words("source.back"))}</a>'
        f'<a class="here" href="{link}" target="_blank" rel="noopener">{escape(words("source.link"))}</a>'
        f'<button type="button" data-copy-link="{link}" data-done="{done}" data-failed="{failed}">'
        f"{escape(words('copy.link'))}</button></header>"
    )


def _step(by: int, name: str, keys: str, sign: str, words: Words) -> str:
    label = escape(words(f"source.{name}"))
    return (
        f'<button type="button" data-step="{by}" disabled aria-keyshortcuts="{keys}" aria-label="{label}" '
        f'title="{label} ({keys.replace("Arrow", "")})"><span aria-hidden="true">{sign}</span></button>'
    )


def _repaired(document: Document, span: Span | None, wanted: int | None) -> str:
    marker = _Marker(document, span)
    articles = "".join(_article(document, article, marker, wanted == article.index) for article in document.articles)
    above, below = _furniture(document, marker)
    return f"{above}{articles}{below}"


class _Marker:
    """Turns pieces of the source into HTML with the overlap with one span marked; the first mark gets the id."""

    def __init__(self, document: Document, span: Span | None) -> None:
        self._source = document.text
        self._furniture = tuple(piece.span for piece in document.furniture)
        self._span = span
        self._used = False

    def flow(self, paragraphs: tuple[Span, ...]) -> str:
        """Paragraphs as one flow of text, so that one mark can go across several."""
        pieces = [self._cut(paragraph) for paragraph in paragraphs]
        marked = [number for number, (_, start, end) in enumerate(pieces) if start < end]
        html = []
        for number, (shown, start, end) in enumerate(pieces):
            html.append(PARAGRAPH)
            if number not in marked:
                html.append(escape(shown))
                continue
            opening = self._open() if number == marked[0] else ""
            closing = "</mark>" if number == marked[-1] else ""
            html.append(f"{escape(shown[:start])}{opening}{escape(shown[start:end])}{closing}{escape(shown[end:])}")
        return "".join(html)

    def whole(self, text: str, spans: tuple[Span, ...]) -> str:
        """`text`, which stands for `spans` of the source: marked whole where the span touches them."""
        touched = self._span is not None and any(self._span.overlap(span) for span in spans)
        return f"{self._open()}{escape(text)}</mark>" if touched else escape(text)

    def touches(self, spans: tuple[Span, ...]) -> bool:
        """Whether any of the marked span's own characters stands in `spans`."""
        return any(self._cut(span)[2] for span in spans)

    def _open(self) -> str:
        first, self._used = not self._used, True
        return '<mark id="cited">' if first else '<mark class="cited">'

    def _cut(self, piece: Span) -> tuple[str, int, int]:
        """The display text of a piece without furniture, and where the marked part of it starts and ends."""
        furniture = [span for span in self._furniture if span.overlap(piece) and span != piece]
        kept = [at for at in range(piece.start, piece.end) if not any(f.start <= at < f.end for f in furniture)]
        text = "".join(self._source[at] for at in kept)
        shown = display(text)
        if self._span is None or not self._span.overlap(piece):
            return shown, 0, 0
        start = sum(at < self._span.start for at in kept)
        end = sum(at < self._span.end for at in kept)
        return shown, *shown_span(text, shown, start, end)


def _article(document: Document, article: Article, marker: _Marker, wanted: bool) -> str:
    # A place in the heading marks the title only when nothing of it stands in the body.
    in_body = marker.touches(article.paragraphs)
    title = escape(article.title) if in_body else marker.whole(article.title, article.headings)
    record = ArticleRecord(
        title=article.title,
        authors=[AuthorRecord(name=author.name, office=author.office) for author in article.authors],
        region=article.region,
        index=article.index,
    )
    here = ' id="here"' if wanted else ""
    return (
        f'<article{here} data-index="{article.index}"><h3{lang_of(article.title)}>{title or escape(document.name)}</h3>'
        f'<p class="byline">{byline(record)}</p>'
        f'<div class="body"{lang_of(document.text)}>{marker.flow(article.paragraphs)}</div></article>'
    )


def _furniture(document: Document, marker: _Marker) -> tuple[str, str]:
    """What stands before the first article, and what stands after it or between: it belongs to no article."""
    starts = [span.start for article in document.articles for span in article.spans]
    first = min(starts, default=0)
    above: list[str] = []
    below: list[str] = []
    for piece in document.furniture:
        text = piece.span.of(document.text).strip()
        if text:
            html = f'<p class="furniture" title="{escape(piece.reason)}">{marker.flow((piece.span,))}</p>'
            (above if piece.span.start < first else below).append(html)
    return "".join(above), "".join(below)
