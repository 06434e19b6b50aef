"""What every test stands on: no network, no store of the user's, and the few things that a machine may lack."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FigureReader, HashEncoder
from hypothesis import settings

# Read by the libraries when they are imported, so before any test module is.
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HAYSTACK_TELEMETRY_ENABLED="False")

# No deadline: a first example may load a model. In CI the same examples every time, elsewhere new ones at every run.
settings.register_profile("digest-qa", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("digest-qa")

REPOSITORY = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No DIGEST_QA_* of the user's reaches a test, and the default store is an empty folder too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("DIGEST_QA_") and name != "DIGEST_QA_SHARED":
                patch.delenv(name)
        patch.setenv("DIGEST_QA_STORE", str(tmp_path_factory.mktemp("session") / "store"))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a store of its own, which does not exist yet. Not in tmp_path: tests may count what is there."""
    monkeypatch.setenv("DIGEST_QA_STORE", str(tmp_path_factory.mktemp("own") / "store"))


@pytest.fixture
def fake_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings name one encoder, "fake"; the assistant and the command line load it, and a reader, in no time."""
    monkeypatch.setenv("DIGEST_QA_ENCODERS", "fake")
    for module in ("rag.opening", "rag.cli"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda spec: HashEncoder(name=spec))
    monkeypatch.setattr("rag.opening.shipped_reader", FigureReader)


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample digest's collection, built with the bundled encoders: some twenty seconds, once. Not to be changed."""
    from rag import Assistant

    store = tmp_path_factory.mktemp("sample") / "store"
    Assistant.open(store)
    return store


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with data that does not ship: DIGEST_QA_SHARED, else ../shared beside the repository."""
    folder = Path(os.environ.get("DIGEST_QA_SHARED") or REPOSITORY.parent / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"{folder} not found: set DIGEST_QA_SHARED")
    return folder


@pytest.fixture(scope="session")
def digest_path(shared: Path) -> Path:
    """The real digest, newspaper text that is not ours to ship."""
    path = shared / "digest" / "digest.txt"
    if not path.is_file():
        pytest.skip(f"{path} not found: set DIGEST_QA_SHARED")
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. It is started once: some systems put a stub in its place that only asks to install it."""
    for path in filter(None, map(shutil.which, BROWSERS)):
        if subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0:
            return path
    pytest.skip("no working Chromium on the PATH: install it (Debian: sudo apt-get install chromium fonts-noto-cjk)")
