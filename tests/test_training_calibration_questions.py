"""The collections that the score is fitted over: kept where they fit, made anew where they do not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from fakes_store import OtherEncoder, RecordingEncoder, report

from index.build import BuildSettings, build
from index.collection import Collection
from index.errors import DocumentNotFound
from index.intake import document_of
from index.readers import Reading
from index.schema import Document, Span
from training.calibration_questions import TWO_PLACES, _collection, _names, _of_documents, two_places
from training.own_questions import read

HALVES = {"both": 2, "half": 1, "neither": 0}


@pytest.fixture
def digest(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(report("武汉", 1, 2), "utf-8")
    return path


def document(place: str) -> Document:
    return document_of(Reading(report(place, 1, 2), "text/plain", "utf-8", ()), f"{place}.txt")


def of_files(store: Path, digest: Path, encoder: RecordingEncoder) -> Collection:
    return _collection(store, [digest], {"fake": encoder})


def of_documents(store: Path, encoder: RecordingEncoder, *places: str) -> Collection:
    return _of_documents(store, [document(place) for place in places], {"fake": encoder})


def test_what_fits_is_kept(tmp_path: Path, digest: Path) -> None:
    files, given = tmp_path / "files", tmp_path / "given"
    first = of_files(files, digest, RecordingEncoder()), of_documents(given, RecordingEncoder(), "武汉")
    again = RecordingEncoder()
    second = of_files(files, digest, again), of_documents(given, again, "武汉")
    assert [found.generation for found in (*first, *second)] == [1, 1, 1, 1]
    assert again.seen == []


def test_other_weights_of_the_same_name_make_it_anew(tmp_path: Path, digest: Path) -> None:
    files, given = tmp_path / "files", tmp_path / "given"
    first = of_files(files, digest, RecordingEncoder()), of_documents(given, RecordingEncoder(), "武汉")
    other = OtherEncoder()
    second = of_files(files, digest, other), of_documents(given, other, "武汉")
    assert [found.generation for found in (*first, *second)] == [1, 1, 2, 2]
    assert all(found.manifest.encoders == (other.fingerprint(),) for found in second)
    assert other.seen.count(other.seen[0]) == 2  # the same passages for both collections


@pytest.mark.parametrize("before", [BuildSettings(("fake", "more")), BuildSettings(("fake",), 50)])
def test_other_encoders_or_settings_make_it_anew(before: BuildSettings, tmp_path: Path, digest: Path) -> None:
    encoders = {name: RecordingEncoder(name=name) for name in ("fake", "more")}
    for name in ("files", "given"):
        build([digest], tmp_path / name, before, encoders.__getitem__)
    files = of_files(tmp_path / "files", digest, RecordingEncoder())
    given = of_documents(tmp_path / "given", RecordingEncoder(), "武汉")
    for found in (files, given):
        assert found.generation == 2
        assert BuildSettings.of(found.manifest) == BuildSettings(("fake",))


def test_another_analyser_makes_it_anew(tmp_path: Path, digest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, given = tmp_path / "files", tmp_path / "given"
    with monkeypatch.context() as patch:
        patch.setattr("index.generation_writer.ANALYSER_VERSION", "0")
        build([digest], files, BuildSettings(("fake",)), lambda _: RecordingEncoder())
        build([digest], given, BuildSettings(("fake",)), lambda _: RecordingEncoder())
    found = of_files(files, digest, RecordingEncoder()), of_documents(given, RecordingEncoder(), "武汉")
    assert [collection.generation for collection in found] == [2, 2]
    assert "0" not in {collection.manifest.analyser for collection in found}


def test_a_damaged_one_is_made_anew(tmp_path: Path, digest: Path) -> None:
    store = tmp_path / "store"
    of_files(store, digest, RecordingEncoder())
    (manifest,) = store.rglob("manifest.json")
    manifest.write_text("{}")
    found = of_files(store, digest, RecordingEncoder())
    assert [found.documents[0].name, len(found.documents)] == ["a.txt", 1]


def test_what_it_is_of_counts_as_well(tmp_path: Path, digest: Path) -> None:
    files, given = tmp_path / "files", tmp_path / "given"
    of_files(files, digest, RecordingEncoder())
    of_documents(given, RecordingEncoder(), "武汉", "成都")
    digest.write_text(report("广州", 3), "utf-8")
    assert "广州" in of_files(files, digest, RecordingEncoder()).documents[0].text
    assert [d.name for d in of_documents(given, RecordingEncoder(), "武汉").documents] == ["武汉.txt"]


def two(path: Path, kind: str, *told: tuple[Document, int, int]) -> Path:
    places = [{"document": d.sha256, "start": start, "end": end} for d, start, end in told]
    row = {"kind": kind, "type": "comparison", "evidence": places, "questions": {"zh": "哪个多？"}}
    path.write_text(json.dumps(row) + "\n", "utf-8")
    return path


def test_of_two_places_both_are_to_be_told(tmp_path: Path) -> None:
    collection = _of_documents(tmp_path / "s", [document("武汉"), document("成都")], {"fake": RecordingEncoder()})
    first, second = (collection.document(f"{place}.txt") for place in ("武汉", "成都"))
    (both,) = two_places(two(tmp_path / "both", "both", (first, 0, 2), (second, 3, 9)), collection)
    assert (both.question, both.language) == ("哪个多？", "zh")
    assert [(place.document_sha256, place.span, place.text) for place in both.evidence] == [
        (first.sha256, Span(0, 2), first.text[:2]),
        (second.sha256, Span(3, 9), second.text[3:9]),
    ]
    (half,) = two_places(two(tmp_path / "half", "half", (first, 0, 2)), collection)
    (none,) = two_places(two(tmp_path / "none", "neither"), collection)
    assert half.evidence == none.evidence == ()
    with pytest.raises(DocumentNotFound):
        two_places(two(tmp_path / "other", "both", (document("天津"), 0, 2), (first, 0, 2)), collection)


def test_the_questions_after_two_places_are_told_where_they_say(shared: Path) -> None:
    """Sentences of two reports for both, of one for a half; each names two provinces at least, in every language."""
    reports = [p for p in sorted((shared / "data/documents/gov_reports_2026").glob("*.txt")) if p.stem != "SOURCE"]
    documents = {d.sha256: d for d in (read(shared / "data", f"documents/gov_reports_2026/{p.name}") for p in reports)}
    rows = [json.loads(line) for line in TWO_PLACES.read_text("utf-8").splitlines()]
    assert Counter(row["kind"] for row in rows) == {"both": 48, "half": 48, "neither": 24}
    for row in rows:
        spans = [Span(place["start"], place["end"]) for place in row["evidence"]]
        texts = [documents[place["document"]].text for place in row["evidence"]]
        assert (
            len({place["document"] for place in row["evidence"]}) == {"both": 2, "half": 1, "neither": 0}[row["kind"]]
        )
        assert all(len(span.of(text).strip()) == len(span) > 4 for span, text in zip(spans, texts, strict=True))
        assert len(row["questions"]) == 5


@pytest.mark.parametrize(
    ("question", "region", "expected"),
    [
        ("In Hubei, how many?", "湖北", True),
        ("鄂企如何？", "湖北", True),
        ("How many schools?", "湖北", False),
        ("In Hunan?", "湖北", False),
        ("How many?", None, True),
    ],
)
def test_a_near_miss_says_which_report_it_is_about(question: str, region: str | None, expected: bool) -> None:
    assert _names(question, region) is expected
