"""A citation as frameworks take a passage: the text of it, and a flat record of all that is needed to cite it."""

from __future__ import annotations

from typing import Any

from rag.answer import Citation

FOR_A_READER = ("title", "authors", "region", "document")
"""The fields that tell somebody who reads the passage whose word it is; the others are for programs."""


def passage_fields(citation: Citation) -> tuple[str, dict[str, Any]]:
    """(text, fields): `text` is the source at [start, end) exactly, the fields are ready for JSON.

    `start`, `end` and those of `quote` are code points of the source, end exclusive; `rank` counts from 1; `score` is
    the calibrated probability, in [0, 1], that this passage answers the question.
    """
    article = citation.article
    return citation.text, {
        "title": article.title,
        "authors": [author.model_dump() for author in article.authors],
        "region": article.region,
        "article_index": article.index,
        "document": citation.document,
        "document_sha256": citation.document_sha256,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote.model_dump(),
        "display_text": citation.display_text,
        "passage_id": citation.passage_id,
        "rank": citation.rank,
        "score": citation.score,
        "url": citation.url,
    }
