"""A candidate as a citation: every text in it is a slice of the source at the offsets beside it."""

from __future__ import annotations

from urllib.parse import urlencode

from index.collection import Collection
from index.schema import Document, Span
from rag.answer import ArticleRecord, AuthorRecord, Citation, Quote
from rag.reader import quote
from rag.retriever import LEXICAL, PASSAGE, PLACE, SENTENCE, Candidate


def cite(collection: Collection, candidate: Candidate, rank: int, score: float) -> Citation:
    """The citation of a candidate; `score` is its calibrated probability."""
    passage = collection.passages[candidate.row]
    document = collection.document(passage.document_id)
    article = document.articles[passage.article_index]
    return Citation(
        rank=rank,
        score=score,
        document=document.name,
        document_sha256=document.sha256,
        article=ArticleRecord(
            title=article.title,
            authors=[AuthorRecord(name=author.name, office=author.office) for author in article.authors],
            region=article.region,
            index=article.index,
        ),
        passage_id=passage.id,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        display_text=passage.display_text,
        quote=quote_record(document, quote(passage, candidate)),
        parts=parts(candidate),
        url=url(document, Span(passage.start, passage.end)),
    )


def parts(candidate: Candidate) -> dict[str, float]:
    """The raw scores: "dense", the mean cosine of the encoders' arms, "lexical", BM25 of the passage (of its best
    sentence where passages do not count), "rerank", the reader's logit where the passage was read, and every arm.
    What does not count is 0.
    """
    lexical = [f"{LEXICAL} {level}" for level in (PASSAGE, SENTENCE)]
    dense = [score for arm, score in candidate.parts.items() if arm not in (*lexical, PLACE)]
    read = {"rerank": candidate.evidence.relevance} if candidate.evidence is not None else {}
    return {
        "dense": sum(dense) / len(dense) if dense else 0.0,
        "lexical": next((candidate.parts[arm] for arm in lexical if arm in candidate.parts), 0.0),
        **read,
        **candidate.parts,
    }


def quote_record(document: Document, span: Span) -> Quote:
    """The source text that stands at `span`."""
    return Quote(start=span.start, end=span.end, text=span.of(document.text))


def url(document: Document, span: Span) -> str:
    """Opens the source at the passage; the hash tells whether it is still the same text."""
    place = {"document": document.name, "sha256": document.sha256, "start": span.start, "end": span.end}
    return f"/?{urlencode(place)}"
