"""A benchmark as documents to search and gold questions to ask, whole or a sample; and absence, where it has none."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from eval.benchmarks.records import AnswerPlace, Benchmark, BenchmarkPassage, BenchmarkQuestion
from eval.dataset import Evidence, GoldQuestion, Place, ResolvedQuestion
from eval.measures.slices import language_group
from index.schema import Article, Document, Span
from index.sentences import sentence_spans

ABSENT = "topic absent: its relevant passages were taken out"
"""The note of a question that `withhold` made unanswerable."""
SHARE = 0.2
MOST_NEEDED = 3
"""Times the passages that were asked for: where the questions of a sample name more, it has fewer questions."""


def trial(benchmark: Benchmark) -> tuple[list[Document], list[ResolvedQuestion]]:
    """Every passage as one document named by its id, and every question with the grades of the documents.

    A document has one article: its title is the passage's, its text all of the passage (so offsets hold), its
    paragraphs the lines. Evidence is the sentence in which a known answer stands, or the sentences if it goes over
    several. A question whose answering candidate nobody knows has neither grades nor evidence.
    """
    documents = {passage.id: _document(passage) for passage in benchmark.passages}
    languages = {passage.id: passage.language for passage in benchmark.passages}
    return list(documents.values()), [_resolved(question, documents, languages) for question in benchmark.questions]


def sample(benchmark: Benchmark, questions: int, passages: int, seed: int = 0) -> Benchmark:
    """At most that many questions with every passage they name, filled up to that many passages with others.

    More passages only where the questions need them, and fewer questions where they need more than three times as many
    passages. What is taken are the ids with the smallest SHA-256 behind the
    seed: the same on every machine, and a larger sample holds the smaller one. Questions in Chinese, in English and in
    other languages take turns, as a direction between two languages with few questions would tell nothing.
    """
    asked: list[BenchmarkQuestion] = []
    needed: frozenset[str] = frozenset()
    for question in _in_turns(sorted(benchmark.questions, key=lambda question: _number(seed, question.id)))[:questions]:
        if asked and len(needed | question.needs) > MOST_NEEDED * passages:
            break
        asked.append(question)
        needed |= question.needs
    others = (passage.id for passage in benchmark.passages if passage.id not in needed)
    spare = max(0, passages - len(needed))
    kept = needed | set(sorted(others, key=lambda name: _number(seed, name))[:spare])
    return replace(
        benchmark,
        passages=tuple(passage for passage in benchmark.passages if passage.id in kept),
        questions=tuple(asked),
    )


def withhold(benchmark: Benchmark, share: float = SHARE) -> Benchmark:
    """Take passages out, so that some `share` of the questions (0-1) has no answer left; their note is `ABSENT`.

    For sets in which every question is answered. A question is chosen by the SHA-256 of the first passage that
    answers it, and all that answer it go, with them the answer of every other question that needs just these. A
    question that needs several passages and loses some is left out and counted. Nothing tells whether a passage that
    stays answers as well without being marked. A set that has unanswerable questions, or candidates, stays as it is.
    """
    if any(not question.answerable or question.candidates for question in benchmark.questions):
        return benchmark
    out = {
        name for q in benchmark.questions if _number(0, next(iter(q.relevant))) < share * 2**64 for name in q.relevant
    }
    kept = [question for question in benchmark.questions if not _loses_a_part(question, out)]
    lost = len(benchmark.questions) - len(kept)
    return replace(
        benchmark,
        passages=tuple(passage for passage in benchmark.passages if passage.id not in out),
        questions=tuple(_without(question, out) for question in kept),
        left_out={**benchmark.left_out, **({"part of the answer withheld": lost} if lost else {})},
    )


def _in_turns(questions: Sequence[BenchmarkQuestion]) -> list[BenchmarkQuestion]:
    """The first of each group of languages, then the second of each, and so on."""
    before: Counter[str] = Counter()
    turns = []
    for question in questions:
        group = language_group(question.language)
        turns.append(before[group])
        before[group] += 1
    order = sorted(range(len(questions)), key=turns.__getitem__)
    return [questions[row] for row in order]


def _loses_a_part(question: BenchmarkQuestion, out: set[str]) -> bool:
    return question.all_answers and bool(out & question.relevant.keys()) and not question.relevant.keys() <= out


def _without(question: BenchmarkQuestion, out: set[str]) -> BenchmarkQuestion:
    relevant = {name: grade for name, grade in question.relevant.items() if name not in out}
    negatives = tuple(name for name in question.negatives if name not in out)
    if not relevant:
        return replace(question, answerable=False, answers=(), places=(), relevant={}, negatives=negatives, note=ABSENT)
    places = tuple(place for place in question.places if place.passage in relevant)
    return replace(question, relevant=relevant, negatives=negatives, places=places)


def _number(seed: int, name: str) -> int:
    """0 to 2^64 - 1."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "big")


def _document(passage: BenchmarkPassage) -> Document:
    text, every = passage.text, Span(0, len(passage.text))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    article = Article(
        index=0,
        title=passage.title,
        authors=(),
        region=None,
        spans=(every,),
        headings=(),
        paragraphs=tuple(_paragraphs(text)),
    )
    return Document(sha256[:16], passage.id, sha256, "text/plain", "utf-8", text, (article,), ())


def _paragraphs(text: str) -> Iterable[Span]:
    """The lines that are not blank, without the blanks around them."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield Span(start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
        start += len(line) + 1


def _resolved(
    question: BenchmarkQuestion, documents: Mapping[str, Document], languages: Mapping[str, str]
) -> ResolvedQuestion:
    known = question.answerable and bool(question.relevant)
    places = dict.fromkeys((place.passage, _proof(documents[place.passage].text, place)) for place in question.places)
    spoken = {languages[name] for name in question.relevant or question.candidates or question.negatives}
    collection = set(languages.values())
    return ResolvedQuestion(
        gold=GoldQuestion(
            id=question.id,
            language=question.language,
            question=question.question,
            type="benchmark",
            style=None,
            answerable=question.answerable,
            document=next(iter(question.relevant), ""),
            answers=question.answers,
            all_answers=question.all_answers,
            evidence=tuple(Evidence(name, span) for name, span in places),
            note=question.note,
        ),
        answers=question.answers,
        evidence=tuple(Place(documents[name].sha256, span, span.of(documents[name].text)) for name, span in places),
        document_language=_only(spoken or collection),
        relevant=dict(question.relevant) if known else None,
        within=frozenset(question.candidates) or None,
    )


def _proof(text: str, place: AnswerPlace) -> Span:
    """The sentences that an answer has a share in; the answer itself where it stands in none."""
    sentences = [
        Span(line.start + found.start, line.start + found.end)
        for line in _paragraphs(text)
        for found in sentence_spans(line.of(text))
    ]
    holding = [sentence for sentence in sentences if sentence.overlap(place.span)]
    return Span(holding[0].start, holding[-1].end) if holding else place.span


def _only(languages: set[str]) -> str:
    return next(iter(languages)) if len(languages) == 1 else ""
