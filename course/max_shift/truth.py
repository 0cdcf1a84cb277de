"""The right results of unit 03, from 50-digit arithmetic, with the error that each dtype may make."""

from __future__ import annotations

from collections.abc import Callable

import torch
from mpmath import mp, mpf

from course.kit.check import Case, Truth

DIGITS = 50

# Gradients go through more roundings than values: shift, exp, sum, quotient, and back through each.
_VALUE, _GRADIENT = 8, 24


def _rows(tensor: torch.Tensor, dim: int) -> list[list[float]]:
    return tensor.movedim(dim, -1).reshape(-1, tensor.shape[dim]).tolist()


def _unrows(rows: list[list[float]], like: torch.Tensor, dim: int) -> torch.Tensor:
    moved = like.movedim(dim, -1)
    return torch.tensor(rows, dtype=torch.float64).reshape(moved.shape).movedim(-1, dim)


class _Row:
    """The Boltzmann weights of one row of exponents z, and what a dtype may get wrong about them."""

    def __init__(self, exponents: list[mpf], dtype: torch.dtype):
        info = torch.finfo(dtype)
        self.eps, self.tiny = info.eps, info.smallest_normal * info.eps
        self.peak = max(exponents)
        self.arguments = [z - self.peak for z in exponents]
        weights = [mp.exp(a) for a in self.arguments]
        self.total = mp.fsum(weights)
        self.p = [w / self.total for w in weights]
        # 1 + |argument of the exponential|; a weight of exactly 0 needs no factor, and infinity would not be one.
        self.stretch = [1 + abs(a) if mp.isfinite(a) else mpf(1) for a in self.arguments]

    def value_tolerance(self) -> list[mpf]:
        return [_VALUE * (self.eps * s * p + self.tiny) for p, s in zip(self.p, self.stretch, strict=True)]

    def pull_back(self, v: list[mpf]) -> tuple[list[mpf], list[mpf]]:
        """p·(v - Σ p v) and its tolerance: each product's rounding, and the residue the shift leaves at the maximum."""
        mean = mp.fsum(p * w for p, w in zip(self.p, v, strict=True))
        size = mp.fsum(p * abs(w) * s for p, w, s in zip(self.p, v, self.stretch, strict=True))
        gradient, tolerance = [], []
        for p, w, s, a in zip(self.p, v, self.stretch, self.arguments, strict=True):
            residue = size if a == 0 else mpf(0)
            gradient.append(p * (w - mean))
            tolerance.append(_GRADIENT * (self.eps * (s * p * (abs(w) + size) + residue) + 4 * self.tiny))
        return gradient, tolerance


def _exact(numbers: list[float]) -> list[mpf]:
    return [mpf(x) for x in numbers]


def _floats(numbers: list[mpf]) -> list[float]:
    return [float(x) for x in numbers]


def _weights(case: Case, shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
    return case.weights(shape, dtype).to(torch.float64)


def _by_rows(case: Case, x: torch.Tensor, dtype: torch.dtype, dim: int, row: Callable, name: str) -> Truth:
    """Truth of a function that maps each row to a row; `row(numbers, weights, i)` returns four lists."""
    v = _weights(case, x.shape, dtype)
    with mp.workdps(DIGITS):
        results = [row(r, w, i) for i, (r, w) in enumerate(zip(_rows(x, dim), _rows(v, dim), strict=True))]
        value, tolerance, gradient, gradient_tolerance = (
            _unrows([_floats(result[k]) for result in results], x, dim) for k in range(4)
        )
    return Truth(value, tolerance, {name: gradient}, {name: gradient_tolerance})


def softmax(case: Case, dtype: torch.dtype) -> Truth:
    """Weights exp(x_i) / Σ exp(x_j) along `dim` of the logits as `dtype` holds them."""
    x = case.arguments(dtype)["logits"].to(torch.float64)

    def row(numbers: list[float], v: list[float], _: int) -> tuple[list, list, list, list]:
        r = _Row(_exact(numbers), dtype)
        return (r.p, r.value_tolerance(), *r.pull_back(_exact(v)))

    return _by_rows(case, x, dtype, case.keywords.get("dim", -1), row, "logits")


def masked_softmax(case: Case, dtype: torch.dtype) -> Truth:
    """Softmax over the places where the mask is False; exactly 0 elsewhere, and everywhere in a fully masked row."""
    arguments = case.arguments(dtype)
    x = arguments["scores"].to(torch.float64)
    dim = case.keywords.get("dim", -1)
    hidden = _rows(arguments["mask"].expand(x.shape), dim)

    def row(numbers: list[float], v: list[float], i: int) -> tuple[list, list, list, list]:
        seen = [k for k, masked in enumerate(hidden[i]) if not masked]
        result = tuple([mpf(0)] * len(numbers) for _ in range(4))
        if seen:
            r = _Row(_exact([numbers[k] for k in seen]), dtype)
            parts = (r.p, r.value_tolerance(), *r.pull_back(_exact([v[k] for k in seen])))
            for whole, part in zip(result, parts, strict=True):
                for k, number in zip(seen, part, strict=True):
                    whole[k] = number
        return result

    return _by_rows(case, x, dtype, dim, row, "scores")


def boltzmann(case: Case, dtype: torch.dtype) -> Truth:
    """Weights exp(-E_i/T) / Σ exp(-E_j/T) over the last dimension."""
    x = case.arguments(dtype)["energies"].to(torch.float64)
    temperature = mpf(case.keywords["temperature"])

    def row(numbers: list[float], v: list[float], _: int) -> tuple[list, list, list, list]:
        r = _Row([-e / temperature for e in _exact(numbers)], dtype)
        gradient, tolerance = r.pull_back(_exact(v))
        # The chain rule's 1/T multiplies the gradient and its error alike.
        return (
            r.p,
            r.value_tolerance(),
            [-g / temperature for g in gradient],
            [t / temperature for t in tolerance],
        )

    return _by_rows(case, x, dtype, -1, row, "energies")


def logsumexp(case: Case, dtype: torch.dtype) -> Truth:
    """log Σ exp(x_i) along `dim`; -inf for a row of -inf, +inf where an entry is +inf.

    Where the maximum and the logarithm of the sum cancel, no dtype can be right relative to the tiny result; there the
    bound is relative to the maximum. In the gradient of rows with an infinite result, any finite number will do.
    """
    x = case.arguments(dtype)["x"].to(torch.float64)
    dim, keepdim = case.keywords.get("dim", -1), case.keywords.get("keepdim", False)
    reduced = x.amax(dim, keepdim=keepdim)
    v = _weights(case, reduced.shape, dtype).reshape(-1).tolist()
    values, tolerances, gradients, gradient_tolerances = [], [], [], []
    with mp.workdps(DIGITS):
        for numbers, w in zip(_rows(x, dim), v, strict=True):
            peak = max(numbers)
            if peak in (float("inf"), float("-inf")):
                values.append(peak)
                tolerances.append(0.0)
                gradients.append([float("nan")] * len(numbers))
                gradient_tolerances.append([0.0] * len(numbers))
                continue
            r = _Row(_exact(numbers), dtype)
            value = r.peak + mp.log(r.total)
            stretch = max(s for s, p in zip(r.stretch, r.p, strict=True) if p > r.eps or p == max(r.p))
            values.append(float(value))
            tolerances.append(float(_VALUE * (r.eps * stretch * max(abs(value), abs(r.peak)) + r.tiny)))
            gradients.append(_floats([p * mpf(w) for p in r.p]))
            gradient_tolerances.append(
                _floats(
                    [
                        _GRADIENT * (r.eps * abs(mpf(w)) * (s * p + (a == 0)) + 4 * r.tiny)
                        for p, s, a in zip(r.p, r.stretch, r.arguments, strict=True)
                    ]
                )
            )
    return Truth(
        torch.tensor(values, dtype=torch.float64).reshape(reduced.shape),
        torch.tensor(tolerances, dtype=torch.float64).reshape(reduced.shape),
        {"x": _unrows(gradients, x, dim)},
        {"x": _unrows(gradient_tolerances, x, dim)},
    )
