"""A question: checked, cleaned, and in which language it is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from index.errors import QuestionInvalid
from rag.settings import MAX_K, MAX_QUESTION

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LANGUAGES = (
    "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ka ko lt lv mk ml mr ms nl no pl pt ro ru sk sl sr "
    "sv sw ta te th tl tr uk ur vi zh"
).split()
_PRIOR = {"en": 5.0, **dict.fromkeys("ar de es fr hi it pt ru vi".split(), 3.0), "tl": 0.3, "ms": 0.3}
"""How likely a question is asked in a language, the others 1: place names in pinyin look like Tagalog or Malay."""
_BY_SCRIPT = (("HIRAGANA", "ja"), ("KATAKANA", "ja"), ("HANGUL", "ko"), ("CJK", "zh"))
BESIDE_HAN = 0.35
"""Of katakana or Hangul for each Chinese character: with less it is Chinese with a foreign name in it."""
_JOINERS = "\u200c\u200d"  # part of the spelling in Persian and in the scripts of India
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Query:
    """`text` as it goes to the encoders, `language` as ISO 639-1."""

    text: str
    language: str


def analyse(question: str) -> Query:
    """Check and clean a question, and tell its language. Raises QuestionInvalid."""
    text = clean(question)
    return Query(text, language_of(text))


def clean(question: str) -> str:
    """The question in one line, without control characters and invisible marks.

    Raises QuestionInvalid when it has no letter or digit, or is too long.
    """
    if len(question) > MAX_QUESTION:
        problem = f"the question has {len(question):,} characters, at most {MAX_QUESTION:,} are read"
        raise QuestionInvalid(problem, "ask a shorter one")
    text = " ".join("".join(map(_visible, question)).split())
    if not text:
        raise QuestionInvalid("the question is empty", 'ask in words, e.g. digest-qa ask "…"')
    if not any(char.isalnum() for char in text):
        raise QuestionInvalid(f"the question has no letter and no digit: {text[:20]!r}", "ask in words")
    return text


def check_k(k: int) -> None:
    """Raises QuestionInvalid unless 1 <= k <= MAX_K."""
    if not 1 <= k <= MAX_K:
        raise QuestionInvalid(f"k is {k}, it can be 1 to {MAX_K}", f"ask for 1 to {MAX_K} citations")


def check_offset(offset: int) -> None:
    """Raises QuestionInvalid for an offset below 0."""
    if offset < 0:
        raise QuestionInvalid(f"the offset is {offset}, the first passage has 0", "give 0 or more")


def language_of(text: str) -> str:
    """The language of a text, ISO 639-1: by its script where one language owns it, else by its character n-grams."""
    names = [unicodedata.name(char, "").split(" ")[0].split("-")[0] for char in text if char.isalpha()]
    if names:
        shares = {script: sum(name == script for name in names) / len(names) for script, _ in _BY_SCRIPT}
        for script, language in _BY_SCRIPT[:3]:
            beside = 0.0 if script == "HIRAGANA" else BESIDE_HAN * shares["CJK"]
            if shares[script] > max(0.05, beside):
                return language
        if shares["CJK"] > 0.3:
            return "zh"
    with _lock:
        ranked = _identifier().rank(text)
    return str(max(ranked, key=lambda found: float(found[1]) * _PRIOR.get(found[0], 1.0))[0])


def warm_up() -> None:
    """Load the language model, which takes two seconds, before the first question."""
    with _lock:
        _identifier()


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LANGUAGES)
    return identifier


def _visible(char: str) -> str:
    """Controls and half characters as a blank; direction marks, soft hyphens and the like stand inside words: as ""."""
    category = unicodedata.category(char)
    if category in ("Cc", "Cs", "Zl", "Zp"):
        return " "
    return "" if category == "Cf" and char not in _JOINERS else char
