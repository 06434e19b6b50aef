"""Work in the background: its states, its progress, its end."""

import threading

import pytest

from index.errors import DocumentUnreadable
from rag.jobs import KEPT, JobNotFound, Jobs, JobState

SOON = 10.0


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


def test_a_job_tells_its_progress_and_then_its_result(jobs: Jobs) -> None:
    told, go_on = threading.Event(), threading.Event()

    def work(progress):
        progress("reading", 1, 4)
        told.set()
        assert go_on.wait(SOON)
        return "all four"

    job = jobs.start("upload", work)
    assert told.wait(SOON)
    now = jobs.get(job.id)
    assert (now.kind, now.state, now.step, now.done, now.total, now.result) == (
        "upload",
        JobState.RUNNING,
        "reading",
        1,
        4,
        None,
    )
    go_on.set()
    ended = jobs.wait(job.id, SOON)
    assert (ended.state, ended.result, ended.error) == (JobState.DONE, "all four", None)


def test_an_error_of_ours_is_kept_and_any_other_is_hidden(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    known = DocumentUnreadable("a.txt is empty", "give another")

    def ours(progress):
        raise known

    def theirs(progress):
        raise RuntimeError("secret")

    first, second = jobs.start("a", ours), jobs.start("b", theirs)
    assert jobs.wait(first.id, SOON).error is known
    failed = jobs.wait(second.id, SOON)
    assert (failed.state, str(failed.error)) == (JobState.FAILED, "the work broke off; look at the server's log")
    assert "secret" in caplog.text


def test_one_job_at_a_time_and_a_waiting_one_can_be_cancelled(jobs: Jobs) -> None:
    go_on = threading.Event()
    done: list[str] = []
    first = jobs.start("a", lambda progress: go_on.wait(SOON) and done.append("a"))
    second = jobs.start("b", lambda progress: done.append("b"))
    third = jobs.start("c", lambda progress: done.append("c"))
    assert jobs.get(second.id).state is JobState.QUEUED
    assert jobs.cancel(second.id).state is JobState.CANCELLED
    go_on.set()
    assert jobs.wait(third.id, SOON).state is JobState.DONE
    assert jobs.get(first.id).state is JobState.DONE
    assert done == ["a", "c"]


def test_a_running_job_is_cancelled_where_it_tells_its_progress(jobs: Jobs) -> None:
    running, cancelled = threading.Event(), threading.Event()
    reached: list[str] = []

    def work(progress):
        running.set()
        assert cancelled.wait(SOON)
        try:
            progress("encoding", 1, 2)
        except Exception:  # an error handler on the way must not swallow it
            reached.append("swallowed")
        reached.append("went on")

    job = jobs.start("upload", work)
    assert running.wait(SOON)
    assert jobs.cancel(job.id).state is JobState.RUNNING
    cancelled.set()
    assert jobs.wait(job.id, SOON).state is JobState.CANCELLED
    assert reached == []
    assert jobs.cancel(job.id).state is JobState.CANCELLED  # again: nothing more happens


def test_a_job_that_nobody_started_is_unknown(jobs: Jobs) -> None:
    for ask in (jobs.get, jobs.cancel, lambda key: jobs.wait(key, SOON)):
        with pytest.raises(JobNotFound, match="there is no job 'x'; start the work again"):
            ask("x")


def test_old_jobs_are_forgotten_and_those_that_wait_are_not(jobs: Jobs) -> None:
    ended = [jobs.start("a", lambda progress: None) for _ in range(KEPT)]
    jobs.wait(ended[-1].id, SOON)
    last = jobs.start("a", lambda progress: None)
    jobs.wait(last.id, SOON)
    with pytest.raises(JobNotFound):
        jobs.get(ended[0].id)
    assert jobs.get(ended[1].id).state is JobState.DONE
