"""A table for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned by display width (wide characters take two cells), the first to the left, the rest right."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        padding = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([row[0] + padding[0], *(p + c for p, c in zip(padding[1:], row[1:], strict=True))]))
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
