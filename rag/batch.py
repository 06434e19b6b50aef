"""Many questions from a file: all are checked before the first is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from index.errors import DigestQAError, QuestionInvalid
from rag.assistant import Assistant
from rag.query import check_k, clean

SIZE = 32  # questions that are encoded together


class BatchQuestion(BaseModel):
    """A line of the file; other keys are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str | int
    question: str


def check(question: str, k: int) -> None:
    """Raises QuestionInvalid for a question or a k that could not be answered."""
    check_k(k)
    clean(question)


def read(path: Path, k: int) -> tuple[BatchQuestion, ...]:
    """The questions of a JSONL file, in order. Raises QuestionInvalid naming every line that cannot be used."""
    check_k(k)
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise QuestionInvalid(f"{path} cannot be read ({error.strerror})", "check the path") from None
    except UnicodeDecodeError:
        raise QuestionInvalid(f"{path} is not UTF-8", "save it as UTF-8") from None
    found: list[BatchQuestion] = []
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):  # JSON may hold other line breaks
        if not line.strip():
            continue
        try:
            found.append(BatchQuestion.model_validate_json(line))
            check(found[-1].question, k)
        except ValidationError as error:
            first = error.errors()[0]
            what = " ".join([*map(str, first["loc"][:1]), first["msg"]])
            problems.append(f"line {number}: {what.replace(' at line 1 column ', ' at column ')}")
        except DigestQAError as error:
            problems.append(f"line {number}: {error.problem}")
    if problems:
        raise QuestionInvalid(f"{path}: {', '.join(problems)}", 'each line needs {"id": "…", "question": "…"}')
    if not found:
        raise QuestionInvalid(f"{path} has no question", 'each line needs {"id": "…", "question": "…"}')
    return tuple(found)


def answers(assistant: Assistant, questions: Sequence[BatchQuestion], k: int) -> Iterator[str]:
    """JSON lines {"id", …answer}, in order."""
    for start in range(0, len(questions), SIZE):
        some = questions[start : start + SIZE]
        for asked, answer in zip(some, assistant.ask_batch([one.question for one in some], k), strict=True):
            yield json.dumps({"id": asked.id, **answer.model_dump(mode="json")}, ensure_ascii=False)
