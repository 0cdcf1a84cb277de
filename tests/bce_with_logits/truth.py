"""The exercises' right results from 50-digit arithmetic, with the error that the dtype allows. No torch arithmetic.

The course's own truth starts from softplus; this one starts from probabilities, whose logarithms 50 digits can bear.
"""

from __future__ import annotations

import mpmath
import torch

mpmath.mp.dps = 50
_ONE = mpmath.mpf(1)


def numbers(tensor: torch.Tensor) -> list[mpmath.mpf]:
    return [mpmath.mpf(x) for x in tensor.double().reshape(-1).tolist()]


def log_yes(z: mpmath.mpf) -> mpmath.mpf:
    """log of the probability of yes; mpmath's exponents have no end, so exp(-z) never overflows."""
    return -mpmath.log1p(mpmath.exp(-z))


def yes(z: mpmath.mpf) -> mpmath.mpf:
    return _ONE / (_ONE + mpmath.exp(-z))


def loss(z: mpmath.mpf, y: mpmath.mpf, w: mpmath.mpf = _ONE) -> mpmath.mpf:
    return -w * y * log_yes(z) - (_ONE - y) * log_yes(-z)


def spacing(dtype: torch.dtype) -> tuple[mpmath.mpf, mpmath.mpf]:
    """(eps, smallest subnormal)."""
    info = torch.finfo(dtype)
    return mpmath.mpf(info.eps), mpmath.mpf(info.smallest_normal) * mpmath.mpf(info.eps)


def ulps(found: float, true: mpmath.mpf, dtype: torch.dtype) -> mpmath.mpf:
    """Steps of the last digit between a result and the correctly rounded one."""
    eps, subnormal = spacing(dtype)
    exponent = int(mpmath.floor(mpmath.log(abs(true), 2))) if true else -100000
    step = max(mpmath.ldexp(1, exponent) * eps, subnormal)
    return abs(mpmath.mpf(found) / step - mpmath.nint(true / step))


def unary_fault(found: torch.Tensor, z: torch.Tensor, true, dtype: torch.dtype) -> str | None:
    """What is wrong with a softplus or a log-sigmoid by the general bound, or None."""
    eps, subnormal = spacing(dtype)
    for got, x in zip(found.double().reshape(-1).tolist(), numbers(z), strict=True):
        exact = true(x)
        if not abs(got - exact) <= 8 * eps * (1 + abs(x)) * abs(exact) + 8 * subnormal:
            return f"gives {got} at {x}, not {exact}"
    return None


def loss_fault(
    found: torch.Tensor, z: torch.Tensor, y: torch.Tensor, w: torch.Tensor, dtype: torch.dtype
) -> str | None:
    """What is wrong with losses of single labels by the contract's bound, or None."""
    eps, subnormal = spacing(dtype)
    columns = zip(found.double().reshape(-1).tolist(), numbers(z), numbers(y), numbers(w), strict=True)
    for got, x, label, weight in columns:
        exact = loss(x, label, weight)
        size = min(exact, _ONE) if label in (0, 1) else _ONE
        if not abs(got - exact) <= 8 * eps * (1 + abs(x)) * max(weight, _ONE) * size + 16 * subnormal:
            return f"gives {got} at z = {x}, y = {label}, w = {weight}, not {exact}"
    return None
