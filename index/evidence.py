"""How well a title or a byline fits a stretch of paragraphs, by what the paragraphs themselves say.

Two witnesses. The regions: a report on Tianjin names Tianjin, and hardly the regions of the other headings. The words:
the character bigrams of the heading that occur in the stretch, weighted by how rare they are among the paragraphs
(inverse document frequency, Spärck Jones 1972) and by how much of their use falls into the stretch.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log


class Tally:
    """Numbers of paragraphs with a value each (float64), kept sparse: most headings occur in few paragraphs."""

    def __init__(self, values: Mapping[int, float]) -> None:
        self._paragraphs = array("L", sorted(values))
        self._totals = array("d", accumulate((values[number] for number in self._paragraphs), initial=0.0))

    def sum(self, start: int, end: int) -> float:
        """Over the paragraphs start..end-1, in the time of two binary searches."""
        return self._totals[bisect_left(self._paragraphs, end)] - self._totals[bisect_left(self._paragraphs, start)]

    @property
    def total(self) -> float:
        """Over all paragraphs."""
        return self._totals[-1]


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A heading's evidence: where its region is named, where any heading's region is, and where its words stand."""

    region: str | None
    own: Tally
    anyones: Tally
    words: Tally

    def fit(self, start: int, end: int) -> float:
        """How well the heading fits the paragraphs start..end-1: from -0.6 (they speak of other regions) to 1.8."""
        words = 0.8 * self.words.sum(start, end)
        if self.region is None or not self.own.total:
            return words
        own, any_region = self.own.sum(start, end), self.anyones.sum(start, end)
        share = 2 * own / any_region - 1 if any_region else -0.3
        return words + 0.6 * share + 0.4 * own / self.own.total


class Evidence:
    """The paragraphs of a document, ready to be asked about the headings that have these texts and regions."""

    def __init__(self, paragraphs: Sequence[str], headings: Iterable[str], regions: Iterable[str]) -> None:
        self._n = len(paragraphs)
        asked = {bigram for heading in headings for bigram in _bigrams(heading)}
        self._uses: dict[str, dict[int, int]] = {bigram: {} for bigram in asked}
        mentions: dict[str, dict[int, float]] = {region: {} for region in regions}
        mentions_of_any: dict[int, float] = defaultdict(float)
        for number, text in enumerate(paragraphs):
            for bigram, count in Counter(_bigrams(text)).items():
                if bigram in asked:
                    self._uses[bigram][number] = count
            for region, found in mentions.items():
                if count := text.count(region):
                    found[number] = count
                    mentions_of_any[number] += count
        self._mentions = {region: Tally(found) for region, found in mentions.items()}
        self._mentions_of_any = Tally(mentions_of_any)

    def claim(self, text: str, region: str | None) -> Claim:
        """The evidence for a heading with these words and this region, both of which were announced."""
        uses = [self._uses[bigram] for bigram in dict.fromkeys(_bigrams(text))]
        weights = [log((self._n + 1) / (len(found) + 0.5)) for found in uses]
        mass = sum(weights) or 1.0
        words: dict[int, float] = defaultdict(float)
        for found, weight in zip(uses, weights, strict=True):
            total = sum(found.values())
            for number, count in found.items():
                words[number] += weight * count / total / mass
        own = self._mentions[region] if region is not None else Tally({})
        return Claim(region, own, self._mentions_of_any, Tally(words))


def _bigrams(text: str) -> list[str]:
    return [a + b for run in re.findall(r"\w+", text.casefold()) for a, b in pairwise(run)]
