"""The unit's functions in 60-digit arithmetic, independent of the package, and distances from them in ulps."""

from __future__ import annotations

import torch
from mpmath import mp, mpf

from tests.notebooks import cell, source

UNIT = "06-expm1-log1p"
EXERCISES = ("log1pexp", "compound", "log1mexp", "logsubexp", "log_factorial", "l2_norm", "running_variance")

mp.dps = max(mp.dps, 60)


def solutions() -> dict:
    """The instructor's answers, from the notebook."""
    notebook = source(UNIT)
    namespace = {"torch": torch}
    exec("import math", namespace)
    for name in EXERCISES:
        exec(cell(notebook, name).source, namespace)
    return {name: namespace[name] for name in EXERCISES}


def log1pexp(x: float) -> mpf:
    return mp.log1p(mp.exp(mpf(x))) if x < 40 else mpf(x) + mp.log1p(mp.exp(-mpf(x)))


def log1mexp(x: float) -> mpf:
    # 60 digits are not enough to subtract exp(-x) from 1 for tiny x, nor to see it beside 1 for large x.
    return mp.log(-mp.expm1(-mpf(x))) if x < 1 else mp.log1p(-mp.exp(-mpf(x)))


def logsubexp(a: float, b: float) -> tuple[mpf, mpf]:
    """The value, and its condition number (|a| + |log(1 - exp(b - a))|) / |value|."""
    gap = mpf(a) - mpf(b)
    share = mp.log(-mp.expm1(-gap)) if gap < 1 else mp.log1p(-mp.exp(-gap))
    value = mpf(a) + share
    return value, (abs(mpf(a)) + abs(share)) / abs(value)


def ulps(found: float, exact: mpf, dtype: torch.dtype) -> float:
    """|found - exact| in units of the last place at `exact`, subnormal spacing included."""
    info = torch.finfo(dtype)
    spacing = mpf(2) ** mp.floor(mp.log(abs(exact), 2)) * info.eps
    return float(abs(mpf(found) - exact) / max(spacing, mpf(info.smallest_normal) * info.eps))
