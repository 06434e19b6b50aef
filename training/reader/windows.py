"""Windows of a passage: runs of whole sentences, as long as the sentences and passages that are cited."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from index.schema import Span
from index.sentences import sentence_spans
from rag.reading.inputs import units
from rag.reading.windows import LONGEST, scale
from training.reader.records import Text

SHORTEST = 60  # code points of Chinese


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage cut into sentences, with the units of each (`inputs.units`)."""

    passage: Text
    sentences: tuple[Span, ...]
    keys: tuple[frozenset[str], ...]
    scale: float

    @classmethod
    def of(cls, passage: Text) -> Cut:
        """A sentence much longer than a window is cut in the middle of it, wherever that is."""
        times = scale(passage.text)
        limit = int(LONGEST * times)
        sentences = tuple(
            Span(start, min(start + limit, sentence.end))
            for sentence in sentence_spans(passage.text)
            for start in range(sentence.start, sentence.end, limit)
        )
        keys = tuple(frozenset(key for *_, key in units(s.of(passage.text))) for s in sentences)
        return cls(passage, sentences, keys, times)

    def around(self, core: Span, chance: random.Random, shut: Sequence[Span] = ()) -> Span:
        """A window of a random length that covers `core` and whole sentences, none of those that overlap `shut`."""
        inside = [at for at, sentence in enumerate(self.sentences) if sentence.overlap(core)]
        first, last = inside[0], inside[-1]
        start, end = self.sentences[first].start, self.sentences[last].end
        target = chance.uniform(SHORTEST, LONGEST) * self.scale
        ways = {-1, 1}
        while ways:
            way = chance.choice(sorted(ways))
            at = first - 1 if way < 0 else last + 1
            grown = self._joined(first, last, at)
            if grown is None or len(grown) > target or any(grown.overlap(span) for span in shut):
                ways.discard(way)
                continue
            first, last = min(first, at), max(last, at)
            start, end = grown.start, grown.end
        return Span(start, end)

    def _joined(self, first: int, last: int, at: int) -> Span | None:
        if not 0 <= at < len(self.sentences):
            return None
        return Span(self.sentences[min(first, at)].start, self.sentences[max(last, at)].end)

    def best(self, wanted: frozenset[str], open_to: Sequence[int]) -> int:
        """Of these sentences the one that shares most with `wanted`."""
        return max(open_to, key=lambda at: (len(self.keys[at] & wanted), -at))
