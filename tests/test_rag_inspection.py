"""The doctor finds each thing that is wrong on disk, and says what mends it."""

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from asking import build_reports, fake
from fakes_store import OtherEncoder, no_encoder

from index import generations
from index.collection import Collection
from index.encoders.shipped_weights import sign
from index.errors import CollectionNotFound, EncoderUnavailable
from index.manifest import Manifest
from index.schema import Span
from index.terms import ANALYSER_VERSION
from rag.cli import run
from rag.inspection import Check, _not_covered_once, checks
from rag.reading import shipped
from rag.settings import Settings


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reports(tmp_path_factory.mktemp("inspection"))


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Path:
    """A copy that may be spoilt."""
    shutil.copytree(built, tmp_path / "store")
    return tmp_path / "store"


def settings(store: Path, *encoders: str) -> Settings:
    return Settings(store=store, encoders=encoders or ("fake",))


def failed(store: Path, load=fake, *encoders: str) -> list[Check]:
    return [check for check in checks(settings(store, *encoders), load) if not check.passed]


def rewrite(store: Path, change) -> None:
    """Another manifest, with CURRENT to match, as another version would have written it."""
    folder, manifest = generations.current(store)
    raw = change(manifest).to_json().encode()
    (folder / generations.MANIFEST).write_bytes(raw)
    (store / generations.CURRENT).write_text(f"{folder.name} {sha256(raw).hexdigest()}\n")


def test_a_sound_store(store: Path) -> None:
    collection = Collection.open(store)
    names = [check.name for check in checks(settings(store), fake)]
    assert names == [
        "manifest of generation 1",
        f"checksums of {len(collection.manifest.files)} files",
        f"alignment of {len(collection.passages)} passages with vectors and terms",
        "every passage equals its source",
        *(f"coverage of {d.name}: {len(d.text)} characters" for d in collection.documents),
        f"analyser {ANALYSER_VERSION}",
        "encoders of the settings: fake",
        "encoder fake",
        "reader's weights",
    ]
    assert failed(store) == []


@pytest.mark.parametrize("name", ["passages.jsonl", "documents.jsonl", "dense/fake.passages.faiss", "texts"])
def test_a_damaged_file(store: Path, name: str) -> None:
    path = store / "g000001" / name
    path = next(path.iterdir()) if path.is_dir() else path
    raw = path.read_bytes()
    path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    found = failed(store, no_encoder)
    assert len(found) == 1
    assert found[0].problem == (
        f"{path} has SHA-256 {sha256(path.read_bytes()).hexdigest()[:12]}…, expected {sha256(raw).hexdigest()[:12]}…"
    )
    assert found[0].remedy == f"run: digest-qa index --rebuild PATH... --store {store}"


def test_every_damaged_file_is_named(store: Path) -> None:
    for name in ("passages.jsonl", "documents.jsonl"):
        (store / "g000001" / name).unlink()
    (found,) = failed(store, no_encoder)
    assert "passages.jsonl cannot be read (No such file or directory)" in found.problem
    assert "documents.jsonl cannot be read" in found.problem


def test_a_damaged_manifest(store: Path) -> None:
    path = store / "g000001" / generations.MANIFEST
    path.write_text(path.read_text("utf-8").replace('"generation": 1', '"generation": 2'), "utf-8")
    (found,) = list(checks(settings(store), no_encoder))
    assert found.name == "manifest"
    assert found.problem.startswith(f"{path} has SHA-256 ")


def test_rows_that_do_not_match(store: Path) -> None:
    """Another file of passages, with its right checksum, one passage short."""
    path = store / "g000001" / "passages.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    raw = b"".join(lines[:-1])
    path.write_bytes(raw)
    rewrite(store, lambda m: replace(m, files={**m.files, "passages.jsonl": sha256(raw).hexdigest()}))
    (found,) = failed(store, no_encoder)
    assert found.name == "collection"
    assert found.problem == f"terms of passages: {len(lines)} rows for {len(lines) - 1}"


def test_another_analyser(store: Path) -> None:
    rewrite(store, lambda manifest: replace(manifest, analyser="0-old"))
    (found,) = failed(store)
    assert found.problem == f"the terms were made by analyser 0-old, this version has {ANALYSER_VERSION}"


def test_an_encoder_whose_vectors_differ(store: Path) -> None:
    (found,) = failed(store, lambda spec: OtherEncoder(64, spec))
    assert found.name == "encoder fake"
    assert (
        "built with fake (64 d, 000000000000), loaded is fake (64 d, 000000000000), whose vectors differ"
        in found.problem
    )
    assert found.remedy == f"run: digest-qa index --rebuild PATH... --store {store}"


def test_a_probe_that_differs(store: Path) -> None:
    def other(manifest: Manifest) -> Manifest:
        built = manifest.encoders[0]
        return replace(manifest, encoders=(replace(built, probe=tuple(row[::-1] for row in built.probe)),))

    rewrite(store, other)
    assert [check.name for check in failed(store)] == ["encoder fake"]


def test_an_encoder_that_is_gone(store: Path) -> None:
    def gone(spec: str) -> OtherEncoder:
        raise EncoderUnavailable(f"{spec} is gone", "make install")

    (found,) = failed(store, gone)
    assert found == Check("encoder fake", "fake is gone", "make install")


def test_the_readers_weights(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "reader.safetensors"
    monkeypatch.setattr(shipped, "WEIGHTS", weights)
    remedy = "install the project again from its own files"
    gone = f"the reader's weights {weights} cannot be read (No such file or directory)"
    assert failed(store) == [Check("reader's weights", gone, remedy)]
    weights.write_bytes(b"trained")
    sign(weights)
    assert failed(store) == []
    weights.write_bytes(b"changed")
    found, wanted = (sha256(raw).hexdigest()[:12] for raw in (b"changed", b"trained"))
    altered = f"the reader's weights {weights} have SHA-256 {found}, not {wanted}"
    assert failed(store) == [Check("reader's weights", altered, remedy)]


def test_settings_that_ask_for_others(store: Path) -> None:
    """What `ask` would refuse, the doctor finds."""
    (found,) = failed(store, fake, "fake", "other")
    assert found.problem == "the collection was built with fake, the settings ask for fake, other"


def test_characters_in_no_article_or_in_two(built: Path) -> None:
    document = Collection.open(built).documents[0]
    first, *others = document.articles
    end = first.spans[-1].end

    def with_last_span(span: Span) -> int:
        return _not_covered_once(replace(document, articles=(replace(first, spans=(*first.spans[:-1], span)), *others)))

    start = first.spans[-1].start
    assert _not_covered_once(document) == 0
    assert with_last_span(Span(start, end - 3)) == 3
    assert with_last_span(Span(start, end + 2)) == 2
    assert with_last_span(Span(start + 1, end + 1)) == 2  # the sum of the lengths is right


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFound):
        list(checks(settings(tmp_path / "new"), fake))


@pytest.mark.usefixtures("fake_encoder")
def test_exit_codes(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--store", str(store)]) == 0
    assert run(["doctor", "--store", str(tmp_path / "new")]) == 3
    capsys.readouterr()
    (store / "g000001" / "passages.jsonl").unlink()
    assert run(["doctor", "--store", str(store)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-1].startswith("FAILED  checksums of ")
    assert "; run: digest-qa index --rebuild PATH... --store " in out.splitlines()[-1]


def test_the_manifest_of_the_tests_is_the_real_one(store: Path) -> None:
    rewrite(store, lambda manifest: manifest)
    assert failed(store) == []
    assert json.loads((store / "g000001" / generations.MANIFEST).read_text("utf-8"))["generation"] == 1
