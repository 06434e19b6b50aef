"""What is measured, one function each, written out here because each is a few lines and the definitions are ours.

Rankings are judged through `coverage`: for every citation, in order, the evidence spans that it proves. Gold knows
spans, not passages, so the textbook measures (Manning, Raghavan and Schütze, Introduction to Information Retrieval,
ch. 8) are put in terms of spans. All results lie in [0, 1]; a question without citations or answer scores 0.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from difflib import SequenceMatcher
from fractions import Fraction
from math import floor, log2

from eval.dataset import Place
from index.schema import Span
from rag.answer import Citation

LONGEST_CITATION = 500
"""Code points: a longer citation proves nothing, or citing the whole document would score best."""
COVERED = Fraction(4, 5)
"""The share of an evidence span that a citation must hold."""
LONGEST_ANSWER = 120
"""Code points: a longer answer contains nothing, or answering with the whole passage would score best."""
TOLERATED_REFUSALS = Fraction(1, 10)
"""The share of false refusals at which false answers are compared."""

Coverage = Sequence[frozenset[int]]

# "3.5" must not become "35"; the per cent signs carry meaning; the symbols are those that CMRC 2018 drops.
_DROPPED = re.compile(r"\s|(?<!\d)\.|\.(?!\d)|[~^`+=]")


def coverage(citations: Sequence[Citation], evidence: Sequence[Place]) -> Coverage:
    """For each citation the indices of the evidence spans it covers; a citation is relevant when there is one.

    Covered: same document (by hash), citation of at most 500 code points, at least 80 % of the span inside it.
    """
    return [
        frozenset(
            index
            for index, place in enumerate(evidence)
            if citation.document_sha256 == place.document_sha256
            and citation.end - citation.start <= LONGEST_CITATION
            and Span(citation.start, citation.end).overlap(place.span) >= COVERED * len(place.span)
        )
        for citation in citations
    ]


def success_at(k: int, covered: Coverage) -> float:
    """1 if any of the first k citations is relevant, else 0; also called hit rate. Not recall: one span is enough."""
    return float(any(covered[:k]))


def recall_at(k: int, covered: Coverage, spans: int) -> float:
    """Share of the evidence spans covered by the first k citations. Not precision: useless citations cost nothing."""
    return len({span for found in covered[:k] for span in found}) / spans


def reciprocal_rank(k: int, covered: Coverage) -> float:
    """1 / rank of the first relevant citation among the first k, else 0 (TREC-8 question answering track).

    Its mean is MRR. Not a statement about any citation after the first relevant one.
    """
    return next((1 / rank for rank, spans in enumerate(covered[:k], start=1) if spans), 0.0)


def ndcg(k: int, covered: Coverage, spans: int) -> float:
    """Normalised discounted cumulated gain at k (Järvelin and Kekäläinen 2002), gain 1 for each citation with news.

    News is a span that no earlier citation covered: passages may overlap, and citing the same proof twice gains
    nothing. The ideal has the same gains first, then one citation for each span left out. Not graded relevance.
    """
    seen: set[int] = set()
    gains: list[bool] = []
    for found in covered:
        gains.append(not found <= seen)
        seen |= found
    best = sum(gains) + spans - len(seen)
    discounted = sum(gain / log2(rank + 1) for rank, gain in enumerate(gains[:k], start=1))
    return discounted / sum(1 / log2(rank + 1) for rank in range(1, min(k, best) + 1))


def quote_iou(citations: Sequence[Citation], evidence: Sequence[Place]) -> float:
    """Intersection over union of citation 1's quote and the evidence span that fits it best, blank space ignored.

    Not coverage: a quote that says more than the evidence loses, too; and one of several spans is enough.
    """
    if not citations:
        return 0.0
    quote = _inked(citations[0].quote.start, citations[0].quote.text)
    best = 0.0
    for place in evidence:
        if place.document_sha256 == citations[0].document_sha256:
            proof = _inked(place.span.start, place.text)
            best = max(best, len(quote & proof) / max(1, len(quote | proof)))
    return best


def normalise(text: str) -> str:
    """NFKC, lower case, without punctuation and blank space, as CMRC 2018 compares answers (Cui et al. 2019).

    Decimal points and per cent signs stay.
    """
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text).lower())
    return "".join(c for c in plain if c in ".%‰" or not unicodedata.category(c).startswith("P"))


def contains(answer: str | None, accepted: Sequence[str], every: bool = False) -> float:
    """1 if an accepted answer (`every`: each of them) stands in an answer of at most 120 code points, else 0.

    Both normalised. Not equality, and not understanding: "35" stands in "135", a paraphrase does not.
    """
    if answer is None or len(answer) > LONGEST_ANSWER:
        return 0.0
    found = [normalise(wanted) in normalise(answer) for wanted in accepted]
    return float(all(found) if every else any(found))


def char_f1(answer: str | None, accepted: Sequence[str], every: bool = False) -> float:
    """F1 of the longest common run of characters with the best accepted answer (`every`: with all, put end to end).

    CMRC 2018's F1 (Cui et al. 2019), counted in characters for every script. Not a bag of characters: "1995" against
    "1959" scores 1/2, not 1.
    """
    given = normalise(answer or "")
    return max(_f1(given, normalise(wanted)) for wanted in (["".join(accepted)] if every else accepted))


def share(flags: Sequence[bool]) -> float | None:
    """Share of true ones, None of nothing: the false-answer and false-refusal rates. Not accuracy: one class each."""
    return sum(flags) / len(flags) if flags else None


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """Chance that an answerable question got the higher confidence, ties 1/2 (Mann and Whitney's U; Fawcett 2006).

    None unless both are there. Not calibration: any order-preserving change of the confidences leaves it as it is.
    """
    if not answerable or not unanswerable:
        return None
    others = sorted(unanswerable)
    wins = sum(bisect_left(others, c) + bisect_right(others, c) for c in answerable) / 2
    return wins / (len(answerable) * len(others))


def false_answers_at(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """Share of unanswerable questions answered under the strictest threshold that refuses ≤ 10 % of the answerable.

    A question is answered when its confidence is at least the threshold. None unless both are there. Not what the
    assistant did: the threshold is chosen here, on the questions it is measured on.
    """
    if not answerable or not unanswerable:
        return None
    threshold = sorted(answerable)[floor(TOLERATED_REFUSALS * len(answerable))]
    return sum(c >= threshold for c in unanswerable) / len(unanswerable)


def _inked(start: int, text: str) -> frozenset[int]:
    return frozenset(start + offset for offset, character in enumerate(text) if not character.isspace())


def _f1(given: str, wanted: str) -> float:
    run = SequenceMatcher(None, given, wanted, autojunk=False).find_longest_match().size
    return 2 * run / max(1, len(given) + len(wanted))
