"""Government departments and offices that a text names, in the words of Chinese texts: "bureau of finance" → 财政.

The phrases are in `offices.toml`. A field (finance, education) counts only near a word for an office; a title (mayor)
counts by itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from index.place_names import fold

NEAR, NEAR_UNSPACED = 30, 6
"""How many characters may stand between a field and the word for its office; fewer where words are not parted."""

_UNSPACED = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_ARABIC_PREFIX = "(?:[وف]?[بلغ]?(?:ال)?|[وف]?لل)"


@dataclass(frozen=True, slots=True)
class _Phrase:
    """`sign` is in every text that `pattern` matches, which is compiled only then: there are hundreds."""

    keywords: tuple[str, ...]
    sign: str
    pattern: str

    def spans(self, plain: str) -> Iterator[tuple[int, int]]:
        if self.sign in plain:
            yield from (match.span() for match in re.finditer(self.pattern, plain))


@dataclass(frozen=True, slots=True)
class _Table:
    fields: tuple[_Phrase, ...]
    bodies: tuple[_Phrase, ...]
    titles: tuple[_Phrase, ...]


def offices_in(text: str) -> tuple[str, ...]:
    """Chinese keywords of the departments and offices that `text` names, each once, in the order of their mentions."""
    table = _table()
    plain = "".join(map(fold, text))
    bodies = [span for phrase in table.bodies for span in phrase.spans(plain)]
    found = [(start, phrase) for phrase in table.titles for start, _ in phrase.spans(plain)]
    for phrase in table.fields if bodies else ():
        found += [(span[0], phrase) for span in phrase.spans(plain) if any(_near(plain, span, body) for body in bodies)]
    found.sort(key=lambda pair: pair[0])
    return tuple(dict.fromkeys(keyword for _, phrase in found for keyword in phrase.keywords))


def _near(plain: str, field: tuple[int, int], body: tuple[int, int]) -> bool:
    first, second = sorted((field, body))
    between = plain[first[1] : second[0]]
    if any(end in between for end in ".?!;。？！；،؛"):
        return False
    if _UNSPACED.match(plain, body[0]):  # an office is named after its field: 科学技術庁
        return field < body and len(between) <= NEAR_UNSPACED
    return len(between) <= NEAR


@lru_cache(maxsize=1)
def _table() -> _Table:
    raw = tomllib.loads(files("index").joinpath("offices.toml").read_text("utf-8"))
    return _Table(*(tuple(_phrases(raw[part])) for part in ("fields", "bodies", "titles")))


def _phrases(table: dict[str, str]) -> Iterator[_Phrase]:
    for keywords, phrases in table.items():
        for phrase in phrases.split("|"):
            words = "".join(map(fold, phrase)).split()
            pattern = r"[\W_]+".join(map(_word, words))
            if _UNSPACED.match(words[0]):
                pattern = r"\s*".join(map(re.escape, words))
            yield _Phrase(tuple(keywords.split()), max((word.strip("*") for word in words), key=len), pattern)


def _word(word: str) -> str:
    """A whole word; with "*" at an end, more may stand there; an Arabic one may have prefixes."""
    before = r"\w*" if word.startswith("*") else r"\b"
    after = r"\w*" if word.endswith("*") else r"\b"
    prefix = _ARABIC_PREFIX if "\u0600" <= word[0] <= "\u06ff" else ""
    return before + prefix + re.escape(word.strip("*")) + after
