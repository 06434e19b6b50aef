"""Articles → passages: whole sentences of one article, at most `MAX_PASSAGE` code points, cited verbatim.

langchain-text-splitters does the splitting. It works on a masked copy of the source, of the same length, in which
layout breaks and furniture are blanks: so a piece's place in the copy is its place in the source. (Its own
`add_start_index` looks repeated text up by its first occurrence and is not used.)
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import accumulate, islice, pairwise

from langchain_text_splitters import RecursiveCharacterTextSplitter

from index.layout import display, display_pieces
from index.regions import romanised
from index.schema import Article, Document, Passage, Span
from index.sentences import CLAUSE_END, PHRASE_END, SENTENCE_END, ends_sentence, sentence_spans
from index.simplified import simplified

MAX_PASSAGE = 500
TARGET_PASSAGE = 420
LABEL, WESTERN_LABEL = "作者姓名和职务：", "Author's name and office:"
TITLE_LABEL, WESTERN_TITLE_LABEL = "文章标题：", "Title of the article:"
"""Stand in the context of a byline or a lone title, which does not say of itself what it is."""

_HAN = re.compile(r"[㐀-鿿]")
_PARAGRAPH_END = r"\n\s*+"
_BREAK = re.compile(r"[\r\f\v\x85\u2028\u2029]")


def passages(document: Document, *, target: int = TARGET_PASSAGE, context: bool = True) -> tuple[Passage, ...]:
    """The passages of every article, in source order within each: first its bylines, then its body.

    `target` is the length up to which sentences are put together, 1..MAX_PASSAGE code points; a single sentence may
    be longer, up to MAX_PASSAGE, beyond which it is cut at a semicolon, a comma, or anywhere, in this order. Without
    `context`, what `context_of` tells is left out of theirs. Raises ValueError when `target` is out of bounds.
    """
    if not 1 <= target <= MAX_PASSAGE:
        raise ValueError(f"passage target {target} is not in 1..{MAX_PASSAGE}")
    return tuple(_Chunker(document, target, context).passages())


def context_of(article: Article) -> str:
    """What stands before a passage for the encoders: the title, led by the region where it does not name it, and the
    office of the first author, which names the institution. Behind the region stands its name in Latin letters, by
    which a question in another language calls it. A subtitle behind a dash is left out.
    """
    title = article.title.partition("——")[0] or article.title
    if article.region is not None:
        region = simplified(article.region)
        if region not in simplified(title):
            title = f"{article.region}：{title}"
        if _HAN.search(region) is not None:
            behind = simplified(title).index(region) + len(region)
            title = f"{title[:behind]}（{romanised(region)}）{title[behind:]}"
    office = next((author.office for author in article.authors if author.office), "")
    return f"{title}（{office}）" if office else title


def _signature(article: Article) -> str:
    return " ".join(f"{author.office} {author.name}".strip() for author in article.authors)


class _Chunker:
    def __init__(self, document: Document, target: int, context: bool) -> None:
        self.document = document
        self.contexts = {article.index: context_of(article) if context else "" for article in document.articles}
        self.masked = _masked(document)

        def length(text: str) -> int:
            """In thirds of a code point: so a sentence that fits a passage, but not the target, can count as a little
            shorter than that, which keeps it whole, and still leave no room for a neighbour of one code point.
            """
            fits = target <= len(text) and len(text.strip()) <= MAX_PASSAGE
            return 3 * target - 1 if fits and len(sentence_spans(text)) == 1 else 3 * len(text)

        self.splitter = RecursiveCharacterTextSplitter(
            separators=[f"(?:{SENTENCE_END}|{_PARAGRAPH_END})", CLAUSE_END, PHRASE_END, ""],
            is_separator_regex=True,
            keep_separator="end",
            chunk_size=3 * target,
            chunk_overlap=0,
            strip_whitespace=False,
            length_function=length,
        )

    def passages(self) -> Iterator[Passage]:
        for article in self.document.articles:
            for lines in self._headings(article) if article.authors else ():
                yield self._heading(article, lines)
            for stretch in self._stretches(article):
                yield from self._split(article, stretch)

    def _authors(self, article: Article, lines: Sequence[Span]) -> list[Span]:
        return [span for span in lines if any(author.span == span for author in article.authors)]

    def _heading(self, article: Article, lines: Sequence[Span]) -> Passage:
        span = Span(lines[0].start, lines[-1].end)
        chinese = _HAN.search(span.of(self.document.text)) is not None
        signed = self._authors(article, lines)
        label = (LABEL if chinese else WESTERN_LABEL) if signed else (TITLE_LABEL if chinese else WESTERN_TITLE_LABEL)
        before = self.contexts[article.index] if signed else _signature(article)
        return self._passage(article, span, lines, f"{before}\n{label}".lstrip("\n"))

    def _headings(self, article: Article) -> Iterator[list[Span]]:
        """Headings that stand together: what answers a question after the author or the title."""
        groups: list[list[Span]] = []
        for span in article.headings:
            together = groups and not self.document.text[groups[-1][-1].end : span.start].strip()
            if together and span.end - groups[-1][0].start <= MAX_PASSAGE:
                groups[-1].append(span)
            else:
                groups.append([span])
        yield from groups

    def _stretches(self, article: Article) -> Iterator[Span]:
        """Paragraphs with nothing but blanks and furniture between them."""
        stretch: Span | None = None
        for paragraph in article.paragraphs:
            if stretch is not None and not self.masked[stretch.end : paragraph.start].strip():
                stretch = Span(stretch.start, paragraph.end)
                continue
            if stretch is not None:
                yield stretch
            stretch = paragraph
        if stretch is not None:
            yield stretch

    def _split(self, article: Article, stretch: Span) -> Iterator[Passage]:
        pieces = self.splitter.split_text(self.masked[stretch.start : stretch.end])
        starts = accumulate((len(piece) for piece in pieces), initial=stretch.start)
        groups = [
            [Span(start + sentence.start, start + sentence.end) for sentence in sentence_spans(piece)]
            for piece, start in zip(pieces, starts, strict=False)
        ]
        groups = [group for group in groups if group]
        for group, following in pairwise(groups):
            self._lead_on(group, following)
        for group in filter(None, groups):
            yield self._passage(article, Span(group[0].start, group[-1].end), group, self.contexts[article.index])

    def _lead_on(self, group: list[Span], following: list[Span]) -> None:
        """Move a heading at the end of a passage to the head of the next, where what it heads stands."""
        while group and following[-1].end - group[-1].start <= MAX_PASSAGE:
            heading = group[-1]
            between = self.masked[heading.end : following[0].start]
            if "\n" not in between or ends_sentence(heading.of(self.masked)):
                break
            following.insert(0, group.pop())

    def _passage(self, article: Article, span: Span, sentences: Sequence[Span], context: str) -> Passage:
        text = span.of(self.document.text)
        identity = f"{self.document.sha256}:{span.start}:{span.end}:{text}"
        return Passage(
            id=sha256(identity.encode()).hexdigest()[:16],
            document_id=self.document.id,
            article_index=article.index,
            start=span.start,
            end=span.end,
            text=text,
            display_text=display_of(self.document, span),
            context=context,
            sentences=tuple(sentences),
        )


def display_of(document: Document, span: Span) -> str:
    """The text of `span` without the line breaks of the layout and without the furniture that stands in it."""
    return display("\n".join(piece.of(document.text) for piece in _shown(document, span)))


def display_places(document: Document, span: Span) -> list[int]:
    """For each code point of `display_of` its place in the source; for a blank that was put in, where the break is."""
    places: list[int] = []
    for piece in _shown(document, span):
        if places:
            places.append(places[-1] + 1)
        places += range(piece.start, piece.end)
    joined = "\n".join(piece.of(document.text) for piece in _shown(document, span))
    return [places[start + at] for text, start in display_pieces(joined) for at in range(len(text))]


def _shown(document: Document, span: Span) -> list[Span]:
    """The pieces of `span` between furniture, without the blanks around them; none is empty."""
    kept = []
    at = span.start
    first = bisect_right(document.furniture, span.start, key=lambda mark: mark.span.end)  # furniture is in order
    for mark in islice(document.furniture, first, None):
        if mark.span.start >= span.end:
            break
        kept.append((at, max(at, mark.span.start)))
        at = min(mark.span.end, span.end)
    kept.append((at, span.end))
    return [Span(*trimmed) for start, end in kept if (trimmed := _trimmed(document.text, start, end))]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if left < len(piece) else None


def _masked(document: Document) -> str:
    """The source with breaks inside a paragraph blanked, and every other break and all furniture line feeds."""
    chars = list(_BREAK.sub("\n", document.text))
    for mark in document.furniture:
        chars[mark.span.start : mark.span.end] = "\n" * len(mark.span)
    for article in document.articles:
        for paragraph in article.paragraphs:
            for at in range(paragraph.start, paragraph.end):
                if chars[at] == "\n":
                    chars[at] = " "
    return "".join(chars)
