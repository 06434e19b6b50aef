"""An assistant over invented reports, with an encoder that takes no time, and what every answer must keep."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from digest_reports import ENGLISH, REPORTS
from digests import Trouble, printed
from fakes import FigureReader, HashEncoder

from index.build import BuildSettings, build
from index.collection import Collection
from rag.answer import Answer
from rag.assistant import Assistant
from rag.confidence import Calibration
from rag.settings import Mode

ALWAYS = Calibration(weights={"fused": 1.0}, intercept=0.0, threshold=0.0)
NEVER = Calibration(weights={"fused": 1.0}, intercept=0.0, threshold=1.0)
ANSWER_KEYS = "question language answerable confidence reason answer citations timing_ms collection".split()
CITATION_KEYS = (
    "rank score document document_sha256 article passage_id start end text display_text quote parts url".split()
)
TESTS = Path(__file__).resolve().parent


def write_reports(folder: Path) -> Path:
    """A Chinese and an English digest, printed with the usual troubles."""
    folder.mkdir(parents=True, exist_ok=True)
    chinese = printed(REPORTS, Trouble(displaced=1, cut=True, pages=True))
    (folder / "reports.txt").write_text(chinese, "utf-8")
    (folder / "town.md").write_text(printed(ENGLISH, Trouble(theme=None, column=())), "utf-8")
    return folder


def build_reports(folder: Path) -> Path:
    """The store of `write_reports`, built with the fake encoder."""
    build([write_reports(folder / "documents")], folder / "store", BuildSettings(("fake",)), fake)
    return folder / "store"


def fake(spec: str) -> HashEncoder:
    return HashEncoder(name=spec)


def assistant_over(store: Path, mode: Mode = Mode.BEST) -> Assistant:
    collection = Collection.open(store)
    return Assistant(collection, {"fake": HashEncoder(name="fake")}, reader=FigureReader(), mode=mode)


def check_answer(answer: Answer, collection: Collection, k: int) -> None:
    """All that holds for every answer, whatever was asked."""
    assert [cited.rank for cited in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert len(answer.citations) <= k
    scores = [cited.score for cited in answer.citations]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert answer.confidence == (scores[0] if scores else 0)
    for cited in answer.citations:
        source = collection.document(cited.document_sha256).text
        assert cited.text == source[cited.start : cited.end]
        assert 0 < len(cited.text) <= 500
        assert cited.quote.text == source[cited.quote.start : cited.quote.end] != ""
        assert cited.start <= cited.quote.start < cited.quote.end <= cited.end
        place = parse_qs(urlsplit(cited.url).query)
        assert place == {
            "document": [cited.document],
            "sha256": [cited.document_sha256],
            "start": [str(cited.start)],
            "end": [str(cited.end)],
        }
    assert (answer.answer is None) == (not answer.answerable)
    assert (answer.reason is None) == answer.answerable
    if answer.answer is not None:
        first = answer.citations[0]
        source = collection.document(first.document_sha256).text
        assert answer.answer.document == first.document
        assert answer.answer.text == source[answer.answer.start : answer.answer.end] != ""
        assert first.quote.start <= answer.answer.start < answer.answer.end <= first.quote.end


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line on stderr."""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("digest-qa: "), self.err
        assert "Traceback" not in self.err
        return self.err.strip()


def process(*arguments: str, environment: Mapping[str, str] | None = None, real: bool = False) -> Done:
    """The command line in a process of its own; with the fake encoder unless `real`."""
    start = ["-m", "rag"] if real else [str(TESTS / "cli_with_fake.py")]
    done = subprocess.run(
        [sys.executable, *start, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        cwd=TESTS.parent,
        env={**os.environ, **({} if real else {"DIGEST_QA_ENCODERS": "fake"}), **(environment or {})},
    )
    return Done(done.returncode, done.stdout, done.stderr)
