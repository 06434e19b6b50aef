"""A source of which every character is another one, but for the stops before and in the evidence of `gold_line`, and
an assistant that says what it was told to say.
"""

import hashlib
import json
from dataclasses import dataclass

from index.schema import Document
from rag.answer import Answer, ArticleRecord, Citation, CollectionRecord, Quote, ShortAnswer

TEXT = "".join("。" if i in (89, 139) else chr(0x4E00 + i) for i in range(2000))


def document(name="d.txt", text=TEXT):
    sha = hashlib.sha256(text.encode()).hexdigest()
    return Document(sha[:16], name, sha, "text/plain", "utf-8", text, (), ())


DOCUMENT = document()


def citation(start, end, rank=1, quote=None, source=DOCUMENT):
    first, last = quote or (start, end)
    return Citation(
        rank=rank,
        score=1 / rank,
        document=source.name,
        document_sha256=source.sha256,
        article=ArticleRecord(title="", authors=[], region=None, index=0),
        passage_id=f"{start}-{end}",
        start=start,
        end=end,
        text=source.text[start:end],
        display_text=source.text[start:end],
        quote=Quote(start=first, end=last, text=source.text[first:last]),
        parts={},
        url="",
    )


def answer(
    question="?", *, cited=(), quote=None, short=None, confidence=0.5, answerable=True, source=DOCUMENT, timing_ms=None
):
    """`cited` are (start, end) in order; `quote` is that of citation 1; `short` the (start, end) of the answer."""
    citations = [
        citation(start, end, rank, quote if rank == 1 else None, source)
        for rank, (start, end) in enumerate(cited, start=1)
    ]
    text = None
    if short is not None:
        text = ShortAnswer(start=short[0], end=short[1], text=source.text[slice(*short)], document=source.name)
    return Answer(
        question=question,
        language="zh",
        answerable=answerable,
        confidence=confidence,
        answer=text,
        citations=citations,
        timing_ms=timing_ms or {},
        collection=CollectionRecord(generation=1, encoders=["fake"]),
    )


@dataclass(frozen=True)
class Manifest:
    generation: int = 7
    encoder: str = "fake"


@dataclass(frozen=True)
class Collection:
    documents: tuple[Document, ...] = (DOCUMENT,)
    passages: tuple = ()
    manifest: Manifest = Manifest()


class FakeAssistant:
    """Answers from a table; a question that is not in it gets neither answer nor citations."""

    def __init__(self, table, documents=(DOCUMENT,)):
        self.table = table
        self.collection = Collection(tuple(documents))
        self.asked = []

    def settings(self):
        return {"weights": "fake"}

    def warm_up(self):
        pass

    def ask_batch(self, questions, k, within=None):
        self.asked.append((list(questions), k, within))
        return [answer(q, **self.table.get(q, {"confidence": 0.0, "answerable": False})) for q in questions]


def gold_line(identifier, **changes):
    """A gold record that is right: it asks for characters 100-110, proved by 90-140."""
    record = {
        "id": identifier,
        "language": "zh",
        "question": f"{identifier}?",
        "type": "fact",
        "answerable": True,
        "document": "d.txt",
        "answers": [{"start": 100, "end": 110}],
        "evidence": [{"start": 90, "end": 140}],
        "note": "",
    }
    if changes.get("answerable") is False:
        record |= {"answers": [], "evidence": []}
    return record | changes


def write_gold(path, records):
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path
