"""Whether a text stands in a document where somebody says it does: citations that can be checked without trust."""

from __future__ import annotations

from pydantic import ConfigDict, Field, JsonValue, model_validator

from index.errors import DocumentNotFound
from index.schema import Document
from rag.document_records import Record, SpanRecord
from rag.engine import Answerer

MOST_FOUND = 500  # code points of the text that stands there
MOST_ELSEWHERE = 5

_NAMES = ("document_sha256", "document")


def _only(given: str, absent: str) -> dict[str, JsonValue]:
    """The JSON Schema of an object that has the one member and not the other."""
    return {"required": [given], "properties": {given: {"type": "string"}, absent: {"type": "null"}}}


class Claim(Record):
    """That `text` stands in a document at [start, end). The document by its SHA-256, or by `document`: id or name."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_only(*_NAMES), _only(*reversed(_NAMES))]})

    document_sha256: str | None = Field(default=None, pattern="^[0-9a-fA-F]{64}$", description="of the source text")
    document: str | None = Field(default=None, description="id, SHA-256 or name, in place of document_sha256")
    start: int = Field(ge=0, description="in code points")
    end: int = Field(ge=0, description="exclusive")
    text: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_document(self) -> Claim:
        if (self.document_sha256 is None) == (self.document is None):
            raise ValueError("give one of document_sha256 and document")
        return self


class Verification(Record):
    """Whether the claim holds, and why. `document` and its hash are null where they are not known."""

    valid: bool
    reason: str
    document: str | None
    document_sha256: str | None
    start: int
    end: int
    found: str | None = Field(description=f"what stands there, the first {MOST_FOUND} code points of it")
    elsewhere: list[SpanRecord] = Field(description=f"other places where the text stands, up to {MOST_ELSEWHERE}")


def verify(claim: Claim, assistant: Answerer) -> Verification:
    """Look the claim up in the collection as it is now."""
    if claim.document_sha256 is not None:
        key, unknown = claim.document_sha256.lower(), "no document of this SHA-256 is in the collection"
    else:
        key, unknown = claim.document or "", "no document of this id or name is in the collection"
    try:
        document = assistant.document(key)
    except DocumentNotFound:
        return _verification(claim, False, unknown, None, claim.document_sha256, None, [])
    within = claim.start <= claim.end <= len(document.text)
    found = document.text[claim.start : claim.end] if within else None
    elsewhere = _elsewhere(claim, document.text)
    valid = found == claim.text
    reason = "the text stands there, character for character" if valid else _reason(claim, document, found, elsewhere)
    return _verification(claim, valid, reason, document.name, document.sha256, found, elsewhere)


def _verification(
    claim: Claim,
    valid: bool,
    reason: str,
    name: str | None,
    sha256: str | None,
    found: str | None,
    elsewhere: list[SpanRecord],
) -> Verification:
    return Verification(
        valid=valid,
        reason=reason,
        document=name,
        document_sha256=sha256,
        start=claim.start,
        end=claim.end,
        found=None if found is None else found[:MOST_FOUND],
        elsewhere=elsewhere,
    )


def _reason(claim: Claim, document: Document, found: str | None, elsewhere: list[SpanRecord]) -> str:
    if found is None:
        wrong = f"the document has {len(document.text)} characters, {claim.start} to {claim.end} is not in it"
    elif found.split() and "".join(found.split()) == "".join(claim.text.split()):
        wrong = "what stands there differs in its white space"
    else:
        wrong = "another text stands there"
    if not elsewhere:
        return f"{wrong}; the text stands nowhere else in the document"
    return f"{wrong}; the text stands at {', '.join(f'{span.start} to {span.end}' for span in elsewhere)}"


def _elsewhere(claim: Claim, source: str) -> list[SpanRecord]:
    found: list[SpanRecord] = []
    start = source.find(claim.text)
    while start >= 0 and len(found) < MOST_ELSEWHERE:
        span = SpanRecord(start=start, end=start + len(claim.text))
        if (span.start, span.end) != (claim.start, claim.end):
            found.append(span)
        start = source.find(claim.text, start + 1)
    return found
