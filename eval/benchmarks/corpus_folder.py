"""A folder with corpus.jsonl (id, title, text, language) and questions.jsonl, as open data are kept for this project.

questions.jsonl: id, language, question, answerable, answers, relevant (passage ids), and where they apply:

| key | what it is | what becomes of it |
|---|---|---|
| answer_starts | offset of each answer in the first relevant passage, else the first negative; -1 none | places |
| negatives | passages given with the question that do not answer it | negatives |
| candidates | one of these answers, which one is not marked | candidates, and see below |
| relevant_groups, answer_parts | one passage of each group, one form of each part is needed | see below |
| disputed | the labels contradict each other | the question is left out, and counted |
| question_language, passage_language, answers_by_language | of sets over several languages | see below |

Candidates: where a set has them, its questions without are confined to the passages given with them, too; else the
answerable questions would search ten passages and the unanswerable ones all, and a confidence could tell them apart
by that. Groups and parts: `relevant` stays the union of the groups, so success and reciprocal rank ask for one passage
of any group, recall and nDCG for all; of each part the shortest form is an answer, and all are needed, so an answer
that has another form of a part is scored too low, never too high. Several passage languages: one benchmark for each,
with the passages, relevant ids and answers of that language only. YES and NO that do not stand in the text are no
answers that could be found there: such a question keeps its relevant passages and loses its answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, StrictBool, StrictInt

from eval.benchmarks.reading import Reading, Text, refusals
from eval.benchmarks.records import AnswerPlace, Benchmark, BenchmarkPassage, BenchmarkQuestion, merged
from index.schema import Span

CORPUS, QUESTIONS = "corpus.jsonl", "questions.jsonl"
_YES_NO = frozenset({"YES", "NO"})


class _Passage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Text
    title: Text
    text: Text
    language: Text = ""


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Text
    language: Text
    question: Text
    answerable: StrictBool
    answers: tuple[Text, ...]
    relevant: tuple[Text, ...]
    answer_starts: tuple[StrictInt, ...] | None = None
    negatives: tuple[Text, ...] = ()
    candidates: tuple[Text, ...] = ()
    relevant_groups: tuple[tuple[Text, ...], ...] = ()
    answer_parts: tuple[tuple[Text, ...], ...] = ()
    disputed: StrictBool = False
    question_language: Text | None = None
    passage_language: tuple[Text, ...] = ()
    answers_by_language: Mapping[Text, tuple[Text, ...]] = {}

    @property
    def given_first(self) -> str | None:
        """The passage that the offsets are of."""
        return next(iter((*self.relevant, *self.negatives)), None)


def names(folder: Path) -> tuple[str, ...]:
    """What `load` calls its benchmarks, from the questions alone; what is wrong with them is left to `load`."""
    questions = Reading(folder).records(folder / QUESTIONS, _Question)
    return _names(folder, _languages(question for _, question in questions if not question.disputed))


def load(folder: Path) -> tuple[Benchmark, ...]:
    """One benchmark, or one for each passage language, in order. Raises BenchmarkInvalid with every problem."""
    reading = Reading(folder)
    passages = list(reading.records(folder / CORPUS, _Passage))
    questions = list(reading.records(folder / QUESTIONS, _Question))
    reading.check_ids((where, passage.id) for where, passage in passages)
    reading.check_ids((where, question.id) for where, question in questions)
    corpus = {passage.id: passage for _, passage in passages}
    for where, passage in passages:
        if not passage.text.strip():
            reading.problem(where, f"passage {passage.id!r} has no text")
    for where, question in questions:
        for problem in _problems(question, corpus):
            reading.problem(where, problem)
    if not questions:
        reading.problem(QUESTIONS, "it holds no question that can be read")
    reading.finish()
    return _benchmarks(folder, list(corpus.values()), [question for _, question in questions])


def _problems(question: _Question, corpus: Mapping[str, _Passage]) -> Iterable[str]:
    if not question.disputed:
        yield from refusals(question.question)
    named = (*question.relevant, *question.negatives, *question.candidates, *sum(question.relevant_groups, ()))
    yield from (f"no passage is called {name!r}" for name in dict.fromkeys(named) if name not in corpus)
    if question.answerable and not (question.relevant or question.candidates):
        yield "answerable, but neither relevant nor candidates are given"
    if not question.answerable and question.relevant:
        yield "not answerable, but relevant is not empty"
    yield from (
        f"{name!r} is in relevant_groups, but not in relevant"
        for name in dict.fromkeys(sum(question.relevant_groups, ()))
        if name not in question.relevant
    )
    for language in question.passage_language:
        relevant = [corpus[name] for name in question.relevant if name in corpus]
        if question.answerable and not any(passage.language == language for passage in relevant):
            yield f"passage_language has {language!r}, but no relevant passage is in it"
    starts = question.answer_starts
    if starts is None:
        return
    if len(starts) != len(question.answers):
        yield f"answer_starts has {len(starts)} offsets for {len(question.answers)} answers"
        return
    passage = corpus.get(question.given_first or "")
    for answer, start in zip(question.answers, starts, strict=True):
        if start == -1:
            continue
        if passage is None:
            yield f"offset {start} is in no passage"
        elif not 0 <= start <= len(passage.text) - len(answer):
            yield f"answer {answer!r} at {start} is outside the {len(passage.text)} code points of {passage.id!r}"
        elif not passage.text.startswith(answer, start):
            there = passage.text[start : start + len(answer)]
            yield f"answer {answer!r} does not stand at {start} of {passage.id!r}, but {there!r}"


def _languages(kept: Iterable[_Question]) -> list[str]:
    return sorted({language for line in kept for language in line.passage_language})


def _names(folder: Path, languages: Sequence[str]) -> tuple[str, ...]:
    """One for each passage language, or one."""
    name = folder.resolve().name
    return tuple(f"{name} ({language})" for language in languages) if len(languages) > 1 else (name,)


def _benchmarks(folder: Path, corpus: Sequence[_Passage], lines: Sequence[_Question]) -> tuple[Benchmark, ...]:
    spoken = {line.language for line in lines}
    alone = spoken.pop() if len(spoken) == 1 else ""  # what a passage is in that does not say so
    passages = [BenchmarkPassage(p.id, p.title, p.text, p.language or alone) for p in corpus]
    kept = [line for line in lines if not line.disputed]
    left_out = {"disputed": len(lines) - len(kept)} if len(kept) < len(lines) else {}
    confined = any(line.candidates for line in kept)
    texts = {passage.id: passage.text for passage in corpus}
    languages = _languages(kept)
    names = _names(folder, languages)
    if not languages:
        questions = [_question(line, line.answers, texts, confined) for line in kept]
        return (Benchmark(names[0], *merged(passages, questions), left_out),)
    found = []
    for name, language in zip(names, languages, strict=True):
        there = [passage for passage in passages if passage.language == language]
        questions = [
            _within(_question(line, line.answers_by_language.get(language, line.answers), texts, confined), there)
            for line in kept
            if language in line.passage_language
        ]
        found.append(Benchmark(name, *merged(there, questions), left_out))
    return tuple(found)


def _question(line: _Question, answers: tuple[str, ...], texts: Mapping[str, str], confined: bool) -> BenchmarkQuestion:
    if line.answer_parts:
        answers = tuple(min(forms, key=len) for forms in line.answer_parts if forms)
    there = "\n".join(texts[name] for name in line.relevant)
    if any(answer in _YES_NO and answer not in there for answer in answers):
        answers = ()
    given = line.given_first
    places = [
        AnswerPlace(given, Span(start, start + len(answer)))
        for answer, start in zip(line.answers, line.answer_starts or (), strict=False)
        if line.answerable and given is not None and start >= 0
    ]
    return BenchmarkQuestion(
        id=line.id,
        language=line.question_language or line.language,
        question=line.question,
        answerable=line.answerable,
        answers=answers if line.answerable else (),
        all_answers=bool(line.answer_parts),
        places=tuple(places),
        relevant=dict.fromkeys(line.relevant, 1),
        negatives=line.negatives,
        candidates=line.candidates or ((*line.relevant, *line.negatives) if confined else ()),
    )


def _within(question: BenchmarkQuestion, passages: Iterable[BenchmarkPassage]) -> BenchmarkQuestion:
    """The question as it is over these passages alone."""
    names = {passage.id for passage in passages}
    return replace(
        question,
        relevant={name: grade for name, grade in question.relevant.items() if name in names},
        negatives=tuple(name for name in question.negatives if name in names),
        candidates=tuple(name for name in question.candidates if name in names),
        places=tuple(place for place in question.places if place.passage in names),
    )
