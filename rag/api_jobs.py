"""Jobs over HTTP: where one stands, and how to end it. Who knows the id of a job may ask; there is no list of them."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag import api_examples as examples
from rag.cross_site import refuse_cross_site
from rag.document_records import DocumentRecord, Record
from rag.jobs import Job, Jobs, JobState
from rag.problems import Problem, documented, record_of

PREFIX = "/api/v1/jobs"
_LOOK_SECONDS = 0.05  # between two looks at a job that is waited for

JobId = Annotated[str, Path(description="the id that the upload was answered with", examples=[examples.JOB_ID])]


class UploadResult(Record):
    """What an upload did; the lists name documents, `documents` are those that were given, as the list shows them."""

    generation: int
    added: list[str]
    changed: list[str]
    unchanged: list[str]
    removed: list[str]
    notices: list[str] = Field(description="remarks from reading, and what was passed over")
    documents: list[DocumentRecord]


class JobRecord(Record):
    """Where a job stands: `done` of `total` in this `step`. `result` once it is done, `problem` where it failed."""

    id: str
    state: JobState
    step: str
    done: int
    total: int
    result: UploadResult | None
    problem: Problem | None
    url: str


def job_record(job: Job) -> JobRecord:
    """The job as the API shows it."""
    return JobRecord(
        id=job.id,
        state=job.state,
        step=job.step,
        done=job.done,
        total=job.total,
        result=job.result if isinstance(job.result, UploadResult) else None,
        problem=record_of(job.error) if job.error is not None else None,
        url=f"{PREFIX}/{job.id}",
    )


async def wait_for(jobs: Jobs, key: str, seconds: float) -> Job:
    """The job when it has ended, or after so many seconds; no thread is held meanwhile. Raises JobNotFound."""
    until = monotonic() + seconds
    while not (job := jobs.get(key)).state.final and monotonic() < until:
        await asyncio.sleep(_LOOK_SECONDS)
    return job


def job_routes(jobs: Jobs) -> APIRouter:
    """`/jobs/{id}`."""
    router = APIRouter(prefix=PREFIX, tags=["jobs"])

    @router.get("/{id}", responses={**examples.answered(examples.JOB), **documented(404, 422)})
    def read_job(id: JobId) -> JobRecord:
        """Where an upload stands: `queued`, `running`, `done`, `failed` or `cancelled`."""
        return job_record(jobs.get(id))

    @router.delete(
        "/{id}",
        dependencies=[Depends(refuse_cross_site)],
        responses={
            200: {"description": "The job has ended"},
            202: {"description": "The job will end where it next tells its progress", "model": JobRecord},
            **documented(403, 404, 422),
        },
    )
    async def cancel_job(id: JobId, response: Response) -> JobRecord:
        """Cancel an upload: the collection stays as it is. A job that has ended stays as it ended."""
        job = await run_in_threadpool(jobs.cancel, id)
        if not job.state.final:
            response.status_code = 202
        return job_record(job)

    return router
