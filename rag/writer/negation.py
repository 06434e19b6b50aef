"""Whether a written sentence denies what a passage states, or states what it denies, as far as the words show it.

Chinese and English are compared with themselves by what stands behind the negation. Between languages only this is
seen: the sentence denies, and nothing in the passage's nearest sentence does.
"""

from __future__ import annotations

import re

_NO_NEGATION = "不过|不少|不同|不断|不仅|不但|不论|不管|不久|不妨|不完全的?统计|不完整的统计|非常|无论|无偿|非道路|没收"
_CHINESE = re.compile(
    rf"(?:{_NO_NEGATION})|(?P<no>没有|並非|并非|尚未|从未|不是|不曾|未能|[不没沒未无無非])(?:够|夠|有|能|会|曾)?"
    "(?P<what>[\u4e00-\u9fff]{2,4})"
)
_ENGLISH = re.compile(r"\b(?:not|no|never|without|cannot|neither|nor|hardly)\b|n['’]t\b", re.IGNORECASE)
_ENGLISH_FILL = re.compile(
    r"^(?:yet|be|been|being|have|has|had|a|an|the|any|to|do|does|fully|completely|only|very|so)$", re.IGNORECASE
)
_OTHERS = re.compile(
    r"\b(?:ne|pas|jamais|aucune?|nicht|keine?[nmrs]?|nie|ohne|não|nunca|sin|нет|не|без|không|chưa)\b|ない|ません|않|없",
    re.IGNORECASE,
)
_NEGATIVE = re.compile("[不没沒未无無非缺难難少弱仅僅]|尚|摆脱|免")
"""Whatever in a Chinese sentence a denial in another language can stand for."""

_WORD = re.compile(r"[^\W\d_]+")


def contradicts(sentence: str, passage: str, nearest: str) -> bool:
    """Whether the two differ in a negation. `nearest` is the passage's sentence that the written one is nearest to."""
    denied, stated = _denied(sentence), _denied(passage)
    same = _han(sentence) == _han(passage)
    if same:
        return any(_stated(what, passage, stated) for what in denied) or any(
            _stated(what, sentence, denied) for what in stated
        )
    return _denies(sentence) and not (_NEGATIVE.search(nearest) or _denies(nearest))


def _han(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return sum("\u3400" <= char <= "\u9fff" for char in text) * 3 > letters


def _denies(text: str) -> bool:
    if _ENGLISH.search(text) or _OTHERS.search(text):
        return True
    return any(match["no"] for match in _CHINESE.finditer(text))


def _denied(text: str) -> set[str]:
    """What stands behind a negation: up to four characters of Chinese, one word of English, lower case."""
    if _han(text):
        return {match["what"] for match in _CHINESE.finditer(text) if match["no"]}
    found = set()
    for match in _ENGLISH.finditer(text):
        words = (word[0].lower() for word in _WORD.finditer(text, match.end()))
        found |= {word for word in [next((w for w in words if not _ENGLISH_FILL.match(w)), "")] if word}
    return found


def _stated(what: str, text: str, denied: set[str]) -> bool:
    """Whether `text` says `what` and nowhere denies it. Of Chinese the first characters, two at least, are enough."""
    if not _han(what):
        return what not in denied and re.search(rf"\b{re.escape(what)}\b", text, re.IGNORECASE) is not None
    if any(other.startswith(what[:2]) for other in denied):
        return False
    return what in text
