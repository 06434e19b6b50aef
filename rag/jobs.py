"""Work that takes longer than a request: done one after the other in the background, watched, cancelled."""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar
from uuid import uuid4

from index.errors import DigestQAError, InputError
from index.intake import Progress

KEPT = 200  # jobs that can still be asked about

logger = logging.getLogger(__name__)


class JobState(StrEnum):
    """`queued` and `running` go on; the others are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing will happen any more."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class JobNotFound(InputError):
    """No job of that id, or one that ended long ago."""

    status: ClassVar[int] = 404
    slug = "job-not-found"


class JobFailed(DigestQAError):
    """A job broke off, for a reason that is no error of the user's."""

    slug = "job-failed"


class _Cancelled(BaseException):
    """Raised inside the work, where it tells its progress; no handler of errors catches it."""


@dataclass(frozen=True, slots=True)
class Job:
    """Where a job stands: `done` of `total` in the `step`; `result` once it is done, `error` where it failed."""

    id: str
    kind: str
    state: JobState = JobState.QUEUED
    step: str = ""
    done: int = 0
    total: int = 0
    result: Any = None
    error: DigestQAError | None = None


class Jobs:
    """One worker, so that no two jobs write the collection at once. Safe to share between threads."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, "digest-qa-job")
        self._changed = threading.Condition()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._cancelled: set[str] = set()

    def start(self, kind: str, work: Callable[[Progress], Any]) -> Job:
        """Queue `work`, which is given a progress to tell and returns the job's result."""
        job = Job(uuid4().hex, kind)
        with self._changed:
            self._jobs[job.id] = job
            final = [key for key, one in self._jobs.items() if one.state.final]
            for key in final[: max(0, len(self._jobs) - KEPT)]:
                del self._jobs[key]
            self._worker.submit(self._run, job.id, work)
        return job

    def get(self, key: str) -> Job:
        """As it stands now. Raises JobNotFound."""
        with self._changed:
            return self._known(key)

    def wait(self, key: str, seconds: float) -> Job:
        """As it stands when it has ended, or after so many seconds. Raises JobNotFound."""
        with self._changed:
            self._known(key)
            self._changed.wait_for(lambda: self._known(key).state.final, seconds)
            return self._known(key)

    def cancel(self, key: str) -> Job:
        """End it where it next tells its progress; one that has ended stays as it is. Raises JobNotFound."""
        with self._changed:
            job = self._known(key)
            if job.state is JobState.QUEUED:
                self._set(key, state=JobState.CANCELLED)
            elif not job.state.final:
                self._cancelled.add(key)
            return self._known(key)

    def states(self) -> Counter[JobState]:
        """How many jobs that can still be asked about are in each state."""
        with self._changed:
            return Counter(job.state for job in self._jobs.values())

    def cancel_all(self) -> None:
        """Cancel all that has not ended, so that the process can end."""
        with self._changed:
            for key in [key for key, job in self._jobs.items() if not job.state.final]:
                self.cancel(key)

    def _run(self, key: str, work: Callable[[Progress], Any]) -> None:
        with self._changed:
            if self._known(key).state.final:
                return
            self._set(key, state=JobState.RUNNING)

        def progress(step: str, done: int, total: int) -> None:
            with self._changed:
                if key in self._cancelled:
                    raise _Cancelled
                self._set(key, step=step, done=done, total=total)

        end: dict[str, Any]
        try:
            end = {"state": JobState.DONE, "result": work(progress)}
        except _Cancelled:
            end = {"state": JobState.CANCELLED}
        except DigestQAError as error:
            end = {"state": JobState.FAILED, "error": error}
        except Exception:
            logger.exception("a job broke off")
            end = {"state": JobState.FAILED, "error": JobFailed("the work broke off", "look at the server's log")}
        with self._changed:
            self._cancelled.discard(key)
            self._set(key, **end)
            if all(job.state.final for job in self._jobs.values()):
                # A thread that has computed keeps OpenMP's threads, which slow down those of the questions.
                self._worker.shutdown(wait=False)
                self._worker = ThreadPoolExecutor(1, "digest-qa-job")

    def _known(self, key: str) -> Job:
        try:
            return self._jobs[key]
        except KeyError:
            raise JobNotFound(f"there is no job {key!r}", "start the work again") from None

    def _set(self, key: str, **values: Any) -> None:
        self._jobs[key] = replace(self._jobs[key], **values)
        self._changed.notify_all()
