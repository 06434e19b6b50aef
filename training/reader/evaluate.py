"""What a trained reader is worth on held-out questions: python -m training.reader.evaluate --weights build/reader/...

For each question the model sees every window of its passage and of two passages like it. Printed for each set:
`EM`, `F1` of the answer when the passage is given (CMRC 2018's own measures); `MRR` and `R@1` of a window that holds an
answer among all windows; `absent`, the AUROC of the best relevance with and without the windows that hold it; and
`near miss`, the AUROC of the answering window's relevance for the question and for the question changed in one thing.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from eval.benchmarks.held_out import ONE_IN, held_out
from eval.measures.abstention import auroc
from eval.measures.answers import answer_scores
from index.encoders import Encoder, load_encoder
from index.encoders.bundled import bundled_e5_folder
from index.lexical import LexicalIndex
from index.schema import Span
from rag.reading.inputs import Pair
from rag.reading.reader import Reader
from rag.reading.reading import Reading, Reads
from rag.reading.windows import LONGEST
from training.reader.nearmiss import NearMisses
from training.reader.records import Question, Text
from training.reader.sets import squad_like, xquad
from training.reader.windows import Cut

SEED = 11
SIMILAR = 2  # other passages whose windows are put beside the passage's own


@dataclass(frozen=True, slots=True)
class Found:
    """What the model made of one question; confidences are relevances."""

    exact: float
    f1: float
    rank: int
    sure: float
    absent: float
    asked: float
    changed: float | None


class FirstStage:
    """The encoder that the reader is trained from, as it stands: what retrieval alone would say.

    Relevance is the cosine of question and window; the whole window is the answer.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """One reading for each pair, in order."""
        texts = [f"{pair.context}\n{pair.window}" if pair.context else pair.window for pair in pairs]
        asked = self._encoder.embed_queries([pair.question for pair in pairs])
        cosines = (asked * self._encoder.embed_passages(texts)).sum(1)
        return [Reading(float(c), Span(0, len(p.window)), 0.0, 0.0) for c, p in zip(cosines, pairs, strict=True)]


def windows(passage: Text) -> list[Span]:
    """Runs of whole sentences of at most LONGEST characters (more in Western script), each half over the next."""
    cut = Cut.of(passage)
    limit = LONGEST * cut.scale
    found: list[Span] = []
    for at, first in enumerate(cut.sentences):
        end = first.end
        for sentence in cut.sentences[at:]:
            if sentence.end - first.start > limit:
                break
            end = sentence.end
        if not found or end > found[-1].end:
            found.append(Span(first.start, end))
    return found


def measure(asker: Reads, questions: Sequence[Question], texts: Sequence[Text], near: NearMisses) -> list[Found]:
    """Of each question what was found among the windows of its passage and of the most similar ones of `texts`."""
    lexical = LexicalIndex.build([text.text for text in texts])
    return [_one(asker, question, texts, lexical, near) for question in questions]


def _one(asker: Reads, question: Question, texts: Sequence[Text], lexical: LexicalIndex, near: NearMisses) -> Found:
    own = question.passage
    rows = [row for row, _ in lexical.search(question.asked, SIMILAR + 1)]
    others = [texts[row] for row in rows if texts[row].key != own.key][:SIMILAR]
    places = [(text, span) for text in [own, *others] for span in windows(text)]
    accepted = [answer.of(own.text) for answer in question.answers]
    holds = [text.key == own.key and any(a in span.of(text.text) for a in accepted) for text, span in places]
    pairs = [Pair(question.text, text.title, span.of(text.text)) for text, span in places]
    best_holder = holds.index(True) if any(holds) else 0
    chance = random.Random(f"{SEED} {question.id}")
    changed = near.of_question(question, question.text, own.title + pairs[best_holder].window, chance)
    extra = [Pair(changed, own.title, pairs[best_holder].window)] if changed is not None else []
    readings = asker.read([*pairs, *extra])
    scores = np.array([reading.relevance for reading in readings[: len(pairs)]])
    here = [at for at, (text, _) in enumerate(places) if text.key == own.key]
    chosen = max(here, key=lambda at: readings[at].worth)
    marks = answer_scores(readings[chosen].answer.of(pairs[chosen].window), accepted)
    with_answer = np.array(holds)
    return Found(
        exact=marks["exact"],
        f1=marks["char-f1"],
        rank=1 + int((scores[~with_answer] >= scores[with_answer].max(initial=-np.inf)).sum()),
        sure=float(scores.max()),
        absent=float(scores[~with_answer].max(initial=-20.0)),
        asked=float(scores[best_holder]),
        changed=readings[-1].relevance if extra else None,
    )


def summary(found: Sequence[Found]) -> dict[str, float]:
    """The figures of one set, in per cent."""
    pairs = [item for item in found if item.changed is not None]
    figures = {
        "EM": np.mean([item.exact for item in found]),
        "F1": np.mean([item.f1 for item in found]),
        "MRR": np.mean([1 / item.rank for item in found]),
        "R@1": np.mean([item.rank == 1 for item in found]),
        "absent": auroc(np.array([item.sure for item in found]), np.array([item.absent for item in found])),
        "near miss": auroc(np.array([p.asked for p in pairs]), np.array([p.changed for p in pairs], float)),
    }
    return {"n": len(found)} | {name: round(100 * float(value), 1) for name, value in figures.items()}


def open_sets(data: Path, size: int) -> dict[str, tuple[list[Question], list[Text], NearMisses]]:
    """Seeded samples of the held-out questions, the passages beside them, and what near misses are made with."""
    drcd = [q for q in squad_like(data / "qa/drcd_dev") if held_out(q.passage.article, ONE_IN["drcd_dev"])]
    crossed = [
        q for q in xquad(data) if held_out(q.passage.article, ONE_IN["xquad_train"]) and q.passage.language == "zh"
    ]
    sets = {"cmrc2018 dev": list(squad_like(data / "qa/cmrc2018_dev")), "drcd": drcd}
    for question in crossed:
        sets.setdefault(f"xquad {question.language} over zh", []).append(question)
    found = {}
    for name, questions in sets.items():
        number = size if not name.startswith("xquad") else size // 4
        ordered = sorted(questions, key=lambda q: q.id)
        found[name] = (
            random.Random(SEED).sample(ordered, min(number, len(ordered))),
            _texts(questions),
            NearMisses.of(questions),
        )
    return found


def _texts(questions: Iterable[Question]) -> list[Text]:
    return list({question.passage.key: question.passage for question in questions}.values())


def main() -> None:
    """Print one JSON line for each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="weights.safetensors of a run; without, the encoder's cosines")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--size", type=int, default=200, help="questions of each set; a quarter of it per language")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    asker = (
        Reader.load(arguments.weights, bundled_e5_folder()[0])
        if arguments.weights
        else FirstStage(load_encoder("e5-small"))
    )
    crossed: list[Found] = []
    for name, (questions, texts, near) in open_sets(arguments.shared / "data", arguments.size).items():
        found = measure(asker, questions, texts, near)
        print(json.dumps({"set": name, **summary(found)}), flush=True)
        if name.startswith("xquad") and not name.startswith("xquad zh"):
            crossed += found
    print(json.dumps({"set": "xquad, the eleven others over zh", **summary(crossed)}), flush=True)


if __name__ == "__main__":
    main()
