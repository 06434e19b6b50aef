"""How much each part of the retrieval counts; a part that weighs nothing is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from index.errors import SettingInvalid
from rag.settings import POOL

BESIDE = {"use-m3": 0.35}
"""What an encoder is worth beside another one that is not here, where nothing else is said of it."""

_REMEDY = "give each weight a number of 0 or more, and leave something to search by"


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of an arm is that of what scores (`dense` or `lexical`) times that of its level.

    `dense` counts for every encoder that `encoders` does not name, beside others times its share in BESIDE. With
    `known` `lexical` is further multiplied by the share of the question's terms that the collection knows. `place`
    counts for whether a passage is about the places that the question names. `relevance` counts for the reader's logit
    where the passages are read, beside the mean of the arms' z-scores. With `spread` near copies and what is told of
    other places step back, and the places that are asked about come forward (`rag.diversity`). `pool` is how many
    passages an arm puts forward.
    An arm of weight 0 puts nothing forward and does not score. Raises SettingInvalid for a weight that is negative or
    no finite number, for a pool under 1, and where nothing is left to search by.
    """

    dense: float = 1.0
    encoders: Mapping[str, float] = field(default_factory=dict, hash=False)
    lexical: float = 0.7
    passage: float = 0.45
    sentence: float = 1.0
    known: bool = True
    place: float = 0.67
    relevance: float = 0.16
    spread: bool = True
    pool: int = POOL

    def __post_init__(self) -> None:
        parts = ("dense", "lexical", "passage", "sentence", "place", "relevance")
        of_parts = {name: getattr(self, name) for name in parts}
        of_encoders = {f"encoder {name}": weight for name, weight in self.encoders.items()}
        problems = [
            f"the weight of {name} is {weight}"
            for name, weight in {**of_parts, **of_encoders}.items()
            if not (isfinite(weight) and weight >= 0)
        ]
        if self.pool < 1:
            problems.append(f"the pool is {self.pool}")
        if not (self.passage or self.sentence):
            problems.append("passages and sentences both weigh 0")
        if not (self.lexical or self.dense or any(self.encoders.values())):
            problems.append("all encoders and the lexical search weigh 0")
        if problems:
            raise SettingInvalid(", ".join(problems), _REMEDY)

    def of_encoders(self, names: Iterable[str]) -> dict[str, float]:
        """The weights above 0 of a collection's encoders, in their order.

        Raises SettingInvalid when `encoders` names another one, and where nothing is left to search by.
        """
        names = list(names)
        beside = BESIDE if any(self.encoders.get(name, self.dense) for name in names if name not in BESIDE) else {}
        weights = {name: self.encoders.get(name, self.dense * beside.get(name, 1.0)) for name in names}
        strange = [name for name in self.encoders if name not in weights]
        if strange:
            problem = f"the weights name {', '.join(strange)}, the collection's encoders are {', '.join(weights)}"
            raise SettingInvalid(problem, "weigh only the collection's encoders")
        if not (self.lexical or any(weights.values())):
            problem = f"the collection's encoders {', '.join(weights)} and the lexical search weigh 0"
            raise SettingInvalid(problem, _REMEDY)
        return {name: weight for name, weight in weights.items() if weight}


DEFAULT_WEIGHTS = Weights()
