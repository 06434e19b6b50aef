"""Weights as 8-bit integers, small enough to ship, and back."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

SCALE = ".scale"


def packed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """int8 matrices (r, c), each with its scales float16 (r,) under its name and SCALE; all else float16.

    Symmetric, the largest value of a row is 127.
    """
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
