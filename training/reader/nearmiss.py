"""Near misses: a question changed in one thing, so that the window which answered it does so no more.

What is changed: a year or another number, a name, a rare word, or a word for its opposite. What is put in comes from
other questions of the same language and kind, and does not stand in the window. Not every result is a sensible
question, and a few are still answered (a name that did not matter): the model sees them with that noise.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.reading.inputs import folded, units
from training.reader.records import Question

RARE = 4  # questions of a language that have a word; a rarer one is likely a name or the topic
SHARED_LETTERS = 4  # of a word's beginning: the same word in another form

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_HAN = re.compile("[\u3041-\u30ff\u3400-\u9fff]")
_QUOTED = re.compile("[《「『“]([^》」』”]{2,20})[》」』”]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_OPPOSITES = [
    pair.split("/")
    for pair in (
        "最大/最小 最多/最少 最高/最低 最早/最晚 最长/最短 最后/最初 增加/减少 增长/下降 上升/下降 之前/之后 "
        "以前/以后 首次/末次 第一/第三 第二/第四 东/西 南/北 父亲/母亲 儿子/女儿 丈夫/妻子 男/女 优点/缺点 "
        "成功/失败 开始/结束 出生/去世 国内/国外 支持/反对 提高/降低 first/last largest/smallest most/least "
        "highest/lowest before/after north/south east/west increase/decrease more/less oldest/youngest "
        "longest/shortest father/mother son/daughter winner/loser start/end born/died best/worst 最初/最後 "
        "父/母 前/後 増加/減少 上昇/低下 長男/次男 兄/弟 姉/妹 primera/última primero/último mayor/menor "
        "más/menos antes/después norte/sur ersten/letzten größte/kleinste mehr/weniger vor/nach Norden/Süden "
        "первый/последний самый_большой/самый_маленький до/после больше/меньше ilk/son önce/sonra "
        "en_büyük/en_küçük kuzey/güney đầu_tiên/cuối_cùng trước/sau nhiều_nhất/ít_nhất lớn_nhất/nhỏ_nhất "
        "bắc/nam"
    ).split()
]


@dataclass(frozen=True, slots=True)
class NearMisses:
    """Makes near misses of questions like those it was made from."""

    names: dict[str, tuple[str, ...]]
    common: dict[str, Counter[str]]

    @classmethod
    def of(cls, questions: Iterable[Question]) -> NearMisses:
        """Gathers by language the names to put in and how many questions have a unit (`inputs.units`)."""
        names: defaultdict[str, set[str]] = defaultdict(set)
        common: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for question in questions:
            names[question.language].update(_named(question))
            common[question.language].update({key for *_, key in units(question.text)})
        return cls({language: tuple(sorted(found)) for language, found in names.items()}, dict(common))

    def of_question(self, question: Question, text: str, window: str, chance: random.Random) -> str | None:
        """`text`, a wording of the question, so changed that the window does not answer it; None where nothing fits."""
        ways = [self._other_number, self._other_name, self._other_word, _opposite]
        chance.shuffle(ways)
        for way in ways:
            changed = way(question, text, window, chance)
            if changed is not None and changed != text:
                return changed
        return None

    def _other_number(self, _: Question, text: str, window: str, chance: random.Random) -> str | None:
        found = list(_NUMBER.finditer(text))
        if not found:
            return None
        match = chance.choice(found)
        for _try in range(8):
            other = _like_number(match[0], chance)
            if other != match[0] and other not in window:
                return text[: match.start()] + other + text[match.end() :]
        return None

    def _other_name(self, question: Question, text: str, window: str, chance: random.Random) -> str | None:
        places = [name for name in _named(question) if name in text]
        if not places:
            return None
        name = max(places, key=len)
        return self._put(text, text.index(name), name, question.language, window, chance)

    def _other_word(self, question: Question, text: str, window: str, chance: random.Random) -> str | None:
        """Another for a rare word, or for a run of characters that the window has too and few questions have."""
        common = self.common.get(question.language, Counter())
        if _HAN.search(text):
            runs = [m for m in _shared_runs(text, window) if _rarest(text[slice(*m)], common) <= RARE]
        else:
            runs = [
                m.span() for m in _WORD.finditer(text) if m.start() and len(m[0]) > 3 and common[m[0].lower()] <= RARE
            ]
        if not runs:
            return None
        start, end = chance.choice(runs)
        return self._put(text, start, text[start:end], question.language, window, chance)

    def _put(self, text: str, at: int, old: str, language: str, window: str, chance: random.Random) -> str | None:
        """Of some names drawn by chance the one most like `old`: it ends alike and is about as long."""
        pool = self.names.get(language, ())
        drawn = [chance.choice(pool) for _ in range(60)] if pool else []
        plain = folded(window)
        fitting = [new for new in drawn if folded(new) not in plain and new not in text and not _same(new, old)]
        if not fitting:
            return None
        new = max(
            fitting, key=lambda new: (new[-1] == old[-1]) * 3 - abs(len(new) - len(old)) + (new[0] == old[0]) * 0.5
        )
        return text[:at] + new + text[at + len(old) :]


def _named(question: Question) -> Iterator[str]:
    """Names in a question: what stands in quotes, the passage's title, and words with a capital not at the start."""
    for match in _QUOTED.finditer(question.text):
        yield match[1]
    title = question.passage.title.partition(" (")[0]
    if len(title) >= 2 and title in question.text:
        yield title
    if not _HAN.search(question.text):
        for match in re.finditer(r"(?<=[\w,] )[^\W\d_a-z][^\W\d_]{2,}(?: [^\W\d_a-z][^\W\d_]{2,})*", question.text):
            if match[0][0].isupper():
                yield match[0]
        if not any(char.isupper() for char in question.text[1:]):  # a script without capitals: any longer word
            yield from (match[0] for match in _WORD.finditer(question.text) if len(match[0]) >= 5)


def _opposite(_: Question, text: str, window: str, chance: random.Random) -> str | None:
    found = []
    for pair in _OPPOSITES:
        words = [word.replace("_", " ") for word in pair]
        for old, new in (words, words[::-1]):
            bounds = "" if _HAN.search(old) else r"\b"
            found += [(match.span(), new) for match in re.finditer(f"{bounds}{re.escape(old)}{bounds}", text)]
    if not found:
        return None
    (start, end), new = chance.choice(found)
    return text[:start] + new + text[end:]


def _like_number(number: str, chance: random.Random) -> str:
    """A number as long as this one; a year a few years off."""
    if len(number) == 4 and number.isdecimal() and 1000 <= int(number) <= 2100:
        return str(int(number) + chance.choice((-1, 1)) * chance.choice((1, 1, 2, 3, 5, 10, 20)))
    digits = [str(chance.randrange(10)) if char.isdecimal() else char for char in number]
    return "".join([str(chance.randrange(1, 10)), *digits[1:]])


def _shared_runs(text: str, window: str) -> list[tuple[int, int]]:
    """The longest runs of characters, two at least, that stand in both."""
    plain, there = folded(text), folded(window)
    runs, start = [], 0
    while start < len(plain) - 1:
        end = start + 1
        while end < len(plain) and plain[start : end + 1] in there and plain[end].isalnum():
            end += 1
        if end - start >= 2 and plain[start].isalnum():
            runs.append((start, end))
        start = max(end, start + 1)
    return runs


def _rarest(piece: str, common: Counter[str]) -> int:
    return min((common[key] for *_, key in units(piece)), default=0)


def _same(new: str, old: str) -> bool:
    return (
        new.lower()[:SHARED_LETTERS] == old.lower()[:SHARED_LETTERS]
        if not _HAN.search(old)
        else new in old or old in new
    )
