"""The exercises' right results from 50-digit arithmetic, with the error that the dtype allows. No torch arithmetic."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import mpmath
import torch

mpmath.mp.dps = 50


@dataclass(frozen=True)
class Truth:
    """Values and vector-Jacobian product as float64 tensors; nan in a gradient stands for "anything but nan"."""

    value: torch.Tensor
    tolerance: torch.Tensor
    gradient: torch.Tensor
    gradient_tolerance: torch.Tensor


@dataclass(frozen=True)
class _Row:
    """One row: lists of mpf."""

    value: list
    tolerance: list
    gradient: list
    gradient_tolerance: list


def truth(exercise: str, x: torch.Tensor, weights: torch.Tensor, keywords: dict) -> Truth:
    """What `exercise` gives for `x`, and its gradient for the upstream gradient `weights` (shaped like the result)."""
    dim = keywords.get("dim", -1) % x.dim()
    eps, subnormal = _spacing(x.dtype)
    mask = keywords.get("mask", torch.zeros(x.shape, dtype=torch.bool)).expand(x.shape)
    reduces = exercise == "logsumexp"
    upstream = weights.reshape([1 if reduces and i == dim else n for i, n in enumerate(x.shape)])
    filled = torch.zeros(x.shape, dtype=torch.float64)
    value, tolerance = (torch.zeros(upstream.shape, dtype=torch.float64) for _ in range(2))
    gradient, gradient_tolerance = filled.clone(), filled.clone()
    for index in itertools.product(*(range(1 if i == dim else n) for i, n in enumerate(x.shape))):
        row = tuple(slice(None) if i == dim else k for i, k in enumerate(index))
        numbers = [mpmath.mpf(v) for v in x[row].tolist()]
        w = [mpmath.mpf(v) for v in upstream[row].tolist()]
        if reduces:
            found = _logsumexp(numbers, w[0], eps, subnormal)
        else:
            found = _softmax(numbers, mask[row].tolist(), w, eps, subnormal, keywords.get("temperature"))
        for target, source in (
            (value, found.value),
            (tolerance, found.tolerance),
            (gradient, found.gradient),
            (gradient_tolerance, found.gradient_tolerance),
        ):
            target[row] = torch.tensor([float(v) for v in source], dtype=torch.float64)
    return Truth(value.reshape(weights.shape), tolerance.reshape(weights.shape), gradient, gradient_tolerance)


def _spacing(dtype: torch.dtype) -> tuple[mpmath.mpf, mpmath.mpf]:
    info = torch.finfo(dtype)
    return mpmath.mpf(info.eps), mpmath.mpf(info.smallest_normal) * mpmath.mpf(info.eps)


def _shares(numbers: list, hidden: list) -> tuple[list, list]:
    """Softmax weights of the visible numbers, and the distance of each from the largest."""
    seen = [v for v, skip in zip(numbers, hidden, strict=True) if not skip]
    top = max(seen, default=mpmath.mpf(0))
    terms = [mpmath.mpf(0) if skip else mpmath.exp(v - top) for v, skip in zip(numbers, hidden, strict=True)]
    total = sum(terms) or mpmath.mpf(1)
    far = [mpmath.mpf(0) if skip else top - v for v, skip in zip(numbers, hidden, strict=True)]
    return [t / total for t in terms], far


def _softmax(numbers: list, hidden: list, w: list, eps, subnormal, temperature) -> _Row:
    scale = 1 if temperature is None else -1 / mpmath.mpf(temperature)
    p, far = _shares([scale * v for v in numbers], hidden)
    # A weight of 0 has no relative error, however far away it is.
    unit = [q * (1 + a) if q else mpmath.mpf(0) for q, a in zip(p, far, strict=True)]
    mean = sum(q * v for q, v in zip(p, w, strict=True))
    size = sum(u * abs(v) for u, v in zip(unit, w, strict=True))
    zero = [8 * subnormal * (not skip) for skip in hidden]
    return _Row(
        p,
        [8 * eps * u + z for u, z in zip(unit, zero, strict=True)],
        [scale * q * (v - mean) for q, v in zip(p, w, strict=True)],
        [
            8 * eps * abs(scale) * (u * (abs(v) + size) + q * size + (size if a == 0 else 0)) * (z > 0)
            + z * (1 + abs(scale))
            for u, v, q, a, z in zip(unit, w, p, far, zero, strict=True)
        ],
    )


def _logsumexp(numbers: list, w, eps, subnormal) -> _Row:
    n, top = len(numbers), max(numbers)
    if mpmath.isinf(top):
        return _Row([top], [mpmath.mpf(0)], [mpmath.nan] * n, [mpmath.mpf(0)] * n)
    p, far = _shares(numbers, [False] * n)
    unit = [q * (1 + a) if q else mpmath.mpf(0) for q, a in zip(p, far, strict=True)]
    log_total = -mpmath.log(max(p))
    value = top + log_total
    # The result may cancel to nearly 0 (two numbers of -log 2), so part of the error is absolute.
    return _Row(
        [value],
        [8 * eps * (abs(value) + log_total + sum(unit))],
        [q * w for q in p],
        [
            8 * eps * abs(w) * (u + q * sum(unit) + (1 if a == 0 else 0)) + 8 * subnormal
            for u, q, a in zip(unit, p, far, strict=True)
        ],
    )
