"""Pack trained weights to be shipped: python -m training.reader.export build/reader/weights.safetensors rag/reading/…

Of several runs, `--shares 0.25 0.3 0.45`, the weighted mean is packed: runs that went on from one another read better
together than the last of them alone (Wortsman et al., "Model soups", 2022). What is packed already may be among them.
The SHA-256 is written beside the file.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from index.encoders.shipped_weights import sign
from rag.reading.packing import packed, unpacked

LARGEST = 40_000_000  # bytes that all shipped weights may take


def mean(states: Sequence[Mapping[str, Tensor]], shares: Sequence[float]) -> dict[str, Tensor]:
    """The weighted mean, float32, of the states of one and the same model; `shares` need not add up to 1.

    Raises ValueError where a share is missing or the states do not have the same parts.
    """
    first, total = states[0], sum(shares)
    if len(shares) != len(states) or total <= 0:
        raise ValueError(f"{len(states)} weights need as many shares that are not all 0: {list(shares)}")
    for state in states[1:]:
        if strange := first.keys() ^ state.keys():
            raise ValueError(f"{min(strange)!r} is in some of the weights only")
    parts = [
        [share / total * state[name].float() for state, share in zip(states, shares, strict=True)] for name in first
    ]
    return {name: sum(part[1:], part[0]) for name, part in zip(first, parts, strict=True)}


def main() -> None:
    """Pack one file or the mean of several; ends with an error where it is too large to ship."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    parser.add_argument("--shares", type=float, nargs="+", help="of each of the weights in the mean; without, the same")
    arguments = parser.parse_args()
    shares = arguments.shares or [1.0] * len(arguments.weights)
    save_file(packed(mean([unpacked(load_file(path)) for path in arguments.weights], shares)), arguments.out)
    size = arguments.out.stat().st_size
    print(f"{arguments.out}: {size / 1e6:.1f} MB, SHA-256 {sign(arguments.out)}")
    if size > LARGEST:
        raise SystemExit(f"{size:,} bytes are more than the {LARGEST:,} that may be shipped")


if __name__ == "__main__":
    main()
