"""Softmax of four logits, naive, shifted by any constant and exact: the numbers behind the unit's explorer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from mpmath import mp, mpf

OTHERS = (1.5, 0.2, -2.0)
"""The logits beside x₁."""

_DIGITS = 50
_TOLERANCE = 8


@dataclass(frozen=True)
class Limits:
    """Where the exponentials of a dtype end."""

    dtype: torch.dtype
    largest: float
    smallest_normal: float
    smallest: float
    """The smallest subnormal number."""

    eps: float

    @classmethod
    def of(cls, dtype: torch.dtype) -> Limits:
        """The limits of a floating-point dtype, as `torch.finfo` states them."""
        info = torch.finfo(dtype)
        return cls(dtype, info.max, info.smallest_normal, info.smallest_normal * info.eps, info.eps)


@dataclass(frozen=True)
class Way:
    """One computation of the four weights in a dtype; all numbers are as that dtype gave them."""

    terms: tuple[float, ...]
    """exp(xᵢ - shift)."""

    total: float
    weights: tuple[float, ...]
    error: float
    """Largest error of a weight relative to the exact one, or to the dtype's smallest normal number where that is
    larger, because no dtype keeps its digits below; nan where a weight is nan."""

    within: bool
    """Whether every weight keeps the course's error bound."""

    lost: int
    """How many weights are 0 although the dtype has a number for them."""

    @property
    def total_of_weights(self) -> float:
        """What the weights add up to; 1 where all is well."""
        return math.fsum(self.weights) if all(map(math.isfinite, self.weights)) else math.nan

    def count(self, what: str) -> int:
        """How many of the terms are `"inf"` or `"0"`, and how many of the weights `"nan"`."""
        if what == "nan":
            return sum(map(math.isnan, self.weights))
        return sum(map(math.isinf, self.terms)) if what == "inf" else self.terms.count(0.0)


@dataclass(frozen=True)
class Comparison:
    """The same four logits taken three ways."""

    limits: Limits
    logits: tuple[float, ...]
    """As the dtype holds them."""

    shift: float
    """As the dtype holds it."""

    naive: Way
    shifted: Way
    exact: tuple[mpf, ...]
    """The weights of the logits as held, from 50-digit arithmetic."""


def compare(x1: float, shift: float, dtype: torch.dtype) -> Comparison:
    """Softmax of `(x1, 1.5, 0.2, -2)` in `dtype`: naive, and with `shift` subtracted first."""
    logits = torch.tensor((x1, *OTHERS), dtype=dtype)
    constant = torch.tensor(shift, dtype=dtype)
    limits = Limits.of(dtype)
    exact = _exact(logits.tolist())
    naive, shifted = (_way(exponents, limits, logits, exact) for exponents in (logits, logits - constant))
    return Comparison(limits, tuple(logits.tolist()), constant.item(), naive, shifted, exact)


def _way(exponents: torch.Tensor, limits: Limits, logits: torch.Tensor, exact: tuple[mpf, ...]) -> Way:
    terms = exponents.exp()
    total = terms.sum()
    weights = (terms / total).tolist()
    if any(map(math.isnan, weights)):
        error = math.nan
    else:
        # A weight below the normal range has no digits to be relative to; whether it was lost is said by `lost`.
        full = [(w, e) for w, e in zip(weights, exact, strict=True) if e >= limits.smallest_normal]
        error = float(max(abs(w - e) / e for w, e in full))
    peak = max(logits.tolist())
    within = all(
        abs(w - e) <= _TOLERANCE * (limits.eps * (1 + peak - x) * e + limits.smallest)
        for w, e, x in zip(weights, exact, logits.tolist(), strict=True)
    )
    lost = sum(w == 0 and e >= limits.smallest for w, e in zip(weights, exact, strict=True))
    return Way(tuple(terms.tolist()), total.item(), tuple(weights), error, within, lost)


def _exact(logits: list[float]) -> tuple[mpf, ...]:
    with mp.workdps(_DIGITS):
        peak = max(logits)
        terms = [mp.exp(mpf(x) - peak) for x in logits]
        total = mp.fsum(terms)
        return tuple(term / total for term in terms)
