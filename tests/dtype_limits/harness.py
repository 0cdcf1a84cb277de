"""What the five functions should give, found by other means than the course's: NumPy, bits, and all numbers of a half.

Knows nothing of the course's check engine.
"""

from __future__ import annotations

import functools
import math

import mpmath
import numpy as np
import torch

DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
HALVES = (torch.float16, torch.bfloat16)
INF, NAN = float("inf"), float("nan")


@functools.cache
def all_of(dtype: torch.dtype) -> torch.Tensor:
    """Every number of a 16-bit dtype, nan left out, in no order."""
    everything = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16).view(dtype)
    return everything[~everything.isnan()]


def neighbour(x: float, dtype: torch.dtype, towards: float) -> float:
    """The next number of a dtype."""
    at = torch.tensor(x, dtype=dtype)
    return torch.nextafter(at, torch.tensor(towards, dtype=dtype)).item()


def overflows(x: torch.Tensor) -> bool:
    """Whether torch.exp of some number is infinite, in x's own dtype."""
    return bool(torch.exp(x).isinf().any())


def spacing(x: float, dtype: torch.dtype) -> float:
    """The distance from |x| to the next number, from NumPy where it has the dtype, else from all of its numbers."""
    largest = torch.finfo(dtype).max
    size = torch.tensor(min(abs(x), largest * 0.75), dtype=dtype).item()  # in the last binade the spacing is constant
    if dtype != torch.bfloat16:
        kind = {torch.float16: np.float16, torch.float32: np.float32, torch.float64: np.float64}[dtype]
        return float(np.spacing(kind(size)))
    numbers = all_of(dtype).double()
    above = numbers[numbers > size]
    return float(above.min()) - size


def spacings(x: torch.Tensor) -> torch.Tensor:
    """`spacing` of each number."""
    return torch.tensor([spacing(n, x.dtype) for n in x.double().flatten().tolist()], dtype=torch.float64).reshape(
        x.shape
    )


def exponentials(x: torch.Tensor) -> list[float]:
    """exp of a half-precision tensor's numbers from 50 digits, as float64 numbers; inf beyond float32."""
    with mpmath.workdps(50):
        found = []
        for number in x.double().flatten().tolist():
            if math.isnan(number) or number == INF:
                found.append(number)
            elif number == -INF:
                found.append(0.0)
            else:
                value = mpmath.exp(mpmath.mpf(number))
                found.append(INF if value > torch.finfo(torch.float32).max else float(value))
        return found


def close(found: list[float], true: list[float], arguments: list[float]) -> bool:
    """Within the course's bound for float32."""
    info = torch.finfo(torch.float32)
    for got, want, x in zip(found, true, arguments, strict=True):
        if math.isnan(want) or math.isinf(want):
            if not (got == want or (math.isnan(got) and math.isnan(want))):
                return False
        elif abs(got - want) > 8 * (info.eps * (1 + abs(x)) * want + info.smallest_normal * info.eps):
            return False
    return True
