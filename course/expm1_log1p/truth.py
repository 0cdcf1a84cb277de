"""The right results of unit 06, from 60-digit arithmetic, with the error that each dtype may make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from mpmath import mp, mpf

from course.kit.check import Case, Truth

DIGITS = 60

# Gradients go through more roundings than values.
_VALUE, _GRADIENT = 8, 24


@dataclass(frozen=True)
class _Point:
    """A function's value and partial derivatives at one place, each with the size that its error is relative to."""

    value: mpf
    size: mpf
    slopes: tuple[mpf, ...] = ()
    slope_sizes: tuple[mpf, ...] = ()


class _Limits:
    def __init__(self, dtype: torch.dtype) -> None:
        info = torch.finfo(dtype)
        self.eps, self.tiny, self.largest = info.eps, info.smallest_normal * info.eps, mpf(info.max)

    def value(self, exact: mpf) -> float:
        """The exact number as a float, infinite where the dtype's own rounding would make it so."""
        return float(mp.sign(exact) * mp.inf) if abs(exact) > self.largest else float(exact)

    def value_tolerance(self, size: mpf) -> float:
        return float(_VALUE * (self.eps * size + self.tiny)) if mp.isfinite(size) else 0.0

    def slope_tolerance(self, size: mpf) -> float:
        return float(_GRADIENT * (self.eps * size + 4 * self.tiny))


def _elementwise(
    case: Case, dtype: torch.dtype, names: Sequence[str], at: Callable[..., _Point], tensors: dict | None = None
) -> Truth:
    """Truth of a function that maps numbers to a number, elementwise; `at(*numbers)` gives it at one place."""
    arguments = case.arguments(dtype) if tensors is None else tensors
    inputs = [arguments[name].to(torch.float64) for name in names]
    shape = inputs[0].shape
    weights = case.weights(shape, dtype).to(torch.float64).reshape(-1).tolist()
    limits = _Limits(dtype)
    with mp.workdps(DIGITS):
        columns = [[mpf(x) for x in tensor.reshape(-1).tolist()] for tensor in inputs]
        points = [at(*numbers) for numbers in zip(*columns, strict=True)]

        def shaped(numbers: list[float]) -> torch.Tensor:
            return torch.tensor(numbers, dtype=torch.float64).reshape(shape)

        value = shaped([limits.value(p.value) for p in points])
        tolerance = shaped([limits.value_tolerance(p.size) for p in points])
        gradients, tolerances = {}, {}
        for k, name in enumerate(names):
            if points and not points[0].slopes:
                break
            pulled = [mpf(w) * p.slopes[k] for w, p in zip(weights, points, strict=True)]
            sizes = [abs(w) * p.slope_sizes[k] for w, p in zip(weights, points, strict=True)]
            gradients[name] = shaped([limits.value(g) for g in pulled])
            tolerances[name] = shaped([limits.slope_tolerance(s) for s in sizes])
    return Truth(value, tolerance, gradients, tolerances)


def log1pexp(case: Case, dtype: torch.dtype) -> Truth:
    """log(1 + exp(x))."""

    def at(x: mpf) -> _Point:
        small = mp.exp(-abs(x))
        rest, ramp = mp.log1p(small), max(x, mpf(0))
        slope = 1 / (1 + mp.exp(-x))
        slope_size = mpf(1) if x >= 0 else (1 - x) * slope
        return _Point(ramp + rest, ramp + (1 + abs(x)) * rest, (slope,), (slope_size,))

    return _elementwise(case, dtype, ("x",), at)


def _log1mexp(x: mpf) -> tuple[mpf, mpf]:
    """log(1 - exp(-x)), and the size that its error is relative to."""
    if not mp.isfinite(x):
        return mpf(0), mpf(0)
    value = mp.log(-mp.expm1(-x)) if x < 1 else mp.log1p(-mp.exp(-x))
    return value, abs(value) * (1 + x)


def log1mexp(case: Case, dtype: torch.dtype) -> Truth:
    """log(1 - exp(-x)) for x > 0."""

    def at(x: mpf) -> _Point:
        value, size = _log1mexp(x)
        slope = 1 / mp.expm1(x)
        return _Point(value, size, (slope,), ((1 + x) * slope,))

    return _elementwise(case, dtype, ("x",), at)


def logsubexp(case: Case, dtype: torch.dtype) -> Truth:
    """log(exp(a) - exp(b)), a ≥ b; the error is relative to |a| + |log(1 - exp(b - a))|, because these can cancel."""

    def at(a: mpf, b: mpf) -> _Point:
        if a == b:  # nan: any finite slope is fine
            return _Point(-mp.inf, mp.inf, (mp.nan, mp.nan), (mpf(0), mpf(0)))
        gap = a - b
        log_share, size = _log1mexp(gap)
        if not mp.isfinite(gap):
            return _Point(a, abs(a), (mpf(1), mpf(0)), (mpf(1), mpf(0)))
        slopes = (-1 / mp.expm1(-gap), -1 / mp.expm1(gap))
        return _Point(a + log_share, abs(a) + size, slopes, tuple((1 + gap) * abs(s) for s in slopes))

    return _elementwise(case, dtype, ("a", "b"), at)


def compound(case: Case, dtype: torch.dtype) -> Truth:
    """(1 + rate)^periods - 1."""
    periods = case.keywords["periods"]

    def at(rate: mpf) -> _Point:
        exponent = periods * mp.log1p(rate)
        value = mp.expm1(exponent)
        slope = periods * mp.exp(exponent) / (1 + rate)
        stretch = 1 + abs(exponent)
        # PyTorch takes the slope of expm1 as result + 1, which cancels where the result is close to -1.
        residue = abs(value) * periods / (1 + rate) if value < 0 else mpf(0)
        return _Point(value, stretch * abs(value), (slope,), (stretch * abs(slope) + residue,))

    return _elementwise(case, dtype, ("rate",), at)


def log_factorial(case: Case, dtype: torch.dtype) -> Truth:
    """log(n!), for a tensor under "n" or for a Python int."""

    def at(n: mpf) -> _Point:
        value = mp.loggamma(n + 1)
        return _Point(value, abs(value))

    number = case.keywords.get("n")
    given = None if number is None else {"n": torch.tensor(float(number), dtype=torch.float64)}
    return _elementwise(case, dtype, ("n",), at, given)


def l2_norm(case: Case, dtype: torch.dtype) -> Truth:
    """√Σx² over all elements. For the zero vector, any finite gradient will do."""
    x = case.arguments(dtype)["x"].to(torch.float64)
    w = mpf(case.weights(torch.Size(()), dtype).item())
    limits = _Limits(dtype)
    with mp.workdps(DIGITS):
        numbers = [mpf(v) for v in x.reshape(-1).tolist()]
        norm = mp.sqrt(mp.fsum(v * v for v in numbers))
        value = torch.tensor(limits.value(norm), dtype=torch.float64)
        tolerance = torch.tensor(limits.value_tolerance(norm), dtype=torch.float64)
        if norm == 0:
            free = torch.full(x.shape, torch.nan, dtype=torch.float64)
            return Truth(value, tolerance, {"x": free}, {"x": torch.zeros_like(free)})
        peak = max(abs(v) for v in numbers)
        slopes = [w * v / norm for v in numbers]
        # Where the scale is differentiated too, what ought to cancel leaves a residue at the largest entries.
        sizes = [abs(w) * (abs(v) + (norm * norm / peak if abs(v) == peak else 0)) / norm for v in numbers]
        gradient = torch.tensor([float(s) for s in slopes], dtype=torch.float64).reshape(x.shape)
        allowed = [limits.slope_tolerance(s) for s in sizes]
    return Truth(value, tolerance, {"x": gradient}, {"x": torch.tensor(allowed, dtype=torch.float64).reshape(x.shape)})


def running_variance(case: Case, dtype: torch.dtype) -> Truth:
    """Population variance of all elements of a stream, with an error scaled by 1 + |mean| / standard deviation."""
    x = case.arguments(dtype)["stream"].to(torch.float64)
    w = mpf(case.weights(torch.Size(()), dtype).item())
    limits = _Limits(dtype)
    with mp.workdps(DIGITS):
        numbers = [mpf(v) for v in x.tolist()]
        mean = mp.fsum(numbers) / len(numbers)
        variance = mp.fsum((v - mean) ** 2 for v in numbers) / len(numbers)
        deviation = mp.sqrt(variance)
        stretch = 1 + abs(mean) / deviation if deviation else mpf(1)
        # Equal numbers may leave the square of their own rounding.
        size = stretch * variance if deviation else limits.eps * mean * mean
        slopes = [2 * w * (v - mean) / len(numbers) for v in numbers]
        slope_size = 2 * abs(w) * stretch * (deviation or limits.eps * abs(mean)) / len(numbers)
        sizes = [abs(s) + slope_size for s in slopes]
        value = torch.tensor(float(variance), dtype=torch.float64)
        tolerance = torch.tensor(limits.value_tolerance(size), dtype=torch.float64)
        gradient = torch.tensor([float(s) for s in slopes], dtype=torch.float64)
        allowed = torch.tensor([limits.slope_tolerance(s) for s in sizes], dtype=torch.float64)
    return Truth(value, tolerance, {"stream": gradient}, {"stream": allowed})
