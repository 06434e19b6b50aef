"""Matrix products in 8-bit integers, for processors that add up four of them at a time (VNNI) and have no AMX.

The weights get a scale for each row, which is exact where they were shipped as such integers; what is multiplied with
them gets a scale and a zero for each token, so that a token's product does not depend on its company.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

LARGEST = 127
STEPS = 255  # from the least to the greatest value of a token
LEAST_SCALE = 1e-7  # of a row or token whose values are all alike


class Int8Linear(nn.Module):
    """A linear layer whose matrix is in 8-bit integers; float32 (..., columns) in, float32 (..., rows) out.

    Only for inference. The matrix is kept packed for the processor, and is no part of the state.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scale = (weight.abs().amax(1) / LARGEST).clamp(min=LEAST_SCALE)
        whole = (weight / scale[:, None]).round().to(torch.int8)
        self.rows, self.columns = weight.shape
        self._packed = torch.ops.onednn.qlinear_prepack(whole, None)
        self._scale, self._zero = scale, torch.zeros(self.rows, dtype=torch.int64)
        self._sums = whole.sum(1) * scale
        self._bias = linear.bias.detach().float()

    def forward(self, x: Tensor) -> Tensor:
        """The product, with each token's values rounded to 255 steps from its least to its greatest, and the bias."""
        tokens = x.reshape(-1, self.columns)
        least = tokens.amin(1, keepdim=True)
        scale = ((tokens.amax(1, keepdim=True) - least) / STEPS).clamp_(min=LEAST_SCALE)
        steps = scale.reciprocal()
        whole = torch.addcmul(0.5 - least * steps, tokens, steps).to(torch.uint8)
        product = torch.ops.onednn.qlinear_pointwise(
            whole, 1.0, 0, self._packed, self._scale, self._zero, None, 1.0, 0, torch.float32, "none", [], ""
        )
        found: Tensor = torch.addcmul(self._bias, least, self._sums).addcmul_(product, scale)
        return found.view(*x.shape[:-1], self.rows)


def in_int8(model: nn.Module) -> None:
    """Puts an Int8Linear in the place of every linear layer inside."""
    for part in list(model.modules()):
        for name, child in part.named_children():
            if isinstance(child, nn.Linear):
                setattr(part, name, Int8Linear(child))


def int8_pays() -> bool:
    """Whether this processor and this PyTorch multiply 8-bit integers in hardware: without VNNI sums of two products
    would have to fit into 16 bits, and do not.
    """
    return bool(torch.cpu._is_vnni_supported() and torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
