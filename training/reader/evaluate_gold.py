"""What the reader is worth on the development folds of the shipped gold: as reranker, quote, short answer, confidence.

For each question the retrieval gives its first passages; the reader scores every sentence of them and every
two neighbouring ones. Compared with the retrieval alone: Success@1, the quote, the short answer, and whether the best
score tells answerable questions from unanswerable ones. The test folds are never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from eval.dataset import ResolvedQuestion, fold, load_gold, resolve
from eval.measures.abstention import auroc, false_answers_at
from eval.measures.answers import answer_scores, quote_scores
from index.build import build
from index.chunking import display_of
from index.collection import Collection
from index.encoders import Encoder, load_encoder
from index.errors import CollectionNotFound
from index.schema import Passage, Span
from rag.citation import cite
from rag.confidence import calibration_for, features
from rag.query import analyse
from rag.reader import ClauseReader
from rag.reading.inputs import Pair
from rag.reading.reading import Reads
from rag.retriever import Candidate, Retriever
from rag.settings import Settings

TOP = 5  # passages of each question that are read
SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)  # of the relevance logit beside the fused score


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its best window's relevance, its best sentence (its number), and the answer that was read."""

    candidate: Candidate
    relevance: float
    sentence: int
    answer: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One gold question with what the reader made of its candidates.

    And what there is without it: the short answer of the first candidate, and the log-odds of its calibrated score.
    """

    question: ResolvedQuestion
    scored: tuple[Scored, ...]
    untrained: str
    odds: float


def evaluate_gold(asker: Reads, shared: Path, stores: Path) -> Iterator[dict[str, object]]:
    """One line of figures for each way of ranking, over both development folds, and for each group of languages."""
    asked: list[tuple[Collection, Asked]] = []
    for collection, question in dev_questions(asker, shared, stores):
        asked.append((collection, question))
    answerable = [(c, a) for c, a in asked if a.question.gold.answerable]
    yield {"set": "gold dev", "answerable": len(answerable), "unanswerable": len(asked) - len(answerable)}
    for name, share in [
        ("fused alone", 0.0),
        *((f"fused + {s} relevance", s) for s in SHARES),
        ("relevance alone", None),
    ]:
        yield {"ranking": name, **_figures(asked, share)}
        if share in (0.0, 0.5, None):
            for group in ("zh", "en", "others"):
                part = [(c, a) for c, a in asked if _group(a.question.gold.language) == group]
                yield {"ranking": name, "language": group, **_figures(part, share)}


def dev_questions(asker: Reads, shared: Path, stores: Path) -> Iterator[tuple[Collection, Asked]]:
    """Every question of the development folds, read."""
    encoders = {name: load_encoder(name) for name in Settings().encoders}
    digests = {"sample": Path("index/sample/sample-digest.txt"), "digest": shared / "digest" / "digest.txt"}
    for name, path in digests.items():
        collection = _collection(path, stores / name, encoders)
        dev = [q for q in load_gold(Path(f"eval/gold/{name}.jsonl")) if fold(q.id) == "dev"]
        retriever = Retriever(collection, encoders)
        for question in resolve(dev, collection.documents):
            yield collection, _ask(asker, question, retriever)


def _ask(asker: Reads, question: ResolvedQuestion, retriever: Retriever) -> Asked:
    query = analyse(question.gold.question)
    (vectors,) = retriever.embed([query])
    ranked = retriever.rank(query, vectors)
    candidates, collection = ranked[:TOP], retriever.collection
    places = [(at, *window) for at, c in enumerate(candidates) for window in _windows(collection.passages[c.row])]
    pairs = []
    for at, first, last in places:
        passage = collection.passages[candidates[at].row]
        span = Span(passage.sentences[first].start, passage.sentences[last].end)
        pairs.append(Pair(query.text, passage.context, display_of(collection.document(passage.document_id), span)))
    readings = asker.read(pairs)
    scored = []
    for at, candidate in enumerate(candidates):
        mine = [number for number, place in enumerate(places) if place[0] == at]
        best = max(mine, key=lambda number: readings[number].relevance)
        single = max((n for n in mine if places[n][1] == places[n][2]), key=lambda number: readings[number].relevance)
        answer = max(mine, key=lambda number: readings[number].worth)
        text = readings[answer].answer.of(pairs[answer].window)
        scored.append(Scored(candidate, readings[best].relevance, places[single][1], text))
    name = list(retriever.encoders)[-1]
    passage = collection.passages[candidates[0].row]
    document = collection.document(passage.document_id)
    quoted = passage.sentences[candidates[0].sentence]
    untrained = ClauseReader(retriever.encoders[name]).short_answer(vectors[name], quoted, document).of(document.text)
    score = calibration_for(list(retriever.encoders)).score(features(query, collection, retriever.places, ranked, 0))
    return Asked(question, tuple(scored), untrained, float(np.log(score / (1 - score))))


def _windows(passage: Passage) -> Iterator[tuple[int, int]]:
    """First and last sentence of each window: single sentences, and two neighbours where they are not long."""
    yield from ((at, at) for at in range(len(passage.sentences)))
    for (at, one), (_, two) in pairwise(enumerate(passage.sentences)):
        if two.end - one.start <= 300:
            yield at, at + 1


def _figures(asked: Sequence[tuple[Collection, Asked]], share: float | None) -> dict[str, float]:
    """Success@1 and what is made of the first citation; quote and answer are the reader's unless share is 0."""
    found: dict[str, list[float]] = {name: [] for name in ("S@1", "quote IoU", "contains", "char-F1", "EM")}
    sure, unsure = [], []
    for collection, item in asked:
        ranked = sorted(item.scored, key=lambda s: -_mixed(s, share))
        relevance = max(s.relevance for s in item.scored)
        confidence = relevance if share is None else item.odds + share * relevance
        if not item.question.gold.answerable:
            unsure.append(confidence)
            continue
        sure.append(confidence)
        first = ranked[0]
        candidate = first.candidate if share == 0 else replace(first.candidate, sentence=first.sentence)
        citation = cite(collection, candidate, 1, 0.0)
        passage = collection.passages[candidate.row]
        found["S@1"].append(float(_relevant(passage, collection, item.question)))
        found["quote IoU"].append(quote_scores([citation], item.question.evidence)["quote-iou"])
        answer = item.untrained if share == 0 else first.answer
        marks = answer_scores(answer, item.question.answers, item.question.gold.all_answers)
        for name, key in (("contains", "contains"), ("char-F1", "char-f1"), ("EM", "exact")):
            found[name].append(marks[key])
    figures = {name: round(100 * float(np.mean(values)), 1) for name, values in found.items() if values}
    sides = np.array(sure), np.array(unsure)
    return {
        "n": len(sure),
        **figures,
        "AUROC": round(100 * float(auroc(*sides)), 1),
        "false answers": round(100 * float(false_answers_at(*sides)), 1),
    }


def _mixed(scored: Scored, share: float | None) -> float:
    return scored.relevance if share is None else scored.candidate.fused + share * scored.relevance


def _relevant(passage: Passage, collection: Collection, question: ResolvedQuestion) -> bool:
    """It covers at least 80 % of one evidence span."""
    sha256 = collection.document(passage.document_id).sha256
    spans = [place.span for place in question.evidence if place.document_sha256 == sha256]
    whole = Span(passage.start, passage.end)
    return any(whole.overlap(span) >= 0.8 * len(span) for span in spans)


def _collection(path: Path, store: Path, encoders: Mapping[str, Encoder]) -> Collection:
    try:
        return Collection.open(store)
    except CollectionNotFound:
        build([path], store, Settings().build, encoders.__getitem__)
        return Collection.open(store)


def _group(language: str) -> str:
    return language if language in ("zh", "en") else "others"
