"""Pack a tuned encoder as low-rank differences to its base: python -m training.encoder.compress WEIGHTS OUT --rank 48

`--share` is how far the way from the base to the trained weights is gone: averaging with the base keeps more of what
it knows of everything else (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from index.encoders.bert import Base
from index.encoders.bundled import bundled_e5_folder
from index.encoders.shipped_weights import sign
from index.encoders.tuned_e5 import DOWN, UP


def changes(base: Mapping[str, Tensor], trained: Mapping[str, Tensor], rank: int, share: float) -> dict[str, Tensor]:
    """Float16; for a matrix the best approximation of that rank of its difference (Eckart and Young 1936)."""
    found: dict[str, Tensor] = {}
    for name, value in base.items():
        difference = share * (trained[name].float() - value)
        if value.dim() < 2:
            found[name] = difference.half()
            continue
        up, size, down = torch.linalg.svd(difference, full_matrices=False)
        root = size[:rank].sqrt()
        found[name + UP] = (up[:, :rank] * root).half().contiguous()
        found[name + DOWN] = (root[:, None] * down[:rank]).half().contiguous()
    return found


def main() -> None:
    """Pack, write the SHA-256 beside the weights, and print it and the size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rank", type=int, default=48)
    parser.add_argument("--share", type=float, default=1.0)
    arguments = parser.parse_args()
    base = Base.of(bundled_e5_folder()[0])
    save_file(changes(base.state, load_file(arguments.weights), arguments.rank, arguments.share), arguments.out)
    size = arguments.out.stat().st_size
    print(f"{arguments.out}: {size / 1e6:.1f} MB, SHA-256 {sign(arguments.out)}")


if __name__ == "__main__":
    main()
