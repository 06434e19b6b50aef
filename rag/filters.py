"""Which passages a question may be answered from: those of some documents, articles or regions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from index.collection import Collection
from index.errors import InputError
from index.places import places_in
from index.regions import short_form
from index.schema import Document
from index.simplified import simplified

MOST = 1000  # values of one kind


class FilterInvalid(InputError):
    """A filter is malformed, or names an article or a region that the collection does not have."""

    slug = "filter-invalid"


class ArticleKey(BaseModel):
    """An article: its document by id, SHA-256 or name, and its place among the document's articles, from 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    index: NonNegativeInt


class Filters(BaseModel):
    """A passage must fit one value of each kind that is given; a kind without values limits nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: tuple[str, ...] = Field(default=(), max_length=MOST, description="each by id, SHA-256 or name")
    articles: tuple[ArticleKey, ...] = Field(default=(), max_length=MOST)
    regions: tuple[str, ...] = Field(
        default=(), max_length=MOST, description="in any language or short form: 广东, Guangdong, 粤"
    )

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return bool(self.documents or self.articles or self.regions)


def rows_of(filters: Filters, collection: Collection) -> npt.NDArray[np.int64]:
    """The rows of the passages that fit, rising, int64 (n,).

    Raises DocumentNotFound for a document that is not there, FilterInvalid for an article or a region that is not.
    """
    documents = {collection.document(key).id for key in filters.documents}
    articles = {_article(collection.document(key.document), key.index) for key in filters.articles}
    in_regions = _of_regions(filters.regions, collection.documents) if filters.regions else set()
    return np.array(
        [
            row
            for row, passage in enumerate(collection.passages)
            if (not documents or passage.document_id in documents)
            and (not articles or (passage.document_id, passage.article_index) in articles)
            and (not filters.regions or (passage.document_id, passage.article_index) in in_regions)
        ],
        np.int64,
    )


def regions_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """The regions of all articles, each once, in the order of the documents."""
    return tuple(dict.fromkeys(a.region for document in documents for a in document.articles if a.region))


def _article(document: Document, index: int) -> tuple[str, int]:
    if index >= len(document.articles):
        problem = f"{document.name} has {len(document.articles)} articles, the filter asks for index {index}"
        raise FilterInvalid(problem, "count them from 0: digest-qa documents --outline")
    return document.id, index


def _of_regions(regions: Iterable[str], documents: Iterable[Document]) -> set[tuple[str, int]]:
    documents = tuple(documents)
    there = regions_of(documents)
    found: set[str] = set()
    for region in regions:
        names = _names(region)
        fitting = [one for one in there if names & _names(one)]
        if not fitting:
            listed = ", ".join(there) or "no regions"
            raise FilterInvalid(f"no article is on the region {region!r}; there are {listed}", "choose one of these")
        found.update(fitting)
    return {
        (document.id, article.index)
        for document in documents
        for article in document.articles
        if article.region in found
    }


def _names(region: str) -> frozenset[str]:
    """What a region is called: itself in its short form, and the narrowest place that it names (青岛 of 山东青岛)."""
    named = sorted(places_in(region), key=lambda place: place.kind == "province")
    return frozenset({short_form(simplified(region.strip())), *(place.name for place in named[:1])})
