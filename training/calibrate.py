"""Fit the score's few parameters (rag/calibration.json) on development data; prints what they are worth.

    python training/calibrate.py --shared ../shared

Data: the development folds of the two shipped gold sets, and two open sets whose text may be redistributed: XQuAD
(questions in twelve languages over Chinese passages) and the CMRC 2018 trial set. Their questions are asked of some
thirty passages, once with the one that answers and once without it.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from eval.dataset import Place, ResolvedQuestion, fold, load_gold, resolve
from eval.measures.abstention import auroc, false_answers_at
from eval.measures.ranking import covers, units
from index.build import build
from index.collection import Collection
from index.encoders import Encoder, load_encoder
from index.schema import Passage
from rag.confidence import ANY, FUSED, KNOWN, LEAD, UNSEEN, features
from rag.query import analyse
from rag.retriever import Retriever
from rag.settings import Settings

SEED = 7
PER_SET = 250  # questions of each open set
GROUP = 30  # documents that a question of an open set is asked of: collections of a digest's size
DEPTH = 5  # candidates of each question that are learned from
MAX_FALSE_REFUSALS = 0.10
WEIGHTS = {"sample": 3.0, "digest": 3.0, "xquad_train": 1.0, "cmrc2018_trial": 1.0}
"""Of each set as a whole: the digests' questions are of the kind that is asked, the open ones tell what absence is."""


@dataclass(frozen=True)
class Example:
    """One candidate of one question: its features, whether it answers, whether it came first, and whether
    anything in the collection answers the question.
    """

    features: dict[str, float]
    answers: bool
    first: bool
    answerable: bool
    source: str


def main() -> None:
    """Collect examples, fit, print what it is worth, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--write", type=Path, default=Path("rag/calibration.json"))
    arguments = parser.parse_args()
    encoders = {name: load_encoder(name) for name in Settings().encoders}
    examples = list(_examples(arguments.shared, encoders))
    cosines = [f"{name} {part}" for name in encoders for part in ("sentence", "passage")]
    common = [FUSED, LEAD, KNOWN, UNSEEN]
    models = {"+".join(encoders): [*common, *cosines], ANY: common}
    table = {}
    for key, names in models.items():
        table[key] = _fit(examples, names)
        _report(key, table[key], examples)
    arguments.write.write_text(json.dumps(table, indent=1) + "\n")


def _examples(shared: Path, encoders: dict[str, Encoder]) -> Iterator[Example]:
    digests = {"sample": Path("index/sample/sample-digest.txt"), "digest": shared / "digest" / "digest.txt"}
    for name, path in digests.items():
        collection = _collection([path], encoders)
        gold = resolve(load_gold(Path(f"eval/gold/{name}.jsonl")), collection.documents)
        yield from _of_gold(name, [q for q in gold if fold(q.gold.id) == "dev"], Retriever(collection, encoders))
    for name, language in (("xquad_train", "zh"), ("cmrc2018_trial", None)):
        yield from _of_open_set(shared / "data" / "qa" / name, language, encoders)


def _collection(paths: Sequence[Path], encoders: dict[str, Encoder]) -> Collection:
    with tempfile.TemporaryDirectory() as folder:
        build(paths, Path(folder), Settings().build, encoders.__getitem__)
        return Collection.open(Path(folder))


def _of_gold(name: str, gold: Sequence[ResolvedQuestion], retriever: Retriever) -> Iterator[Example]:
    of_passage = {unit.id: unit for unit in units(retriever.collection)}
    for resolved in gold:

        def answers(passage: Passage, evidence: Sequence[Place] = resolved.evidence) -> bool:
            return any(covers(of_passage[passage.id], place) for place in evidence)

        yield from _ask(name, resolved.gold.question, retriever, answers)


def _of_open_set(folder: Path, language: str | None, encoders: dict[str, Encoder]) -> Iterator[Example]:
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    questions = [json.loads(line) for line in (folder / "questions.jsonl").read_text().splitlines()]
    wanted = [row for row in corpus if language is None or row["language"] == language]
    with tempfile.TemporaryDirectory() as documents:
        for row in wanted:
            Path(documents, f"{row['id']}.txt").write_text(row["text"])
        collection = _collection([Path(documents)], encoders)
    retriever = Retriever(collection, encoders)
    names = {document.id: document.name.removesuffix(".txt") for document in collection.documents}
    chance = random.Random(SEED)
    for question in chance.sample(questions, PER_SET):
        relevant = set(question["relevant"])
        others = chance.sample([row["id"] for row in wanted if row["id"] not in relevant], GROUP)
        texts = question.get("answers_by_language", {}).get(language, question["answers"])

        def answers(passage: Passage, relevant: set = relevant, texts: list = texts) -> bool:
            return names[passage.document_id] in relevant and any(text in passage.text for text in texts)

        for group in (relevant | set(others), set(others)):
            rows = [row for row, p in enumerate(collection.passages) if names[p.document_id] in group]
            yield from _ask(folder.name, question["question"], retriever, answers, np.array(rows))


def _ask(
    source: str,
    question: str,
    retriever: Retriever,
    answers: Callable[[Passage], bool],
    rows: npt.NDArray[np.int64] | None = None,
) -> Iterator[Example]:
    passages = retriever.collection.passages
    query = analyse(question)
    candidates = retriever.search([query], rows)[0]
    answerable = any(answers(passages[candidate.row]) for candidate in candidates)
    for at, candidate in enumerate(candidates[:DEPTH]):
        seen = features(query.text, retriever.collection, candidates, at)
        yield Example(seen, answers(passages[candidate.row]), at == 0, answerable, source)


def _fit(examples: Sequence[Example], names: Sequence[str]) -> dict[str, object]:
    """Logistic regression on standardised features, told back in their own units; the threshold from the firsts."""
    matrix = np.array([[example.features[name] for name in names] for example in examples])
    labels = np.array([example.answers for example in examples])
    sizes = Counter(example.source for example in examples)
    weights = np.array([WEIGHTS[e.source] * len(examples) / sizes[e.source] / sum(WEIGHTS.values()) for e in examples])
    centre, spread = matrix.mean(0), matrix.std(0)
    model = LogisticRegression(C=1.0).fit((matrix - centre) / spread, labels, sample_weight=weights)
    slopes = model.coef_[0] / spread
    fitted = {
        "weights": {name: round(float(slope), 4) for name, slope in zip(names, slopes, strict=True)},
        "intercept": round(float(model.intercept_[0] - slopes @ centre), 4),
        "threshold": 0.5,
    }
    gold = [example for example in examples if example.first and example.source in ("sample", "digest")]
    scores = sorted(_score(fitted, example) for example in gold if example.answerable)
    fitted["threshold"] = round(scores[int(MAX_FALSE_REFUSALS * len(scores))], 2)
    return fitted


def _score(fitted: dict, example: Example) -> float:
    total = fitted["intercept"] + sum(slope * example.features[name] for name, slope in fitted["weights"].items())
    return float(1 / (1 + np.exp(-total)))


def _report(key: str, fitted: dict, examples: Sequence[Example]) -> None:
    print(f"{key}: {json.dumps(fitted)}")
    for source in sorted({example.source for example in examples}):
        first = [example for example in examples if example.first and example.source == source]
        scores = [_score(fitted, example) for example in first]
        right = [example.answers for example in first]
        sides = [np.array([_score(fitted, e) for e in first if e.answerable is side]) for side in (True, False)]
        brier = np.mean([(score - answers) ** 2 for score, answers in zip(scores, right, strict=True)])
        print(
            f"  {source}: first citations {len(first)}, right {np.mean(right):.2f}, mean score {np.mean(scores):.2f}, "
            f"Brier {brier:.3f}, AUROC {auroc(*sides):.3f}, "
            f"false answers at 10 % false refusals {false_answers_at(*sides):.2f}"
        )


if __name__ == "__main__":
    main()
