"""What to know before trusting a comparison: how the two runs were made otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eval.reports.run_file import RunFile

_COLLECTION = ("target_passage", "context", "analyser", "specs", "encoders")
"""What a manifest says of how the collection was made."""
_PASSAGES = "passages.jsonl"
_NAMED = 5  # settings that a note names at most


def setup_notes(a: RunFile, b: RunFile) -> Iterator[str]:
    """One line for each thing that both runs tell of how they were made, and that differs."""
    if a.gold is not None and b.gold is not None and a.gold != b.gold:
        one, other = (", ".join(sorted(sha256[:8] for sha256 in run.gold or ())) for run in (a, b))
        yield f"the gold files differ (SHA-256 {one} and {other}): a question may have been labelled anew"
    if a.fold is not None and b.fold is not None and a.fold != b.fold:
        yield f"the folds differ: {a.fold} and {b.fold}"
    if a.k is not None and b.k is not None and a.k != b.k:
        yield f"{a.k} and {b.k} citations were asked for: measures that look deeper see no more"
    if settings := list(_differing(dict(_leaves(a.settings)), dict(_leaves(b.settings)))):
        rest = f" and {len(settings) - _NAMED} more" if len(settings) > _NAMED else ""
        yield f"the settings differ: {', '.join(settings[:_NAMED])}{rest}"
    if collection := list(_differing(_made(a.manifest), _made(b.manifest))):
        yield f"the collections differ: {', '.join(collection)}"
    if _cut_otherwise(a.manifest, b.manifest):
        yield "the passages were cut otherwise: recall, nDCG and MAP have other denominators"


def _leaves(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Every value by its path: ("weights.lexical", "2.0")."""
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", str(value)


def _differing(a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[str]:
    """What only one of them has differs too, but nothing is compared with a run that tells nothing."""
    if a and b:
        for key in sorted(a.keys() | b.keys()):
            if a.get(key) != b.get(key):
                yield f"{key} ({a.get(key, 'none')} and {b.get(key, 'none')})"


def _made(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {key: _text(manifest[key]) for key in _COLLECTION if key in manifest}


def _text(value: Any) -> str:
    """Encoders by their names and the first digits of their weights' SHA-256."""
    if isinstance(value, Mapping):
        return f"{value.get('name')} {str(value.get('weights_sha256'))[:8]}"
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)


def _cut_otherwise(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """By the size aimed at, and by the passages themselves: other versions cut otherwise to the same size."""
    one, other = ((m.get("target_passage"), (m.get("files") or {}).get(_PASSAGES)) for m in (a, b))
    return any(x is not None and y is not None and x != y for x, y in zip(one, other, strict=True))
