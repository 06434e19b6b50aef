"""What every encoder offers, and the fingerprint by which a collection knows the one it was built with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

PROBES = (
    "全省新建三条铁路，总长412公里，2023年通车。",
    "The town planted 8,400 trees along the river between 2019 and 2022.",
    "بلغ إنتاج القمح 3.6 مليون طن بزيادة قدرها 12%.",
    "За год порт принял 1 275 судов, на 9 % больше, чем раньше.",
    "El hospital abrió 56 camas y contrató a 130 enfermeras en marzo.",
    "図書館は午前9時から午後8時まで、年間約300日開いている。",
)
"""Texts whose passage vectors tell encoders apart: six scripts and languages, with numbers. Changing one changes every
fingerprint, so that all collections must be rebuilt."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Which encoder it is: its name, its dimension, the SHA-256 of its weights, and its vectors for the probe texts.

    `probe` holds the passage vectors of `PROBES`, rounded to 4 digits: two encoders whose probes agree are the same
    encoder whatever they are called; two whose probes differ are not, whatever they are called.
    """

    name: str
    dimension: int
    weights_sha256: str
    probe: tuple[tuple[float, ...], ...]


class Encoder(Protocol):
    """Turns text into vectors. Query and passage are different verbs: prefixes live behind them, nowhere else."""

    @property
    def name(self) -> str:
        """A stable short name, used in file names and messages, e.g. "e5-small"."""
        ...

    @property
    def dimension(self) -> int:
        """d, the number of columns of every result."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, d), each row of length 1; (0, d) for no texts."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Float32 (n, d), each row of length 1, independent of the order and company of the texts."""
        ...

    def fingerprint(self) -> Fingerprint:
        """Computed once and kept."""
        ...
