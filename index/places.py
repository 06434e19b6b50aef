"""The places of China that a text names, in whatever language: Quảng Đông, Кантон, 광둥성 and 粤 are all 广东.

Names come from `places.json`. Where two could be meant, the longer name wins, a province before a city, and the better
known city unless the text names the province of the other. Two provinces that a language spells alike are both given.

How a script is written decides where a name may stand: anywhere in Chinese and Japanese, at the head of a word and
before particles in Korean, as whole words elsewhere, with the endings of Russian and German and the prefixes of Arabic.
A name in Latin or Cyrillic letters may be misspelt (`one_letter_off`): a city's only where it has a capital.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from index.place_names import GAP, TYPO_LETTERS, WORD, Gazetteer, Named, fold, folded, gazetteer, marks, one_letter_off
from index.place_signs import abbreviations, arabic_stems, hangul_ending, stems, unit_length
from index.simplified import simplified

MOST_WORDS = 6
LONGEST_HAN = 14
SHORT = 6
"""A name of fewer Latin or Cyrillic letters counts only with a capital; of one fewer, too, if it is the usual one."""

_UNSPACED = "\u3005-\u3007\u3041-\u30ff\u3400-\u9fff"
_RUN = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|(?P<hangul>[\uac00-\ud7a3]+)|[^\W\d_{_UNSPACED}\uac00-\ud7a3]+")
_KATAKANA = re.compile("[\u30a1-\u30ff]")
_SYLLABLE = re.compile("[bcdfghj-np-tw-z]{0,2}h?[aeiouy]{1,3}(?:ng?|r)?")
"""One syllable of Chinese, in one romanisation or another: as the lesser name of a city rather a person's, Mr Cheng."""
_ARABIC_UNITS = frozenset(map(folded, ("مدينة", "مقاطعة", "إقليم", "منطقة")))


@dataclass(frozen=True, slots=True)
class Place:
    """`name` as Chinese texts write it, without its unit: 广东, 青岛. `kind`: province, city, county or region.

    `province` is the name of its province: its own for a province, "" for a region. `text[start:end]` is the mention,
    in code points, with the unit where one is written to it (广东省).
    """

    name: str
    kind: str
    province: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mention:
    """Folded text from `start` to `end`; the numbers of the places that are meant, the likeliest first."""

    start: int
    end: int
    numbers: tuple[int, ...]


def places_in(text: str) -> tuple[Place, ...]:
    """The places that `text` names, each once, in the order of their first mention. Any string will do."""
    known = gazetteer()
    finder = _Finder(known, text)
    mentions = sorted(finder.mentions(), key=lambda mention: mention.start)
    certain = {known.places[m.numbers[0]][2] for m in mentions if known.places[m.numbers[0]][1] == "province"}
    found: dict[int, Place] = {}
    for mention in mentions:
        for number in _meant(known, mention.numbers, certain):
            name, kind, province = known.places[number]
            found.setdefault(number, Place(name, kind, province, *finder.in_text(mention.start, mention.end)))
    return tuple(found.values())


def _meant(known: Gazetteer, numbers: tuple[int, ...], provinces: set[str]) -> tuple[int, ...]:
    """Of the places that share a name, the one that is meant, or two provinces."""
    kinds = [known.places[number][1] for number in numbers]
    if kinds[0] == "province":
        return tuple(number for number, kind in zip(numbers, kinds, strict=True) if kind == "province")
    return (next((number for number in numbers if known.places[number][2] in provinces), numbers[0]),)


class _Finder:
    """The mentions of places in one text."""

    def __init__(self, known: Gazetteer, text: str) -> None:
        self._known = known
        self._text = text
        self._pieces = [simplified(fold(character)) for character in text]
        self._plain = "".join(self._pieces)
        self._origin = [at for at, piece in enumerate(self._pieces) for _ in piece]

    def in_text(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of the folded text stands in the text as given, with the marks after its last letter."""
        last = self._origin[end - 1] + 1
        while last < len(self._text) and not self._pieces[last]:
            last += 1
        return self._origin[start], last

    def mentions(self) -> Iterator[_Mention]:
        words: list[tuple[int, int]] = []
        for run in _RUN.finditer(self._plain):
            if run["unspaced"]:
                yield from self._in_unspaced(run.start(), run.end())
            elif run["hangul"]:
                yield from self._in_hangul(run.start(), run.end())
            elif words and GAP.fullmatch(self._plain, words[-1][1], run.start()):
                words.append(run.span())
            else:
                yield from self._in_words(words)
                words = [run.span()]
        yield from self._in_words(words)

    # Chinese and Japanese

    def _in_unspaced(self, first: int, last: int) -> Iterator[_Mention]:
        at, previous_end, free = first, -1, first
        gaps = []
        while at < last:
            mention = self._longest_from(at, last, previous_end)
            if mention is None:
                at += 1
            else:
                gaps.append((free, at))
                if mention.numbers:
                    yield mention
                    previous_end = mention.end
                at = free = mention.end
        for start, end in [*gaps, (free, last)]:
            for found in abbreviations(self._plain, start, end):
                yield _Mention(*found, (self._known.abbreviations[self._plain[found[0]]],))

    def _longest_from(self, at: int, last: int, previous_end: int) -> _Mention | None:
        """The longest name from here; one without numbers is a longer word that is no place."""
        plain = self._plain
        for end in range(min(last, at + LONGEST_HAN), at + 1, -1):
            name = plain[at:end]
            if name in self._known.not_places:
                return _Mention(at, end, ())
            named = self._known.names.get(name)
            if named is None or self._inside_katakana(at, end):
                continue
            numbers: dict[int, None] = {}
            longest = end
            for choice in named:
                unit = unit_length(plain, end, self._known.places[choice.place][1])
                alone = (at == 0 or not _word(plain[at - 1])) and (end == len(plain) or not _word(plain[end]))
                if not choice.strict or unit or alone or previous_end == at:
                    numbers[choice.place] = None
                    longest = max(longest, end + unit)
            if numbers:
                return _Mention(at, longest, tuple(numbers))
        return None

    def _inside_katakana(self, at: int, end: int) -> bool:
        plain = self._plain
        before = at > 0 and _KATAKANA.match(plain[at - 1]) and _KATAKANA.match(plain[at])
        after = end < len(plain) and _KATAKANA.match(plain[end - 1]) and _KATAKANA.match(plain[end])
        return bool(before or after)

    # Korean

    def _in_hangul(self, first: int, last: int) -> Iterator[_Mention]:
        word = self._plain[first:last]
        head = 2 if word.startswith("중국") else 0
        for end in range(len(word), head + 1, -1):
            numbers: dict[int, None] = {}
            length = 0
            for choice in self._known.names.get(word[head:end], ()):
                unit = hangul_ending(word[end:], free=end - head > 2)
                if unit is not None and (unit or not choice.strict):
                    numbers[choice.place] = None
                    length = unit
            if numbers:
                yield _Mention(first + head, first + end + length, tuple(numbers))
                return

    # Scripts that part words

    def _in_words(self, words: list[tuple[int, int]]) -> Iterator[_Mention]:
        at = 0
        while at < len(words):
            for count in range(min(MOST_WORDS, len(words) - at), 0, -1):
                part = words[at : at + count]
                name = self._joined(part)
                if name in self._known.not_places:
                    at += count
                    break
                if numbers := self._named(name, part):
                    yield _Mention(part[0][0], part[-1][1], numbers)
                    at += count
                    break
            else:
                if numbers := self._inflected(words, at):
                    yield _Mention(*words[at], numbers)
                at += 1

    def _joined(self, words: list[tuple[int, int]]) -> str:
        """The words as names are kept: an apostrophe joins, anything else parts."""
        name = self._plain[slice(*words[0])]
        for (_, end), (start, last) in pairwise(words):
            name += ("" if self._plain[end:start] == "'" else " ") + self._plain[start:last]
        return name

    def _named(self, name: str, words: list[tuple[int, int]]) -> tuple[int, ...]:
        named = self._known.names.get(name, ())
        return tuple({choice.place: None for choice in named if self._accepts(name, choice, words)})

    def _accepts(self, name: str, choice: Named, words: list[tuple[int, int]]) -> bool:
        """Whether the way it is written shows the name, and not another word with the same letters."""
        letters = sum(map(len, name.split()))
        if name[0].upper() == name[0]:  # a script without capitals
            return not choice.strict or self._after_arabic_unit(words[0][0])
        heads = [start for start, _ in words if start == words[0][0] or self._plain[start - 1] != "'"]
        capital = all(self._text[self._origin[start]].isupper() for start in heads)
        if " " in name:
            written = marks(self._text[slice(*self.in_text(words[0][0], words[-1][1]))])
            if written and written != marks(choice.accents or ""):
                return False
            if choice.accents and not written and not capital:
                return letters > SHORT and not choice.strict
        joined = "'" in self._plain[words[0][0] : words[-1][1]]
        known = choice.own or self._known.places[choice.place][1] == "province"
        if not known and _SYLLABLE.fullmatch(name):
            return False
        return capital or (not choice.strict and (joined or letters >= SHORT - known))

    def _after_arabic_unit(self, start: int) -> bool:
        """Whether "city", "province" or "region" goes before."""
        before = WORD.findall(self._plain[:start])[-1:]
        return any(form in _ARABIC_UNITS for word in before for form in (word, *arabic_stems(word)))

    def _inflected(self, words: list[tuple[int, int]], at: int) -> tuple[int, ...]:
        """One word with an ending or a prefix, or else misspelt."""
        part = [words[at]]
        word = self._plain[slice(*words[at])]
        forms = [*(arabic_stems(word) if "\u0600" <= word[0] <= "\u06ff" else stems(word))]
        if not self._known.not_places.isdisjoint(forms):
            return ()
        for form in forms:
            if numbers := self._named(form, part):
                return numbers
        return self._misspelt([word, *forms], words[at][0])

    def _misspelt(self, forms: list[str], start: int) -> tuple[int, ...]:
        """The one place whose name is meant. In lower case only provinces: "changed" is not Changde."""
        capital = self._text[self._origin[start]].isupper()
        for form in forms:
            if len(form) >= TYPO_LETTERS and form < "\u0530":
                near = {number for number in one_letter_off(form) if capital or number < self._known.provinces}
                if len({self._known.places[number][0] for number in near}) == 1:
                    return tuple(sorted(near))
        return ()


def _word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"
