"""The files of a multipart form, read to memory."""

from __future__ import annotations

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from rag.library import Upload

FIELDS = ("files", "file")
MEDIA_TYPE = "multipart/form-data"
MAX_FILES = 100
MAX_FIELDS = 10  # that are no files

_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}

# FastAPI's own form parameters have neither the 415 nor the limits, so the body is described by hand.
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {
                            "description": f"texts, Markdown …; up to {MAX_FILES} in one request",
                            "type": "array",
                            "items": _FILE,
                            "minItems": 1,
                            "maxItems": MAX_FILES,
                        },
                        "file": {**_FILE, "description": "one file, where a form has a field for one"},
                    },
                    "anyOf": [{"required": ["files"]}, {"required": ["file"]}],
                }
            }
        },
    }
}


async def uploads_of(request: Request) -> list[Upload]:
    """The files of the fields `files` and `file`, in order, with their names as they were given.

    Raises HTTPException 415 where the body is no multipart form, 400 where it is a broken one or has too many parts,
    RequestValidationError where it holds no file.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        detail = f"the body is {content_type or 'of no type'}; send {MEDIA_TYPE} with the field files"
        raise HTTPException(415, detail, headers={"Accept": MEDIA_TYPE})
    async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
        given = [part for field in FIELDS for part in form.getlist(field)]
        files = [part for part in given if isinstance(part, UploadFile)]
        if not files or len(files) < len(given):
            problem = "a file is text: send it with its name" if given else "send at least one file"
            raise RequestValidationError([{"type": "missing", "loc": ("body", "files"), "msg": problem}])
        return [Upload(file.filename or "", await file.read()) for file in files]
