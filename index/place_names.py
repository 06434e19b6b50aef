"""The names that `places.json` holds, and the form in which a name is looked up.

`training/places/build.py` writes the file, from GeoNames, CLDR and Unihan, and folds each name as `fold` does. A name
in the file is its folded form; "=" and the form with accents where the accents tell it from other words (Hải Nam, the
province, from hai năm, two years); "!" in front where it is an ordinary word as well (Canton, 来宾).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from index.simplified import simplified

WORD = re.compile(r"[^\W\d_]+")
GAP = re.compile(r"['\s·‐-―-]{1,3}")
"""What may stand between the words of a name."""
TYPO_LETTERS = 6
"""The shortest name that is recognised with one letter wrong."""

REGIONS: dict[str, tuple[str, ...]] = {
    "大湾区": ("广东", "香港", "澳门"),
    "京津冀": ("北京", "天津", "河北"),
    "长三角": ("上海", "江苏", "浙江", "安徽"),
    "珠三角": ("广东",),
    "成渝": ("成都", "重庆"),
    "长江经济带": tuple("上海 江苏 浙江 安徽 江西 湖北 湖南 重庆 四川 云南 贵州".split()),
}
"""The members of the regions that have a name of their own."""

_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
_OTHER_LETTERS = str.maketrans(  # letters that do not fall apart into a letter and a mark, and spellings of one sound
    {**dict(zip("đðıłøə", "ddiloe", strict=True)), **dict.fromkeys("’‘ʼʻ`´ʹ", "'")}
    | {**dict.fromkeys("قگكکڭ", "غ"), **dict.fromkeys("خحهھہە", "ه"), "ة": "ه", "ى": "ي", "ی": "ي", "ٱ": "ا", "ـ": ""}
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: a place by number, and under which conditions; `own`: its official one, or by rule."""

    place: int
    strict: bool
    accents: str | None
    own: bool


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """`places` are (name, kind, province), the better known first, so that numbers under `provinces` are provinces'.

    `names` are in their folded forms; `main` are those in which a slip of the pen is looked for.
    """

    places: list[tuple[str, str, str]]
    names: dict[str, list[Named]]
    main: list[tuple[str, int]]
    not_places: frozenset[str]
    abbreviations: dict[str, int]
    provinces: int


@lru_cache(maxsize=4096)
def fold(character: str) -> str:
    """One character without case, accents, width; spellings of one sound in Arabic are one; marks alone are ""."""
    plain = unicodedata.normalize("NFKC", character).casefold().translate(_OTHER_LETTERS)
    bare = _MARKS.sub("", unicodedata.normalize("NFD", plain))
    return "" if unicodedata.category(character) == "Cf" else unicodedata.normalize("NFC", bare)


def folded(text: str) -> str:
    """`text` as names are looked up: `fold` of each character, without apostrophes."""
    return "".join(map(fold, text)).replace("'", "")


def marks(text: str) -> Counter[str]:
    """The accents of a text in Latin letters, đ counting as one."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return Counter(character for character in decomposed if character == "đ" or _MARKS.match(character))


def has_marks(text: str) -> bool:
    """Whether it is written with accents."""
    return bool(marks(text))


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """What the file holds; read once, when first asked for."""
    raw = json.loads(files("index").joinpath("places.json").read_bytes())
    names: dict[str, list[Named]] = {}
    main: list[tuple[str, int]] = []
    for number, (_, _, _, *lists) in enumerate(raw["places"]):
        for own, listed in zip((True, False), lists, strict=True):
            for name in filter(None, listed.split("|")):
                strict = name[0] == "!"
                key, _, accents = name[strict:].partition("=")
                key = simplified(key)
                names.setdefault(key, []).append(Named(number, strict, accents or None, own))
                if own and not strict and len(key) >= TYPO_LETTERS:
                    main.append((key, number))
    places = [(name, kind, province) for name, kind, province, _, _ in raw["places"]]
    numbers = {name: number for number, (name, _, _) in reversed([*enumerate(places)])}
    abbreviations = {short: numbers[name] for short, name in raw["abbreviations"].items()}
    provinces = sum(kind == "province" for _, kind, _ in places)
    return Gazetteer(places, names, main, frozenset(map(simplified, raw["not_places"])), abbreviations, provinces)


@lru_cache(maxsize=1024)
def other_names(name: str) -> tuple[str, ...]:
    """What a folded text has where it names the place of this Chinese name otherwise; none for an unknown one.

    Its other names, folded, and its sign. Of those in Cyrillic letters, which decline, all but the last letter.
    """
    others = (other for other in _all_names().get(name, ()) if other != name)
    return tuple(other[:-1] if "\u0400" <= other[0] <= "\u04ff" and len(other) > 4 else other for other in others)


def members(name: str) -> tuple[str, ...]:
    """The Chinese names of the cities of a province, or of the provinces and cities of a region."""
    return REGIONS.get(name) or _cities().get(name, ())


@lru_cache(maxsize=1)
def _all_names() -> dict[str, list[str]]:
    known = gazetteer()
    found: dict[str, list[str]] = {}
    for other, named in known.names.items():
        for choice in named:
            found.setdefault(known.places[choice.place][0], []).append(other)
    for sign, number in known.abbreviations.items():
        found.setdefault(known.places[number][0], []).append(sign)
    return found


@lru_cache(maxsize=1)
def _cities() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    provinces = {name for name, kind, _ in gazetteer().places if kind == "province"}  # 海南 is a city of 青海, too
    for name, kind, province in gazetteer().places:
        if kind in ("city", "county") and name not in provinces:
            found.setdefault(province, []).append(name)
    return {province: tuple(names) for province, names in found.items()}


@lru_cache(maxsize=1)
def _misspelt() -> dict[str, list[tuple[str, int]]]:
    """Main names by each of their forms with one letter left out, and by themselves (Garbe's SymSpell)."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, number in gazetteer().main:
        if name.isalpha() and name < "\u0530":  # Latin, Greek and Cyrillic
            for form in {name, *_one_left_out(name)}:
                found.setdefault(form, []).append((name, number))
    return found


def one_letter_off(word: str) -> set[int]:
    """The places of which a main name becomes `word` by one letter more, less, another, or two in the wrong order.

    The first letter must be right. In a city's name of six letters only two in the wrong order count: Damian is not
    Dalian, Jinping not Jining. `word` is folded.
    """
    found = _misspelt()
    if len(word) > _longest() + 1:
        return set()
    provinces = gazetteer().provinces
    near = {pair for form in (word, *_one_left_out(word)) for pair in found.get(form, ())}
    return {
        number
        for name, number in near
        if name[0] == word[0] and _is_one_edit(name, word, any_edit=number < provinces or len(name) > TYPO_LETTERS)
    }


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(map(len, _misspelt()))


def _one_left_out(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _is_one_edit(one: str, other: str, *, any_edit: bool) -> bool:
    """Whether the optimal string alignment distance is 1, for words that agree but for at most one letter of each.

    Without `any_edit` the edit must be a transposition.
    """
    if len(one) != len(other):
        return any_edit
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differ) == 2:
        first, second = differ
        return second == first + 1 and one[first] == other[second] and one[second] == other[first]
    return any_edit and len(differ) == 1
