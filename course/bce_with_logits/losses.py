"""One label's loss and slope by hand, with clamped logarithms, stably and exactly: the numbers behind the explorer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from mpmath import mp, mpf

from course.bce_with_logits.truth import DIGITS, Format


@dataclass(frozen=True)
class Way:
    """A loss and its slope along z, as one computation in a dtype gave them."""

    loss: float
    slope: float
    loss_within: bool
    """Whether the loss keeps the course's error bound."""

    slope_within: bool


@dataclass(frozen=True)
class Comparison:
    """The same logit and label taken four ways."""

    dtype: torch.dtype
    z: float
    """As the dtype holds it."""

    y: float
    """As the dtype holds it."""

    probability: float
    """The sigmoid, as the dtype gives it."""

    by_hand: Way
    clamped: Way
    stable: Way
    loss: mpf
    """From 50-digit arithmetic, for the logit and the label as held."""

    slope: mpf


def by_hand(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Two logarithms of a sigmoid."""
    p = torch.sigmoid(z)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p))


def clamped(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """What `torch.nn.BCELoss` does with a sigmoid: its logarithms end at -100."""
    return torch.nn.functional.binary_cross_entropy(torch.sigmoid(z), y, reduction="none")


def stable(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Without a probability."""
    origin = torch.zeros_like(z)
    return (1 - y) * torch.logaddexp(z, origin) + y * torch.logaddexp(-z, origin)


def curve(loss: Callable, z: Sequence[float], y: float, dtype: torch.dtype) -> tuple[list[float], list[float]]:
    """Losses and slopes of `loss` at each of `z`, all computed in `dtype`."""
    logits = torch.tensor(z, dtype=dtype).requires_grad_()
    losses = loss(logits, torch.full_like(logits, y).detach())
    (slopes,) = torch.autograd.grad(losses.sum(), logits)
    return losses.tolist(), slopes.tolist()


def compare(z: float, y: float, dtype: torch.dtype) -> Comparison:
    """The loss of the logit `z` with the label `y`, in `dtype`."""
    held_z, held_y = torch.tensor(z, dtype=dtype).item(), torch.tensor(y, dtype=dtype).item()
    with mp.workdps(DIGITS):
        exact, allowed = Format(dtype).loss(mpf(held_z), mpf(held_y), mpf(1))
        slope, slope_allowed = Format(dtype).loss_pull_back(mpf(held_z), mpf(held_y), mpf(1), mpf(1))
        # The slope stays (1 - y) σ(z) - y σ(-z): σ(z) - y cancels to 0 in 50 digits from z = 115 on.
        exact, slope = +exact, +slope

    def way(loss: Callable) -> Way:
        (value,), (found,) = curve(loss, [z], y, dtype)
        return Way(value, found, bool(abs(value - exact) <= allowed), bool(abs(found - slope) <= slope_allowed))

    p = torch.sigmoid(torch.tensor(z, dtype=dtype)).item()
    return Comparison(dtype, held_z, held_y, p, way(by_hand), way(clamped), way(stable), exact, slope)
