"""What must not stand at the ends of an answer: blanks, stops, quotation marks and brackets without their partners."""

from __future__ import annotations

from collections.abc import Iterator

_EDGES = "，；：、。！？,;:!? \t\r\n\f\v\x85\u2028\u2029　"
_PAIRS = dict(zip("“（(《〈「『【[", "”）)》〉」』】]", strict=True))


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Without the blanks, stops and lone quotation marks and brackets at both ends; None where nothing is left."""
    drop = set(lone(text[start:end]))
    kept = [at for at in range(end - start) if at not in drop and text[start + at] not in _EDGES]
    return (start + kept[0], start + kept[-1] + 1) if kept else None


def lone(text: str) -> Iterator[int]:
    """Where a quotation mark or bracket stands whose partner is missing."""
    opened: list[int] = []
    for at, char in enumerate(text):
        if char in _PAIRS:
            opened.append(at)
        elif char in _PAIRS.values():
            if opened and _PAIRS[text[opened[-1]]] == char:
                opened.pop()
            else:
                yield at
    yield from opened
