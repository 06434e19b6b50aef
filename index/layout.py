"""Lines of a print layout → blocks: paragraphs rejoined, headings, bylines and furniture told apart.

A paragraph that does not end in sentence punctuation goes on in the next line of text, whether the layout broke it at
a full column (hard-wrapped text) or cut it in mid-word with a blank line between. What may stand between the two
pieces without ending the paragraph is page furniture: page numbers, running heads, rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from operator import add
from statistics import quantiles

from index.bylines import is_dateline, people
from index.letters import is_date, is_official_title, names_institution
from index.schema import Span
from index.sentences import ends_sentence

LONG_LINE = 40  # code points; a title is hardly ever longer, a paragraph hardly ever shorter
RUNNING_HEAD_REPEATS = 3

_LINE = re.compile(r"[^\n\r\f\v\x85\u2028\u2029]+")
_PAGE_NUMBER = re.compile(
    r"^[-–—·|\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／,，]?\s*(?:共\s*)?\d{1,4}\s*页?)?[-–—·|\s]*$"
)
_SECTION = re.compile(
    r"^(?:第[一二三四五六七八九十百零〇\d]+[章节篇编条]|[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|\d{1,2}(?:\.\d{1,2}){0,3}[、.．\s]|[■●◆▲★※▌])"
)
_MARKDOWN_HEADING = re.compile(r"^(#{1,6})\s+([^#\s].*)$")
_CANNOT_OPEN = "，、。；：？！,.;:?!）)】》〉”’」』%％"
_CANNOT_CLOSE = "，、（(【《〈“‘「『"
_BREAK = re.compile(r"(?<![ \t　])[ \t　]*+[\n\r\f\v\x85\u2028\u2029]++\s*+")
_INDENT = re.compile(r"^(?:　{1,4}| {2,8}|\t)")


class Kind(Enum):
    """What a block is."""

    BODY = "body"
    SECTION = "section heading"
    SHORT = "short line"
    BYLINE = "byline"
    DATELINE = "dateline"
    FURNITURE = "furniture"


@dataclass(frozen=True, slots=True)
class Block:
    """One or more lines that belong together, each a span of `lines`; furniture may stand between them.

    `text` has no line breaks. `gap` is the number of blank lines before it, `level` that of a Markdown heading
    (0: none), `reason` why it is furniture.
    """

    kind: Kind
    lines: tuple[Span, ...]
    text: str
    gap: int
    level: int = 0
    indented: bool = False
    reason: str = ""

    @property
    def span(self) -> Span:
        """From the first line's start to the last one's end."""
        return Span(self.lines[0].start, self.lines[-1].end)


@dataclass(frozen=True, slots=True)
class Layout:
    """The blocks of a text in order, and from how many blank lines on a gap between them is wider than usual."""

    blocks: tuple[Block, ...]
    wide_gap: int


def layout(source: str, *, markdown: bool = False) -> Layout:
    """Read the layout of `source`. Every non-blank character stands in exactly one block."""
    lines = _lines(source)
    if not lines:
        return Layout((), 2)
    usual = Counter(line.gap for line in lines[1:]).most_common(1)[0][0] if len(lines) > 1 else 0
    wide = max(usual + 1, 2)
    seams = _Seams(source)
    classified = _classify(lines, seams, wide, markdown)
    joiner = _Joiner(seams, wide, stacked=usual > 0, indents=sum(line.indented for line in lines) > len(lines) / 4)
    return Layout(tuple(joiner.join(classified)), wide)


def display(text: str) -> str:
    """`text` without line breaks: nothing is put between two East Asian characters, a blank between others."""
    return _BREAK.sub(lambda match: _glue(text, match.span()), text)


def display_pieces(text: str) -> list[tuple[str, int]]:
    """What `display` puts together: pieces, each with the place in `text` where it begins; a blank that is put in
    stands where the break begins.
    """
    pieces: list[tuple[str, int]] = []
    at = 0
    for match in _BREAK.finditer(text):
        pieces += [(text[at : match.start()], at), (_glue(text, match.span()), match.start())]
        at = match.end()
    return [*pieces, (text[at:], at)]


def _glue(text: str, at: tuple[int, int]) -> str:
    before, after = text[at[0] - 1 : at[0]], text[at[1] : at[1] + 1]
    return " " if before and after and _spaced(before) and _spaced(after) else ""


def _spaced(char: str) -> bool:
    """True for the scripts that put blanks between words."""
    return ord(char) < 0x0E00 or 0x10A0 <= ord(char) < 0x1100 or 0xAC00 <= ord(char) < 0xD7B0 or char in "–—’”…"


def _lines(source: str) -> list[Block]:
    lines: list[Block] = []
    last_end = 0
    for match in _LINE.finditer(source):
        text = match[0].strip()
        if not text:
            continue
        start = match.start() + match[0].index(text)
        breaks = re.findall(r"\r\n|[\n\r\f\v\x85\u2028\u2029]", source[last_end:start])
        gap = len(breaks) - 1 if lines else len(breaks)
        indented = _INDENT.match(match[0]) is not None
        lines.append(Block(Kind.BODY, (Span(start, start + len(text)),), text, max(gap, 0), indented=indented))
        last_end = start + len(text)
    return lines


def _classify(lines: Sequence[Block], seams: _Seams, wide: int, markdown: bool) -> list[Block]:
    full = _full_line(lines)
    repeats = Counter(line.text for line in lines)
    kinds = [_kind(line, full, repeats, markdown) for line in lines]
    for at in range(len(kinds) - 1):
        here, below = kinds[at], kinds[at + 1]
        alone = at == 0 or kinds[at - 1].kind in (Kind.BODY, Kind.SECTION, Kind.FURNITURE)
        near = here.kind is Kind.SHORT and below.kind is Kind.BODY and below.gap < wide
        if near and alone and seams.go_on(here.text, below.text):
            # A first line that the layout cut early looks like a heading; the seam shows that a word goes on.
            kinds[at] = replace(here, kind=Kind.BODY)
    for at in list(_long_titles(kinds)):
        kinds[at] = replace(kinds[at], kind=Kind.SHORT)
    for at in list(_signatures(kinds)):
        kinds[at] = replace(kinds[at], kind=Kind.BODY)
    return kinds


def _long_titles(lines: Sequence[Block]) -> Iterator[int]:
    """The lines as long as text that are titles of letters and orders: blank lines part them from what goes before and
    below, so that no paragraph that happens to be cut after such words is one.
    """
    for at, line in enumerate(lines):
        above = lines[at - 1] if at else None
        apart = above is None or above.kind is not Kind.BODY or (line.gap > 0 and ends_sentence(above.text))
        closed = at + 1 == len(lines) or lines[at + 1].gap > 0
        if line.kind is Kind.BODY and apart and closed and is_official_title(line.text):
            yield at


def _signatures(lines: Sequence[Block]) -> Iterator[int]:
    """The lines that close a letter or an order: institutions under a paragraph, and the date under them, where no
    text follows. They are no title, though they are as short as one.
    """
    read = [at for at, line in enumerate(lines) if line.kind is not Kind.FURNITURE]
    for place, at in enumerate(read):
        follows = lines[read[place + 1]].kind if place + 1 < len(read) else None
        if not is_date(lines[at].text) or follows in (Kind.BODY, Kind.SECTION):
            continue
        first = place
        while first and lines[read[first - 1]].kind is Kind.SHORT and names_institution(lines[read[first - 1]].text):
            first -= 1
        if 0 < first < place and lines[read[first - 1]].kind is Kind.BODY:
            yield from read[first : place + 1]


def _full_line(lines: Sequence[Block]) -> float:
    """The length from which a line counts as text rather than as a short line."""
    if len(lines) < 4:
        return LONG_LINE
    broken = sum(not ends_sentence(line.text) for line in lines) / len(lines)
    width = quantiles((len(line.text) for line in lines), n=4)[2]
    return max(12.0, min(LONG_LINE, 0.8 * width)) if broken > 0.5 else LONG_LINE


def _kind(line: Block, full: float, repeats: Counter[str], markdown: bool) -> Block:
    text = line.text
    if markdown and (match := _MARKDOWN_HEADING.match(text)) is not None:
        title = match[2].rstrip("#").rstrip()  # a closing sequence of # is no part of the heading
        kind = Kind.SECTION if _SECTION.match(title) else Kind.SHORT
        return replace(line, kind=kind, text=title, level=len(match[1]))
    if _PAGE_NUMBER.match(text) is not None:
        return replace(line, kind=Kind.FURNITURE, reason="page number")
    if not any(char.isalnum() for char in text):
        if len(text) <= 2 and text[0] in _CANNOT_OPEN:
            return line  # the punctuation of a full line, broken off
        return replace(line, kind=Kind.FURNITURE, reason="a rule, no words")
    if is_dateline(text):  # before running heads: one person may have written several articles
        return replace(line, kind=Kind.DATELINE)
    if people(text):
        return replace(line, kind=Kind.BYLINE)
    section = _SECTION.match(text)
    if (
        repeats[text] >= RUNNING_HEAD_REPEATS
        and (section is None or text[0] == "第")  # a 一、 may stand in every article, a 第一章 on every page
        and len(text) < full
        and not ends_sentence(text)
        and text[-1] not in "：:！!"
    ):
        return replace(line, kind=Kind.FURNITURE, reason=f"running head: the line stands {repeats[text]} times")
    if ends_sentence(text) or len(text) >= full or text[-1] in "：:":
        return line
    if section is not None:
        return replace(line, kind=Kind.SECTION)
    return replace(line, kind=Kind.SHORT)


class _Seams:
    """Tells by the characters on both sides of a line break whether the text goes on across it."""

    def __init__(self, source: str) -> None:
        self._pairs = Counter(map(add, source, islice(source, 1, None)))

    def go_on(self, above: str, below: str) -> bool:
        """True when the last character above and the first below make a word that the text uses elsewhere too."""
        if below[0] in _CANNOT_OPEN or above[-1] in _CANNOT_CLOSE:
            return True
        return above[-1].isalpha() and below[0].isalpha() and self._pairs[above[-1] + below[0]] >= 2


@dataclass(frozen=True, slots=True)
class _Joiner:
    """Puts the lines of one paragraph, or of one title, together again.

    `stacked`: blank lines stand between paragraphs, so that two short lines without one belong together;
    `indents`: paragraphs open with an indent.
    """

    seams: _Seams
    wide: int
    stacked: bool
    indents: bool

    def join(self, lines: Sequence[Block]) -> list[Block]:
        """The blocks in source order. Furniture met inside an open paragraph does not close it."""
        furniture = [line for line in lines if line.kind is Kind.FURNITURE]
        groups: list[list[Block]] = []
        for line in lines:
            if line.kind is Kind.FURNITURE:
                continue
            if groups and self._continues(groups[-1], line):
                groups[-1].append(line)
            else:
                groups.append([line])
        return sorted([*map(_merged, groups), *furniture], key=lambda block: block.span)

    def _continues(self, group: Sequence[Block], line: Block) -> bool:
        head, above = group[0], group[-1]
        if line.level or head.level or line.gap >= self.wide:
            return False
        if head.kind is Kind.SHORT:
            subtitle = line.text.startswith(("——", "--", "──")) and line.kind in (Kind.SHORT, Kind.BODY)
            same_title = self.stacked and line.gap == 0 and line.kind is Kind.SHORT and "：" not in line.text
            return subtitle or same_title
        if head.kind is not Kind.BODY or ends_sentence(above.text) or (self.indents and line.indented):
            return False
        return line.kind is Kind.BODY or (line.kind is Kind.SHORT and self.seams.go_on(above.text, line.text))


def _merged(group: Sequence[Block]) -> Block:
    """The lines as one block, of the first one's kind."""
    if len(group) == 1:
        return group[0]
    lines = tuple(span for line in group for span in line.lines)
    return replace(group[0], lines=lines, text=display("\n".join(line.text for line in group)))
