"""Scores of one answer besides its ranking: the quote, the short answer, the decision, and whether all is verbatim.

All lie in [0, 1], higher is better; a question without citations or answer scores 0. The ranking's measures are in
`ranking`, those of a whole set in `abstention`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from eval.dataset import Place, unbroken
from index.schema import Document
from rag.answer import Answer, Citation, Quote

LONGEST_ANSWER = 120
"""Code points: a longer answer contains nothing, or answering with the whole passage would score best."""

QUOTE_MEASURES = ("quote-iou", "quote-precision", "quote-recall")
ANSWER_MEASURES = ("exact", "char-f1", "contains")

# CMRC 2018 drops these, and no others, before it compares.
_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
_HAN = re.compile("[\u4e00-\u9fa5]")
# Between Han characters it takes the tokens of NLTK's word_tokenize; these are the same for figures and plain words.
_WORDS = re.compile(r"\w+(?:\.\w+|,\d+)*|[^\w\s]")
# For `contains`: "3.5" must not become "35", and per cent signs carry meaning.
_DROPPED = re.compile(r"\s|(?<!\d)\.|\.(?!\d)|[~^`+=]")


def quote_scores(citations: Sequence[Citation], evidence: Sequence[Place]) -> dict[str, float]:
    """Citation 1's quote against the evidence span that fits it best, in characters, blank space ignored.

    `quote-iou`: intersection over union. Not coverage of all evidence: one of several spans is enough.
    `quote-precision`: share of the quote that lies in any evidence; `quote-recall`: share of that best span that is
    quoted. They ask of characters what ALCE (Gao et al. 2023) asks a language model: is what is cited needed, and is
    what is needed cited? Not entailment: another sentence that says the same counts as wrong.
    """
    scores = dict.fromkeys(QUOTE_MEASURES, 0.0)
    if not citations:
        return scores
    quoted = _inked(citations[0].quote.start, citations[0].quote.text)
    proved: set[int] = set()
    for place in evidence:
        if place.document_sha256 != citations[0].document_sha256:
            continue
        proof = _inked(place.span.start, place.text)
        proved |= proof
        shared = len(quoted & proof)
        iou = shared / max(1, len(quoted | proof))
        if iou > scores["quote-iou"]:
            scores |= {"quote-iou": iou, "quote-recall": shared / len(proof)}
    scores["quote-precision"] = len(quoted & proved) / max(1, len(quoted))
    return scores


def answer_scores(answer: str | None, accepted: Sequence[str], every: bool = False) -> dict[str, float]:
    """The short answer against the accepted ones, of which the best counts; with `every` all together are wanted.

    One answer is one span, so of several that stand apart it can hold all only with what stands between them: then
    `exact` is left out, and `char-f1` has a ceiling under 1.

    `exact` and `char-f1` are CMRC 2018's EM and F1 (Cui et al. 2019): lower case, without its list of punctuation; Han
    characters and words of other scripts are the units; F1 is of the longest run of units that both share. Not a bag
    of characters: 1995 is wholly wrong for 1959, and a true paraphrase is wrong too.
    `contains`: 1 if an accepted answer (`every`: each) stands in an answer of at most 120 code points, both without
    punctuation and blanks. Not equality, and not understanding: "35" stands in "135".
    """
    given = unbroken(answer or "")
    wanted = [unbroken(" ".join(accepted))] if every else [unbroken(text) for text in accepted]
    short_enough = answer is not None and len(answer) <= LONGEST_ANSWER
    plain = [normalise(text) for text in accepted]
    found = [short_enough and bool(text) and text in normalise(given) for text in plain]
    scores = {
        "char-f1": max(_f1(_units(given), _units(text)) for text in wanted),
        "contains": float(all(found) if every else any(found)),
    }
    if every:
        return scores
    equal = answer is not None and any(_unpunctuated(given) == _unpunctuated(text) for text in wanted)
    return {"exact": float(equal), **scores}


def normalise(text: str) -> str:
    """NFKC, lower case, without punctuation and blank space; decimal points and per cent signs stay."""
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text).lower())
    return "".join(c for c in plain if c in ".%‰" or not unicodedata.category(c).startswith("P"))


def verbatim(answer: Answer, documents: Mapping[str, Document]) -> float:
    """1 if every text of the answer is the source's own at its offsets, else 0.

    Quotes must lie in their passages, the short answer in a document that is cited. `documents` by SHA-256. Not
    relevance: it says that what is shown stands there, not that it answers.
    """
    return float(all(_is_verbatim(part, text) for part, text in _claims(answer, documents)))


def _claims(answer: Answer, documents: Mapping[str, Document]) -> Iterator[tuple[Quote | Citation, str]]:
    by_name: dict[str, str] = {}
    for citation in answer.citations:
        document = documents.get(citation.document_sha256)
        text = document.text if document is not None else ""
        by_name.setdefault(citation.document, text)
        yield citation, text
        inside = citation.start <= citation.quote.start and citation.quote.end <= citation.end
        yield citation.quote, text if inside else ""
    if answer.answer is not None:
        yield answer.answer, by_name.get(answer.answer.document, "")


def _is_verbatim(part: Quote | Citation, source: str) -> bool:
    return 0 <= part.start < part.end <= len(source) and part.text == source[part.start : part.end]


def _inked(start: int, text: str) -> frozenset[int]:
    return frozenset(start + offset for offset, character in enumerate(text) if not character.isspace())


def _unpunctuated(text: str) -> str:
    return "".join(char for char in text.lower().strip() if char not in _PUNCTUATION)


def _units(text: str) -> list[str]:
    """CMRC 2018's mixed segmentation: every Han character, and the words between them."""
    units: list[str] = []
    for piece in re.split(f"({_HAN.pattern})", _unpunctuated(text)):
        units += [piece] if _HAN.fullmatch(piece) else _WORDS.findall(piece)
    return units


def _f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    run = SequenceMatcher(None, given, wanted, autojunk=False).find_longest_match().size
    return 2 * run / max(1, len(given) + len(wanted))
