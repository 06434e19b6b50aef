"""The trained weights as 8-bit integers, small enough to ship: python -m training.reader.export weights.safetensors out

Every matrix becomes int8 with one float16 scale a row (symmetric, the largest value of a row is 127); norms and biases
stay float16. 21.6 million parameters take 22 MB.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

SCALE = ".scale"
LARGEST = 40_000_000  # bytes that the file may take


def packed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """int8 matrices (r, c), each with its scales float16 (r,) under its name and SCALE; all else float16."""
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        if value.dim() < 2:
            found[name] = value.half()
            continue
        scale = (value.float().abs().amax(1) / 127).clamp(min=1e-7).half()
        found[name] = (value.float() / scale.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
        found[name + SCALE] = scale
    return found


def unpacked(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `packed` made, as float32 under the first names; also takes weights that were never packed."""
    return {
        name: value.float() * state[name + SCALE].float()[:, None] if name + SCALE in state else value.float()
        for name, value in state.items()
        if not name.endswith(SCALE)
    }


def main() -> None:
    """Pack a file; ends with an error where it is too large to ship."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    save_file(packed(load_file(arguments.weights)), arguments.out)
    size = arguments.out.stat().st_size
    print(f"{arguments.out}: {size / 1e6:.1f} MB")
    if size > LARGEST:
        raise SystemExit(f"{size:,} bytes are more than the {LARGEST:,} that may be shipped")


if __name__ == "__main__":
    main()
