"""Writes tiny benchmarks in the common format."""

import json


def write_lines(path, records):
    """JSON, one record a line; a text is written as it is."""
    text = "".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in records)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def passage(identifier, text, **more):
    return {"id": identifier, "title": f"about {identifier}", "text": text, **more}


def question(identifier, relevant, answers=(), **more):
    record = {"id": identifier, "language": "zh", "question": f"{identifier}?", "answerable": True}
    return {**record, "answers": list(answers), "relevant": list(relevant), **more}


def folder(parent, corpus, questions, name="set"):
    write_lines(parent / name / "corpus.jsonl", corpus)
    write_lines(parent / name / "questions.jsonl", questions)
    return parent / name
