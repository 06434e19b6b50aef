"""Whether a passage bears out a written sentence: no model is asked, and the same sentence is judged alike each time.

All must hold: every figure, place, quotation and address of the sentence stands in the passage; it is near to it, by
its words or, in another language, by the encoder; no other passage shown is much nearer; no negation differs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.encoders import Encoder, Vectors
from index.numbers import numbers_in
from index.places import places_in
from index.schema import Span
from index.simplified import simplified
from index.terms import words
from rag.query import language_of
from rag.writer.figures import missing_figures
from rag.writer.negation import contradicts
from rag.writer.sources import Source

COVERAGE = 0.6
"""The least share of a sentence's terms that the passage has, in its own language."""
NEAR = {"e5-tuned": 0.625}
"""The least cosine of a sentence in another language, by encoder; one that was not measured only ranks, and there the
sentence must name a figure or a place."""
NEAR_IN_WORDS = {"e5-tuned": 0.74}
"""The same in the passage's language, for a sentence in other words; another encoder gives no such leave."""
BEHIND = 0.05
"""By how much of cosine another passage may be nearer."""

_QUOTED = re.compile('“([^”]+)”|「([^」]+)」|『([^』]+)』|《([^》]+)》|«([^»]+)»|"([^"]+)"')
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s]*[^\s.,;)]|[\w.+-]+@[\w-]+[\w.-]*\w|\bwww\.[^\s]*[^\s.,;)]")
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`span` is the source's sentence that is nearest; `against` says what speaks against it, None: nothing."""

    span: Span
    against: str | None


class Support:
    """Judges sentences against the passages of one answer. The passages are encoded once."""

    def __init__(self, sources: Sequence[Source], encoder: Encoder) -> None:
        self._sources = {source.rank: source for source in sources}
        self._encoder = encoder
        self._vectors: dict[int, Vectors] = {
            source.rank: encoder.embed_passages([f"{source.context}\n{text}" for _, text in source.sentences])
            for source in sources
        }

    def judge(self, sentence: str, rank: int) -> Verdict:
        """Whether passage `rank` bears the sentence out. Raises KeyError for a passage that was not shown."""
        source = self._sources[rank]
        vector = self._encoder.embed_passages([sentence])[0]
        cosines = {other: vectors @ vector for other, vectors in self._vectors.items()}
        at = int(np.argmax(cosines[rank]))
        span, nearest = source.sentences[at]
        return Verdict(span, self._against(sentence, source, nearest, {r: float(c.max()) for r, c in cosines.items()}))

    def _against(self, sentence: str, source: Source, nearest: str, cosines: dict[int, float]) -> str | None:
        if missing_figures(sentence, source.text):
            return "figure"
        if _missing_places(sentence, source.text):
            return "place"
        if _missing_quotations(sentence, source.text):
            return "quotation"
        if any(address not in source.text for address in _ADDRESS.findall(sentence)):
            return "address"
        if not self._near(sentence, source, cosines[source.rank]):
            return "far"
        if cosines[source.rank] < max(cosines.values()) - BEHIND:
            return "other passage"
        return "negation" if contradicts(sentence, source.citation.display_text, nearest) else None

    def _near(self, sentence: str, source: Source, cosine: float) -> bool:
        if coverage(sentence, source.text) >= COVERAGE:
            return True
        name = self._encoder.name
        if language_of(sentence) == language_of(source.citation.display_text):
            return name in NEAR_IN_WORDS and cosine >= NEAR_IN_WORDS[name]
        return cosine >= NEAR[name] if name in NEAR else bool(numbers_in(sentence) or places_in(sentence))


def coverage(sentence: str, source: str) -> float:
    """The share of the sentence's terms that the source has, 0 for a sentence without terms."""
    asked, there = words(sentence), set(words(source))
    return sum(term in there for term in asked) / len(asked) if asked else 0.0


def _missing_places(sentence: str, source: str) -> set[str]:
    return {place.name for place in places_in(sentence)} - {place.name for place in places_in(source)}


def _missing_quotations(sentence: str, source: str) -> list[str]:
    """Those in a script that the source is written in: a translated name cannot be looked for."""
    quotations = ["".join(filter(None, found)) for found in _QUOTED.findall(sentence)]
    plain = _plain(source)
    return [text for text in quotations if _comparable(text, source) and _plain(text) not in plain]


def _comparable(text: str, source: str) -> bool:
    return bool(_HAN.search(text)) == (len(_HAN.findall(source)) > len(_LATIN.findall(source)))


def _plain(text: str) -> str:
    """Without blanks, marks and case, in simplified characters."""
    folded = simplified(unicodedata.normalize("NFKC", text)).casefold()
    return "".join(char for char in folded if char.isalnum())
