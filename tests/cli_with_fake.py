"""digest-qa with an encoder and a reader that take no time; run as a process of its own.

Where SLOW names a file, the encoder writes it when it is given passages, and then takes a minute for them.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from fakes import FigureReader, HashEncoder

import rag.cli
import rag.opening
from index.encoders.protocol import PROBES, Vectors


class MaybeSlow(HashEncoder):
    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if (sign := os.environ.get("SLOW")) and tuple(texts) != PROBES:
            Path(sign).touch()
            time.sleep(60)
        return super().embed_passages(texts)


def load(spec: str) -> HashEncoder:
    return MaybeSlow(name=spec)


rag.cli.load_encoder = rag.opening.load_encoder = load
rag.opening.shipped_reader = FigureReader
if __name__ == "__main__":
    rag.cli.main()
