"""Worst errors over whole ranges, in ulps of the correctly rounded result, against mpmath with 60 digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.special
import torch
from mpmath import mp, mpf

from tests.notebooks import cell, source

DTYPES = (torch.float32, torch.float64)
WELL = 1.5
"""The largest condition number that counts as well conditioned: the sum of the sizes of what is added up, over the size
of the result."""

Inputs = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Subject:
    """One function and the functions that do the same job."""

    name: str
    unit: str
    inputs: Callable[[torch.dtype], Iterator[Inputs]]
    """Arguments, one call after the other."""

    exact: Callable[..., Sequence[tuple[mpf, mpf]]]
    """(value, condition number) of every element of the result, for arguments as Python floats."""

    torch: Callable | None = None
    scipy: Callable | None = None
    """Takes and gives NumPy arrays of the input's dtype."""

    note: str = ""
    """Where the problem is ill conditioned, or what the libraries offer."""


@dataclass(frozen=True)
class Worst:
    """The largest error of one implementation in one dtype."""

    ulps: float
    where: str


def solution(subject: Subject) -> Callable:
    """The instructor's own function, from the notebook in which it is an exercise."""
    notebook = source(subject.unit)
    namespace = {"torch": torch, "math": math}
    for name in {"logsubexp": ("log1mexp", "logsubexp")}.get(subject.name, (subject.name,)):
        exec(cell(notebook, name).source, namespace)
    return namespace[subject.name]


def worst(subject: Subject, function: Callable, dtype: torch.dtype) -> Worst:
    """The worst error of `function`, which takes and gives tensors, where the problem is well conditioned."""
    with mp.workdps(60):
        found = Worst(0.0, "")
        for arguments in subject.inputs(dtype):
            results = torch.as_tensor(function(*arguments)).reshape(-1).tolist()
            numbers = [argument.tolist() for argument in arguments]
            for place, (result, (exact, condition)) in enumerate(zip(results, subject.exact(*numbers), strict=True)):
                off = ulps(result, exact, dtype) if condition <= WELL else 0.0
                if off > found.ulps:
                    found = Worst(off, _where(numbers, place))
        return found


def ulps(found: float, exact: mpf, dtype: torch.dtype) -> float:
    """Error in units of the spacing of floats at the correctly rounded result; inf where only one is finite."""
    info = torch.finfo(dtype)
    rounded = float(torch.tensor(float(exact), dtype=torch.float64).to(dtype))
    if math.isnan(found) or math.isinf(found) or math.isinf(rounded):
        return 0.0 if found == rounded else math.inf
    _, exponent = math.frexp(rounded)
    spacing = max(mpf(2) ** (exponent - 1) * info.eps, mpf(info.smallest_normal) * info.eps)
    return float(abs(mpf(found) - exact) / spacing)


def as_tensors(function: Callable) -> Callable:
    """A NumPy function as one of tensors; warnings about infinities are what is measured, and stay silent."""

    def call(*arguments: torch.Tensor) -> torch.Tensor:
        with np.errstate(all="ignore"):
            result = function(*(argument.numpy() for argument in arguments))
        return torch.from_numpy(np.asarray(result, dtype=arguments[0].numpy().dtype))

    return call


def _where(numbers: Sequence, place: int) -> str:
    if isinstance(numbers[0][place] if place < len(numbers[0]) else None, float) and len(numbers[0]) > 64:
        return ", ".join(f"{argument[place]:.4g}" for argument in numbers)
    return f"a row of {len(numbers[0])}"


def _last_argument(dtype: torch.dtype) -> float:
    """x for which exp(-x) is the smallest subnormal number."""
    info = torch.finfo(dtype)
    return -math.log(info.smallest_normal) - math.log(info.eps)


def _positive(dtype: torch.dtype) -> Iterator[Inputs]:
    info = torch.finfo(dtype)
    lowest = math.log10(info.smallest_normal) + math.log10(info.eps) + 0.1
    x = torch.logspace(lowest, math.log10(_last_argument(dtype)), 3000, dtype=torch.float64).to(dtype)
    yield (torch.cat([x, torch.linspace(0.5, 0.9, 1000, dtype=dtype)]),)


def _real(dtype: torch.dtype) -> Iterator[Inputs]:
    small = torch.logspace(-40, 0, 400, dtype=torch.float64)
    large = torch.logspace(1.7, 37, 200, dtype=torch.float64)
    middle = torch.linspace(-_last_argument(dtype), 50, 3000, dtype=torch.float64)
    yield (torch.cat([middle, small, -small, large]).to(dtype),)


def _pairs(dtype: torch.dtype) -> Iterator[Inputs]:
    generator = torch.Generator().manual_seed(6)
    u, v, w = torch.rand(3, 4000, generator=generator, dtype=torch.float64)
    a = ((2 * u - 1) * 10 ** (5 * v - 2)).to(dtype)
    b = a - (10 ** (9 * w - 6)).to(dtype)
    yield a[a > b], b[a > b]


def _rows(dtype: torch.dtype) -> Iterator[Inputs]:
    """Rows of 2 to 1000 numbers, narrow and wide, near 0 and far away, on a grid on which differences are exact."""
    generator = torch.Generator().manual_seed(4)
    lengths, spreads, offsets = (2, 3, 10, 60), (0.1, 1, 5, 20, 100, 500), (0, 30, -300, 1000)
    for number in range(96):
        n = 1000 if number % 40 == 0 else lengths[number % 4]
        logits = spreads[number % 6] * torch.randn(n, generator=generator, dtype=torch.float64)
        yield (((8 * logits).round() / 8 + offsets[(number // 6) % 4]).to(dtype),)


def _exact_log1mexp(x: list[float]) -> list[tuple[mpf, mpf]]:
    return [(mp.log(-mp.expm1(-mpf(t))) if t < 1 else mp.log1p(-mp.exp(-mpf(t))), mpf(1)) for t in x]


def _exact_log1pexp(x: list[float]) -> list[tuple[mpf, mpf]]:
    return [(max(mpf(t), 0) + mp.log1p(mp.exp(-abs(mpf(t)))), mpf(1)) for t in x]


def _exact_logsubexp(a: list[float], b: list[float]) -> list[tuple[mpf, mpf]]:
    found = []
    for s, t in zip(a, b, strict=True):
        ((share, _),) = _exact_log1mexp([mpf(s) - mpf(t)])
        value = mpf(s) + share
        found.append((value, (abs(mpf(s)) + abs(share)) / abs(value)))
    return found


def _exact_logsumexp(x: list[float]) -> list[tuple[mpf, mpf]]:
    top = max(x)
    rest = mp.log(mp.fsum(mp.exp(mpf(t) - mpf(top)) for t in x))
    value = mpf(top) + rest
    return [(value, (abs(mpf(top)) + rest) / abs(value) if value else mpf("inf"))]


def _exact_log_softmax(x: list[float]) -> list[tuple[mpf, mpf]]:
    top, first = max(x), x.index(max(x))
    others = mp.fsum(mp.exp(mpf(t) - mpf(top)) for i, t in enumerate(x) if i != first)
    rest = mp.log1p(others)
    return [(mpf(t) - mpf(top) - rest, mpf(1)) for t in x]


SUBJECTS = (
    Subject(
        "logsumexp",
        "03-max-shift",
        _rows,
        _exact_logsumexp,
        torch=lambda x: torch.logsumexp(x, -1),
        scipy=scipy.special.logsumexp,
        note="ill conditioned where the maximum and the logarithm of the shifted sum cancel, near a result of 0",
    ),
    Subject(
        "log_softmax",
        "04-log-softmax",
        _rows,
        _exact_log_softmax,
        torch=lambda x: torch.log_softmax(x, -1),
        scipy=scipy.special.log_softmax,
        note="rows whose differences from the maximum are exact; elsewhere their rounding is exponentiated",
    ),
    Subject(
        "softplus",
        "05-bce-with-logits",
        _real,
        _exact_log1pexp,
        torch=torch.nn.functional.softplus,
        scipy=lambda x: np.logaddexp(x.dtype.type(0), x),
        note="SciPy has none; NumPy's `logaddexp(0, x)` is measured",
    ),
    Subject(
        "log1pexp",
        "06-expm1-log1p",
        _real,
        _exact_log1pexp,
        torch=lambda x: torch.logaddexp(x, torch.zeros_like(x)),
        scipy=lambda x: -scipy.special.log_expit(-x),
        note="PyTorch's `logaddexp(x, 0)`; SciPy's `-log_expit(-x)`",
    ),
    Subject("log1mexp", "06-expm1-log1p", _positive, _exact_log1mexp, note="neither library has it"),
    Subject(
        "logsubexp",
        "06-expm1-log1p",
        _pairs,
        _exact_logsubexp,
        scipy=lambda a, b: scipy.special.logsumexp(
            np.stack([a, b]), axis=0, b=np.array([[1.0], [-1.0]], dtype=a.dtype)
        ),
        note="ill conditioned where a and log(1 - exp(b - a)) cancel; SciPy's `logsumexp` with weights 1 and -1",
    ),
)
