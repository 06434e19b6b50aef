"""The same question as people type it: keywords, slips, no accents. Traditional characters are folded anyway."""

from __future__ import annotations

import random
import re
import unicodedata

SHARE = 0.3  # of the questions that are changed

_HAN = re.compile("[\u4e00-\u9fff]")
_EMPTY = re.compile(
    "请问|的时候|是什么|什么时候|什么|哪些|哪个|哪里|怎么|如何|为何|多少|是否|有没有|的|了|吗|呢|是|在|有|被|把"
)
_FUNCTION = re.compile(
    r"\b(?:the|a|an|is|are|was|were|did|does|do|of|what|which|who|der|die|das|ist|war|el|la|los|las|de|que|le|les)\b ?",
    re.IGNORECASE,
)


def varied(question: str, chance: random.Random) -> str:
    """The question, in `SHARE` of the cases changed; what is asked stays the same."""
    if chance.random() > SHARE:
        return question
    changed = chance.choice((_keywords, _slip, _bare))(question, chance).strip()
    return changed if len(changed) >= 4 else question


def _keywords(question: str, chance: random.Random) -> str:
    """Without most of the words that only make a sentence of it."""
    pattern = _EMPTY if _HAN.search(question) else _FUNCTION
    return pattern.sub(lambda match: "" if chance.random() < 0.7 else match[0], question).rstrip("？?。. ")


def _slip(question: str, chance: random.Random) -> str:
    """One letter left out, doubled, or changed places with the next; never a digit."""
    places = [at for at in range(1, len(question) - 1) if question[at].isalpha() and question[at + 1].isalpha()]
    if not places:
        return question
    at = chance.choice(places)
    swapped = question[at + 1] + question[at]
    piece = chance.choice(("", question[at] * 2, swapped))
    return question[:at] + piece + question[at + (2 if piece == swapped else 1) :]


def _bare(question: str, _: random.Random) -> str:
    """In small letters, without accents and without the question mark."""
    plain = unicodedata.normalize("NFD", question.lower())
    kept = (c for c in plain if unicodedata.category(c) != "Mn" or not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", "".join(kept)).strip("¿?？ ")
