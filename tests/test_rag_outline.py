"""What was read from the layout, as text, as records, and as a digest.toml that gives the same when read again."""

import json
import tomllib
from pathlib import Path

import pytest
from asking import fake, write_reports
from digest_reports import ENGLISH, GANSU, NINGBO, REPORTS
from digests import COLUMN, THEME, document, uncovered
from hypothesis import given
from hypothesis import strategies as st

from index.build import BuildSettings, build
from index.collection import Collection
from index.overrides import BY_HAND, Override
from index.schema import Document
from rag.outline import _string, as_list, as_records, as_text, as_toml

SETTINGS = BuildSettings(("fake",))


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = tmp_path_factory.mktemp("outline")
    build([write_reports(folder / "documents")], folder / "store", SETTINGS, fake)
    return Collection.open(folder / "store")


def opened(folder: Path, store: Path) -> Collection:
    build([folder], store, SETTINGS, fake)
    return Collection.open(store)


def read(collection: Collection) -> list[Document]:
    return list(collection.documents)


def test_as_text(collection: Collection) -> None:
    lines = as_text(collection).splitlines()
    chinese, english = collection.documents
    assert lines[0] == f"reports.txt  (utf-8, {len(chinese.text)} characters, SHA-256 {chinese.sha256})"
    assert f"  2. {NINGBO.heading(True)}  [宁波]" in lines
    at = lines.index(f"  2. {NINGBO.heading(True)}  [宁波]")
    assert lines[at + 1] == f"     author: {NINGBO.name}  {NINGBO.office}"
    assert lines[at + 2] == "     spans: " + ", ".join(f"{s.start}-{s.end}" for s in chinese.articles[1].spans)
    assert lines[at + 3].endswith(f"paragraphs, {NINGBO.paragraphs[0][:24]}")
    furniture = [line for line in lines if line.startswith("  furniture ")]
    assert f" {THEME}: " in furniture[0]
    assert f" {' '.join(COLUMN)}: " in furniture[-1]
    assert f"town.md  (utf-8, {len(english.text)} characters, SHA-256 {english.sha256})" in lines


def test_as_records(collection: Collection) -> None:
    for record, found in zip(as_records(collection), collection.documents, strict=True):
        assert (record["id"], record["name"], record["sha256"]) == (found.id, found.name, found.sha256)
        assert (record["encoding"], record["characters"], record["notices"]) == ("utf-8", len(found.text), [])
    articles = [article for record in as_records(collection) for article in record["articles"]]
    assert [(a["index"], a["title"], a["region"]) for a in articles] == [
        *((number, report.heading(True), report.region) for number, report in enumerate(REPORTS)),
        *((number, report.title, None) for number, report in enumerate(ENGLISH)),
    ]
    assert [a["authors"] for a in articles] == [[{"name": r.name, "office": r.office}] for r in (*REPORTS, *ENGLISH)]
    chinese = collection.documents[0]
    assert articles[0]["spans"] == [[span.start, span.end] for span in chinese.articles[0].spans]
    mark = as_records(collection)[0]["furniture"][0]
    assert (mark["text"], chinese.text[mark["start"] : mark["end"]].strip()) == (THEME, THEME)


def test_the_toml_says_what_was_detected(collection: Collection) -> None:
    tables = tomllib.loads(as_toml(collection))
    assert tables.keys() == {"reports.txt", "town.md"}
    assert tables["reports.txt"]["article"][2] == {
        "title": GANSU.heading(True),
        "region": "甘肃",
        "authors": [{"name": GANSU.name, "office": GANSU.office}],
        "begins": GANSU.paragraphs[0][:24],
    }
    assert "region" not in tables["town.md"]["article"][0]


def test_the_toml_gives_the_same_articles(tmp_path: Path) -> None:
    folder = write_reports(tmp_path / "documents")
    before = opened(folder, tmp_path / "store")
    (folder / "digest.toml").write_text(as_toml(before), "utf-8")
    after = opened(folder, tmp_path / "store")
    assert after.generation == 2
    assert as_records(after) == as_records(before)
    assert as_toml(after) == as_toml(before)
    assert [p.id for p in after.passages] == [p.id for p in before.passages]
    assert all(uncovered(found) == [] for found in read(after))


def test_furniture_set_by_hand_stays(tmp_path: Path) -> None:
    """The column's two lines are one block of the layout."""
    folder = write_reports(tmp_path / "documents")
    by_hand = [THEME, NINGBO.paragraphs[1], "".join(COLUMN)]
    (folder / "digest.toml").write_text(f'["reports.txt"]\nfurniture = {json.dumps(by_hand)}\n', "utf-8")
    before = opened(folder, tmp_path / "store")
    assert [mark.reason for mark in before.documents[0].furniture].count(BY_HAND) == 3
    toml = as_toml(before)
    assert tomllib.loads(toml)["reports.txt"]["furniture"] == by_hand
    (folder / "digest.toml").write_text(toml, "utf-8")
    assert as_records(opened(folder, tmp_path / "store")) == as_records(before)


def test_beginnings_are_told_apart(tmp_path: Path) -> None:
    """Both articles begin with the same forty characters."""
    lead = "为了把这件事情办好，全省上下今年用了整整四个月的时间走村入户，一笔一笔记下来，最后"
    text = "".join(
        f"# {t}\n\n{lead}{n}，大家都很满意，也愿意把这个办法坚持下去。\n\n"
        for t, n in (("修渠", "渠通了"), ("看病", "医生来了"))
    )
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "same.md").write_text(text, "utf-8")
    before = opened(tmp_path / "d", tmp_path / "s")
    begins = [article["begins"] for article in tomllib.loads(as_toml(before))["same.md"]["article"]]
    assert len(begins) == len(set(begins)) == 2
    (tmp_path / "d" / "digest.toml").write_text(as_toml(before), "utf-8")
    assert as_records(opened(tmp_path / "d", tmp_path / "s")) == as_records(before)


def test_each_folder_has_its_own_toml(tmp_path: Path) -> None:
    """Two files of one name, in two folders: each folder's tables go by the file's own name."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        text = f"{folder}厂今年又修了新的渠道，管渠的人从明年起按月领工钱，再也没有拖欠的事情发生。"
        (tmp_path / folder / "report.txt").write_text(text, "utf-8")
    build([tmp_path / "a", tmp_path / "b"], tmp_path / "s", SETTINGS, fake)
    parts = dict(part.split("\n", 1) for part in as_toml(Collection.open(tmp_path / "s")).split("# ")[1:])
    assert parts.keys() == {str(tmp_path / folder / "digest.toml") for folder in ("a", "b")}
    for path, toml in parts.items():
        assert tomllib.loads(toml)["report.txt"]["article"][0]["begins"].startswith(f"{Path(path).parent.name}厂")


def test_no_documents(tmp_path: Path) -> None:
    build([write_reports(tmp_path / "d")], tmp_path / "s", SETTINGS, fake)
    for path in (tmp_path / "d").iterdir():
        path.unlink()
    build([tmp_path / "d"], tmp_path / "s", SETTINGS, fake, prune=True)
    empty = Collection.open(tmp_path / "s")
    assert (as_list(empty), as_text(empty), as_records(empty), as_toml(empty)) == (
        "no documents",
        "no documents",
        [],
        "",
    )


@given(title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_any_title_is_written_as_toml(title: str) -> None:
    assert tomllib.loads(f"title = {_string(title)}") == {"title": title}


def test_the_overrides_of_the_toml_are_valid(collection: Collection) -> None:
    for found in collection.documents:
        override = Override.model_validate(tomllib.loads(as_toml(collection))[found.name])
        again = document(found.text, override, found.name)
        assert [article.title for article in again.articles] == [article.title for article in found.articles]
