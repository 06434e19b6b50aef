"""Refusals without an assistant: collections of a few sentences, and the reason for a question to them."""

from pathlib import Path

from asking import fake
from fakes_store import write

from index.build import BuildSettings, build
from index.collection import Collection
from rag.missing import Searched
from rag.named_places import NamedPlaces
from rag.query import Query
from rag.reasons import reason_for
from rag.retriever import Candidate

ONE = "到2019年年底全市共有12,600家企业获得新的贷款，增长三成，用于购买节能设备和改造旧厂房。"


def collection_of(folder: Path, *texts: str) -> Collection:
    """Each text is a document of one passage."""
    documents = {f"d{number}": text for number, text in enumerate(texts)}
    build([write(folder / "documents", **documents)], folder / "store", BuildSettings(("fake",)), fake)
    return Collection.open(folder / "store")


def why(collection: Collection, text: str, language: str, found: float = 0.07, needed: float = 0.31) -> str:
    """The reason, all passages being candidates in the collection's order."""
    candidates = [Candidate(row, 0.0, {}, 0) for row in range(len(collection.passages))]
    return reason_for(Query(text, language), Searched(collection, NamedPlaces(collection)), candidates, found, needed)
