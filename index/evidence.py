"""How well a title or a byline fits a stretch of paragraphs, by what the paragraphs themselves say.

Two witnesses. The regions: a report on Tianjin names Tianjin, and hardly the regions of the other headings. The words:
the character bigrams of the heading that occur in the stretch, weighted by how rare they are among the paragraphs
(inverse document frequency, Spärck Jones 1972) and by how much of their use falls into the stretch.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log


@dataclass(frozen=True, slots=True)
class Claim:
    """A heading's evidence as running totals over the paragraphs: entry i is the sum over paragraphs 0..i-1."""

    region: str | None
    own: tuple[float, ...]
    others: tuple[float, ...]
    words: tuple[float, ...]

    def fit(self, start: int, end: int) -> float:
        """How well the heading fits the paragraphs start..end-1: from -0.6 (they speak of other regions) to 1.8."""
        words = 0.8 * (self.words[end] - self.words[start])
        total = self.own[-1]
        if self.region is None or not total:
            return words
        own, others = self.own[end] - self.own[start], self.others[end] - self.others[start]
        share = 2 * own / (own + others) - 1 if own + others else -0.3
        return words + 0.6 * share + 0.4 * own / total


class Evidence:
    """The paragraphs of a document, ready to be asked about headings."""

    def __init__(self, paragraphs: Sequence[str], regions: Iterable[str]) -> None:
        self._bigrams = [Counter(_bigrams(text)) for text in paragraphs]
        self._frequency = Counter(bigram for counts in self._bigrams for bigram in counts)
        self._total = Counter[str]()
        for counts in self._bigrams:
            self._total.update(counts)
        self._mentions = {region: [text.count(region) for text in paragraphs] for region in sorted(set(regions))}
        self._mentions_of_any = [sum(mentions) for mentions in zip(*self._mentions.values(), strict=True)]

    def claim(self, text: str, region: str | None) -> Claim:
        """The evidence for a heading with these words and this region."""
        n = len(self._bigrams)
        weights = {bigram: log((n + 1) / (self._frequency[bigram] + 0.5)) for bigram in set(_bigrams(text))}
        mass = sum(weights.values()) or 1.0
        words = [
            sum(weight * counts[bigram] / self._total[bigram] for bigram, weight in weights.items() if bigram in counts)
            for counts in self._bigrams
        ]
        own = self._mentions.get(region or "", [0] * n)
        others = [of_any - of_own for of_any, of_own in zip(self._mentions_of_any or own, own, strict=True)]
        return Claim(region, _totals(own), _totals(others), tuple(x / mass for x in _totals(words)))


def _bigrams(text: str) -> list[str]:
    return [a + b for run in re.findall(r"\w+", text) for a, b in pairwise(run)]


def _totals(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(accumulate(values, initial=0.0))
