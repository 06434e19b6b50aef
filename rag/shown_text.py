"""Where a piece of the source stands in the text that is shown, which has other white space and no page furniture."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_INK = re.compile(r"\S")


def shown_span(text: str, shown: str, start: int, end: int) -> tuple[int, int]:
    """Where `text[start:end]` stands in `shown`, which is `text` with other white space and without furniture.

    White space does not count; of a slice that is furniture in part, the rest is found; (0, 0) where nothing is left.
    """
    inked = [match.start() for match in _INK.finditer(text)]
    places = [match.start() for match in _INK.finditer(shown)]
    if len(inked) == len(places):
        kept = list(zip(inked, places, strict=True))
    else:
        matcher = SequenceMatcher(None, [text[at] for at in inked], [shown[at] for at in places], autojunk=False)
        kept = [
            (inked[a + step], places[b + step]) for a, b, size in matcher.get_matching_blocks() for step in range(size)
        ]
    found = [place for at, place in kept if start <= at < end]
    return (found[0], found[-1] + 1) if found else (0, 0)


def shown_part(text: str, shown: str, offset: int, start: int, end: int) -> str:
    """What is shown of the source from `start` to `end`; `text` is the source from `offset` on."""
    first, last = shown_span(text, shown, start - offset, end - offset)
    return shown[first:last]
