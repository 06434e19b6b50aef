"""Compiles a normalisation table into the charsmap format of SentencePiece, which the `tokenizers` library runs.

The format is a little-endian u32 with the size of the trie in bytes, the trie, then the replacements in UTF-8, each
ended by a NUL. The trie is a Darts double array of u32 units (Aoe, "An Efficient Digital Search Algorithm by Using a
Double-Array Structure", 1989; unit layout of darts-clone): bits 0-7 the label of the unit, bit 8 whether a key ends
here, bits 10-30 the offset whose XOR with the unit's own position gives the base of its children. The child with label
c stands at base XOR c; the value of a key (here: where its replacement begins) stands at base XOR 0, bit 31 set.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_BLOCK = 256
_WINDOW = 4 * _BLOCK  # how far back free places are looked for: a little space for much time
_HAS_LEAF = 1 << 8
_LEAF = 1 << 31
_OFFSET_SHIFT = 10
_OFFSET_LIMIT = 1 << 21


@dataclass
class _Node:
    """One prefix of the keys: its children by next byte, and the value of the key that ends here."""

    children: dict[int, _Node] = field(default_factory=dict)
    value: int | None = None


def compile_charsmap(replacements: Mapping[str, str]) -> bytes:
    """The charsmap that puts `replacements[key]` for every key; "" removes it. Characters in no key stay.

    Raises ValueError for an empty key, or a NUL in a key or replacement: the format has no room for them.
    """
    root = _Node()
    texts = bytearray()
    places: dict[str, int] = {}
    for key, replacement in replacements.items():
        if not key or "\0" in key or "\0" in replacement:
            raise ValueError(f"a charsmap cannot hold {key!r} -> {replacement!r}")
        if replacement not in places:
            places[replacement] = len(texts)
            texts += replacement.encode() + b"\0"
        node = root
        for byte in key.encode():
            node = node.children.setdefault(byte, _Node())
        node.value = places[replacement]
    units = _double_array(root)
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + bytes(texts)


def _double_array(root: _Node) -> list[int]:
    """The units of the trie. A lookup never leaves the array: it is filled up to whole blocks of 256."""
    units = [0] * _BLOCK
    taken = bytearray(_BLOCK)
    taken[0] = 1
    bases = {0}
    queue = [(root, 0)]
    for node, position in queue:  # grows while it runs: breadth first, so that wide nodes find room early
        labels = sorted(node.children) if node.value is None else [0, *sorted(node.children)]
        if not labels:
            continue
        candidate = taken.find(0, max(1, len(taken) - _WINDOW))
        while True:
            if candidate + _BLOCK >= len(units):
                units += [0] * _BLOCK
                taken += bytes(_BLOCK)
            base = candidate ^ labels[0]
            if not taken[candidate] and base not in bases and not any(taken[base ^ label] for label in labels):
                break
            candidate += 1
        bases.add(base)  # no two nodes share a base, or one would find the other's children
        offset = position ^ base
        if offset >= _OFFSET_LIMIT:
            raise ValueError(f"the table needs an offset of {offset}, the format allows {_OFFSET_LIMIT - 1}")
        units[position] |= offset << _OFFSET_SHIFT
        for label in labels:
            taken[base ^ label] = 1
        if node.value is not None:
            units[position] |= _HAS_LEAF
            units[base] = _LEAF | node.value
        for label, child in node.children.items():
            units[base ^ label] |= label
            queue.append((child, base ^ label))
    return units
