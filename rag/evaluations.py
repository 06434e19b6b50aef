"""The evaluation reports that lie in a store, and the run that makes the next one.

STORE/reports/<UTC time>/ holds one report each. Who evaluates is found in the entry point group digest_qa.evaluation,
because rag may not import eval.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, NonNegativeInt, ValidationError

from index.errors import DigestQAError
from rag.engine import Engine

GROUP = "digest_qa.evaluation"
REPORTS = "reports"
NAME = re.compile(r"\d{8}T\d{6}(\d{6})?Z", re.ASCII)
"""A report's folder: the UTC time, to the second or the microsecond. Other folders are not ours."""

Fold = Literal["all", "dev", "test"]

logger = logging.getLogger(__name__)


class Evaluator(Protocol):
    """Asks a gold set and writes a report."""

    def __call__(self, assistant: Any, store: Path, progress: Callable[[int, int], None]) -> Path:
        """The folder of the new report in `store`; calls progress(done, total) with questions. Raises DigestQAError."""
        ...


class EvaluationUnavailable(DigestQAError):
    """Nobody registered as the evaluator."""

    slug = "evaluation-unavailable"


class EvaluationFailed(DigestQAError):
    """A run broke off, for a reason that is no error of the user's."""

    slug = "evaluation-failed"


class ReportNotFound(DigestQAError):
    """No evaluation was made yet."""

    status: ClassVar[int] = 404
    slug = "report-not-found"


class GoldFile(BaseModel):
    """A gold file that was asked, by name, and the number of its questions."""

    model_config = ConfigDict(frozen=True)

    file: str
    questions: NonNegativeInt


class _Content(BaseModel):
    """What is read of report.json."""

    created: AwareDatetime
    gold: tuple[GoldFile, ...]
    fold: Fold = "all"
    questions: NonNegativeInt | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A finished report: `scorecard` is a fragment of HTML that was written by us.

    `gold` counts the files whole; `asked` is the number of questions of the `fold`, None where the report lacks it.
    """

    folder: Path
    created: AwareDatetime
    gold: tuple[GoldFile, ...]
    scorecard: str
    fold: Fold
    asked: int | None

    @property
    def page(self) -> Path | None:
        """The whole report as one HTML file, where there is one."""
        path = self.folder / "report.html"
        return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class State:
    """Where the run stands: `done` of `total` questions, 0 of 0 before the first is asked.

    `finished` counts the runs that ended; `error` says why the last one failed, None where it did not.
    """

    running: bool = False
    done: int = 0
    total: int = 0
    finished: int = 0
    error: DigestQAError | None = None


def newest(store: Path) -> Report | None:
    """The newest report in `store`; damaged ones and folders that are not named as reports are passed over."""
    try:
        folders = sorted((store / REPORTS).iterdir(), key=lambda path: path.name, reverse=True)
    except OSError:
        return None
    found = (_read(folder) for folder in folders if NAME.fullmatch(folder.name))
    return next((report for report in found if report is not None), None)


def _read(folder: Path) -> Report | None:
    try:
        content = _Content.model_validate_json((folder / "report.json").read_bytes())
        scorecard = (folder / "scorecard.html").read_text(encoding="utf-8")
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
    return Report(folder, content.created, content.gold, scorecard, content.fold, content.questions)


class Evaluation:
    """Runs evaluations in a background thread, one at a time. Safe to share between threads."""

    def __init__(self, engine: Engine, store: Path, evaluate: Evaluator | None = None) -> None:
        """`evaluate` is the registered evaluator unless given."""
        self._engine = engine
        self._store = store
        self._evaluate = evaluate
        self._lock = threading.Lock()
        self._state = State()

    @property
    def store(self) -> Path:
        """The folder in which reports are kept, and what people say of answers."""
        return self._store

    @property
    def state(self) -> State:
        """Where the run stands now."""
        return self._state

    def newest(self) -> Report | None:
        """The newest report in the store."""
        return newest(self._store)

    def start(self) -> None:
        """Begin a run, unless one is on its way."""
        with self._lock:
            if self._state.running:
                return
            finished = self._state.finished
            self._state = State(running=True, finished=finished)
            try:
                threading.Thread(target=self._run, name="digest-qa-evaluation", daemon=True).start()
            except RuntimeError:  # no more threads are to be had
                logger.exception("the evaluation could not start")
                error = EvaluationFailed("the evaluation could not start", "look at the server's log, try again later")
                self._state = State(finished=finished + 1, error=error)

    def _run(self) -> None:
        error: DigestQAError | None = EvaluationFailed("the evaluation broke off", "look at the server's log")
        try:
            evaluate = self._evaluate or _registered()
            evaluate(self._engine.assistant(timeout=None), self._store, self._progress)
            error = None
        except DigestQAError as told:
            error = told
        except Exception:
            logger.exception("the evaluation broke off")
        finally:
            with self._lock:
                self._state = State(finished=self._state.finished + 1, error=error)

    def _progress(self, done: int, total: int) -> None:
        with self._lock:
            self._state = replace(self._state, done=done, total=total)


def _registered() -> Evaluator:
    for entry in entry_points(group=GROUP):
        found: Evaluator = entry.load()
        return found
    raise EvaluationUnavailable("no evaluation is installed", "run: make install")
