"""Log-probabilities and losses with 60 digits, and spacings of floats; knows nothing of the course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mpmath import mp, mpf

DIGITS = 60


@dataclass(frozen=True)
class Exact:
    """One row of log-probabilities, and Σ pⱼ |zⱼ - max z|: what rounded differences do to the log of the sum."""

    log_p: tuple[mpf, ...]
    mass: mpf


def row(logits: Sequence[float]) -> Exact:
    """The log-softmax of one row."""
    with mp.workdps(DIGITS):
        z = [mpf(x) for x in logits]
        lead = max(range(len(z)), key=z.__getitem__)
        terms = [mp.exp(x - z[lead]) for x in z]
        others = mp.fsum(term for i, term in enumerate(terms) if i != lead)
        normaliser = mp.log1p(others)
        far = [abs(x - z[lead]) if term else mpf(0) for x, term in zip(z, terms, strict=True)]
        mass = mp.fsum(term / (1 + others) * distance for term, distance in zip(terms, far, strict=True))
        return Exact(tuple(x - z[lead] - normaliser for x in z), mass)


def loss(logits: Sequence[float], target: int, smoothing: float = 0.0) -> mpf:
    """Cross-entropy of one row, smoothed as PyTorch documents it: smoothing / K on every class."""
    log_p = row(logits).log_p
    with mp.workdps(DIGITS):
        hard = -log_p[target]
        return (1 - mpf(smoothing)) * hard - mpf(smoothing) * mp.fsum(log_p) / len(log_p) if smoothing else hard


def spacing(value: mpf, dtype: torch.dtype) -> mpf:
    """The distance of neighbouring numbers of `dtype` at `value`."""
    info = torch.finfo(dtype)
    if value == 0:
        return mpf(info.smallest_normal) * mpf(info.eps)
    return max(mp.ldexp(1, int(mp.floor(mp.log(abs(value), 2)))), mpf(info.smallest_normal)) * mpf(info.eps)
