"""What people say of cited passages, right or wrong, kept in the store:

    STORE/feedback/feedback.jsonl    one verdict or one withdrawal a line, in the order of time; only ever added to

Nothing of it is sent anywhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from index.errors import DigestQAError, InputError, StoreNotWritable
from index.schema import Document, Span
from rag.query import clean, language_of
from rag.settings import MAX_K, MAX_QUESTION, Mode

FOLDER, FILE = "feedback", "feedback.jsonl"
MAX_FILE_BYTES = 64 * 1024 * 1024
LONGEST_PASSAGE = 1000  # code points; passages have 500

Opinion = Literal["right", "wrong"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Judgement(_Record):
    """What the page sends: a question, the passage that was cited for it, and whether it is the right one.

    Offsets are code points into the document's source, end exclusive; `quote_start` and `quote_end` are those of the
    quoted sentences in the passage. `mode` is how the question was answered, None where that is not known.
    """

    question: str = Field(min_length=1, max_length=MAX_QUESTION)
    verdict: Opinion
    document_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote_start: int = Field(ge=0)
    quote_end: int = Field(ge=0)
    rank: int = Field(ge=1, le=MAX_K)
    score: float = Field(ge=0, le=1)
    mode: Mode | None = None
    generation: int = Field(ge=0)


class Verdict(Judgement):
    """A judgement as it is kept, with an id, its time in UTC, the question's language and the document's name."""

    kind: Literal["verdict"] = "verdict"
    id: str
    time: AwareDatetime
    language: str
    document: str

    @property
    def passage(self) -> tuple[str, str, int, int]:
        """What a later verdict replaces: one on the same passage for the same question."""
        return self.question, self.document_sha256, self.start, self.end

    @property
    def quote(self) -> Span:
        """The quoted sentences in the source."""
        return Span(self.quote_start, self.quote_end)


class Withdrawal(_Record):
    """The verdict of that id was taken back."""

    kind: Literal["withdrawal"] = "withdrawal"
    id: str
    time: AwareDatetime


class FeedbackInvalid(InputError):
    """A judgement does not fit the document that it names."""

    slug = "feedback-invalid"


class FeedbackNotFound(InputError):
    """There is no verdict of that id, or it was taken back before."""

    status: ClassVar[int] = 404
    slug = "feedback-not-found"


class FeedbackFull(DigestQAError):
    """The file of verdicts has grown too large."""

    status: ClassVar[int] = 507
    slug = "feedback-full"


_LINE: TypeAdapter[Verdict | Withdrawal] = TypeAdapter(Annotated[Verdict | Withdrawal, Field(discriminator="kind")])


class Feedback:
    """The verdicts of one store. Safe to share between threads."""

    def __init__(self, store: Path, max_bytes: int = MAX_FILE_BYTES) -> None:
        self._path = store / FOLDER / FILE
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def add(self, judgement: Judgement, document: Document) -> Verdict:
        """Keep a judgement on a passage of `document`.

        Raises FeedbackInvalid, QuestionInvalid, FeedbackFull, StoreNotWritable.
        """
        _check(judgement, document)
        question = clean(judgement.question)
        verdict = Verdict(
            **{**judgement.model_dump(), "question": question},
            id=uuid4().hex,
            time=datetime.now(UTC),
            language=language_of(question),
            document=document.name,
        )
        with self._lock:
            self._append(verdict)
        return verdict

    def withdraw(self, id: str) -> None:
        """Take a verdict back. Raises FeedbackNotFound, StoreNotWritable."""
        with self._lock:
            if not any(verdict.id == id for verdict in _standing(self._lines())):
                raise FeedbackNotFound(f"there is no verdict {id!r}", "give a new one")
            self._append(Withdrawal(id=id, time=datetime.now(UTC)))

    def verdicts(self) -> tuple[Verdict, ...]:
        """Those that stand, the last one on each passage for each question, in the order of time."""
        with self._lock:
            last = {verdict.passage: verdict for verdict in _standing(self._lines())}
        return tuple(sorted(last.values(), key=lambda verdict: verdict.time))

    def _append(self, record: Verdict | Withdrawal) -> None:
        """One write of one line; one that a crash cut off before is closed first, so that only that one is lost."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab+") as file:
                size = file.seek(0, os.SEEK_END)
                line = record.model_dump_json().encode() + b"\n"
                if size + len(line) > self._max_bytes:
                    remedy = f"move {FOLDER}/{FILE} out of the store"
                    raise FeedbackFull(f"the verdicts have {size:,} of {self._max_bytes:,} bytes", remedy)
                if size:
                    file.seek(size - 1)
                    line = line if file.read(1) == b"\n" else b"\n" + line
                file.write(line)
        except OSError as error:
            problem = f"{self._path} cannot be written ({os.strerror(error.errno or 0)})"
            raise StoreNotWritable(problem, "allow it, or free some space") from error

    def _lines(self) -> Iterable[Verdict | Withdrawal]:
        """Every record that can be read; a line that was cut off or is not ours is passed over."""
        try:
            lines = self._path.read_bytes().split(b"\n")
        except OSError:
            return
        for line in lines:
            try:
                yield _LINE.validate_json(line)
            except ValidationError:
                continue


def _standing(records: Iterable[Verdict | Withdrawal]) -> Iterable[Verdict]:
    """Without what was taken back."""
    verdicts: dict[str, Verdict] = {}
    for record in records:
        if isinstance(record, Verdict):
            verdicts[record.id] = record
        else:
            verdicts.pop(record.id, None)
    return verdicts.values()


def _check(given: Judgement, document: Document) -> None:
    length = len(document.text)
    fits = given.start <= given.quote_start < given.quote_end <= given.end <= length
    if not fits or given.end - given.start > LONGEST_PASSAGE:
        problem = f"quote {given.quote_start}-{given.quote_end} of passage {given.start}-{given.end} is no place in "
        raise FeedbackInvalid(f"{problem}the {length} code points of {document.name}", "ask again")
    if not document.text[given.quote_start : given.quote_end].strip():
        raise FeedbackInvalid(f"the quote {given.quote_start}-{given.quote_end} is blank", "ask again")
