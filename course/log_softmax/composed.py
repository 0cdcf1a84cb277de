"""The loss of the smallest of three logits, composed, fused and exact: the numbers behind the unit's explorer."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from mpmath import mp, mpf

from course.log_softmax.truth import DIGITS, Row

MIDDLE = 0.0
"""The logit between z_max and z_min."""

SMALLEST = 2
"""The place of z_min, whose class is the true one."""

STEP = 0.5
"""How far apart two values of z_max, or of z_min, are that can be chosen."""

_POINTS = 120

_VANISHES = 120
"""The distance from which on the smallest logit adds less to a log-sum-exp than a part in 10^54 of the loss."""


@dataclass(frozen=True)
class Way:
    """One computation of the loss -log p of the smallest logit in a dtype; all numbers are as that dtype gave them."""

    loss: float
    gradient: tuple[float, ...]
    """Along the three logits."""

    ulps: float
    """Distance of the loss from the exact one, in spacings of the dtype at the exact one; inf where the loss is."""

    within: bool
    """Whether loss and gradient keep the course's error bound."""


@dataclass(frozen=True)
class Comparison:
    """The same three logits taken three ways."""

    dtype: torch.dtype
    logits: tuple[float, ...]
    """z_max, 0 and z_min, as the dtype holds them."""

    probability: float
    """Of the smallest logit, as a shifted softmax gives it in the dtype."""

    naive: Way
    stable: Way
    exact: mpf
    """The loss, from 50-digit arithmetic."""

    slope: tuple[mpf, ...]
    """The exact gradient p - y."""

    @property
    def distance(self) -> float:
        """How far z_min lies below z_max."""
        return self.logits[0] - self.logits[SMALLEST]


def _composed(shifted: torch.Tensor) -> torch.Tensor:
    terms = shifted.exp()
    return -(terms / terms.sum(-1, keepdim=True))[..., SMALLEST].log()


def _fused(shifted: torch.Tensor) -> torch.Tensor:
    return shifted.exp().sum(-1).log() - shifted[..., SMALLEST]


def compare(z_max: float, z_min: float, dtype: torch.dtype) -> Comparison:
    """Loss of the third class of (z_max, 0, z_min) in `dtype`: log of a shifted softmax, and shifted log-softmax."""
    logits = torch.tensor((z_max, MIDDLE, z_min), dtype=dtype)
    target = [mpf(0), mpf(0), mpf(1)]
    with mp.workdps(DIGITS):
        row = Row(logits.tolist(), dtype)
        exact = row.loss(target)
        bound = row.value_tolerance(SMALLEST)
        slope, slope_bound = row.slope(target, mpf(1))
        ways = []
        for function in (_composed, _fused):
            leaf = logits.clone().requires_grad_()
            loss = function(leaf - leaf.amax())
            (gradient,) = torch.autograd.grad(loss, leaf)
            found = loss.item()
            within = abs(found - exact) <= bound and all(
                abs(g - s) <= b for g, s, b in zip(gradient.tolist(), slope, slope_bound, strict=True)
            )
            ways.append(Way(found, tuple(gradient.tolist()), ulps(found, exact, dtype), bool(within)))
        probability = (torch.softmax(logits.float() if dtype.itemsize < 4 else logits, -1)).to(dtype)[SMALLEST].item()
    return Comparison(dtype, tuple(logits.tolist()), probability, *ways, exact, tuple(slope))


def ulps(found: float, exact: mpf, dtype: torch.dtype) -> float:
    """|found - exact| in spacings of `dtype` at `exact`."""
    if not math.isfinite(found):
        return math.inf
    if exact == 0:
        return 0.0 if found == 0 else math.inf
    return float(abs(mpf(found) - exact) / _spacing(exact, dtype))


def _spacing(exact: mpf, dtype: torch.dtype) -> mpf:
    """The distance of neighbouring numbers of `dtype` at `exact`, which is not 0."""
    info = torch.finfo(dtype)
    _, exponent = mp.frexp(exact)  # of a number from 1/2 to 1, so that 2^(exponent - 1) is the power of two below it
    return max(mp.ldexp(1, exponent - 1), mpf(info.smallest_normal)) * mpf(info.eps)


@dataclass(frozen=True)
class Curve:
    """Losses and their errors over the distance of z_min from z_max, for one z_max in one dtype."""

    distances: tuple[float, ...]
    naive: tuple[float, ...]
    stable: tuple[float, ...]
    naive_ulps: tuple[float, ...]
    stable_ulps: tuple[float, ...]

    lost: float
    """The first distance that can be chosen at which the naive gradient is nan; inf where it never is."""


@functools.lru_cache(maxsize=64)
def curve(z_max: float, lowest: float, dtype: torch.dtype) -> Curve:
    """The curve for z_min from 0 down to `lowest`."""
    held = torch.tensor(z_max, dtype=dtype).item()
    near, far = math.log10(max(held, 1.0)), math.log10(held - lowest)
    wanted = torch.logspace(near, far, _POINTS, dtype=torch.float64)
    z_min = torch.unique((held - wanted).clamp(max=0).to(dtype)).flip(0)
    logits = _rows(held, z_min)
    shifted = logits - logits.amax(-1, keepdim=True)
    losses = [function(shifted).tolist() for function in (_composed, _fused)]
    with mp.workdps(DIGITS):
        middle = mp.exp(mpf(MIDDLE) - mpf(held))
        depths = [mpf(held) - mpf(z) for z in z_min.tolist()]
        far_off = mp.log1p(middle)
        exact = [depth + (mp.log1p(middle + mp.exp(-depth)) if depth < _VANISHES else far_off) for depth in depths]
        spacings = [_spacing(e, dtype) for e in exact]  # no loss is 0, and both are measured by the same
        errors = [
            tuple(float(abs(f - e) / s) for f, e, s in zip(found, exact, spacings, strict=True)) for found in losses
        ]
    distances = tuple(held - z for z in z_min.tolist())
    return Curve(distances, tuple(losses[0]), tuple(losses[1]), *errors, _first_nan(held, lowest, dtype))


def _first_nan(z_max: float, lowest: float, dtype: torch.dtype) -> float:
    """The first distance at which the naive gradient is nan, for z_min from 0 down to `lowest` in steps."""
    z_min = torch.unique(torch.arange(lowest, STEP, STEP, dtype=torch.float64).to(dtype)).flip(0)
    logits = _rows(z_max, z_min)
    leaf = (logits - logits.amax(-1, keepdim=True)).requires_grad_()
    _composed(leaf).sum().backward()
    dead = z_min[leaf.grad.isnan().any(-1)].tolist()
    return z_max - dead[0] if dead else math.inf


def _rows(z_max: float, z_min: torch.Tensor) -> torch.Tensor:
    """One row (z_max, 0, z_min) for each of the given z_min."""
    return torch.stack([torch.full_like(z_min, z_max), torch.full_like(z_min, MIDDLE), z_min], -1)
