"""The right results of unit 07, from 50-digit arithmetic, with the error that each dtype may make.

Where two numbers of the same size are subtracted, as in p - y, no dtype is right relative to the small result. The
bounds are then relative to what is subtracted: 8·eps·(1 + |argument of the exponential|)·(p + y).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from mpmath import mp, mpf

from course.kit.check import Case, Truth

DIGITS = 50

# Gradients go through more roundings than values: shift, exp, sum, quotient, and back through each.
_VALUE, _GRADIENT = 8, 24
_FLOAT64_EPS = mpf(2) ** -52


def _rows(tensor: torch.Tensor, dim: int = -1) -> list[list[mpf]]:
    rows = tensor.to(torch.float64).movedim(dim, -1).reshape(-1, tensor.shape[dim])
    return [[mpf(x) for x in row] for row in rows.tolist()]


def _unrows(rows: list[list[mpf]], like: torch.Tensor, dim: int = -1) -> torch.Tensor:
    moved = like.movedim(dim, -1)
    numbers = [[float(x) for x in row] for row in rows]
    return torch.tensor(numbers, dtype=torch.float64).reshape(moved.shape).movedim(-1, dim)


def _limits(dtype: torch.dtype) -> tuple[mpf, mpf]:
    """Machine epsilon and the smallest subnormal number."""
    info = torch.finfo(dtype)
    return mpf(info.eps), mpf(info.smallest_normal) * mpf(info.eps)


class Probabilities:
    """The softmax of one row in 50 digits, and what a dtype may get wrong about it."""

    def __init__(self, logits: list[mpf], dtype: torch.dtype):
        self.eps, self.tiny = _limits(dtype)
        self.peak = max(logits)
        arguments = [z - self.peak for z in logits]
        weights = [mp.exp(a) for a in arguments]
        self.log_total = mp.log(mp.fsum(weights))
        self.p = [w / mp.fsum(weights) for w in weights]
        # p·(1 + |argument of the exponential|); a p of exactly 0 needs no factor, and infinity would not be one.
        self.unit = [q * (1 + abs(a)) if mp.isfinite(a) else mpf(0) for q, a in zip(self.p, arguments, strict=True)]


def _product(name: str) -> Callable[[Case, torch.dtype], Truth]:
    """Truth of p·(v - Σ p v), the vector-Jacobian and the Jacobian-vector product of softmax, and of its gradient in v.

    Its gradient in p has no one truth: formulas that agree wherever p sums to 1 differ beside it.
    """

    def truth(case: Case, dtype: torch.dtype) -> Truth:
        arguments = case.arguments(dtype)
        p, v = arguments["p"], arguments[name]
        dim = case.keywords.get("dim", -1)
        weights = case.weights(p.shape, dtype)
        with mp.workdps(DIGITS):
            eps, tiny = _limits(dtype)
            rows = [
                _one_product(*row, eps, tiny) for row in zip(*(_rows(t, dim) for t in (p, v, weights)), strict=True)
            ]
            value, tolerance, slope, allowed = (_unrows([row[k] for row in rows], p, dim) for k in range(4))
        return Truth(value, tolerance, {name: slope}, {name: allowed})

    return truth


def _one_product(p: list[mpf], v: list[mpf], w: list[mpf], eps: mpf, tiny: mpf) -> tuple[list[mpf], ...]:
    """Value and gradient in v of one row, each with its tolerance."""

    def dot(a: list[mpf], b: list[mpf]) -> mpf:
        return mp.fsum(x * y for x, y in zip(a, b, strict=True))

    mean_v, mean_w = dot(p, v), dot(p, w)
    large_v, large_w = (dot(p, [abs(x) for x in vector]) for vector in (v, w))
    triples = list(zip(p, v, w, strict=True))
    return (
        [q * (x - mean_v) for q, x, _ in triples],
        [_VALUE * (eps * q * (abs(x) + large_v) + tiny) for q, x, _ in triples],
        [q * (y - mean_w) for q, _, y in triples],
        [_GRADIENT * (eps * q * (abs(y) + large_w) + tiny) for q, _, y in triples],
    )


softmax_vjp = _product("v")
softmax_jvp = _product("t")


def _batch(case: Case, dtype: torch.dtype) -> tuple[torch.Tensor, list[list[mpf]], list[int]]:
    arguments = case.arguments(dtype)
    return arguments["logits"], _rows(arguments["logits"]), arguments["targets"].tolist()


def _by_rows(case: Case, dtype: torch.dtype, row: Callable) -> Truth:
    """Truth of a function that maps each row to a row; `row(probabilities, y, n)` gives value and tolerance."""
    with mp.workdps(DIGITS):
        logits, rows, targets = _batch(case, dtype)
        results = []
        for numbers, target in zip(rows, targets, strict=True):
            y = [mpf(int(k == target)) for k in range(len(numbers))]
            results.append(row(Probabilities(numbers, dtype), y, mpf(len(rows))))
        value, tolerance = (_unrows([result[k] for result in results], logits) for k in range(2))
    return Truth(value, tolerance)


def cross_entropy_grad(case: Case, dtype: torch.dtype) -> Truth:
    """p - q for each row, over the number of rows for the mean; q is the one-hot target, smoothed."""
    smoothing = mpf(case.keywords.get("label_smoothing", 0.0))
    mean = case.keywords.get("reduction", "mean") == "mean"

    def row(r: Probabilities, y: list[mpf], n: mpf) -> tuple[list[mpf], list[mpf]]:
        scale = 1 / n if mean else mpf(1)
        q = [(1 - smoothing) * k + smoothing / len(y) for k in y]
        slope = [scale * (a - b) for a, b in zip(r.p, q, strict=True)]
        # Half precision may round the smoothing's two numbers before they are added.
        allowed = [
            _VALUE * (scale * r.eps * (u + b + k * smoothing) + r.tiny) for u, b, k in zip(r.unit, q, y, strict=True)
        ]
        return slope, allowed

    return _by_rows(case, dtype, row)


def mse_softmax_grad(case: Case, dtype: torch.dtype) -> Truth:
    """2/N·p·(d - Σ p d) with d = p - y, row by row."""

    def row(r: Probabilities, y: list[mpf], n: mpf) -> tuple[list[mpf], list[mpf]]:
        d = [a - b for a, b in zip(r.p, y, strict=True)]
        mean = mp.fsum(a * b for a, b in zip(r.p, d, strict=True))
        large = mp.fsum(u * (p + k) for u, p, k in zip(r.unit, r.p, y, strict=True))
        slope = [2 / n * p * (b - mean) for p, b in zip(r.p, d, strict=True)]
        allowed = [
            _VALUE * (2 / n * r.eps * u * (v + k + large) + r.tiny) for u, v, k in zip(r.unit, r.unit, y, strict=True)
        ]
        return slope, allowed

    return _by_rows(case, dtype, row)


def stable_cross_entropy(case: Case, dtype: torch.dtype) -> Truth:
    """The mean over rows of log-sum-exp minus the true class's logit, and p - y over the number of rows behind it."""
    with mp.workdps(DIGITS):
        logits, rows, targets = _batch(case, dtype)
        weight = mpf(case.weights(torch.Size(()), dtype).to(torch.float64).item())
        n = mpf(len(rows))
        loss, allowed, slopes, slopes_allowed = mpf(0), mpf(0), [], []
        for numbers, target in zip(rows, targets, strict=True):
            r = Probabilities(numbers, dtype)
            one = (r.peak - numbers[target]) + r.log_total
            loss += one / n
            # The logarithm of a sum between 1 and K is right in absolute terms: the sum itself was rounded.
            allowed += _VALUE * r.eps * (abs(one) + r.log_total + 1) / n
            y = [int(k == target) for k in range(len(numbers))]
            slopes.append([weight * (p - k) / n for p, k in zip(r.p, y, strict=True)])
            slopes_allowed.append(
                [_GRADIENT * (r.eps * abs(weight) / n * (u + k) + 2 * r.tiny) for u, k in zip(r.unit, y, strict=True)]
            )
        return Truth(
            torch.tensor(float(loss), dtype=torch.float64),
            torch.tensor(float(allowed), dtype=torch.float64),
            {"logits": _unrows(slopes, logits)},
            {"logits": _unrows(slopes_allowed, logits)},
        )


def gradient_check(case: Case, dtype: torch.dtype) -> Truth:
    """The largest |a - n| / max(|a|, |n|), a from autograd and n the exact central difference.

    The tolerance is what rounding does to a central difference in float64: to the two values, and to the two points.
    """
    f = case.keywords["f"]
    with mp.workdps(DIGITS):
        numbers = [mpf(x) for x in case.arguments(dtype)["x"].flatten().tolist()]
        eps = mpf(case.keywords["eps"])
        worst, allowed = mpf(0), mpf(0)
        for i, x in enumerate(numbers):
            a, n = f.slope(numbers, i), f.difference(numbers, i, eps)
            largest = max(abs(a), abs(n))
            if largest == 0:
                continue
            worst = max(worst, abs(a - n) / largest)
            rounding = f.size(numbers) * _FLOAT64_EPS / eps + abs(n) * abs(x) * _FLOAT64_EPS / eps
            allowed = max(allowed, _VALUE * (rounding / largest + _FLOAT64_EPS))
        return Truth(torch.tensor(float(worst), dtype=torch.float64), torch.tensor(float(allowed), dtype=torch.float64))
