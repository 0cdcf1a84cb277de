"""The right results of unit 01, from 50-digit arithmetic, with the error that each dtype may make."""

from __future__ import annotations

from collections.abc import Callable

import torch
from mpmath import mp, mpf

from course.kit.check import Case, Truth

DIGITS = 50


def _limits(dtype: torch.dtype) -> tuple[float, float]:
    """Machine epsilon, and the smallest subnormal number."""
    info = torch.finfo(dtype)
    return info.eps, info.smallest_normal * info.eps


def _each(function: Callable[[mpf], mpf], x: torch.Tensor) -> torch.Tensor:
    """`function` of every element, computed with 50 digits and rounded to float64 once."""
    with mp.workdps(DIGITS):
        results = [float(function(mpf(number))) for number in x.reshape(-1).tolist()]
    return torch.tensor(results, dtype=torch.float64).reshape(x.shape)


def _floats(numbers: list[mpf]) -> torch.Tensor:
    return torch.tensor([float(number) for number in numbers], dtype=torch.float64)


def log10_ratio(case: Case, dtype: torch.dtype) -> Truth:
    """(a - b) / ln 10, elementwise; the error is relative to the result, since no exponential is needed for it."""
    eps, tiny = _limits(dtype)
    a, b = (tensor.to(torch.float64) for tensor in case.arguments(dtype).values())
    a, b = torch.broadcast_tensors(a, b)
    with mp.workdps(DIGITS):
        pairs = zip(a.reshape(-1).tolist(), b.reshape(-1).tolist(), strict=True)
        value = _floats([(mpf(x) - mpf(y)) / mp.log(10) for x, y in pairs]).reshape(a.shape)
        slope = float(1 / mp.log(10))
    v = case.weights(value.shape, dtype).to(torch.float64)
    shapes = {name: tensor.shape for name, tensor in case.tensors.items()}
    signs = dict(zip(shapes, (1, -1), strict=True))
    return Truth(
        value,
        8 * eps * value.abs() + 8 * tiny,
        {name: signs[name] * slope * v.sum_to_size(shape) for name, shape in shapes.items()},
        {name: 8 * eps * v.abs().sum_to_size(shape) + 8 * tiny for name, shape in shapes.items()},
    )


def decay_weights(case: Case, dtype: torch.dtype) -> Truth:
    """exp(-rate·k) / Σ exp(-rate·j) for k = 0 … length - 1.

    The arguments may be rounded twice: where they are measured from the largest, in the dtype, and before that, where
    rate·k is formed, in float32 at least.
    """
    eps, tiny = _limits(dtype)
    early = min(eps, torch.finfo(torch.float32).eps)
    length = case.keywords["length"]
    with mp.workdps(DIGITS):
        rate = mpf(case.keywords["rate"])
        peak = max(mpf(0), -rate * (length - 1))
        arguments = [-rate * k - peak for k in range(length)]
        terms = [mp.exp(argument) for argument in arguments]
        total = mp.fsum(terms)
        value = _floats([term / total for term in terms])
        relative = eps * (1 + _floats(arguments).abs()) + early * float(abs(rate)) * (length - 1)
    return Truth(value, 8 * relative * value + 8 * tiny)


def geometric_schedule(case: Case, dtype: torch.dtype) -> Truth:
    """start · (end / start)^(k / (steps - 1)); both ends as the dtype rounds them, and nothing else: they are given."""
    eps, tiny = _limits(dtype)
    start, end, steps = (case.keywords[name] for name in ("start", "end", "steps"))
    with mp.workdps(DIGITS):
        low, high = mpf(start), mpf(end)
        ratio = high / low
        value = _floats([low * ratio ** (mpf(k) / max(steps - 1, 1)) for k in range(steps)])
        stretch = float(1 + max(abs(mp.log(low)), abs(mp.log(high)), abs(mp.log(ratio))))
    tolerance = 8 * eps * stretch * value + 8 * tiny
    for place, number in ((0, start), (steps - 1, end if steps > 1 else start)):
        value[place] = torch.tensor(number, dtype=dtype).item()
        tolerance[place] = 0
    return Truth(value, tolerance)


def sigmoid_odds(case: Case, dtype: torch.dtype) -> Truth:
    """1 / (1 + exp(-x)), elementwise, to four epsilons; its slope p(1 - p) to eight."""
    eps, tiny = _limits(dtype)
    x = case.arguments(dtype)["log_odds"].to(torch.float64)
    v = case.weights(x.shape, dtype).to(torch.float64)
    return Truth(
        _each(lambda z: 1 / (1 + mp.exp(-z)), x),
        torch.full_like(x, 4 * eps),
        {"log_odds": v * _each(lambda z: 1 / ((1 + mp.exp(-z)) * (1 + mp.exp(z))), x)},
        {"log_odds": 8 * eps * v.abs() + 8 * tiny},
    )


def exp_into(case: Case, dtype: torch.dtype) -> Truth:
    """exp(x), elementwise; inf where it is beyond the dtype's largest number."""
    eps, tiny = _limits(dtype)
    x = case.arguments(dtype)["x"].to(torch.float64)
    largest = mpf(torch.finfo(dtype).max)

    def power(z: mpf) -> mpf:
        result = mp.exp(z)
        return result if result <= largest else mpf("inf")

    value = _each(power, x)
    error = torch.where(value > 0, 8 * eps * (1 + x.abs()) * value, torch.zeros_like(x)) + 8 * tiny
    return Truth(value, torch.where(value.isfinite(), error, torch.zeros_like(x)))
