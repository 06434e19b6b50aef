"""What fusion and score are fitted on: development questions over collections, with and without an answer.

The development folds of the shipped gold sets, and the held-out tenth of our own questions: those over the provincial
reports that the reports gold is about, too, those over encyclopedia passages and those over our own articles; each with
a near miss. And questions that ask for one thing of each of two places, written for this alone (questions/two-places):
of a third or so both are told, of the others one or none.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.dataset import Place, fold, load_gold, resolve
from index.build import BuildSettings, build, build_documents
from index.collection import Collection
from index.encoders import Encoder
from index.errors import CollectionDamaged, CollectionNotFound, EncoderMismatch
from index.places import places_in
from index.schema import Document, Span
from rag.compatibility import check_analyser, check_encoder, check_settings
from rag.settings import Settings
from training.own_questions import ARTICLES, CORPORA, FOLDER, Item, own_questions, read
from training.reader.sets import names_its_document

SEED = 7
LANGUAGES = 3  # of the five in which a question of ours is written
MOST = 250  # questions of each set of our own
TWO_PLACES = FOLDER / "two-places" / "provinces.jsonl"
BOTH = "both"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the places that prove its answer; none: it has no answer in the collection."""

    question: str
    language: str
    evidence: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """Questions that are asked of one collection."""

    name: str
    collection: Collection
    asked: tuple[Asked, ...]


def folds(shared: Path, stores: Path, encoders: Mapping[str, Encoder]) -> Iterator[Fold]:
    """Every fold, one after the other; the collections are made in `stores` unless they are there and fit."""
    data = shared / "data"
    reports = [path for path in sorted((data / "documents/gov_reports_2026").glob("*.txt")) if path.stem != "SOURCE"]
    paths = {
        "digest": [shared / "digest/digest.txt"],
        "sample": [Path("index/sample/sample-digest.txt")],
        "reports": reports,
    }
    collections = {name: _collection(stores / name, found, encoders) for name, found in paths.items()}
    for name, collection in collections.items():
        dev = [q for q in load_gold(Path(f"eval/gold/{name}.jsonl")) if fold(q.id) == "dev"]
        gold = (Asked(q.gold.question, q.gold.language, q.evidence) for q in resolve(dev, collection.documents))
        yield Fold(name, collection, tuple(gold))
    yield Fold("own two places", collections["reports"], two_places(TWO_PLACES, collections["reports"]))
    own = own_questions(data).items
    provinces = [i for i in own if i.held_out and i.region and names_its_document(i.questions["zh"], i)]
    there = {document.sha256 for document in collections["reports"].documents}
    provinces = [item for item in provinces if read(data, item.document).sha256 in there]
    yield Fold("own provinces", collections["reports"], _asked(provinces, data))
    for name, begins in (("encyclopedia", CORPORA), ("articles", ARTICLES)):
        items = [item for item in own if item.document.startswith(begins)]
        documents = [read(data, document) for document in sorted({item.document for item in items})]
        collection = _of_documents(stores / name, documents, encoders)
        alone = [item for item in items if item.held_out and not item.other_half]
        yield Fold(f"own {name}", collection, _asked(alone, data))


def two_places(path: Path, collection: Collection) -> tuple[Asked, ...]:
    """Each question in one of its languages; it has an answer where both of its halves are told.

    Raises DocumentNotFound for one that is about another text than the collection has.
    """
    chance = random.Random(SEED)
    found = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        language = chance.choice(sorted(row["questions"]))
        places = [_place(collection.document(told["document"]), told) for told in row["evidence"]]
        found.append(Asked(row["questions"][language], language, tuple(places) if row["kind"] == BOTH else ()))
    return tuple(found)


def _place(document: Document, told: Mapping[str, Any]) -> Place:
    span = Span(told["start"], told["end"])
    return Place(document.sha256, span, span.of(document.text))


def _asked(items: Sequence[Item], data: Path) -> tuple[Asked, ...]:
    """Each item in some of its languages, and one of its near misses; as many as MOST of all."""
    chance = random.Random(SEED)
    found: list[Asked] = []
    for item in items:
        document = read(data, item.document)
        places = tuple(Place(document.sha256, span, span.of(document.text)) for span in item.evidence)
        for language in chance.sample(sorted(item.questions), LANGUAGES):
            found.append(Asked(item.questions[language], language, places))
        misses = [
            (language, miss)
            for language, told in sorted(item.near_misses.items())
            for miss in told
            if _names(miss, item.region)
        ]
        if misses:
            language, miss = chance.choice(misses)
            found.append(Asked(miss, language, ()))
    chance.shuffle(found)
    return tuple(found[:MOST])


def _names(question: str, region: str | None) -> bool:
    """Whether a near miss says which report it is about; else another one may answer it."""
    return region is None or any(place.name == region for place in places_in(question))


def _collection(store: Path, paths: Sequence[Path], encoders: Mapping[str, Encoder]) -> Collection:
    """Of these files as they are now."""
    anew = _fitting(store, encoders) is None
    build(paths, store, _settings(store, encoders).build, encoders.__getitem__, prune=True, rebuild=anew)
    return Collection.open(store)


def _of_documents(store: Path, documents: Sequence[Document], encoders: Mapping[str, Encoder]) -> Collection:
    """Of these documents and no others."""
    there = _fitting(store, encoders)
    if there is not None and {d.id for d in there.documents} == {d.id for d in documents}:
        return there
    build_documents(documents, store, _settings(store, encoders).build, encoders.__getitem__)
    return Collection.open(store)


def _fitting(store: Path, encoders: Mapping[str, Encoder]) -> Collection | None:
    """What is in `store`, if it was built with these encoders, these settings and this analyser."""
    settings = _settings(store, encoders)
    try:
        collection = Collection.open(store)
        manifest = collection.manifest
        check_settings(manifest, settings)
        check_analyser(manifest, store)
        for built, spec in zip(manifest.encoders, manifest.specs, strict=True):
            check_encoder(built, encoders[spec].fingerprint())
    except (CollectionNotFound, CollectionDamaged, EncoderMismatch):
        return None
    return collection if BuildSettings.of(manifest) == settings.build else None


def _settings(store: Path, encoders: Mapping[str, Encoder]) -> Settings:
    return Settings(store=store, encoders=tuple(encoders))
