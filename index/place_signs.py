"""What may stand beside a place name in each script: units, particles, endings, prefixes; and one-character names."""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNITS = {
    "province": re.compile("省|市(?!场)|(?:壮族|回族|维吾尔)?自治区|特别行政区|特別行政區"),
    "city": re.compile("(?:.{1,3}族){0,3}自治州|地区(?!性)|地區|市(?!场|場)|州"),
    "county": re.compile("市(?!场|場)|新区|新區"),
    "region": re.compile("地区|地區|都市圈|经济圈"),
}

_HANGUL_UNIT = re.compile("특별행정구|자치구|자치주|직할시|지구|성|시|현|주")
_HANGUL_REST = re.compile(
    "(?:에서|에게|에는|에도|에|으로|로|부터|까지|처럼|보다|이나|이라|이란|이며|이고|이|가|은|는|을|를|의|와|과|도|만|나|및|측|내|"
    "산|발|식|행|인|국|청|출신|당국|정부|지역|전역|과학기술|과기|경제|기업|대학|주민|남부|북부|동부|서부|중부|모델|공원)*"
)

_LATIN_ENDINGS = ("ers", "ern", "er", "s")
_CYRILLIC_ENDINGS = (
    "скими скому скими ском ского ской ские ских ский ским ская скую ское оскии ском ою ом ем ои ая у ю а я е ы и ь"
).split()
_STEM = 4
_ARABIC_PREFIX = re.compile("[وف]?(?:[بلغ](?=..)|س)?(?:ال|لل)?")
_ARABIC_ENDINGS = ("يه", "ي", "ا", "")

_ABBREVIATIONS = "京津冀晋蒙辽沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔滇藏陕港澳"
_WEAK = "吉黑蜀贵云秦甘陇青宁新台"  # too common in other words to stand alone or in twos
_RUN = re.compile(f"[{_ABBREVIATIONS}{_WEAK}]{{2,}}")
_KNOWN_PAIRS = re.compile("云贵|川贵|青藏|新藏|甘青|吉黑")
_ONE = re.compile(
    rf"(?<![^\s、，。；：？！“（《,.;:?!(\"'在赴入来驻离与和跟同对比从向及至])[{_ABBREVIATIONS}]"
    r"(?![^\s、，。；：？！”）》,.;:?!)\"'的与和及企商籍省府市])"
)
_HIRAGANA = re.compile("[\u3041-\u3096]")


def unit_length(text: str, at: int, kind: str) -> int:
    """The length of the Chinese or Japanese administrative unit that stands there."""
    match = _UNITS[kind].match(text, at)
    return len(match[0]) if match is not None else 0


def hangul_ending(rest: str, *, free: bool) -> int | None:
    """The length of the unit at the head of what follows a name; None where the name is part of another word.

    `free`: anything may follow, as the name is long enough to be told by itself.
    """
    unit = _HANGUL_UNIT.match(rest)
    length = len(unit[0]) if unit is not None else 0
    if unit is not None and _HANGUL_REST.fullmatch(rest, length):
        return length
    if _HANGUL_REST.fullmatch(rest):
        return 0
    return length if free else None


def stems(word: str) -> Iterator[str]:
    """What `word` may be a form of, in Russian (Гуандуне, тяньцзиньского) or German (Pekings, Qingdaoer); folded."""
    if word < "\u0250":
        for ending in _LATIN_ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) > _STEM:
                yield word[: -len(ending)]
    elif "\u0400" <= word[0] <= "\u04ff":
        for ending in _CYRILLIC_ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= _STEM - 1:
                stem = word[: -len(ending)]
                yield from (stem + end for end in ("", "ь", "и", "а", "я", "о"))


def arabic_stems(word: str) -> Iterator[str]:
    """`word` without the prefixes و ف ب ل ك ال and the ending of an adjective; folded, so that ك is غ."""
    for match in {_ARABIC_PREFIX.match(word, 0, end) for end in range(min(len(word) - 2, 5))}:
        if match is not None:
            rest = word[match.end() :]
            for ending in _ARABIC_ENDINGS:
                if rest.endswith(ending) and len(rest) - len(ending) > 3:
                    yield rest[: len(rest) - len(ending)]


def abbreviations(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(start, end) of the one-character names between: some in a row (粤港澳), or one that stands as a name.

    One alone stands as a name after a boundary or a preposition and before a boundary, 的, 企, 籍 and the like; never
    beside other characters (津贴, 桂花), and not in Japanese, which does not use them.
    """
    covered = start
    for run in _RUN.finditer(text, start, end):
        several = len({*run[0]}) == len(run[0]) and not all(character in _WEAK for character in run[0])
        if _KNOWN_PAIRS.fullmatch(run[0]) or (several and (len(run[0]) > 2 or not {*_WEAK} & {*run[0]})):
            yield from ((at, at + 1) for at in range(*run.span()))
            covered = run.end()
    if _HIRAGANA.search(text) is None:
        yield from (one.span() for one in _ONE.finditer(text, covered, end))
