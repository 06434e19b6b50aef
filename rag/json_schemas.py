"""JSON schemas in one piece, for those who do not follow references: some clients, and people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """`schema` with every `$ref` replaced by what it names in `definitions` (none of ours refers to itself).

    What stands beside a `$ref` goes before what it names.
    """
    if isinstance(schema, list):
        return [inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    beside = {key: inlined(value, definitions) for key, value in schema.items() if key not in ("$ref", "$defs")}
    if "$ref" not in schema:
        return beside
    return {**inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions), **beside}
