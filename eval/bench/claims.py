"""How well the writer's sentences are checked: `python -m eval.bench.claims` over the sample digest.

`claims.jsonl` holds sentences of ours in Chinese and English, each with the passage it cites (the one with the words
`cited`): half are borne out, the others are wrong in one way each, their `kind`. Each is checked beside the passages
that a question in its words would find. The bounds of `rag/writer/support.py` were chosen on the first 84; the others
were written after that and changed nothing.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from eval.sweeps.memo_encoder import MemoEncoder
from index.build import build
from index.collection import Collection
from index.encoders import Encoder, load_encoder
from index.sample import sample_digest
from rag.assistant import Assistant
from rag.settings import MAX_K, Mode, Settings
from rag.writer.sources import Source
from rag.writer.support import Support

CHOSEN_ON = 84
BESIDE = 4  # other passages, as many as an answer shows by itself


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, words of the passage that it cites, and whether that passage bears it out; `kind` says how not."""

    id: str
    language: str
    text: str
    cited: str
    supported: bool
    kind: str

    @property
    def chosen_on(self) -> bool:
        """Whether the bounds were chosen on it."""
        return int(self.id.rpartition("-")[2]) <= CHOSEN_ON


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a claim: `against` is what spoke against it, None where it was kept."""

    claim: Claim
    against: str | None


def claims() -> list[Claim]:
    """All of them, in order."""
    lines = files("eval.bench").joinpath("claims.jsonl").read_text("utf-8").splitlines()
    return [Claim(**json.loads(line)) for line in lines]


def judge(claims: Sequence[Claim], assistant: Assistant, encoder: Encoder) -> Iterator[Judged]:
    """Each claim beside the passages that its own words find."""
    memo = MemoEncoder(encoder)
    contexts = {passage.id: passage.context for passage in assistant.collection.passages}
    for claim in claims:
        found = assistant.search(claim.text, MAX_K, mode=Mode.FAST).citations
        (cited,) = [one for one in found if claim.cited in one.display_text]
        others = [one for one in found if one is not cited][:BESIDE]
        sources = [Source(one, contexts[one.passage_id]) for one in (cited, *others)]
        yield Judged(claim, Support(sources, memo).judge(claim.text, cited.rank).against)


def table(judged: Sequence[Judged]) -> str:
    """Kept out of all, by kind and language, on the claims that the bounds were chosen on and on the others."""
    rows: dict[str, list[list[int]]] = defaultdict(lambda: [[0, 0] for _ in range(4)])
    for one in judged:
        column = 2 * (not one.claim.chosen_on) + (one.claim.language == "en")
        rows[one.claim.kind][column][0] += one.against is None
        rows[one.claim.kind][column][1] += 1
    lines = ["| kept | chosen on: zh | en | others: zh | en |", "|---|---|---|---|---|"]
    lines += [f"| {kind} | {' | '.join(f'{a}/{b}' for a, b in row)} |" for kind, row in rows.items()]
    return "\n".join(lines)


def main() -> None:
    """Print the table, then each claim that was judged wrongly."""
    loaded: dict[str, Encoder] = {}

    def load(spec: str) -> Encoder:
        return loaded.setdefault(spec, load_encoder(spec))

    with tempfile.TemporaryDirectory() as folder, sample_digest() as digest:
        settings = Settings(store=Path(folder) / "store", encoders=("e5-tuned", "use-m3"))
        build([digest], settings.store, settings.build, load)
        assistant = Assistant(Collection.open(settings.store), loaded)
        judged = list(judge(claims(), assistant, loaded["e5-tuned"]))
    print(table(judged))
    for one in judged:
        if (one.against is None) != one.claim.supported:
            print(f"{one.claim.id} {one.claim.kind}: {one.against or 'kept'}: {one.claim.text}")


if __name__ == "__main__":
    main()
