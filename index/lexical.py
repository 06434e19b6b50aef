"""BM25 over the terms of a collection's passages, in memory or mapped from disk.

bm25s computes the weight of every term in every row when the index is built; what is kept is its sparse matrix, one
column per term, and a search adds up the columns of the question's terms. Files, vocabulary order and ties are settled
here, so that the same texts give the same bytes and the same ranking on every machine.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import bm25s
import numpy as np
import numpy.typing as npt

from index.errors import CollectionDamaged
from index.terms import query_terms, terms, translations, words

K1 = 0.6
B = 0.5
"""The middle of a wide plateau on the development sets: `python -m eval.bench.lexical --sweep`."""

WEIGHTS_FILE = "lexical_weights.npy"
ROWS_FILE = "lexical_rows.npy"
STARTS_FILE = "lexical_starts.npy"
VOCABULARY_FILE = "lexical_terms.txt"
COUNT_FILE = "lexical.json"
LEXICAL_FILES = (WEIGHTS_FILE, ROWS_FILE, STARTS_FILE, VOCABULARY_FILE, COUNT_FILE)


class LexicalIndex:
    """Ranks rows 0…n-1, numbered as the texts were given, by BM25.

    The score of a row is the sum, over the terms t of the question (`query_terms`) with repetitions, of
    `ln(1 + (n - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * (1 - b + b * length / mean length))`,
    where df rows hold t, the row holds it tf times, and lengths count terms: the Lucene (accurate) variant in Kamphuis
    et al., Which BM25 Do You Mean? (ECIR 2020). A row without any of the terms scores 0.
    """

    def __init__(
        self,
        vocabulary: dict[str, int],
        weights: npt.NDArray[np.float32],
        rows: npt.NDArray[np.int32],
        starts: npt.NDArray[np.int64],
        count: int,
    ) -> None:
        """Term number t weighs `weights[starts[t]:starts[t + 1]]` in the rows beside them, out of `count` rows."""
        self._vocabulary = vocabulary
        self._weights = weights
        self._rows = rows
        self._starts = starts
        self._count = count

    @classmethod
    def build(cls, texts: Sequence[str], k1: float = K1, b: float = B) -> LexicalIndex:
        """Row i holds `texts[i]`; a text without terms is a row that nothing finds."""
        vocabulary: defaultdict[str, int] = defaultdict()
        vocabulary.default_factory = vocabulary.__len__  # a term met for the first time gets the next number
        documents = [array("i", map(vocabulary.__getitem__, terms(text))) for text in texts]
        if not vocabulary:  # bm25s divides by the mean length
            return cls({}, np.zeros(0, "<f4"), np.zeros(0, "<i4"), np.zeros(1, "<i8"), len(texts))
        engine = bm25s.BM25(method="lucene", k1=k1, b=b)
        matrix = engine.build_index_from_ids(range(len(vocabulary)), documents, show_progress=False)
        return cls(dict(vocabulary), matrix["data"], matrix["indices"], matrix["indptr"], len(texts))

    def __len__(self) -> int:
        """The number of rows."""
        return self._count

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """At most `k` rows that score above 0, as (row, score), best first, equal scores by row number."""
        totals = self._totals(query)
        found = np.flatnonzero(totals)
        if 0 < k < len(found):  # leave the sort only what can come first, with all that equal the last of them
            found = found[totals[found] >= np.partition(totals[found], -k)[-k]]
        best = found[np.argsort(-totals[found], kind="stable")][: max(k, 0)]
        return list(zip(best.tolist(), totals[best].tolist(), strict=True))

    def scores(self, query: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The scores of these rows, float32 of the same length: what `search` gives, and 0 for rows that it omits.

        Raises IndexError for a row that is not in the index.
        """
        if rows.size and (rows.min() < 0 or rows.max() >= self._count):
            raise IndexError(f"rows {rows.min()} to {rows.max()} asked of an index with {self._count} rows")
        return self._totals(query)[rows]

    def known_share(self, query: str) -> float:
        """The share of the question's distinct words that stand in any row, 0 to 1; 0 for a question without words.

        A word that names a place counts as known, too, when the place's Chinese name is. What is added to the question
        does not count by itself, nor does the value of a number beside its digits: neither makes a question's own words
        better known.
        """
        asked = set(words(query))
        named = {
            word
            for translation in translations(query)
            if all(term in self._vocabulary for term in translation.added)
            for word in translation.asked
        }
        return sum(word in self._vocabulary or word in named for word in asked) / len(asked) if asked else 0.0

    def _totals(self, query: str) -> npt.NDArray[np.float32]:
        """The score of every row."""
        totals = np.zeros(self._count, np.float32)
        for term, repeats in Counter(query_terms(query)).items():
            number = self._vocabulary.get(term)
            if number is not None:
                here = slice(self._starts[number], self._starts[number + 1])
                totals[self._rows[here]] += self._weights[here] * np.float32(repeats)
        return totals

    def save(self, folder: Path) -> None:
        """Write `LEXICAL_FILES` into an existing folder, the same bytes for the same texts in the same order."""
        np.save(folder / WEIGHTS_FILE, self._weights.astype("<f4", copy=False))
        np.save(folder / ROWS_FILE, self._rows.astype("<i4", copy=False))
        np.save(folder / STARTS_FILE, self._starts.astype("<i8", copy=False))
        (folder / VOCABULARY_FILE).write_bytes("".join(f"{term}\n" for term in self._vocabulary).encode())
        (folder / COUNT_FILE).write_bytes(json.dumps({"rows": self._count}).encode() + b"\n")

    @classmethod
    def load(cls, folder: Path, mmap: bool = True) -> LexicalIndex:
        """What `save` wrote there; with `mmap` the matrix stays on disk and its pages are read as searches need them.

        Raises CollectionDamaged where a file is missing, unreadable, or does not fit the others.
        """
        mode: Literal["r"] | None = "r" if mmap else None
        try:
            weights = np.load(folder / WEIGHTS_FILE, mmap_mode=mode)
            rows = np.load(folder / ROWS_FILE, mmap_mode=mode)
            starts = np.load(folder / STARTS_FILE, mmap_mode=mode)
            words = (folder / VOCABULARY_FILE).read_bytes().decode().split("\n")[:-1]
            count = json.loads((folder / COUNT_FILE).read_bytes())["rows"]
        except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
            raise _damaged(f"the lexical index in {folder} cannot be read ({error})") from error
        if len(starts) != len(words) + 1:
            raise _damaged(f"{VOCABULARY_FILE} has {len(words)} terms, {STARTS_FILE} has {len(starts) - 1}")
        if not starts[-1] == len(rows) == len(weights):
            raise _damaged(f"{STARTS_FILE} ends at {starts[-1]}, with {len(rows)} rows and {len(weights)} weights")
        return cls({word: number for number, word in enumerate(words)}, weights, rows, starts, count)


def _damaged(problem: str) -> CollectionDamaged:
    return CollectionDamaged(problem, "build the collection again: digest-qa index PATH...")
