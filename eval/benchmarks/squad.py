"""SQuAD's format (Rajpurkar et al. 2016, 2018), one JSON file; CMRC 2018 and DRCD have it too, with ids to paragraphs.

    {"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "is_impossible",
                                                            "answers": [{"text", "answer_start"}]}]}]}]}

`is_impossible` (version 2.0) makes a question unanswerable and its paragraph a negative; its plausible answers are not
read. That another paragraph answers it was not looked into by the makers. An answer_start of -1 is unknown. The format
does not tell languages, so they are recognised, one for all questions and one for all passages. A question that has no
`is_impossible` and no answers (test sets come without) is left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, StrictBool

from eval.benchmarks.reading import Reading, Text, language_of_all, refusals
from eval.benchmarks.records import AnswerPlace, Benchmark, BenchmarkPassage, BenchmarkQuestion, merged
from index.schema import Span


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Answer(_Shape):
    text: Text
    answer_start: int = -1


class _Asked(_Shape):
    id: Text
    question: Text
    answers: tuple[_Answer, ...] = ()
    is_impossible: StrictBool = False


class _Paragraph(_Shape):
    context: Text
    qas: tuple[_Asked, ...]
    id: Text | None = None


class _Article(_Shape):
    title: Text = ""
    paragraphs: tuple[_Paragraph, ...]


class _File(_Shape):
    data: tuple[_Article, ...]


def files(folder: Path) -> list[Path]:
    """The JSON files there, of which there must be one."""
    return sorted(folder.glob("*.json"))


def names(folder: Path) -> tuple[str, ...]:
    """What `load` calls its benchmark."""
    (path,) = files(folder)
    return (path.stem,)


def load(folder: Path) -> tuple[Benchmark, ...]:
    """One benchmark, named by the file. Raises BenchmarkInvalid with every problem and its place in the file."""
    reading = Reading(folder)
    (path,) = files(folder)
    content = _read(reading, path)
    paragraphs = list(_paragraphs(path.name, content)) if content is not None else []
    reading.check_ids((where, passage.id) for where, passage, _ in paragraphs)
    reading.check_ids(
        (f"{where} question {asked.id!r}", asked.id) for where, _, all_asked in paragraphs for asked in all_asked
    )
    for where, passage, all_asked in paragraphs:
        if not passage.text.strip():
            reading.problem(where, f"passage {passage.id!r} has no text")
        for asked in all_asked:
            for problem in _problems(asked, passage.text):
                reading.problem(f"{where} question {asked.id!r}", problem)
    if not paragraphs and content is not None:
        reading.problem(path.name, "it holds no paragraph")
    reading.finish()

    language = language_of_all(passage.text for _, passage, _ in paragraphs)
    spoken = language_of_all(asked.question for _, _, all_asked in paragraphs for asked in all_asked)
    passages = [BenchmarkPassage(p.id, p.title, p.text, language) for _, p, _ in paragraphs]
    every = [(asked, passage.id) for _, passage, all_asked in paragraphs for asked in all_asked]
    labelled = [(asked, name) for asked, name in every if asked.answers or asked.is_impossible]
    questions = [_question(asked, name, spoken) for asked, name in labelled]
    left_out = {"no answers given": len(every) - len(labelled)} if len(labelled) < len(every) else {}
    return (Benchmark(path.stem, *merged(passages, questions), left_out),)


def _read(reading: Reading, path: Path) -> _File | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reading.problem(path.name, f"cannot be read ({error})")
        return None
    return reading.record(path, text, _File)


def _paragraphs(file: str, content: _File) -> Iterator[tuple[str, BenchmarkPassage, tuple[_Asked, ...]]]:
    """(where, passage, questions) of every paragraph. Titles are names of Wikipedia pages: "_" stands for a blank."""
    for number, article in enumerate(content.data):
        for place, paragraph in enumerate(article.paragraphs):
            name = paragraph.id if paragraph.id is not None else f"{number}-{place}"
            passage = BenchmarkPassage(name, article.title.replace("_", " "), paragraph.context, "")
            yield f"{file} data.{number}.paragraphs.{place}", passage, paragraph.qas


def _problems(asked: _Asked, text: str) -> Iterator[str]:
    if asked.answers or asked.is_impossible:
        yield from refusals(asked.question)
    if asked.is_impossible and asked.answers:
        yield "is_impossible, but it has answers"
    for answer in asked.answers:
        start = answer.answer_start
        if start == -1:
            continue
        if not 0 <= start <= len(text) - len(answer.text):
            yield f"answer {answer.text!r} at {start} is outside the {len(text)} code points of its context"
        elif not text.startswith(answer.text, start):
            there = text[start : start + len(answer.text)]
            yield f"answer {answer.text!r} does not stand at {start}, but {there!r}"


def _question(asked: _Asked, passage: str, language: str) -> BenchmarkQuestion:
    if asked.is_impossible:
        return BenchmarkQuestion(asked.id, language, asked.question, answerable=False, negatives=(passage,))
    places = (
        AnswerPlace(passage, Span(answer.answer_start, answer.answer_start + len(answer.text)))
        for answer in asked.answers
        if answer.answer_start >= 0
    )
    return BenchmarkQuestion(
        id=asked.id,
        language=language,
        question=asked.question,
        answerable=True,
        answers=tuple(dict.fromkeys(answer.text for answer in asked.answers)),
        places=tuple(places),
        relevant={passage: 1},
    )
