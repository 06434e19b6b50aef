"""The region that a title or an office names, in its short form: "广西" for 广西壮族自治区科学技术厅.

Three kinds of knowledge: the 34 provinces (ISO 3166-2:CN), the grammar of Chinese administrative names (a name, then
省, 市, 自治州 …), which finds any other place without a list of places, and the list of cities (`index.places`), for a
title that opens with one.
"""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise

from pypinyin import lazy_pinyin

from index.places import places_in

_CONVENTIONAL = {"陕西": "Shaanxi", "内蒙古": "Inner Mongolia", "西藏": "Tibet", "香港": "Hong Kong", "澳门": "Macao"}
_PROVINCE = re.compile(
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|"
    "四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)

_HAN = r"[㐀-鿿]"
_UNIT = r"(?:省|市|自治州|自治县|自治区|特别行政区|新区|州|县|区|盟)"
_PEOPLE = rf"(?:(?:{_HAN}{{1,3}}族){{1,3}}|维吾尔)?"
_PREFIX = re.compile(rf"^({_HAN}{{2,14}})[：:｜|]")
_HAN_FIRST = re.compile(_HAN)
_ZONE = re.compile("(?:(?:国家级|省级)?(?:高新|经开|经济|技术|工业|产业|开发|自贸|保税|试验|示范|园)+区)?")
"""What stands behind a city's name and is no place of its own: 成都高新区."""
_KINDS = ("province", "city", "county")
_PLACE = re.compile(rf"((?:(?![省府厅局委会院部科技]){_HAN}){{2,7}}?){_PEOPLE}{_UNIT}")


def short_form(name: str) -> str:
    """`name` without its administrative unit: 天津市 → 天津, 内蒙古自治区 → 内蒙古, 青岛 → 青岛."""
    match = re.fullmatch(rf"(.{{2,}}?){_PEOPLE}{_UNIT}", name)
    return match[1] if match is not None else name


def places(source: str) -> frozenset[str]:
    """Whatever stands before the unit of an administrative name in `source`, in all lengths a place name may have."""
    ends = [match.start() for match in re.finditer(_UNIT, source)]
    return frozenset(source[end - length : end] for end in ends for length in range(2, 8) if length <= end)


def title_region(title: str, known: Container[str]) -> str | None:
    """The region that `title` opens with ("青岛：…") or, a province, names once.

    A place before a colon is one that is listed or `known`; a city that the title merely begins with (烟台港…) must be
    both, and the only one that it names.
    """
    if (place := _listed(title, known)) is not None or (place := opening_region(title, known)) is not None:
        return place
    named = set(_PROVINCE.findall(title))
    if named or _HAN_FIRST.match(title) is None:
        return named.pop() if len(named) == 1 else None
    match places_in(title):
        case (only,) if only.start == 0 and only.kind in _KINDS and only.name in known:
            return only.name
    return None


def opening_region(title: str, known: Container[str]) -> str | None:
    """The place before a colon that `title` opens with: a province, or one that is `known`."""
    place = short_form(match[1]) if (match := _PREFIX.match(title)) is not None else ""
    return place if _PROVINCE.fullmatch(place) is not None or place in known else None


def _listed(title: str, known: Container[str]) -> str | None:
    """The listed place before a colon, the last one of 广东广州; one that is also a word (日照) must be `known`."""
    if (match := _PREFIX.match(title)) is None:
        return None
    found = [place for place in places_in(match[1]) if place.kind in _KINDS]
    nested = all(inner.province == outer.name and inner.start == outer.end for outer, inner in pairwise(found))
    if not found or not nested or found[0].start or not _ZONE.fullmatch(match[1], found[-1].end):
        return None
    name = found[-1].name
    return name if match[1] != name or places_in(f"{name}的") or name in known else None


def office_region(office: str) -> str | None:
    """The region of the institution that `office` opens with: its last place, 广州 for 广东省广州市科学技术局."""
    place = None
    at = 0
    while (match := _PLACE.match(office, at)) is not None:
        place = match[1]
        at = match.end()
    if place is None and (match := _PROVINCE.match(office)) is not None:
        place = match[0]
    return place


def romanised(region: str) -> str:
    """The region's name in Latin letters as other languages use it: 广西 → Guangxi, 陕西 → Shaanxi, 西藏 → Tibet."""
    return _CONVENTIONAL.get(region) or "".join(lazy_pinyin(region)).capitalize()
