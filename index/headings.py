"""Which lines of a layout may head an article, and what speaks for each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.bylines import institution, people
from index.layout import Block, Kind
from index.letters import is_official_title
from index.regions import office_region, opening_region, places, title_region
from index.simplified import simplified

_KINDS = (Kind.SHORT, Kind.BYLINE, Kind.DATELINE)


class Headings:
    """The heading lines among `blocks`: `numbers` are theirs. The other short lines are headings inside an article."""

    def __init__(self, source: str, blocks: Sequence[Block], wide: int) -> None:
        self.blocks, self.wide = blocks, wide
        self._places = places(simplified(source))
        levels = [block.level for block in blocks if block.level]
        self.top_level = min(levels, default=0)
        self.several = levels.count(self.top_level) > 1  # Markdown headings of the top level: each heads an article
        self.numbers = self._numbers()

    def region(self, i: int) -> str | None:
        """The region that a title or a byline names."""
        block = self.blocks[i]
        if block.kind is Kind.BYLINE:
            return next(
                (region for _, office in people(block.text) if (region := office_region(simplified(office)))), None
            )
        return title_region(simplified(block.text), self._places) if block.kind is Kind.SHORT else None

    def words(self, i: int) -> str:
        """What the article of a heading should speak of: the title itself, or the institutions of a byline."""
        block = self.blocks[i]
        if block.kind is not Kind.BYLINE:
            return simplified(block.text)
        return " ".join(institution(office) for _, office in people(block.text))

    def _numbers(self) -> set[int]:
        """Numbers of the blocks that may head an article; other short lines are headings inside one."""
        found: set[int] = set()
        run: list[int] = []
        body_seen = False
        for i, block in enumerate(self.blocks):
            if block.kind in _KINDS:
                run.append(i)
            elif block.kind is not Kind.FURNITURE:
                if run and (not body_seen or self._may_head(run) or (len(run) > 1 and block.gap >= self.wide)):
                    found.update(run)
                run, body_seen = [], True
        return found | set(run) if body_seen else set()

    def _may_head(self, run: Sequence[int]) -> bool:
        top = any(self.blocks[i].level == self.top_level for i in run if self.top_level)
        return top or self.blocks[run[0]].gap >= self.wide or self.strong(run)

    def strong(self, run: Sequence[int]) -> bool:
        """True when something says that an article starts near: a byline, a dateline, a title that opens with its
        region, that of a letter or an order, or one of several Markdown headings of the top level.
        """
        blocks = [self.blocks[i] for i in run]
        kinds = {block.kind for block in blocks}
        return (
            Kind.BYLINE in kinds
            or (self.several and any(block.level == self.top_level for block in blocks))
            or kinds >= {Kind.SHORT, Kind.DATELINE}
            or any(self._opens_with_region(block) for block in blocks)
            or any(block.kind is Kind.SHORT and is_official_title(block.text) for block in blocks)
        )

    def _opens_with_region(self, block: Block) -> bool:
        opens = block.kind is Kind.SHORT and re.match(r"[^：:]{2,7}[：:]", block.text) is not None
        return opens and opening_region(simplified(block.text), self._places) is not None

    def looks(self, i: int) -> float:
        """What speaks for a title by itself, in the units of `segmentation`."""
        block = self.blocks[i]
        bonus = 0.5 if block.level and block.level == self.top_level else 0.0
        if self._opens_with_region(block):
            bonus += 0.3
        return bonus - 0.6 if len(block.text) < 4 else bonus

    def leads(self, below: int | None) -> float:
        """What speaks for a title by the block below it: a byline or a dateline."""
        return 0.3 if below is not None and self.blocks[below].kind is not Kind.SHORT else 0.0
