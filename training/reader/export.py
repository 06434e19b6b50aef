"""Pack trained weights to be shipped: python -m training.reader.export build/reader/weights.safetensors rag/reading/…

Their SHA-256 is written beside them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from safetensors.torch import load_file, save_file

from index.encoders.shipped_weights import sign
from rag.reading.packing import packed

LARGEST = 40_000_000  # bytes that all shipped weights may take


def main() -> None:
    """Pack a file; ends with an error where it is too large to ship."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    save_file(packed(load_file(arguments.weights)), arguments.out)
    size = arguments.out.stat().st_size
    print(f"{arguments.out}: {size / 1e6:.1f} MB, SHA-256 {sign(arguments.out)}")
    if size > LARGEST:
        raise SystemExit(f"{size:,} bytes are more than the {LARGEST:,} that may be shipped")


if __name__ == "__main__":
    main()
