"""Routes that change the collection: documents are uploaded, removed and put back.

Every change is a job, so that no thread waits while another change goes on: an upload answers when it is done or when
the client has waited long enough, the short ones only when they are done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from index.build import Summary
from index.errors import CollectionBusy, DigestQAError
from index.intake import Progress
from index.schema import Document
from rag import api_examples as examples
from rag.api_documents import PREFIX, Id
from rag.api_jobs import JobRecord, UploadResult, job_record, wait_for
from rag.cross_site import refuse_cross_site
from rag.document_records import DocumentKey, Record, key_of, record_of
from rag.engine import Engine
from rag.jobs import Job, Jobs, JobState
from rag.library import Library, NotRestorable, Upload
from rag.multipart import BODY, uploads_of
from rag.problems import documented

WAIT_SECONDS = 20.0
MAX_WAIT_SECONDS = 60.0
PATIENCE_SECONDS = 60.0  # that a removal waits for its turn
MOST_WAITING = 16  # jobs; each holds its files in memory


class ReadOnly(DigestQAError):
    """The server was started to answer only."""

    exit_code = 2
    status: ClassVar[int] = 403
    slug = "read-only"


class JobCancelled(DigestQAError):
    """Somebody cancelled an upload while it was waited for."""

    status: ClassVar[int] = 409
    slug = "job-cancelled"


class Removed(DocumentKey):
    """What was removed; POST to `restore` puts it back."""

    generation: int
    restore: str


class Restored(Record):
    """What was put back."""

    id: str
    name: str
    generation: int


class Changes:
    """What the routes do to the library, each as a job."""

    def __init__(self, engine: Engine, library: Library | None, jobs: Jobs) -> None:
        self._engine = engine
        self._library = library
        self._jobs = jobs

    @property
    def library(self) -> Library:
        """Raises ReadOnly."""
        if self._library is None:
            raise ReadOnly("this server is read-only", "serve without --read-only, or on the server: digest-qa index")
        return self._library

    async def writable(self) -> None:
        """Dependency of every route that changes something. Raises ReadOnly before the body is read."""
        _ = self.library

    async def upload(self, uploads: Sequence[Upload], seconds: float) -> Job:
        """Start to add the files and wait up to so many seconds. Raises the error where it failed, CollectionBusy."""
        waiting = self._jobs.states()[JobState.QUEUED]
        if waiting >= MOST_WAITING:
            raise CollectionBusy(f"{waiting} changes are waiting already", "send the files again in a minute")
        library = self.library
        job = self._jobs.start("upload", lambda progress: self._add(library, uploads, progress))
        return _ended_well(await wait_for(self._jobs, job.id, seconds))

    async def change(self, kind: str, work: Callable[[], Summary]) -> Summary:
        """Do it in its turn. Raises its error, and CollectionBusy where its turn did not come."""
        job = self._jobs.start(kind, lambda _: work())
        job = await wait_for(self._jobs, job.id, PATIENCE_SECONDS)
        if not job.state.final and self._jobs.cancel(job.id).state is JobState.CANCELLED:
            raise CollectionBusy("another change has been going on for long", "ask again in a minute")
        # Begun is half done: it tells no progress, so it ends by itself.
        summary: Summary = _ended_well(await wait_for(self._jobs, job.id, float("inf"))).result
        return summary

    def _add(self, library: Library, uploads: Sequence[Upload], progress: Progress) -> UploadResult:
        summary = library.add(uploads, progress)
        collection = self._engine.get().collection
        by_name = {document.name: document for document in collection.documents}
        names = dict.fromkeys((*summary.added, *summary.changed, *summary.unchanged))
        return UploadResult(
            generation=summary.generation,
            added=list(summary.added),
            changed=list(summary.changed),
            unchanged=list(summary.unchanged),
            removed=list(summary.removed),
            notices=list(summary.notices),
            documents=[record_of(by_name[name], collection) for name in names if name in by_name],
        )


def restoring(changes: Changes) -> APIRouter:
    """`/documents/{id}/restore`."""
    router = _router(changes)

    @router.post(
        "/{id:path}/restore", responses={**examples.answered(examples.RESTORED), **documented(403, 404, 422, 500, 503)}
    )
    async def restore_document(id: Id) -> Restored:
        """Put a document back that was removed or replaced: the last five can be, until the server ends. What has its
        name now goes, and can be put back in turn.
        """
        library = changes.library
        document = _removed(library, id)
        summary = await changes.change("restore", lambda: library.restore(document.id))
        return Restored(id=document.id, name=document.name, generation=summary.generation)

    return router


def changing(engine: Engine, changes: Changes) -> APIRouter:
    """Uploads to `/documents`, removal of `/documents/{id}`."""
    router = _router(changes)

    @router.post(
        "",
        status_code=201,
        response_model=JobRecord,
        openapi_extra=BODY,
        responses={
            201: {
                "description": "The documents are there",
                "content": {"application/json": {"example": examples.JOB}},
            },
            202: {
                "description": "The job goes on; see where it stands at Location",
                "model": JobRecord,
                "headers": {"Location": {"schema": {"type": "string"}}},
            },
            **documented(400, 403, 409, 413, 415, 422, 500, 503),
        },
    )
    async def upload_documents(
        request: Request,
        wait: Annotated[
            float, Query(ge=0, le=MAX_WAIT_SECONDS, description="seconds to wait for the end of the job")
        ] = WAIT_SECONDS,
        prefer: Annotated[str, Header(description="respond-async does not wait at all")] = "",
    ) -> Response:
        """Add documents, or replace those of the same names. Up to 100 files, 64 MiB in one request; one that is there
        already costs nothing, one that cannot be read is passed over with a notice unless none can.
        """
        at_once = "respond-async" in (part.strip().lower() for part in prefer.split(","))
        job = await changes.upload(await uploads_of(request), 0 if at_once else wait)
        record = job_record(job)
        headers = {"Location": record.url, **({"Preference-Applied": "respond-async"} if at_once else {})}
        status = 201 if job.state is JobState.DONE else 202
        return JSONResponse(record.model_dump(mode="json"), status_code=status, headers=headers)

    @router.delete(
        "/{id:path}", responses={**examples.answered(examples.REMOVED), **documented(403, 404, 422, 500, 503)}
    )
    async def remove_document(id: Id) -> Removed:
        """Take a document out. Once this is answered no question is answered from it. It can be put back at
        `restore`.
        """
        library = changes.library
        key = key_of((await run_in_threadpool(engine.get)).document(id))
        summary = await changes.change("remove", lambda: library.remove(key.id))
        return Removed(
            id=key.id,
            name=key.name,
            sha256=key.sha256,
            generation=summary.generation,
            restore=f"{PREFIX}/{key.id}/restore",
        )

    return router


def _router(changes: Changes) -> APIRouter:
    guards = [Depends(refuse_cross_site), Depends(changes.writable)]
    return APIRouter(prefix=PREFIX, tags=["documents"], dependencies=guards)


def _removed(library: Library, key: str) -> Document:
    """The document that was removed last of those that the key names. Raises NotRestorable."""
    for document in library.restorable:
        if key in (document.id, document.sha256, document.name):
            return document
    raise NotRestorable(f"the removal of {key!r} cannot be undone any more", "give the file again")


def _ended_well(job: Job) -> Job:
    if job.error is not None:
        raise job.error
    if job.state is JobState.CANCELLED:
        raise JobCancelled("the upload was cancelled", "send the files again")
    return job
