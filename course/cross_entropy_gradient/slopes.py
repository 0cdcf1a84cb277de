"""The loss of three logits and its slopes, naive, stable and squared: the numbers behind the unit's explorer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from mpmath import mp, mpf

THIRD = 0.0
"""The logit beside z₁, the true class's, and z₂."""

SPAN = 200.0
GRID = torch.arange(-SPAN, SPAN + 0.25, 0.5, dtype=torch.float64)
"""Where the curves are computed: logits of the true class."""

_DIGITS = 50
_TOLERANCE = 24
_TARGET = torch.tensor([1.0, 0.0, 0.0])


@dataclass(frozen=True)
class Way:
    """Loss and slopes as one computation gave them, in a dtype."""

    p: tuple[float, ...]
    loss: float
    slopes: tuple[float, ...]
    """Along each of the three logits."""

    within: bool
    """Whether loss and slopes are as right as the dtype allows."""

    @property
    def total(self) -> float:
        """What the slopes sum to; about 0 where all is well."""
        return math.fsum(self.slopes) if all(map(math.isfinite, self.slopes)) else math.nan


@dataclass(frozen=True)
class Comparison:
    """The same three logits taken three ways; the first class is the true one."""

    dtype: torch.dtype
    logits: tuple[float, ...]
    """As the dtype holds them."""

    naive: Way
    """-log of the softmax of the raw logits, its slopes by autograd."""

    stable: Way
    """Log-softmax, and p - y."""

    squared: tuple[float, ...]
    """Slopes of Σ (p - y)² along the logits, through softmax's Jacobian."""


def compare(z1: float, z2: float, dtype: torch.dtype) -> Comparison:
    """Cross-entropy of the logits `(z1, z2, 0)`, class one true, in `dtype`."""
    logits = torch.tensor([z1, z2, THIRD], dtype=dtype)
    held = logits.tolist()
    exact_loss, exact = _exact(held)
    limit = _TOLERANCE * torch.finfo(dtype).eps  # a slope is a difference of two numbers of at most 1
    stable_p = torch.softmax(logits, 0)
    ways = []
    for p, loss, slopes in (_naive(logits), (stable_p, -torch.log_softmax(logits, 0)[0], stable_p - _target(dtype))):
        numbers = tuple(slopes.tolist())
        right = all(abs(mpf(s) - e) <= limit for s, e in zip(numbers, exact, strict=True) if math.isfinite(s))
        right = right and all(map(math.isfinite, numbers)) and _loss_is_right(loss.item(), exact_loss, dtype)
        ways.append(Way(tuple(p.tolist()), loss.item(), numbers, right))
    return Comparison(dtype, tuple(held), *ways, tuple(_squared(logits).tolist()))


def curves(z2: float, dtype: torch.dtype) -> tuple[list[float], list[float], list[float]]:
    """Slopes along the true logit at every point of `GRID`: naive by autograd, p - y, and of the squared error."""
    logits = torch.stack([GRID, torch.full_like(GRID, z2), torch.full_like(GRID, THIRD)], 1).to(dtype)
    naive = _naive(logits)[2][:, 0]
    stable = torch.softmax(logits, 1)[:, 0] - 1
    return naive.tolist(), stable.tolist(), _squared(logits)[:, 0].tolist()


def _target(dtype: torch.dtype) -> torch.Tensor:
    return _TARGET.to(dtype)


def _naive(logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    leaf = logits.clone().requires_grad_()
    powers = leaf.exp()
    p = powers / powers.sum(-1, keepdim=True)
    loss = -p[..., 0].log()
    (slopes,) = torch.autograd.grad(loss.sum(), leaf)
    return p.detach(), loss.detach(), slopes


def _squared(logits: torch.Tensor) -> torch.Tensor:
    p = torch.softmax(logits, -1)
    off = p - _target(logits.dtype)
    return 2 * p * (off - (p * off).sum(-1, keepdim=True))


def _exact(logits: list[float]) -> tuple[mpf, tuple[mpf, ...]]:
    with mp.workdps(_DIGITS):
        peak = max(logits)
        terms = [mp.exp(mpf(z) - peak) for z in logits]
        total = mp.fsum(terms)
        loss = peak - mpf(logits[0]) + mp.log(total)
        return loss, tuple(term / total - (k == 0) for k, term in enumerate(terms))


def _loss_is_right(loss: float, exact: mpf, dtype: torch.dtype) -> bool:
    return math.isfinite(loss) and abs(loss - exact) <= _TOLERANCE * torch.finfo(dtype).eps * (1 + abs(exact))
