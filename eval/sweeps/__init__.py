"""Many settings on one gold set; the files here can be run as they are."""

from __future__ import annotations

from pathlib import Path

PARTS = Path(__file__).parent / "parts.toml"
