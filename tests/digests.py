"""Digests made for tests: reports printed with the troubles of a newspaper page.

`printed` sets `Report`s in the given order and with the given `Trouble`; what a reader must find is what went in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from digest_reports import Report

from index.chunking import MAX_PASSAGE, display_of
from index.intake import document_of
from index.overrides import Override
from index.readers import Reading
from index.schema import Document, Passage, Span

STOPS = "。！？…."
CLOSERS = "”’」）)"

THEME = "深入一线察实情，解决问题见真章"
COLUMN = ("基层单位负责人", "调研手记选登")
RUNNING_HEAD = "调研通讯 第十二期"


@dataclass(frozen=True)
class Trouble:
    """What the print layout did.

    `displaced`: the place in the order of the report whose title stands after its body. Its byline stands under the
    title before (`byline_above`; before its body where it is the first report) or under its own title. `wide_gap`: more
    blank lines than usual stand before each body. `prefix`: titles open with their region. `cut`: every paragraph of
    more than 100 characters is cut in the middle, with a blank line. `wrap`: lines are broken at that many characters.
    `pages`: a page number and a running head stand in the middle of each report.
    """

    displaced: int | None = None
    byline_above: bool = True
    wide_gap: bool = True
    prefix: bool = True
    theme: str | None = THEME
    column: tuple[str, ...] = COLUMN
    cut: bool = False
    wrap: int | None = None
    pages: bool = False
    indent: str = ""
    newline: str = "\n"


def printed(reports: Sequence[Report], trouble: Trouble) -> str:
    """The digest as text."""
    blocks: list[str] = [trouble.theme] if trouble.theme else []
    body_gap = "\n\n" if trouble.wide_gap else ""
    for place, report in enumerate(reports):
        title, body = report.heading(trouble.prefix), _body(report, place, trouble)
        body[0] = body_gap + body[0]
        following = place + 1 if place + 1 == trouble.displaced and trouble.byline_above else None
        above = [reports[following].byline] if following is not None else []
        if place != trouble.displaced:
            blocks += [title, *above, report.byline, *body]
        elif trouble.byline_above:
            blocks += [report.byline, *body, title] if place == 0 else [*body, title]
        else:
            blocks += [*body, title, report.byline]
    blocks += ["\n".join(trouble.column)] if trouble.column else []
    return ("\n\n".join(blocks) + "\n").replace("\n", trouble.newline)


def _body(report: Report, place: int, trouble: Trouble) -> list[str]:
    lines: list[str] = []
    for number, paragraph in enumerate(report.paragraphs):
        pieces = [trouble.indent + paragraph]
        if trouble.cut and len(paragraph) > 100:
            middle = _cut(paragraph)
            pieces = [trouble.indent + paragraph[:middle].rstrip(), paragraph[middle:].lstrip()]
        if trouble.wrap is not None:
            pieces = [_wrapped(piece, trouble.wrap) for piece in pieces]
        if trouble.pages and number == len(report.paragraphs) // 2:
            pieces[1:1] = [f"- {place + 2} -", RUNNING_HEAD]
        lines += pieces
    return lines


def _cut(paragraph: str) -> int:
    """A place in the middle, between two words or in one, never behind a sentence."""
    middle = len(paragraph) // 2
    while paragraph[middle - 1] in "。！？.!?” " and paragraph[middle] != " ":
        middle += 1
    return middle


def _wrapped(text: str, width: int) -> str:
    """Broken at `width` characters; between words where they have blanks."""
    lines: list[str] = []
    while len(text) > width:
        end = text.rfind(" ", 0, width + 1)
        end = end if end > width // 2 else width
        lines.append(text[:end].rstrip())
        text = text[end:].lstrip(" ")
    return "\n".join([*lines, text])


def document(text: str, override: Override | None = None, name: str = "digest.txt") -> Document:
    """`text` as a document, read as Markdown where the name says so."""
    media_type = "text/markdown" if name.endswith(".md") else "text/plain"
    return document_of(Reading(text, media_type, "utf-8"), name, override)


def squeezed(text: str) -> str:
    """`text` without blanks and line breaks."""
    return "".join(text.split())


@dataclass(frozen=True)
class Outline:
    """What matters of an article, to be compared."""

    title: str
    authors: tuple[tuple[str, str], ...]
    region: str | None
    body: str


def outline_read(read: Document) -> list[Outline]:
    return [
        Outline(
            article.title,
            tuple((author.name, author.office) for author in article.authors),
            article.region,
            squeezed("".join(display_of(read, paragraph) for paragraph in article.paragraphs)),
        )
        for article in read.articles
    ]


def outline_written(reports: Sequence[Report], trouble: Trouble) -> list[Outline]:
    return [
        Outline(
            report.heading(trouble.prefix),
            ((report.name, report.office),),
            report.region,
            squeezed("".join(report.paragraphs)),
        )
        for report in reports
    ]


def misread(orders: Iterable[Sequence[Report]], troubles: Iterable[Trouble]) -> list[tuple[list[str], Trouble]]:
    """The digests that are not read as they were written."""
    return [
        ([report.name for report in order], trouble)
        for order, trouble in product(orders, troubles)
        if outline_read(document(printed(order, trouble))) != outline_written(order, trouble)
    ]


def furniture_read(read: Document) -> list[str]:
    return [mark.span.of(read.text).strip() for mark in read.furniture]


def uncovered(read: Document) -> list[tuple[int, int]]:
    """Where the articles and the furniture leave a hole in the source or overlap; [] when they cover it exactly."""
    spans = sorted([span for article in read.articles for span in article.spans] + [m.span for m in read.furniture])
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(read.text)]
    return [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2) if edges[i] != edges[i + 1]]


def check_passages(read: Document, found: Sequence[Passage]) -> None:
    """What holds for the passages of any document."""
    text = read.text
    furniture = {at for mark in read.furniture for at in range(mark.span.start, mark.span.end)}
    for passage in found:
        article = read.articles[passage.article_index]
        assert passage.text == text[passage.start : passage.end]
        assert passage.text == passage.text.strip()
        assert 1 <= len(passage.text) <= MAX_PASSAGE
        own = {at for span in article.spans for at in range(span.start, span.end)}
        inside = set(range(passage.start, passage.end))
        assert inside <= own | furniture
        shown = "".join(text[at] for at in sorted(inside - furniture))
        assert squeezed(passage.display_text) == squeezed(shown)
        assert not set(passage.display_text) & set("\n\r\f\v\x85\u2028\u2029")
        assert passage.document_id == read.id == read.sha256[:16]
        bylines = any(heading.start == passage.start for heading in article.headings)
        first, last = passage.sentences[0].start, passage.sentences[-1].end
        if bylines:  # the title stands in the passage, but only the bylines are its sentences
            assert passage.start <= first < last <= passage.end
        else:
            assert (first, last) == (passage.start, passage.end)
        assert all(before.end <= after.start for before, after in pairwise(passage.sentences))
        assert all(span.of(text).strip() for span in passage.sentences)
    assert len({passage.id for passage in found}) == len(found)
    for article in read.articles:
        spans = sorted(Span(p.start, p.end) for p in found if p.article_index == article.index)
        assert all(before.end <= after.start for before, after in pairwise(spans))
        held = {at for span in spans for at in range(span.start, span.end)}
        body = {at for paragraph in article.paragraphs for at in range(paragraph.start, paragraph.end)} - furniture
        assert squeezed("".join(text[at] for at in body - held)) == ""


def in_mid_sentence(read: Document, found: Sequence[Passage]) -> list[str]:
    """The passages that begin or end where no sentence and no paragraph does."""
    edges = {(p.start, p.end) for article in read.articles for p in (*article.paragraphs, *article.headings)}
    starts, ends = {start for start, _ in edges}, {end for _, end in edges}

    def stops(text):
        return text.rstrip().rstrip(CLOSERS)[-1:] in tuple(STOPS)

    return [
        passage.text
        for passage in found
        if not (passage.start in starts or stops(read.text[: passage.start]))
        or not (passage.end in ends or stops(passage.text))
    ]
