"""Writes tiny benchmarks in the three formats."""

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


def beir(tmp_path, qrels, split="test", corpus=None, queries=None):
    """Three passages and three queries, where no others are given; `qrels` are rows of cells."""
    corpus = corpus or [
        {"_id": "d1", "title": "Rivers", "text": "The Yangtze is the longest river of China.", "metadata": {}},
        {"_id": "d2", "title": "Only a title in English", "text": ""},
        {"_id": "d3", "text": "The Yellow River is the second longest one."},
    ]
    queries = queries or [
        {"_id": "1", "text": "Which river of China is the longest?", "metadata": {}},
        {"_id": "2", "text": "Which one is the second longest river?"},
        {"_id": "3", "text": "Which is the third longest river there?"},
    ]
    write_lines(tmp_path / "b" / "corpus.jsonl", corpus)
    write_lines(tmp_path / "b" / "queries.jsonl", queries)
    lines = ["query-id\tcorpus-id\tscore", *("\t".join(row) for row in qrels)]
    write_lines(tmp_path / "b" / "qrels" / f"{split}.tsv", lines)
    return tmp_path / "b"


def squad(tmp_path, paragraphs, title="Super_Bowl", text=None):
    """`text`, when given, is all of the file."""
    path = tmp_path / "s" / "dev-v2.json"
    path.parent.mkdir(exist_ok=True)
    content = {"version": "v2.0", "data": [{"title": title, "paragraphs": paragraphs}]}
    path.write_text(text if text is not None else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path.parent


def asked(identifier, *answers, **more):
    given = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": identifier, "question": "Who won the game of that year?", "answers": given, **more}
