"""Traditional Chinese characters as simplified ones, one by one."""

from __future__ import annotations

import opencc


def _table() -> dict[int, str]:
    """Traditional character → simplified one, from OpenCC's t2s dictionary, each character by itself.

    OpenCC converts by phrase (乾 is 干 in 乾燥 but stays in 乾隆). A question may hold half of such a phrase, so both
    sides fold by character instead: what matters is that the two agree, not that the result is well written.
    """
    convert = opencc.OpenCC("t2s").convert
    characters = [chr(c) for a, b in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x32000)) for c in range(a, b)]
    folded = convert(convert("\n".join(characters))).split("\n")  # twice: a few results are themselves traditional
    return {ord(a): b for a, b in zip(characters, folded, strict=True) if a != b and len(b) == 1}


SIMPLIFIED = _table()


def simplified(text: str) -> str:
    """`text` with its traditional characters simplified one by one: of the same length, so that offsets hold."""
    return text.translate(SIMPLIFIED)
