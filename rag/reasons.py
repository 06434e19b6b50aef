"""Why a question is not answered: what it names that the documents or the nearest passages do not have.

In the asker's language where we have it (`reason_texts`), else in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from index.places import Place
from index.simplified import simplified
from rag.missing import NEAREST, Searched, absent, unmentioned
from rag.named_places import mentions, to_traditional
from rag.province_names import province_name
from rag.query import Query
from rag.reason_texts import TEXTS, TRADITIONAL, ReasonTexts, reason_language
from rag.retriever import Candidate

LONGEST_MENTION = 40
MOST_LISTED = 5
"""Of more places or figures, and of the rest of a longer one, an ellipsis stands there."""


def reason_for(
    query: Query,
    searched: Searched,
    candidates: Sequence[Candidate],
    found: float,
    needed: float,
) -> str:
    """One line on why a question is refused: the first of these that holds.

    The collection has no passage; the question has no candidate; a place in it is nowhere in what was searched; the
    place is there, but no answer; a year or figure is in none of the nearest passages, those of the first
    candidates; else the probability `found` of an answer is under the one `needed`.
    """
    language = _written_in(query)
    texts = TEXTS[language]
    if not candidates:
        return texts.nothing if searched.collection.passages else texts.empty
    mentioned = mentions(query.text)
    nowhere = absent(query.text, searched)
    if nowhere:
        listed = [_with_province(texts, language, mention, mentioned[mention], searched) for mention in nowhere]
        return (texts.outside if searched.partial else texts.absent).format(places=_listed(texts, listed))
    present = [m for m, meant in mentioned.items() if any(searched.touches(place.name) for place in meant)]
    nearest = [searched.collection.passages[candidate.row] for candidate in candidates[:NEAREST]]
    figures = unmentioned(query.text, nearest)
    sure, asked = _percentages(texts, found, needed)
    blanks = {
        "places": _listed(texts, [_quoted(texts, mention) for mention in present]),
        "figures": _listed(texts, [_cut(figure) for figure in figures]),
        "chance": texts.chance.format(found=sure, needed=asked),
    }
    if present:
        return (texts.lacking if figures else texts.present).format(**blanks)
    if figures:
        return texts.without.format(**blanks)
    return texts.weak.format(found=sure, needed=asked)


def _written_in(query: Query) -> str:
    """The key of `TEXTS`: Chinese is traditional where more of its characters are so than are simplified."""
    if query.language != "zh":
        return reason_language(query.language)
    changed_to_traditional = _differing(query.text, to_traditional(query.text))
    changed_to_simplified = _differing(query.text, simplified(query.text))
    return TRADITIONAL if changed_to_simplified > changed_to_traditional else "zh"


def _differing(text: str, converted: str) -> int:
    return sum(a != b for a, b in zip(text, converted, strict=False))


def _with_province(texts: ReasonTexts, language: str, mention: str, meant: Sequence[Place], searched: Searched) -> str:
    quoted = _quoted(texts, mention)
    for place in meant:
        if place.province not in ("", place.name) and searched.has(place.province):
            return texts.inside.format(place=quoted, province=province_name(place.province, language))
    return quoted


def _quoted(texts: ReasonTexts, mention: str) -> str:
    return texts.quoted.format(_cut(mention))


def _cut(mention: str) -> str:
    return mention if len(mention) <= LONGEST_MENTION else mention[: LONGEST_MENTION - 1] + "…"


def _listed(texts: ReasonTexts, names: Sequence[str]) -> str:
    return texts.comma.join([*names[:MOST_LISTED], *(["…"] if len(names) > MOST_LISTED else [])])


def _percentages(texts: ReasonTexts, found: float, needed: float) -> tuple[str, str]:
    """Rounded; where that makes them equal, down and up."""
    low, high = round(found * 100), round(needed * 100)
    if low == high:
        low, high = floor(found * 100), ceil(needed * 100)
    return texts.percent.format(low), texts.percent.format(high)
