"""The questions that went wrong, with what was wanted beside what was found, the source marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from eval.dataset import Place, unbroken
from eval.measures.ranking import first_relevant
from eval.reports.html import Excerpt, Failure
from eval.runner import Result
from index.schema import Document
from rag.answer import Citation
from rag.shown_text import shown_span

SHOWN = 3
"""Citations that are shown of each question."""
_AROUND = 60  # code points of the source on both sides of what was wanted
_LONGEST = 400  # code points shown of a document that is wanted as a whole


def failures(results: Sequence[Result], documents: Iterable[Document]) -> list[Failure]:
    """One for each question that went wrong, in the order of the gold; `documents` are what was searched."""
    sources = {document.sha256: document for document in documents}
    return [_failure(result, trouble, sources) for result in results if (trouble := trouble_of(result)) is not None]


def trouble_of(result: Result) -> str | None:
    """What went wrong first on the way from the question to the answer; None where nothing did.

    "false-answer" to an unanswerable question; "missed" (nothing relevant in the first five), "late" (relevant, but
    not first), "false-refusal", "wrong-quote" (less than half in common with the proof), "wrong-answer".
    """
    gold, scores = result.question.gold, result.measures
    if not gold.answerable:
        return "false-answer" if result.answer.answerable else None
    rank = first_relevant(result.ranking)
    if result.ranking.qrels and (rank is None or rank > 1):
        return "missed" if rank is None or rank > 5 else "late"
    if not result.answer.answerable:
        return "false-refusal"
    if scores.get("quote-iou", 1) < 0.5:
        return "wrong-quote"
    return "wrong-answer" if scores.get("contains", 1) < 1 else None


def _failure(result: Result, trouble: str, sources: Mapping[str, Document]) -> Failure:
    gold, answer = result.question.gold, result.answer
    return Failure(
        id=gold.id,
        language=gold.language,
        type=gold.type,
        style=gold.style,
        question=gold.question,
        answerable=gold.answerable,
        trouble=trouble,
        confidence=answer.confidence,
        answer=unbroken(answer.answer.text) if answer.answer is not None else None,
        accepted=result.question.answers,
        wanted=tuple(_wanted(result, sources)),
        found=tuple(_found(citation, result) for citation in answer.citations[:SHOWN]),
    )


def _wanted(result: Result, sources: Mapping[str, Document]) -> Iterator[Excerpt]:
    question = result.question
    for place in question.evidence:
        yield _proof(place, sources[place.document_sha256])
    if not question.evidence:
        for document in sources.values():
            if (question.relevant or {}).get(document.name, 0) > 0:
                yield Excerpt(_place(document, None), unbroken(document.text[:_LONGEST]), (), True, None)


def _proof(place: Place, document: Document) -> Excerpt:
    start, end = place.span.start, place.span.end
    before = unbroken(document.text[max(0, start - _AROUND) : start])
    proof = unbroken(place.text)
    after = unbroken(document.text[end : end + _AROUND])
    marks = ((len(before), len(before) + len(proof)),)
    return Excerpt(_place(document, _title(document, start)), before + proof + after, marks, True, None)


def _found(citation: Citation, result: Result) -> Excerpt:
    quote = citation.quote
    marked = shown_span(citation.text, citation.display_text, quote.start - citation.start, quote.end - citation.start)
    place = " · ".join(filter(None, (citation.document, citation.article.title)))
    name = citation.document if result.question.relevant is not None else citation.passage_id
    known = result.right is not None
    relevant = result.ranking.qrels.get(name, 0) > 0 if known else None
    return Excerpt(place, citation.display_text, (marked,), relevant, citation.rank)


def _place(document: Document, title: str | None) -> str:
    return " · ".join(filter(None, (document.name, title)))


def _title(document: Document, start: int) -> str | None:
    """That of the article in which a place stands."""
    holding = (a.title for a in document.articles if any(span.start <= start < span.end for span in a.spans))
    return next(holding, None)
