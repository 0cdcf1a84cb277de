"""Reference values with 50 digits and more (mpmath), and how far a computed number is from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from mpmath import mp, mpf

DIGITS = 60

DTYPES = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}


def exactly(number: float) -> mpf:
    """A float without rounding."""
    with mp.workdps(DIGITS):
        return mpf(number)


def exp(x: float) -> mpf:
    """e to the power of the float x."""
    with mp.workdps(DIGITS):
        return mp.exp(mpf(x))


def exp_limit(dtype: torch.dtype) -> float:
    """The real number whose exponential is the largest finite number of `dtype`."""
    with mp.workdps(DIGITS):
        return float(mp.log(mpf(torch.finfo(dtype).max)))


def softmax(logits: Iterable[float], digits: int = DIGITS) -> list[mpf]:
    """exp(x_i) / Σ exp(x_j), straight from the definition: mpmath's exponents have no limit."""
    with mp.workdps(digits):
        powers = [mp.exp(mpf(x)) for x in logits]
        total = mp.fsum(powers)
        return [power / total for power in powers]


def logsumexp(numbers: Iterable[float], digits: int = DIGITS) -> mpf:
    """log Σ exp(x_i)."""
    with mp.workdps(digits):
        return mp.log(mp.fsum(mp.exp(mpf(x)) for x in numbers))


def sigmoid(z: float) -> mpf:
    """1 / (1 + exp(-z))."""
    with mp.workdps(DIGITS):
        return 1 / (1 + mp.exp(-mpf(z)))


def softplus(z: float) -> mpf:
    """log(1 + exp(z)), also where exp(z) is far below the last digit of 1."""
    with mp.workdps(DIGITS):
        return mp.log1p(mp.exp(mpf(z)))


def relative_error(got: float, true: mpf) -> float:
    """|got - true| / |true|; inf where got is inf or nan."""
    if got != got or abs(got) == float("inf"):
        return float("inf")
    with mp.workdps(DIGITS):
        return float(abs(mpf(got) - true) / abs(true))


def worst(got: Sequence[float], true: Sequence[mpf]) -> float:
    """The largest relative error of a row."""
    return max(relative_error(g, t) for g, t in zip(got, true, strict=True))


def digits_lost(got: float, true: mpf, dtype: torch.dtype) -> float:
    """Decimal digits by which `got` is less accurate than rounding the true value to `dtype` would be; inf for inf."""
    error, rounding = relative_error(got, true), torch.finfo(dtype).eps / 2
    with mp.workdps(15):
        return max(0.0, float(mp.log10(error / rounding))) if error else 0.0


def number(x: float | mpf, digits: int = 4) -> str:
    """A number with `digits` significant digits; 1e6 rather than 1e+06."""
    if isinstance(x, float) and (x != x or x in (float("inf"), float("-inf"))):
        return str(x)
    if x == 0:
        return "0"
    with mp.workdps(DIGITS):
        text = mp.nstr(mpf(x), digits, min_fixed=-3, max_fixed=6)
    return text.replace("e+", "e").replace(".0e", "e").removesuffix(".0")


def row(values: Iterable[float], places: int = 4) -> str:
    """Numbers with a fixed number of decimals, as articles print them."""
    return " ".join(f"{value:.{places}f}" for value in values)
