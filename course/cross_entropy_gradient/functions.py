"""Functions to try `gradient_check` on: each knows, in exact arithmetic, its value and what autograd says of its slope.

Some of the slopes are wrong, which is the point: a gradient check has to say by how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from mpmath import mpf


class _Scaled(torch.autograd.Function):
    """The identity, with a backward pass that multiplies each element's gradient by a number of its own."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(scales)
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        (scales,) = ctx.saved_tensors
        return grad * scales, None


@dataclass(frozen=True)
class Function:
    """Σ cᵢ xᵢ^k over all elements, with a backward pass that is off by a factor in each element.

    Call it with a float64 tensor of as many elements as there are coefficients; the result is a scalar.
    """

    text: str
    """What it is, as it would stand after `f =`."""

    coefficients: Sequence[float]
    power: int
    slips: Sequence[float] = ()
    """By how much autograd's slope is multiplied, element by element; empty for a right backward pass."""

    def __repr__(self) -> str:
        return self.text

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        flat = x.reshape(-1)
        if self.slips:
            flat = _Scaled.apply(flat, torch.tensor(self.slips, dtype=torch.float64))
        powers = flat
        for _ in range(self.power - 1):
            powers = powers * flat
        return (torch.tensor(self.coefficients, dtype=torch.float64) * powers).sum()

    def slope(self, numbers: Sequence[mpf], i: int) -> mpf:
        """What autograd says of element `i`."""
        slip = mpf(self.slips[i]) if self.slips else mpf(1)
        return slip * mpf(self.coefficients[i]) * self.power * numbers[i] ** (self.power - 1)

    def difference(self, numbers: Sequence[mpf], i: int, eps: mpf) -> mpf:
        """The central difference in element `i`; the other elements cancel in exact arithmetic."""
        up, down = (numbers[i] + eps) ** self.power, (numbers[i] - eps) ** self.power
        return mpf(self.coefficients[i]) * (up - down) / (2 * eps)

    def size(self, numbers: Sequence[mpf]) -> mpf:
        """The sum of the magnitudes of all terms: what the rounding of a value is relative to."""
        return sum((abs(mpf(c) * x**self.power) for c, x in zip(self.coefficients, numbers, strict=True)), mpf(0))
