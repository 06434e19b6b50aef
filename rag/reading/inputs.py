"""What the model sees of a question and a window: token ids, and for each token which part it is in and whether the
other side has it too.

    <s> question </s></s> context ⏎ window </s>

Traditional characters are folded to simplified ones, one by one, so offsets hold; a text with kana keeps its own.
Telling the model which words both sides share spares it learning that from few data: a year or a name of the question
that the window lacks is what a near miss looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from index.schema import Span
from index.simplified import simplified

MAX_TOKENS = 256
MAX_QUESTION_TOKENS = 96
HEAD_TOKENS = (
    24  # of a longer question, the others are its last ones: what is asked mostly stands behind what leads to it
)
MAX_CONTEXT = 160  # code points
MIN_WINDOW_TOKENS = 150  # for which the context makes room where the question is long
BOS, PAD, EOS = 0, 1, 2  # of XLM-R's vocabulary

QUESTION, CONTEXT, WINDOW = 0, 2, 4
"""The features; one more than these where the other side has the same word."""
FEATURES = 6

_KANA = re.compile("[\u3041-\u30ff]")
_UNSPACED = "\u0e00-\u0e7f\u3041-\u30ff\u3400-\u9fff"
_UNIT = re.compile(rf"\d+(?:[.,]\d+)*|[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\W\d_])+")
_UNSPACED_START = re.compile(f"[{_UNSPACED}]")

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a window of a passage, what stands before it as its context ("" for nothing), and the spans of the
    window (code points) that answer; any of them is right, none: the window does not answer.
    """

    question: str
    context: str
    window: str
    answers: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Encoded:
    """One pair as the model sees it, t tokens.

    `ids` and `features` are int64 (t,). `offsets` int64 (t, 2) are the code points of the window that a token stands
    for, (-1, -1) for all other tokens. `starts` and `ends` are the tokens at which an answer begins and its last ones,
    in the same order; both are (0,), the first token, where the window does not answer.
    """

    ids: Ints
    features: Ints
    offsets: Ints
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @property
    def answered(self) -> bool:
        """Whether any answer is left after the cut at MAX_TOKENS."""
        return self.starts != (0,)


def encode(pairs: Sequence[Pair], tokenizer: Tokenizer) -> list[Encoded]:
    """The pairs, in order, each at most MAX_TOKENS long.

    Of a question over MAX_QUESTION_TOKENS the middle is left out; the context is cut before the window is, as far as
    that needs no more than MIN_WINDOW_TOKENS.
    """
    asked = [folded(pair.question) for pair in pairs]
    heads = [folded(pair.context[:MAX_CONTEXT]) + "\n" if pair.context else "" for pair in pairs]
    texts = [head + folded(pair.window) for head, pair in zip(heads, pairs, strict=True)]
    found = tokenizer.encode_batch([*asked, *texts], add_special_tokens=False)
    return [
        _encoded(pairs[at], asked[at], heads[at], texts[at], found[at], found[len(pairs) + at])
        for at in range(len(pairs))
    ]


def folded(text: str) -> str:
    """Of the same length, simplified unless it is Japanese."""
    return text if _KANA.search(text) else simplified(text)


def units(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, key) of what is compared: words and numbers, and pairs of characters where no blanks are written."""
    for match in _UNIT.finditer(text):
        start, end = match.span()
        if _UNSPACED_START.match(match[0]) and end - start > 1:
            yield from ((at, at + 2, text[at : at + 2]) for at in range(start, end - 1))
        else:
            yield start, end, match[0].lower().replace(",", "")


def load_tokenizer(folder: Path) -> Tokenizer:
    """That of a model folder, without its own truncation and padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _encoded(pair: Pair, asked: str, head: str, text: str, question: Encoding, passage: Encoding) -> Encoded:
    asked_tokens = _kept(len(question.ids))
    cut = len(asked_tokens)
    room = MAX_TOKENS - cut - 4
    before = sum(end <= len(head) for _, end in passage.offsets)
    context = min(before, room - min(len(passage.ids) - before, MIN_WINDOW_TOKENS))
    seen = [*range(context), *range(before, len(passage.ids))][:room]
    keys = [{key for _, _, key in units(side)} for side in (asked, text)]
    asked_shared, text_shared = _covered(asked, keys[1]), _covered(text, keys[0])
    ids = [BOS, *(question.ids[at] for at in asked_tokens), EOS, EOS, *(passage.ids[at] for at in seen), EOS]
    shared = (QUESTION + any(asked_shared[slice(*question.offsets[at])]) for at in asked_tokens)
    features = [QUESTION, *shared, QUESTION, QUESTION]
    offsets = np.full((len(ids), 2), -1, np.int64)
    for at, (a, b) in enumerate((passage.offsets[at] for at in seen), start=cut + 3):
        features.append((WINDOW if b > len(head) else CONTEXT) + any(text_shared[a:b]))
        if b > len(head):
            offsets[at] = max(a - len(head), 0), b - len(head)
    features.append(QUESTION)
    bounds = [_tokens_of(span, offsets, pair.window) for span in pair.answers]
    kept = [bound for bound in dict.fromkeys(bounds) if bound is not None] or [(0, 0)]
    return Encoded(
        np.array(ids, np.int64),
        np.array(features, np.int64),
        offsets,
        tuple(start for start, _ in kept),
        tuple(end for _, end in kept),
    )


def _kept(tokens: int) -> Sequence[int]:
    """The places of a question's tokens that are read."""
    if tokens <= MAX_QUESTION_TOKENS:
        return range(tokens)
    return [*range(HEAD_TOKENS), *range(tokens - MAX_QUESTION_TOKENS + HEAD_TOKENS, tokens)]


def _covered(text: str, keys: set[str]) -> bytearray:
    """1 for each character in a unit that is among `keys`."""
    found = bytearray(len(text))
    for start, end, key in units(text):
        if key in keys:
            found[start:end] = b"\1" * (end - start)
    return found


def _tokens_of(span: Span, offsets: Ints, window: str) -> tuple[int, int] | None:
    """The first and the last token that stand for some of the answer; None where the window was cut before its end."""
    inside = np.flatnonzero((offsets[:, 0] < span.end) & (offsets[:, 1] > span.start))
    reached = len(inside) and (
        offsets[inside[-1], 1] >= span.end or not window[offsets[inside[-1], 1] : span.end].strip()
    )
    return (int(inside[0]), int(inside[-1])) if reached else None
