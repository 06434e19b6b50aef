"""From blocks to articles: titles, bylines and paragraphs go to the report they belong to, wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from index.bylines import bare_names, people
from index.evidence import Claim, Evidence
from index.headings import Headings
from index.layout import Kind, Layout
from index.overrides import ArticleOverride, Override, blocks_by_hand, parts_by_hand
from index.schema import Article, Author, Furniture, Span
from index.segmentation import Byline, Part, Run, Stretch, Title, segment
from index.simplified import simplified

_OWN_BYLINE, _NEXT_BODY = 0.6, 0.4  # a byline below an article's title; one right above its body
_DISPLACED_BY = 3  # articles: no byline is looked for farther away

THEME = "stands above the first title and heads no article: a theme line"
COLUMN = "stands below the last article and heads none: a column name"
STRAY = "a short line between articles that heads none"


@dataclass(slots=True, eq=False)
class _Draft:
    """An article in the making: paragraphs start..end-1 of the text, its blocks, and what a person says of it."""

    number: int
    title: int | None
    start: int
    end: int
    paragraphs: list[int] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    bylines: list[int] = field(default_factory=list)
    given: ArticleOverride | None = None

    def names(self, name: str) -> bool:
        """True when a person says that `name` is an author of this article."""
        return self.given is not None and any(author.name == name for author in self.given.authors or ())


def articles(
    source: str, layout: Layout, name: str, override: Override | None = None
) -> tuple[tuple[Article, ...], tuple[Furniture, ...]]:
    """The articles of `source` and what belongs to none; together they cover every character exactly once.

    `name` is the title of an article that has none of its own. A source without text has no articles. Raises
    OverrideInvalid when `override` does not fit the text.
    """
    return _Digest(source, layout, name, override or Override()).read()


class _Digest:
    def __init__(self, source: str, layout: Layout, name: str, override: Override) -> None:
        self.source, self.wide, self.name, self.override = source, layout.wide_gap, name, override
        self.blocks = blocks_by_hand(override, layout.blocks)
        self.headings = Headings(source, self.blocks, self.wide)
        self.text = [
            i
            for i, block in enumerate(self.blocks)
            if block.kind is not Kind.FURNITURE and i not in self.headings.numbers
        ]
        self.regions = {i: self.headings.region(i) for i in self.headings.numbers}
        named = sorted({region for region in self.regions.values() if region is not None})
        words = map(self.headings.words, self.headings.numbers)
        self.evidence = Evidence([simplified(self.blocks[i].text) for i in self.text], words, named)

    def read(self) -> tuple[tuple[Article, ...], tuple[Furniture, ...]]:
        if not self.text:
            return (), tuple(Furniture(Span(0, len(self.source)), "no text") for _ in self.source[:1])
        runs, stretches = self._runs()
        drafts = self._drafts(segment([self._run(run) for run in runs], stretches))
        if self.override.article:
            drafts = self._drafts_by_hand({draft.start: draft.title for draft in drafts})
        return self._finish(drafts, self._share_out_headings(drafts, runs, stretches))

    def _drafts(self, parts: Sequence[Part]) -> list[_Draft]:
        drafts: list[_Draft] = []
        for part in parts:
            if not part.goes_on:
                drafts.append(_Draft(len(drafts), part.title, part.start, part.end))
            drafts[-1].end = part.end
            drafts[-1].paragraphs.extend(self.text[part.start : part.end])
        return drafts

    def _drafts_by_hand(self, detected: Mapping[int, int | None]) -> list[_Draft]:
        """As a person lists them; a title that is left out is the one detected for the same beginning."""
        texts = {i: self.blocks[i].text for i in self.headings.numbers}
        parts = parts_by_hand(self.override, [self.blocks[i].text for i in self.text], texts)
        drafts = self._drafts(parts)
        for draft, part, given in zip(drafts, parts, self.override.article, strict=True):
            draft.given = given
            if draft.title is None:  # not given, or in words that are not printed
                draft.title = detected.get(part.start)
        return drafts

    # which paragraphs go together

    def _runs(self) -> tuple[list[list[int]], list[Stretch]]:
        """The runs of headings and the stretches of paragraphs between them; one run more, empty ones included."""
        runs: list[list[int]] = [[]]
        stretches: list[Stretch] = []
        paragraphs: list[int] = []

        def close(end: int) -> None:
            if paragraphs:
                wide = {end - len(paragraphs) + n for n, i in enumerate(paragraphs) if self.blocks[i].gap >= self.wide}
                stretches.append(Stretch(end - len(paragraphs), end, frozenset(wide)))
                runs.append([])
                paragraphs.clear()

        seen = 0
        for i, block in enumerate(self.blocks):
            if i in self.headings.numbers:
                close(seen)
                runs[-1].append(i)
            elif block.kind is not Kind.FURNITURE:
                paragraphs.append(i)
                seen += 1
        close(seen)
        return runs, stretches

    def _run(self, run: Sequence[int]) -> Run:
        below = dict(pairwise(run))
        titles = [
            Title(
                i,
                self._claim(i),
                self.headings.looks(i),
                self.headings.leads(below.get(i)),
            )
            for i in run
            if self.blocks[i].kind is Kind.SHORT
        ]
        bylines = tuple(Byline(i, self._claim(i)) for i in run if self.blocks[i].kind is Kind.BYLINE)
        return Run(tuple(titles), bylines, self.headings.strong(run))

    def _claim(self, i: int) -> Claim:
        return self.evidence.claim(self.headings.words(i), self.regions[i])

    # whose headings they are

    def _share_out_headings(
        self, drafts: Sequence[_Draft], runs: Sequence[Sequence[int]], stretches: Sequence[Stretch]
    ) -> dict[int, str]:
        """Give titles, bylines and datelines away; returns what nobody takes, with the reason."""
        loose: dict[int, str] = {}
        titled = {draft.title: draft for draft in drafts if draft.title is not None}
        owners = [draft for draft in drafts for _ in range(draft.start, draft.end)]
        for number, run in enumerate(runs):
            above = owners[stretches[number - 1].end - 1] if number else None
            below = owners[stretches[number].start] if number < len(stretches) else None
            current: _Draft | None = None
            for i in run:
                block = self.blocks[i]
                if i in titled:
                    current = titled[i]
                    current.headings.append(i)
                elif block.kind is Kind.BYLINE:
                    self._byline_owner(i, drafts, current, below or above or drafts[0]).bylines.append(i)
                elif block.kind is Kind.DATELINE:
                    owner = current or below or above
                    if owner is not None:
                        owner.headings.append(i)
                elif above is below and above is not None:
                    above.paragraphs.append(i)  # the article goes on: a heading inside it
                elif current is not None and current is below:
                    (current.bylines if bare_names(block.text) else current.headings).append(i)
                else:
                    loose[i] = THEME if number == 0 else COLUMN if number == len(runs) - 1 else STRAY
        return loose

    def _byline_owner(self, i: int, drafts: Sequence[_Draft], current: _Draft | None, near: _Draft) -> _Draft:
        """The article nearby whose text speaks of the byline's institution, else the one it stands with."""
        names = [name for name, _ in people(self.blocks[i].text)] if self.override.article else []
        for draft in drafts if names else ():
            if any(map(draft.names, names)):
                return draft
        claim = self._claim(i)

        def fit(draft: _Draft) -> float:
            stands = _OWN_BYLINE if draft is current else _NEXT_BODY if draft is near and current is None else 0.0
            return stands + claim.fit(draft.start, draft.end)

        return max(drafts[max(0, near.number - _DISPLACED_BY) : near.number + _DISPLACED_BY + 1], key=fit)

    # the records

    def _finish(
        self, drafts: Sequence[_Draft], loose: dict[int, str]
    ) -> tuple[tuple[Article, ...], tuple[Furniture, ...]]:
        owner: dict[int, int | str] = dict(loose)
        owner.update({i: block.reason for i, block in enumerate(self.blocks) if block.kind is Kind.FURNITURE})
        for n, draft in enumerate(drafts):
            owner.update(dict.fromkeys([*draft.paragraphs, *draft.headings, *draft.bylines], n))
        pieces: dict[int, list[Span]] = {}
        furniture: list[Furniture] = []
        for span, owned in self._cover(owner):
            if isinstance(owned, str):
                furniture.append(Furniture(span, owned))
            else:
                pieces.setdefault(owned, []).append(span)
        return tuple(self._article(n, draft, pieces[n]) for n, draft in enumerate(drafts)), tuple(furniture)

    def _cover(self, owner: dict[int, int | str]) -> list[tuple[Span, int | str]]:
        """The whole source, each stretch with the article or the reason it belongs to; blanks go with what is above."""
        lines = sorted((line, i) for i, block in enumerate(self.blocks) for line in block.lines)
        ends = [line.start for line, _ in lines[1:]] + [len(self.source)]
        cover: list[tuple[Span, int | str]] = []
        start = 0
        for (_, i), end in zip(lines, ends, strict=True):
            if cover and cover[-1][1] == owner[i]:
                start = cover.pop()[0].start
            cover.append((Span(start, end), owner[i]))
            start = end
        return cover

    def _article(self, number: int, draft: _Draft, pieces: Sequence[Span]) -> Article:
        given = draft.given or ArticleOverride(begins="-")
        title = self.blocks[draft.title].text if draft.title is not None else self.name
        offices = {region for i in draft.bylines if (region := self.regions.get(i)) is not None}
        region = self.regions[draft.title] if draft.title is not None else None
        return Article(
            index=number,
            title=given.title or title,
            authors=self._authors(draft),
            region=given.region or region or (offices.pop() if len(offices) == 1 else None),
            spans=tuple(pieces),
            headings=tuple(self.blocks[i].span for i in sorted([*draft.headings, *draft.bylines])),
            paragraphs=tuple(self.blocks[i].span for i in sorted(draft.paragraphs)),
        )

    def _authors(self, draft: _Draft) -> tuple[Author, ...]:
        """Each person once, in the order of the bylines, with the first office that is given."""
        found: dict[str, Author] = {}
        for i in sorted(draft.bylines):
            block = self.blocks[i]
            for name, office in people(block.text) or [(name, "") for name in bare_names(block.text)]:
                known = found.get(name)
                if known is None or (office and not known.office):
                    found[name] = Author(name, office, block.span)
        if draft.given is None or draft.given.authors is None:
            return tuple(found.values())
        spans = {name: author.span for name, author in found.items()}
        return tuple(Author(author.name, author.office, spans.get(author.name)) for author in draft.given.authors)
