"""How many digits a form of exp(x) - 1, log(1 + x) or log(1 - exp(-x)) keeps: the numbers behind the explorer."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from mpmath import mp, mpf

from course.kit.explorer import DTYPES

LOWEST, HIGHEST = -20, 2
"""The powers of ten between which x lies."""

CURVE = 221
"""Places of a curve: ten for every power of ten."""

_DIGITS = 60
_TOLERANCE = 8


@dataclass(frozen=True)
class Form:
    """A quantity, as it is written and as one of torch's functions computes it."""

    naive_text: str
    stable_text: str
    naive: Callable[[torch.Tensor], torch.Tensor]
    stable: Callable[[torch.Tensor], torch.Tensor]
    exact: Callable[[mpf], mpf]


def _log1mexp(x: mpf) -> mpf:
    return mp.log(-mp.expm1(-x)) if x < 1 else mp.log1p(-mp.exp(-x))


def _one_minus_exp(x: torch.Tensor) -> torch.Tensor:
    return torch.log(1 - torch.exp(-x))


FORMS: Mapping[str, Form] = {
    "exp(x) − 1": Form("exp(x) − 1", "expm1(x)", lambda x: torch.exp(x) - 1, torch.expm1, mp.expm1),
    "log(1 + x)": Form("log(1 + x)", "log1p(x)", lambda x: torch.log(1 + x), torch.log1p, mp.log1p),
    "log(1 − exp(−x)) by expm1": Form(
        "log(1 − exp(−x))", "log(−expm1(−x))", _one_minus_exp, lambda x: torch.log(-torch.expm1(-x)), _log1mexp
    ),
    "log(1 − exp(−x)) by log1p": Form(
        "log(1 − exp(−x))", "log1p(−exp(−x))", _one_minus_exp, lambda x: torch.log1p(-torch.exp(-x)), _log1mexp
    ),
}


@dataclass(frozen=True)
class Result:
    """One computation in one dtype."""

    value: float
    error: float
    """Relative to the exact value; below the normal range two smallest subnormals are free, or half of one if the
    exact value has no more than four. inf where the result is infinite and the exact value is not, nan where the
    result is nan."""

    digits: float
    """Decimal digits that are right, from 0 to what the dtype has."""

    within: bool
    """Whether the error is at most 8 eps (1 + x), or free."""


@dataclass(frozen=True)
class Sample:
    """One x, two computations and the exact value, all for x as the dtype holds it."""

    dtype: str
    x: float
    exact: mpf
    naive: Result
    stable: Result


def full_digits(dtype: str) -> float:
    """How many decimal digits a dtype has: -log10 of its epsilon."""
    return -math.log10(torch.finfo(getattr(torch, dtype)).eps)


def sample(function: str, power: float, dtype: str) -> Sample:
    """Both forms of `function` at x = 10^power, in `dtype`."""
    x = torch.tensor([10.0**power], dtype=getattr(torch, dtype))
    return _samples(function, x, dtype)[0]


@functools.lru_cache(maxsize=32)
def curve(function: str, dtype: str) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Powers of ten, and the digits that the naive and the stable form keep there; nan where x itself is 0."""
    powers = torch.linspace(LOWEST, HIGHEST, CURVE, dtype=torch.float64)
    samples = _samples(function, (10.0**powers).to(getattr(torch, dtype)), dtype)
    naive = tuple(math.nan if s.x == 0 else s.naive.digits for s in samples)
    stable = tuple(math.nan if s.x == 0 else s.stable.digits for s in samples)
    return tuple(powers.tolist()), naive, stable


def in_every_dtype(function: str, power: float) -> tuple[Sample, ...]:
    """The same x in the four dtypes."""
    return tuple(sample(function, power, dtype) for dtype in DTYPES)


def _samples(function: str, x: torch.Tensor, dtype: str) -> list[Sample]:
    form = FORMS[function]
    naive, stable = form.naive(x).tolist(), form.stable(x).tolist()
    with mp.workdps(_DIGITS):
        exact = [-mp.inf if number == 0 and "exp(−x)" in function else form.exact(mpf(number)) for number in x.tolist()]
        return [
            Sample(dtype, number, e, _result(n, e, number, dtype), _result(s, e, number, dtype))
            for number, e, n, s in zip(x.tolist(), exact, naive, stable, strict=True)
        ]


def _result(value: float, exact: mpf, x: float, dtype: str) -> Result:
    info = torch.finfo(getattr(torch, dtype))
    full = full_digits(dtype)
    if abs(exact) > info.max:  # beyond the dtype: infinity is the right answer
        right = value == (math.inf if exact > 0 else -math.inf)
        return Result(value, 0.0 if right else math.nan, full if right else 0.0, right)
    if not math.isfinite(value):
        return Result(value, abs(value), 0.0, False)
    off = abs(mpf(value) - exact)
    smallest = mpf(info.smallest_normal) * info.eps
    # Two operations on the subnormal grid may be two steps off. But where the exact value is itself no larger than
    # that, a number that was lost would pass for a right one.
    free = abs(exact) < info.smallest_normal and off <= (2 if abs(exact) > 4 * smallest else 0.5) * smallest
    error = 0.0 if free else float(off / abs(exact)) if exact else float(off != 0)
    digits = full if error == 0 else min(full, max(0.0, -math.log10(error)))
    return Result(value, error, digits, bool(free or off <= _TOLERANCE * info.eps * (1 + x) * abs(exact)))
