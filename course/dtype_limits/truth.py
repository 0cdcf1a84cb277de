"""The right results of unit 02, from 50-digit arithmetic and the definitions of the formats."""

from __future__ import annotations

import functools
import math

import torch
from mpmath import mp, mpf

from course.dtype_limits.formats import FORMATS
from course.kit.check import Case, Truth

DIGITS = 50
_FEW = 64
"""How many numbers of a dtype torch.exp may be off the rounded exponential at the end of its range."""


def _exact(value: torch.Tensor, **more: object) -> Truth:
    return Truth(value, torch.zeros_like(value), **more)


@functools.cache
def last_finite(dtype: torch.dtype) -> float:
    """The largest number of a dtype whose exponential, rounded to that dtype, is finite.

    What is nearer to the largest number than half its ulp is rounded to it, so the end lies at the logarithm of the
    largest number and half an ulp. torch.exp on the CPU has the last word.
    """
    form = FORMATS[dtype]
    with mp.workdps(DIGITS):
        end = form.below(mp.log(form.largest + form.spacing(form.largest) / 2))
    return _settled(float(end), dtype, lambda y: math.isfinite(y))


@functools.cache
def last_nonzero(dtype: torch.dtype) -> float:
    """The smallest number of a dtype whose exponential, rounded to that dtype, is above 0.

    Half of the smallest number is rounded to 0 and anything above that to the smallest number.
    """
    form = FORMATS[dtype]
    with mp.workdps(DIGITS):
        end = -form.below(-mp.log(form.smallest / 2))
    return _settled(float(end), dtype, lambda y: y > 0)


def _settled(start: float, dtype: torch.dtype, holds) -> float:
    """The last number from `start` outwards for which `holds(exp(x))`, where exp is that of torch in `dtype`."""
    x = torch.tensor([start], dtype=dtype)
    for _ in range(_FEW):
        further = _outwards(x, 1)
        if holds(torch.exp(x).item()) and not holds(torch.exp(further).item()):
            return x.item()
        x = further if holds(torch.exp(x).item()) else _outwards(x, -1)
    return start


def _outwards(x: torch.Tensor, steps: int) -> torch.Tensor:
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[x.element_size()]
    return (x.view(whole) + steps).view(x.dtype)


def largest_finite_exp(case: Case, _: torch.dtype) -> Truth:
    """One number for the dtype that the case asks for."""
    value = torch.tensor(last_finite(case.keywords["dtype"]), dtype=torch.float64)
    return _exact(value, returns=float)


def smallest_nonzero_exp(case: Case, _: torch.dtype) -> Truth:
    """One number for the dtype that the case asks for."""
    value = torch.tensor(last_nonzero(case.keywords["dtype"]), dtype=torch.float64)
    return _exact(value, returns=float)


def ulp(case: Case, dtype: torch.dtype) -> Truth:
    """Spacing away from zero; the smallest subnormal number at 0. A power of two, so it has to be exact."""
    x = case.arguments(dtype)["x"].to(torch.float64)
    spacings = [float(FORMATS[dtype].spacing(number)) for number in x.flatten().tolist()]
    return _exact(torch.tensor(spacings, dtype=torch.float64).reshape(x.shape))


def exp_is_safe(case: Case, dtype: torch.dtype) -> Truth:
    """1 where no number lies above the last one whose exponential is finite; nan lies above none."""
    numbers = case.arguments(dtype)["x"].to(torch.float64).flatten().tolist()
    safe = not any(number > last_finite(dtype) for number in numbers)
    return _exact(torch.tensor(float(safe), dtype=torch.float64), returns=bool)


def exp_in_float32(case: Case, dtype: torch.dtype) -> Truth:
    """exp of the numbers as `dtype` holds them, within the bound of float32; inf beyond its range."""
    x = case.arguments(dtype)["x"].to(torch.float64)
    form = FORMATS[torch.float32]
    values, tolerances = [], []
    with mp.workdps(DIGITS):
        for number in x.flatten().tolist():
            if not math.isfinite(number):
                values.append(math.exp(number) if number < 0 else number)
                tolerances.append(0.0)
                continue
            value = mp.exp(mpf(number))
            if value > form.largest:
                values.append(math.inf)
                tolerances.append(0.0)
                continue
            values.append(float(value))
            tolerances.append(float(8 * (form.eps * (1 + abs(number)) * value + form.smallest)))
    return Truth(
        torch.tensor(values, dtype=torch.float64).reshape(x.shape),
        torch.tensor(tolerances, dtype=torch.float64).reshape(x.shape),
        returns=torch.float32,
    )
