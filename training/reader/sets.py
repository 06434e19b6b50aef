"""The open sets as questions over passages: what may be trained on, and what is held out to measure.

Only sets whose text may be redistributed are read. Held out, by a hash so that the choice is stable: a third of the
articles of XQuAD and half of those of DRCD; all of the CMRC 2018 development set is for measuring alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.benchmarks.held_out import ONE_IN, article_of, held_out
from eval.dataset import unbroken
from index.schema import Passage, Span
from rag.reading.inputs import units
from training.own_questions import ARTICLES, Item, own_questions
from training.reader.bylines import bylines
from training.reader.records import Question, Source, Text

ENGLISH_ASKS, CHINESE_ASKS = "how many", "多少"
# Shares are relative to their sum, 2.53: the four of our own questions together are 73 % of the groups.
OWN = 0.5  # about our own questions
OWN_ARTICLES = 0.8  # again about those over articles of our own, which are what a digest is made of
OWN_CLOSE = 0.3  # again about those with several near misses
OWN_HARD = 0.25  # again about those of these types
HARD = ("comparison", "multi-passage", "list", "paraphrase", "reason", "how")
OPEN_FOR_SPANS = 2.0
TITLE_PAGES = 0.06  # about made-up title pages
FOREIGN = 2  # near misses in other languages, for a question that has none in its own
NEAR_LINES = 8  # lines of a government report that make one passage

_NUMBER = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)*(?![\d.,])")
_SIZE = re.compile("[%％]|[万亿]+[多余]?")
_UNIT = re.compile("公里|平方米|千瓦|元|人|户|套|个|项|件|吨|亩")
_YEAR = re.compile(r"(?<=gov_report_pairs/)\d{4}")
_CLAUSE = re.compile(r"[^，；。、：,;:]+")


def training_sources(data: Path) -> tuple[Source, ...]:
    """The sets that are trained on, under `data`, each without what is held out."""
    crossed = [q for q in xquad(data) if not held_out(q.passage.article, ONE_IN["xquad_train"])]
    drcd = [q for q in squad_like(data / "qa/drcd_dev") if not held_out(q.passage.article, ONE_IN["drcd_dev"])]
    ours = own(data, OWN)
    close = tuple(question for question in ours.questions if len(question.near_misses) > 2)
    hard = tuple(question for question in ours.questions if question.type in HARD)
    articles = tuple(question for question in ours.questions if question.passage.article.startswith(ARTICLES))
    return (
        ours,
        Source("own, close", OWN_CLOSE, close, ours.texts, in_context=True),
        Source("own, hard", OWN_HARD, hard, ours.texts, in_context=True),
        Source("own, articles", OWN_ARTICLES, articles, ours.texts, in_context=True),
        *bylines(TITLE_PAGES, [text.text for text in ours.texts]),
        Source("xquad over zh", 0.20, tuple(q for q in crossed if q.passage.language == "zh")),
        Source("xquad over en", 0.03, tuple(q for q in crossed if q.passage.language == "en")),
        Source("cmrc2018", 0.20, tuple(squad_like(data / "training/cmrc2018_train"))),
        Source("cmrc2018 trial", 0.02, tuple(squad_like(data / "qa/cmrc2018_trial"))),
        Source("drcd", 0.04, tuple(drcd)),
        Source("jaquad", 0.06, tuple(squad_like(data / "training/jaquad_train"))),
        Source("tquad", 0.02, tuple(squad_like(data / "training/tquad"))),
        Source("arcd", 0.01, tuple(squad_like(data / "training/arcd"))),
        Source("policyqa", 0.01, tuple(squad_like(data / "training/policyqa"))),
        Source("reports", 0.03, tuple(reports(data / "training/gov_report_pairs"))),
    )


def for_spans(sources: Sequence[Source]) -> tuple[Source, ...]:
    """The same where only the answers' places are learnt: the open sets, which have many, with twice the share."""
    return tuple(one if one.in_context else replace(one, share=OPEN_FOR_SPANS * one.share) for one in sources)


def own(data: Path, share: float) -> Source:
    """Our own questions, each in five languages, but for those held out."""
    found = own_questions(data)
    questions = []
    for item in found.items:
        if not item.held_out:
            passage = _own_text(item.document, item.passage)
            for language, text in item.questions.items():
                foreign = tuple(miss for near in item.near_misses.values() for miss in near)
                misses = item.near_misses.get(language) or foreign[:FOREIGN]
                asked = item.questions["zh"]
                key, only = f"{item.key} {language}", names_its_document(asked, item)
                told = item.answers, misses, only, item.other_half, item.type
                questions.append(Question(key, text, language, asked, passage, *told))
    texts = [_own_text(name, passage) for name, passages in found.passages.items() for passage in passages]
    return Source("own", share, tuple(questions), tuple(texts), in_context=True)


def names_its_document(asked: str, item: Item) -> bool:
    """Reports on many provinces or years are alike but for those; papers are not."""
    year = _YEAR.search(item.document)
    named = item.region or (year[0] if year is not None else "")
    return named in asked


def _own_text(document: str, passage: Passage) -> Text:
    return Text(passage.id, document, passage.context, passage.display_text, "zh")


def squad_like(folder: Path) -> Iterator[Question]:
    """The answerable questions of a set whose answers have offsets into their first relevant passage.

    Where a question has several answers, all that stand where they should; nested ones count as one, the longest.
    """
    texts = {row["id"]: _text(folder.name, row) for row in _rows(folder / "corpus.jsonl")}
    for row in _rows(folder / "questions.jsonl"):
        passage = texts[row["relevant"][0]]
        found = [
            Span(start, start + len(answer))
            for answer, start in zip(row["answers"], row["answer_starts"], strict=True)
            if start >= 0 and passage.text[start : start + len(answer)] == answer and answer.strip()
        ]
        kept = tuple(a for a in found if not any(a != b and b.start <= a.start and a.end <= b.end for b in found))
        if kept:
            question = row["question"]
            yield Question(row["id"], question, row["language"], question, passage, tuple(dict.fromkeys(kept)))


def xquad(data: Path) -> Iterator[Question]:
    """Every question of `qa/xquad_train` over its Chinese and over its English passage.

    The set gives no offsets: of several places the one counts whose surroundings share most with the question.
    """
    folder = data / "qa/xquad_train"
    texts = {row["id"]: _text(folder.name, row | {"text": _unmarked(row)}) for row in _rows(folder / "corpus.jsonl")}
    rows = list(_rows(folder / "questions.jsonl"))
    parallel = {(row["id"].rpartition("-")[0], row["language"]): row["question"] for row in rows}
    for row in rows:
        for key in row["relevant"]:
            passage = texts[key]
            asked = parallel[row["id"].rpartition("-")[0], passage.language]
            accepted = [
                _unmarked({"text": a} | {"language": passage.language})
                for a in row["answers_by_language"][passage.language]
            ]
            places = (_nearest(answer, asked, passage.text) for answer in accepted)
            found = tuple(dict.fromkeys(place for place in places if place is not None))
            if found:
                yield Question(
                    f"{row['id']} {passage.language}", row["question"], row["language"], asked, passage, found
                )


def reports(folder: Path) -> Iterator[Question]:
    """Questions after the figures of the government reports, made by leaving one out: "2010年，粮食总产量增长多少？".

    The Chinese ones from a clause, the English ones from the official translation of a sentence with the same figure.
    What they ask is told from the neighbouring years only by the year, which stands in the passage's title.
    """
    rows = list(_rows(folder / "pairs.jsonl"))
    for first in range(0, len(rows), NEAR_LINES):
        lines = rows[first : first + NEAR_LINES]
        year = lines[0]["year"]
        lines = [line for line in lines if line["year"] == year]
        text = "".join(line["zh"] for line in lines)
        key = f"{folder.name} {first}"
        passage = Text(key, key, f"{year}年政府工作报告", text, "zh")
        at = 0
        for line in lines:
            for language, question, start, end in _figures(line["zh"], line["en"], year):
                span = Span(at + start, at + end)
                yield Question(f"{key} {language} {span.start}", question, language, question, passage, (span,))
            at += len(line["zh"])


def _figures(chinese: str, english: str, year: int) -> Iterator[tuple[str, str, int, int]]:
    """(language, question, start, end) for each figure that can be asked for; start and end are in `chinese`."""
    for clause in _CLAUSE.finditer(chinese):
        numbers = list(_NUMBER.finditer(clause[0]))
        if len(numbers) == 1 and not _is_year(numbers[0][0]) and len(clause[0]) >= 8:
            start, end = numbers[0].span()
            size = _end(_SIZE, clause[0], end)
            question = f"{year}年，{clause[0][:start]}{CHINESE_ASKS}{clause[0][size:]}？"
            unit = _end(_UNIT, clause[0], size)
            yield "zh", question, clause.start() + start, clause.start() + unit
    shared = [m for m in _NUMBER.finditer(english) if not _is_year(m[0]) and chinese.count(m[0]) == 1]
    for match in shared:
        here = re.search(rf"(?<![\d.]){re.escape(match[0])}(?![\d.])", chinese)
        if here is not None and english.count(match[0]) == 1 and len(english) < 200:
            asked = f"{english[: match.start()]}{ENGLISH_ASKS}{english[match.end() :]}".rstrip(".;, ")
            yield "en", f"In {year}: {asked}?", here.start(), here.end()


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match is not None else at


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")


def _nearest(answer: str, asked: str, text: str) -> Span | None:
    wanted = {key for _, _, key in units(asked)}

    def shared(start: int) -> int:
        return len(wanted & {key for _, _, key in units(text[max(0, start - 60) : start + len(answer) + 60])})

    starts = [match.start() for match in re.finditer(re.escape(answer), text)] if answer else []
    if not starts:
        return None
    best = max(starts, key=shared)
    return Span(best, best + len(answer))


def _unmarked(row: dict[str, str]) -> str:
    """A Chinese text without the blanks that the translators left around every answer, which would give it away."""
    return unbroken(row["text"]) if row["language"] == "zh" else row["text"]


def _text(name: str, row: dict[str, str]) -> Text:
    title = row["title"].replace("_", " ")
    article = article_of(name, row["title"], row["id"])
    language = row.get("language", "")
    return Text(f"{name} {row['id']}", article, title, row["text"], language)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
