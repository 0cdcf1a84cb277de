"""exp of one number in all four dtypes, and in one of them with a cast before and after: the explorer's numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from mpmath import mp, mpf

from course.dtype_limits.formats import FORMATS, field_bits, kind_of

_DIGITS = 50
WIDER = {torch.float16: torch.float32, torch.bfloat16: torch.float32, torch.float32: torch.float64}
"""What to cast to; float64 has nothing above it."""


@dataclass(frozen=True)
class Result:
    """exp(x) as one dtype gives it."""

    dtype: torch.dtype
    x: float
    """As the dtype holds it."""

    value: float
    kind: str
    """`"normal"`, `"subnormal"`, `"0"` or `"inf"`."""

    bits: str
    """Sign, exponent and fraction, as 0 and 1."""

    exact: mpf
    """exp of x as held, from 50 digits."""

    ulps: float
    """How far `value` is from `exact`, in spacings of the dtype at `exact`; inf where it overflowed."""


@dataclass(frozen=True)
class Cast:
    """exp(x) with a cast to a wider dtype on the way."""

    value: float
    error: float
    """Relative to the exact exponential of x as the narrow dtype holds it."""

    within: bool
    """Whether it has the digits of the narrow dtype: off by one machine epsilon at most, so an ulp is allowed."""


@dataclass(frozen=True)
class Comparison:
    """One x, everywhere."""

    results: tuple[Result, ...]
    chosen: Result
    late: Cast
    """exp in the chosen dtype, the result cast."""

    early: Cast
    """x cast, then exp."""


def result(x: float, dtype: torch.dtype) -> Result:
    """exp of `x`, rounded to `dtype`, as torch computes it on the CPU."""
    held = torch.tensor([x], dtype=dtype)
    computed = torch.exp(held)
    value, form = computed.item(), FORMATS[dtype]
    with mp.workdps(_DIGITS):
        exact = mp.exp(mpf(held.item()))
        ulps = float(abs(mpf(value) - exact) / form.spacing(exact)) if math.isfinite(value) else math.inf
    return Result(dtype, held.item(), value, kind_of(value, form), field_bits(computed), exact, ulps)


def compare(x: float, dtype: torch.dtype) -> Comparison:
    """`x` in all four dtypes, and with both orders of cast and exponential for `dtype`."""
    results = tuple(result(x, each) for each in FORMATS)
    chosen = next(r for r in results if r.dtype == dtype)
    held = torch.tensor([x], dtype=dtype)
    wide = WIDER.get(dtype, dtype)
    late, early = torch.exp(held).to(wide).item(), torch.exp(held.to(wide)).item()
    return Comparison(results, chosen, _cast(late, chosen), _cast(early, chosen))


def _cast(value: float, narrow: Result) -> Cast:
    with mp.workdps(_DIGITS):
        error = float(abs(mpf(value) - narrow.exact) / narrow.exact) if math.isfinite(value) else math.inf
    return Cast(value, error, error <= FORMATS[narrow.dtype].eps)
