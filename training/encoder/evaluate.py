"""What an encoder finds by itself on held-out questions: python -m training.encoder.evaluate --weights FILE

Printed for each set: R@1, R@5, MRR@10 of the passage that answers among all of the set, dense search alone. XQuAD: the
articles that are not trained on, over all Chinese passages; CMRC 2018's trial set; our own held-out questions over all
passages of their documents. Choose by the last two: XQuAD is what is reported.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from eval.benchmarks.held_out import ONE_IN, held_out
from index.encoders.bert import Base, Embedder, bf16_pays
from index.encoders.bundled import bundled_e5_folder
from index.encoders.tuned_e5 import UP, tuned
from rag.reading.inputs import load_tokenizer
from training.encoder.compress import changes
from training.encoder.train import PASSAGE, QUERY, embed
from training.own_questions import own_questions
from training.reader.sets import squad_like, xquad

SEED = 11
BATCH = 32


@dataclass(frozen=True, slots=True)
class Search:
    """Questions, the texts that they search, and for each question the rows of the texts that answer."""

    questions: tuple[str, ...]
    texts: tuple[str, ...]
    right: tuple[frozenset[int], ...]


def searches(data: Path, size: int) -> dict[str, Search]:
    """Seeded samples of at most `size` questions of each set and group of languages, over all passages of the set."""
    found: dict[str, Search] = {}
    crossed = [q for q in xquad(data) if q.passage.language == "zh"]
    texts = {q.passage.key: q.passage.text for q in crossed}
    rows = {key: row for row, key in enumerate(texts)}
    groups: dict[str, list[tuple[str, frozenset[int]]]] = {}
    for q in crossed:
        if held_out(q.passage.article, ONE_IN["xquad_train"]):
            name = f"xquad {q.language if q.language in ('zh', 'en') else 'others'}"
            groups.setdefault(name, []).append((q.text, frozenset({rows[q.passage.key]})))
    for name, asked in groups.items():
        found[name] = _search(asked, list(texts.values()), size)
    cmrc = list(squad_like(data / "qa/cmrc2018_trial"))
    texts = {q.passage.key: q.passage.text for q in cmrc}
    rows = {key: row for row, key in enumerate(texts)}
    found["cmrc trial"] = _search(
        [(q.text, frozenset({rows[q.passage.key]})) for q in cmrc], list(texts.values()), size
    )
    own = own_questions(data)
    passages = [p for mine in own.passages.values() for p in mine]
    rows = {passage.id: row for row, passage in enumerate(passages)}
    shown = [f"{p.context}\n{p.display_text}" if p.context else p.display_text for p in passages]
    groups = {}
    for item in own.items:
        if item.held_out:
            for language, text in item.questions.items():
                name = f"own {language if language in ('zh', 'en') else 'others'}"
                groups.setdefault(name, []).append((text, frozenset({rows[item.passage.id]})))
    return found | {name: _search(asked, shown, size) for name, asked in groups.items()}


def _search(asked: Sequence[tuple[str, frozenset[int]]], texts: Sequence[str], size: int) -> Search:
    chosen = random.Random(SEED).sample(sorted(asked, key=lambda one: one[0]), min(size, len(asked)))
    return Search(tuple(q for q, _ in chosen), tuple(texts), tuple(right for _, right in chosen))


def figures(model: Embedder, tokenizer: Tokenizer, search: Search, known: dict[str, np.ndarray]) -> dict[str, float]:
    """In per cent. `known` keeps the vectors of texts from set to set."""
    new = [text for text in dict.fromkeys(search.texts) if text not in known]
    known.update(zip(new, _vectors(model, [PASSAGE + text for text in new], tokenizer), strict=True))
    scores = (
        _vectors(model, [QUERY + q for q in search.questions], tokenizer)
        @ np.array([known[text] for text in search.texts]).T
    )
    best = np.array([row[sorted(right)].max() for row, right in zip(scores, search.right, strict=True)])
    ranks = 1 + (scores > best[:, None]).sum(1)
    return {
        "R@1": round(100 * float((ranks == 1).mean()), 1),
        "R@5": round(100 * float((ranks <= 5).mean()), 1),
        "MRR@10": round(100 * float(np.where(ranks <= 10, 1 / ranks, 0).mean()), 1),
    }


def _vectors(model: Embedder, texts: Sequence[str], tokenizer: Tokenizer) -> np.ndarray:
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    found = np.empty((len(texts), 384), np.float32)
    for first in range(0, len(order), BATCH):
        rows = order[first : first + BATCH]
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16_pays()):
            found[rows] = embed(model, [texts[row] for row in rows], tokenizer, 1).numpy()
    return found


def main() -> None:
    """Print one JSON line for each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="of a run, or packed; without, the base")
    parser.add_argument("--rank", type=int, default=0, help="as packed with this rank (0: as trained)")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    folder, _ = bundled_e5_folder()
    base = Base.of(folder)
    state: Mapping[str, torch.Tensor] = base.state
    if arguments.weights:
        weights = load_file(arguments.weights)
        is_packed = any(name.endswith(UP) for name in weights)
        rank = arguments.rank or 10_000
        state = tuned(base.state, weights if is_packed else changes(base.state, weights, rank, arguments.share))
    model = Embedder(Base(base.shape, base.words, base.positions, dict(state))).eval()
    known: dict[str, np.ndarray] = {}
    for name, search in searches(arguments.data, arguments.size).items():
        found = figures(model, load_tokenizer(folder), search, known)
        print(json.dumps({"set": name, "questions": len(search.questions), "texts": len(search.texts), **found}))


if __name__ == "__main__":
    main()
