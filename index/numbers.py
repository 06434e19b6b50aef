"""The numbers in a text, by value: 7.37万, 73.7 thousand, 73.700 and 73’700 are all 73700.

Digits of any script, thousands separators and decimal marks of any language, Chinese numerals and units, words for
magnitudes and per cent. One separator before three digits can be read in two ways; the less likely one is kept too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache
from typing import Literal

from index.number_words import BIG, FORMAL, HAN_DIGITS, MAGNITUDES, MEASURES, NOT_OF_YEARS, PERCENT, SMALL, TENS

MOST_DIGITS = 30
"""A longer row of digits is no number but a code."""
FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Four digits between, by themselves, are a year."""

Unit = Literal["", "%", "year"]

_EXACT = Context(prec=2 * MOST_DIGITS)
_DIGITS = "".join(HAN_DIGITS)
_UNIT = r"(?:[十百万萬亿億십백천만억조]|千(?![瓦克米卡升伏赫焦帕])|兆(?![瓦赫字比帕欧]))"  # not of kilowatts, megabytes
_PLAIN = r"[0-9]{1,3}(?:([,.' ٬])[0-9]{3})(?:\1[0-9]{3})*(?![0-9])(?:[.,٫][0-9]+(?![0-9]))?"
_PLAIN += r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9,])(?:[.][0-9]+(?![0-9]))?"  # 12,34,567
_PLAIN += r"|[0-9]{1,3},[0-9]+|[0-9]+(?:[.٫][0-9]+|,[0-9]{1,2}(?![0-9]))?"  # 2019,2020 are two
_LEVEL = "[级級]"  # 千亿级: of a hundred billion
_MORE = rf" ?[0-9]+(?:[.,][0-9]+)*{_UNIT}+| ?[0-9]+(?![0-9.,])|[{_DIGITS}]+{_UNIT}*"
_NUMBER = re.compile(
    rf"(?<![0-9])(?:{_PLAIN})(?:(?:[多余餘](?=[万萬亿億]))?{_UNIT}+(?:{_MORE})*)?"
    rf"|(?:[{_DIGITS}]|十)(?:[{_DIGITS}点點]|{_UNIT}|[多余餘](?=[万萬亿億]))*"
    rf"|(?<![0-9] )(?<![0-9{_DIGITS}十百千万萬亿億数數几幾多余餘点點.])(?:[百千]?[万萬亿億]|[万萬][亿億])(?={_LEVEL})"
)
_TOKEN = re.compile(rf"[0-9][0-9.,' ٬٫]*(?<![.,' ])|[{_DIGITS}]+(?:[点點][{_DIGITS}]+)?|{_UNIT}")
_DATE = re.compile(r"(?<![0-9.])[0-9]+(?:\.[0-9]+){2,}(?![0-9])")
_GROUPED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")
_WORDS = "|".join(sorted(map(re.escape, MAGNITUDES), key=len, reverse=True))
_MAGNITUDE = re.compile(rf"[\s-]?({_WORDS})(?:(?<=[ก-๛])(?!ธ)|(?![^\W\d_]))\.?", re.IGNORECASE)
_PERCENT = re.compile(rf"\s?(?:[%٪]|(?:{'|'.join(PERCENT)})(?![a-zа-я]))")
_TENTHS = re.compile(rf"([成割할])([{_DIGITS}])?(?![为為立员員果功本长長绩績就效分都品交熟人年])")
_FORMAL = re.compile(
    f"(?=[零{''.join(FORMAL)}万萬亿億]*?(?:[壹贰貳叁參肆伍陆陸柒捌玖][拾佰仟]|[拾佰仟][壹贰貳叁參肆伍陆陸柒捌玖]))"
    f"[零{''.join(FORMAL)}万萬亿億]+"
)
_OF_HUNDRED = re.compile("百分之$")
_ORDINARY = str.maketrans(FORMAL)
_UNSPACED = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True)
class Number:
    """`value` of the mention `text[start:end]`, in code points; `other` is its less likely reading, if it has one.

    `unit`: "%" for per cent and percentage points, "year" for a year, else "".
    """

    value: Decimal
    unit: Unit
    start: int
    end: int
    other: Decimal | None = None


def numbers_in(text: str) -> tuple[Number, ...]:
    """The numbers in `text`, in order; no number holds another. Any string will do."""
    pieces = [_fold(character) for character in text]
    origin = [at for at, piece in enumerate(pieces) for _ in piece]
    plain = _FORMAL.sub(lambda match: match[0].translate(_ORDINARY), "".join(pieces))
    return tuple(
        Number(value, unit, origin[start], origin[end - 1] + 1, other)
        for start, end, value, unit, other in _found(plain)
    )


_Found = tuple[int, int, Decimal, Unit, Decimal | None]


def _found(plain: str) -> Iterator[_Found]:
    at = 0
    while (match := _NUMBER.search(plain, at)) is not None:
        date = _DATE.match(plain, match.start())
        if date is not None and not _GROUPED.fullmatch(date[0]):
            within = _in_a_word(plain, *date.span())  # v2.0.1
            for part in re.finditer("[0-9]+", date[0]):
                if len(part[0]) <= MOST_DIGITS and not within:
                    start, end = date.start() + part.start(), date.start() + part.end()
                    yield start, end, Decimal(part[0]), _year(plain, start, end, Decimal(part[0])), None
            at = date.end()
            continue
        at = match.end()
        found = _read(plain, match)
        if found is not None:
            at = max(at, found[1])
            yield found


def _read(plain: str, match: re.Match[str]) -> _Found | None:
    """The number that a match of `_NUMBER` is, with what stands around it."""
    start, end = match.span()
    of_hundred = _OF_HUNDRED.search(plain, 0, start)
    if match[0][0].isascii():
        if _in_a_word(plain, start, end):
            return None
        readings = _with_units(match[0], unspaced=_UNSPACED.search(plain) is not None)
        if match[0][-1] == "조" and plain[:start].endswith("제"):  # an article of a law, not a trillion
            readings, end = _with_units(match[0][:-1], unspaced=True), end - 1
    else:
        readings = _han(plain, start, end, counted=of_hundred is not None)
    if readings is None:
        return None
    value, other = readings
    for _ in range(2):  # two words at most: mil millones, nghìn tỷ
        word = _MAGNITUDE.match(plain, end)
        of_year = word is not None and word[1] in NOT_OF_YEARS and _year(plain, start, end, value)
        if word is not None and (word[1] != "k" or word.start(1) == end) and not of_year:
            scale = MAGNITUDES[word[1]]
            value, other = _times(value, scale), None if other is None else _times(other, scale)
            end = word.end()
    if (tenths := _TENTHS.match(plain, end)) is not None:
        more = HAN_DIGITS[tenths[2]] if tenths[2] else 0
        return start, tenths.end(), value * 10 + more, "%", None
    if of_hundred is not None:
        return of_hundred.start(), end, value, "%", other
    if (percent := _PERCENT.match(plain, end)) is not None:
        if other is not None and "." in match[0]:  # 36.445 %
            value, other = min(value, other), max(value, other)
        return start, percent.end(), value, "%", other
    plain_digits = end == match.end() and re.fullmatch(rf"[0-9]{{4}}|[{_DIGITS}]{{4}}", match[0])
    unit = _year(plain, start, end, value) if plain_digits else ""
    return start, end, value, unit, other


def _in_a_word(plain: str, start: int, end: int) -> bool:
    """Whether the digits belong to a name: covid19, 5G, H3N2. Magnitudes and units of measure may follow: 24bn, 5km."""
    if start and _letter(plain[start - 1]):
        return True
    one_letter = _letter(plain[end : end + 1]) and not _letter(plain[end + 1 : end + 2])
    return one_letter and not _MAGNITUDE.match(plain, end)


def _letter(character: str) -> bool:
    """Whether it is a letter of a script that parts words."""
    return character.isalpha() and not _UNSPACED.match(character)


def _year(plain: str, start: int, end: int, value: Decimal) -> Unit:
    following = plain[end : end + 1]
    if following in ("年", "년"):
        return "year" if 1000 <= value <= 3000 else ""
    counted = following and (_UNSPACED.match(following) is not None or following in "%٪")
    return "year" if end - start == 4 and FIRST_YEAR <= value <= LAST_YEAR and not counted else ""


def _with_units(token: str, *, unspaced: bool) -> tuple[Decimal, Decimal | None] | None:
    """Digits with or without Chinese or Korean units: 2,400; 7.37万; 2억 4000만."""
    parts = _TOKEN.findall(token)
    if len(parts) == 1:
        return _separated(parts[0], unspaced=unspaced)
    if len(parts) == 2 and parts[1] in (*SMALL, *BIG):
        read = _separated(parts[0], unspaced=unspaced)
        scale = Decimal(SMALL.get(parts[1]) or BIG[parts[1]])
        return read and (_times(read[0], scale), read[1] and _times(read[1], scale))
    value = _sum(parts)
    return None if value is None else (value, None)


def _separated(digits: str, *, unspaced: bool) -> tuple[Decimal, Decimal | None] | None:
    """The value of digits with separators, and the other one they could have."""
    if sum(map(str.isdigit, digits)) > MOST_DIGITS:
        return None
    digits = digits.replace("٬", "").replace("٫", ".")
    marks = re.findall("[,.' ]", digits)
    if not marks:
        return Decimal(digits), None
    last = digits.rsplit(marks[-1], 1)
    if len(marks) > 1:
        grouped = len(set(marks)) == 1
        whole = re.sub("[,.' ]", "", digits if grouped else last[0])
        return Decimal(whole if grouped else f"{whole}.{last[1]}"), None
    whole, fraction = last
    as_thousands, as_decimal = Decimal(whole + fraction), Decimal(f"{whole}.{fraction}")
    if marks[0] in "' ":
        return as_thousands, None
    if len(fraction) != 3 or whole.startswith("0") or len(whole) > 3:
        return as_decimal, None
    if marks[0] == "." and unspaced:
        return as_decimal, as_thousands
    return as_thousands, as_decimal


def _han(plain: str, start: int, end: int, *, counted: bool) -> tuple[Decimal, None] | None:
    """A number in Chinese numerals, where it is one: not 十四五, 一些 or 数十. `counted`: 百分之 stands before it."""
    text = plain[start:end]
    tenths = _TENTHS.match(plain, end) is not None
    following = plain[end : end + 1]
    measured = following != "" and following in MEASURES
    if plain[max(start - 1, 0) : start] in tuple("数數几幾") and start:
        return None
    if text[0] in BIG or text[0] in "百千":
        return _times(Decimal(SMALL.get(text[0]) or BIG[text[0]]), Decimal(BIG.get(text[1:], 1))), None
    if all(character in HAN_DIGITS for character in text):
        if len(text) == 1:
            sure = counted or tenths or (measured and text not in "一零〇")
        else:
            sure = counted or len(text) >= 4 or (following in ("年", "년") and len(text) == 2)
        if not sure or len(text) > MOST_DIGITS:
            return None
        return Decimal("".join(str(HAN_DIGITS[character]) for character in text)), None
    if text == "十" and not (measured or counted or _PERCENT.match(plain, end)):
        return None
    value = _sum(_TOKEN.findall(text))
    return None if value is None or text[-1] in "点點" else (value, None)


def _sum(parts: list[str]) -> Decimal | None:
    """Chinese place notation: digits times tens, hundreds, thousands, the whole times ten thousands and so on."""
    total, section, current = Decimal(0), Decimal(0), None
    last_unit, big = 0, 0
    for part in parts:
        if part in SMALL:
            section += (Decimal(1) if current is None else current) * SMALL[part]
            current, last_unit = None, SMALL[part]
        elif part in BIG:
            inside = section + (current or 0)
            if not inside and not total:
                return None
            if big and BIG[part] > big:
                total = _times(total + inside, Decimal(BIG[part]))
            else:
                total += _times(inside, Decimal(BIG[part]))
            section, current, big, last_unit = Decimal(0), None, BIG[part], BIG[part]
        elif current is not None:
            return None
        else:
            current = _digits(part, after=last_unit, last=part is parts[-1])
            if current is None:
                return None
    return total + section + (current or 0)


def _digits(part: str, *, after: int, last: bool) -> Decimal | None:
    """Digits between units. One at the end stands for the next lower unit (三千二 is 3200) unless 零 goes before it."""
    if part[0] not in HAN_DIGITS:
        read = _separated(part, unspaced=True)
        return None if read is None else read[0]
    whole, mark, fraction = part.replace("點", "点").partition("点")
    zeros = len(whole) - len(whole.lstrip("零〇"))
    if len(whole) - zeros > 1 or (mark and not fraction):
        return None
    value = "".join(str(HAN_DIGITS[character]) for character in whole)
    if mark:
        return Decimal(f"{value}.{''.join(str(HAN_DIGITS[character]) for character in fraction)}")
    return Decimal(value) * (after // 10 if last and not zeros and after > 10 else 1)


def _times(value: Decimal, scale: Decimal) -> Decimal:
    return _EXACT.multiply(value, scale)


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """Compatibility forms, case, Arabic spellings and digits of any script as one; what has no width is ""."""
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    plain = TENS.get(character) or unicodedata.normalize("NFKC", character).casefold()
    if "\u2044" in plain:  # ½ is not 1 and 2
        return character
    if unicodedata.category(character) == "Cf" or "\u064b" <= character <= "\u065f":
        return ""
    if unicodedata.category(character) == "Zs":
        return " "
    bare = plain.translate({ord("’"): "'", ord("أ"): "ا", ord("إ"): "ا", ord("آ"): "ا", ord("ة"): "ه"})
    return "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in bare)
