"""Every error of the API as problem+json (RFC 9457): `type`, `title`, `status`, `detail`, and often `remedy`.

`type` is stable and meant for programs; `title` belongs to the type; `detail` and `remedy` are for people.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from index.errors import DigestQAError
from rag.request_ids import HEADER, current_request_id

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:digest-qa:error:"
RETRY_AFTER_SECONDS = 5

# The slugs of problems that are HTTP's own; those of the project's errors are their classes' `slug`.
_HTTP_SLUGS = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
}


class InvalidPart(BaseModel):
    """A part of the request that is wrong."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(description="a JSON pointer into the body, or the place and the name: query/k")
    detail: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "type": f"{TYPE_PREFIX}question-invalid",
                    "title": "Question invalid",
                    "status": 422,
                    "detail": "the question is empty",
                    "remedy": "ask with at least one word",
                    "request_id": "0f8fad5bd9cb469fa16570867728950e",
                }
            ]
        },
    )

    type: str = Field(description="stable, for programs", pattern=f"^{TYPE_PREFIX}[a-z0-9-]+$")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="for people: what is wrong")
    remedy: str | None = Field(default=None, description="for people: what mends it")
    request_id: str | None = Field(default=None, description="the id under which the server's log knows the request")
    errors: list[InvalidPart] | None = Field(default=None, description="each part of the request that is wrong")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the problems that a route can answer with."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status: {
            "description": f"Problem: {HTTPStatus(status).phrase.lower()}",
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def problem(
    status: int, slug: str, detail: str, *, headers: dict[str, str] | None = None, **members: object
) -> JSONResponse:
    """One problem+json response; `members` are extension members such as `remedy`."""
    request_id = current_request_id()
    body = {
        "type": TYPE_PREFIX + slug,
        "title": slug.replace("-", " ").capitalize(),
        "status": status,
        "detail": _encodable(detail),
        **members,
        **({"request_id": request_id} if request_id else {}),
    }
    named = {HEADER: request_id} if request_id else {}
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers={**(headers or {}), **named})


def problem_of(error: DigestQAError) -> JSONResponse:
    """The response for an error of the project's own."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem(error.status, error.slug, error.problem, headers=headers, remedy=_encodable(error.remedy))


def record_of(error: DigestQAError) -> Problem:
    """The problem that an error of the project's own is, as a member of another answer."""
    return Problem(
        type=TYPE_PREFIX + error.slug,
        title=error.slug.replace("-", " ").capitalize(),
        status=error.status,
        detail=_encodable(error.problem),
        remedy=_encodable(error.remedy),
    )


def install(app: FastAPI) -> None:
    """Make every error that leaves `app` a problem+json."""

    @app.exception_handler(DigestQAError)
    async def own(_: Request, error: DigestQAError) -> JSONResponse:
        return problem_of(error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        slug = _HTTP_SLUGS.get(error.status_code, f"http-{error.status_code}")
        nowhere = error.status_code == HTTPStatus.NOT_FOUND
        detail = f"there is nothing at {request.url.path}" if nowhere else error.detail
        return problem(error.status_code, slug, detail, headers=dict(error.headers or {}), remedy="see: /docs")

    @app.exception_handler(RequestValidationError)
    async def validation(_: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        if any(item["type"] == "json_invalid" for item in found):
            return problem(400, "malformed-json", "the body is not JSON", remedy="see: /docs")
        errors = [{"pointer": _encodable(_pointer(item["loc"])), "detail": item["msg"]} for item in found]
        detail = "; ".join(f"{item['pointer']}: {item['detail']}" for item in errors)
        return problem(422, "request-invalid", detail, remedy="see: /docs", errors=errors)

    # Starlette logs the traceback and sends this: nothing of it reaches the client.
    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> JSONResponse:
        return problem(500, "internal", "something went wrong on the server", remedy="look at the server's log")


def _pointer(location: tuple[str | int, ...]) -> str:
    """`("body", "k")` as the JSON pointer `#/k`; other places by their name, `query/k`."""
    place, *path = (str(part) for part in location)
    return "/".join(["#" if place == "body" else place, *path])


def _encodable(text: str) -> str:
    """Without half characters, which JSON in UTF-8 cannot hold: a request can spell them."""
    return text.encode("utf-8", "replace").decode()
