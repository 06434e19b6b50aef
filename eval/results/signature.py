"""What decides over the figures of a set, as hashes: kept figures are today's as long as none of them differs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from index.build import BuildSettings

ROOT = Path(__file__).parents[2]
CALIBRATION = "rag/calibration.json"
CODE = (
    "index",
    "index/offices.toml",
    "index/places.json",
    "index/encoders/e5-tuned.safetensors.sha256",
    "rag",
    "rag/reading/reader.safetensors.sha256",
    "eval/baseline.py",
    "eval/benchmarks",
    "eval/comparison/differences.py",
    "eval/comparison/randomisation.py",
    "eval/dataset.py",
    "eval/gold_format.py",
    "eval/measures",
    "eval/reports/run_file.py",
    "eval/results/columns.py",
    "eval/results/measure.py",
    "eval/results/parts.py",
    "eval/results/sets.py",
    "eval/runner.py",
    "eval/sweeps",
    "eval/sweeps/parts.toml",
)
"""Sources that measure: folders with all below, and files, among them tables and the checksums of weights. What only
writes the page is not among them."""


def signature(files: Iterable[Path], settings: BuildSettings, root: Path = ROOT) -> dict[str, str]:
    """SHA-256 of a set's files, of the calibration and of the sources, and the settings as JSON.

    `files` are gold files, documents and benchmark folders; of a folder all files count, with their places in it.
    Raises OSError for a file that cannot be read.
    """
    return {
        "data": _hash((name, file) for path in files for name, file in _below(path, "*")),
        "calibration": _hash([(CALIBRATION, root / CALIBRATION)]),
        "build": json.dumps(asdict(settings), sort_keys=True),
        "code": _hash((f"{place}/{name}", file) for place in CODE for name, file in _below(root / place, "*.py")),
    }


def _below(path: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    """(name, file) of a file, or of all files in a folder."""
    if path.is_dir():
        yield from sorted((file.relative_to(path).as_posix(), file) for file in path.rglob(pattern) if file.is_file())
    else:
        yield path.name, path


def _hash(named: Iterable[tuple[str, Path]]) -> str:
    """Over names and contents, in their order."""
    whole = hashlib.sha256()
    for name, file in named:
        whole.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
