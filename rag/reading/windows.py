"""Windows of a passage: runs of whole sentences, as long as what the reader was trained to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.schema import Span

LONGEST = 220  # code points of Chinese
SPARE = 1.25  # times LONGEST is still read whole: what the reader takes in beside a usual question and context
STEP = 0.7  # of a longer sentence's piece, the next one begins: what stands at its end is in both
WESTERN = 2.4  # times as long, where words are written in letters


def scale(text: str) -> float:
    """How many code points of this text say as much as one of Chinese: 1, or WESTERN."""
    wide = sum(char >= "\u2e80" for char in text)
    return 1.0 if 3 * wide > len(text) else WESTERN


def windows(sentences: Sequence[Span], longest: float) -> list[tuple[int, int]]:
    """The first and last sentence of each window, in order; every sentence is in one at least.

    A window is as many sentences as fit into `longest` code points, one at least; the next one begins at the sentence
    after the middle of it, so that what stands together is read together in one of them.
    """
    found: list[tuple[int, int]] = []
    first = 0
    while first < len(sentences):
        last = first
        while last + 1 < len(sentences) and sentences[last + 1].end - sentences[first].start <= longest:
            last += 1
        found.append((first, last))
        if last + 1 == len(sentences):
            break
        middle = (sentences[first].start + sentences[last].end) / 2
        first = next((at for at in range(first + 1, last + 1) if sentences[at].start >= middle), last + 1)
    return found


def pieces(span: Span, longest: float) -> Iterator[Span]:
    """A window as it is read: itself, or where it is a sentence that is much too long, overlapping stretches of it."""
    if len(span) <= SPARE * longest:
        yield span
        return
    size, step = max(int(longest), 1), max(int(STEP * longest), 1)
    for start in range(span.start, span.end, step):
        yield Span(start, min(start + size, span.end))
        if start + size >= span.end:
            return
