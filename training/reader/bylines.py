"""Made-up title pages: bylines and lone titles as passages (`index.chunking`), and questions after author and title.

Such lines are a part of every digest, and next to none of the sets asks about them. Names, regions, offices and titles
are put together at random from `bylines.toml`; so are the questions, from patterns in ten languages, and questions that
no title page answers, as near misses.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pypinyin import lazy_pinyin

from index.chunking import LABEL, TITLE_LABEL
from index.regions import romanised
from index.schema import Span
from training.places.transliteration import hangul, russian
from training.reader.places import KNOWN, place_name
from training.reader.records import Question, Source, Text

DIGESTS = 60
ARTICLES = 8  # of each
ASKED = 6  # questions about each
MISSES = 3  # near misses of each question
CHINESE, ENGLISH = 0.3, 0.2  # of the questions; the rest is in the others
CITIES = frozenset("北京 上海 天津 重庆 武汉 广州 深圳 成都 西安".split())
NOT_PROVINCES = {"新疆": "新疆维吾尔自治区", "西藏": "西藏自治区", "香港": "香港特别行政区"}


@dataclass(frozen=True, slots=True)
class _Page:
    """One title page: `byline` and `title` as printed, the topic by language."""

    key: str
    region: str
    topic: Mapping[str, str]
    name: str
    office: str
    post: str
    byline: str
    title: str


def bylines(share: float, bodies: Sequence[str], seed: int = 5) -> tuple[Source, ...]:
    """Streams of questions about title pages, one for each digest; the same for the same seed and `bodies`, which the
    articles begin with: those look as if they answered, since they are about the topic.
    """
    return tuple(
        _digest(number, share / DIGESTS, bodies, random.Random(f"{seed} {number}")) for number in range(DIGESTS)
    )


def _digest(number: int, share: float, bodies: Sequence[str], chance: random.Random) -> Source:
    """Some articles, each of another region and about another topic: so one title page answers, and no other."""
    questions: list[Question] = []
    texts: list[Text] = []
    regions, topics = chance.sample(KNOWN, ARTICLES), chance.sample(_parts()["topics"], ARTICLES)
    for region, topic in zip(regions, topics, strict=True):
        page = _page(f"bylines {number} {region}", region, topic, chance)
        signed, titled = _texts(page)
        texts += (signed, titled, _body(page, signed.title.partition("\n")[0], chance.choice(bodies)))
        questions += _questions(page, signed, titled, chance)
    return Source(f"bylines {number}", share, tuple(questions), tuple(texts), in_context=True)


@cache
def _parts() -> Mapping:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _page(key: str, region: str, topic: Mapping[str, str], chance: random.Random) -> _Page:
    parts = _parts()
    name = chance.choice(parts["surnames"]) + "".join(chance.sample(parts["given"], chance.choice((1, 2, 2))))
    post = chance.choice(parts["posts"])
    office = f"{_whole(region)}{chance.choice(parts['institutions'])}{post}"
    printed = name if len(name) > 2 or chance.random() < 0.6 else " ".join(name)
    byline = chance.choice(
        (
            f"{printed} {office}",
            f"{printed}　{office}",
            f"作者：{printed} {office}",
            f"{office} {printed}",
            f"{printed}（{office}）",
        )
    )
    title = chance.choice((f"{region}：{topic['title']}", topic["title"], f"{topic['title']}——{region}的实践与思考"))
    return _Page(key, region, topic, name, office, post, byline, title)


def _whole(region: str) -> str:
    return NOT_PROVINCES.get(region) or f"{region}{'市' if region in CITIES else '省'}"


def _texts(page: _Page) -> tuple[Text, Text]:
    """The byline and the title, each with the context that the index puts before it."""
    title = page.title.partition("——")[0]
    title = title if page.region in title else f"{page.region}：{title}"
    title = title.replace(page.region, f"{page.region}（{romanised(page.region)}）", 1)
    signed = Text(f"{page.key} byline", page.key, f"{title}（{page.office}）\n{LABEL}", page.byline, "zh")
    return signed, Text(f"{page.key} title", page.key, f"{page.office} {page.name}\n{TITLE_LABEL}", page.title, "zh")


def _body(page: _Page, context: str, text: str) -> Text:
    opening = f"近年来，{page.region}把{page.topic['zh']}摆在突出位置。"
    return Text(f"{page.key} body", page.key, context, opening + text, "zh")


def _questions(page: _Page, signed: Text, titled: Text, chance: random.Random) -> Iterator[Question]:
    parts = _parts()["ask"]
    answers = {
        "author": (signed, _spans(page.byline, page.name, " ".join(page.name))),
        "office": (signed, _spans(page.byline, page.office, page.post)),
        "both": (signed, (Span(0, len(page.byline)),)),
        "title": (titled, _spans(page.title, page.title, page.title.removeprefix(f"{page.region}："))),
    }
    others = sorted(parts["author"].keys() - {"zh", "en"})
    for kind in chance.choices(tuple(answers), (3, 3, 1, 2), k=ASKED):
        drawn = chance.random()
        language = "zh" if drawn < CHINESE else "en" if drawn < CHINESE + ENGLISH else chance.choice(others)
        passage, spans = answers[kind]
        pattern = chance.choice(range(len(parts[kind][language])))
        text = _filled(parts[kind][language][pattern], page, language)
        misses = chance.sample(parts["miss"][language], MISSES)
        yield Question(
            f"{page.key} {kind} {language} {pattern}",
            text,
            language,
            f"{page.region} {page.topic['title']} {page.name}",
            passage,
            spans,
            tuple(_filled(miss, page, language) for miss in misses),
        )


def _spans(text: str, *accepted: str) -> tuple[Span, ...]:
    starts = {piece: text.find(piece) for piece in accepted}
    return tuple(Span(start, start + len(piece)) for piece, start in starts.items() if start >= 0)


def _filled(pattern: str, page: _Page, language: str) -> str:
    return (
        pattern.replace("{R}", place_name(page.region, language))
        .replace("{T}", page.topic[language])
        .replace("{N}", _name(page.name, language))
    )


def _name(name: str, language: str) -> str:
    """A person's name as a text in the language writes it."""
    if language in ("zh", "ja"):
        return name
    family, given = lazy_pinyin(name[0]), lazy_pinyin(name[1:])
    if language == "ko":
        return hangul(family) + hangul(given)
    if language == "ru":
        return " ".join(russian(part).capitalize() for part in (family, given))
    return " ".join("".join(part).capitalize() for part in (family, given))
