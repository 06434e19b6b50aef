"""Which of two media types a client would rather have."""

from __future__ import annotations


def prefers(accept: str, wanted: str, otherwise: str) -> bool:
    """Whether an Accept header gives `wanted` a higher weight than `otherwise`, which is sent in all other cases."""
    weights = dict(_weighted(part) for part in accept.split(","))
    return _weight(weights, wanted) > _weight(weights, otherwise)


def _weight(weights: dict[str, float], media_type: str) -> float:
    """The most exact entry decides."""
    names = media_type, f"{media_type.partition('/')[0]}/*", "*/*"
    return next((weights[name] for name in names if name in weights), 0.0)


def _weighted(part: str) -> tuple[str, float]:
    """`text/plain; q=0.5` as the type and its weight; one that is no number counts as 1."""
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    return media_type, float(weight) if weight.replace(".", "", 1).isdecimal() else 1.0
