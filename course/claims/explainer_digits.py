"""Claims of the interactive explainer about digits that cancel, and the tricks on its reference card."""

from __future__ import annotations

import numpy as np
import torch
from mpmath import mp, mpf
from torch.nn import functional

from course.claims import exact
from course.claims.exact import DTYPES, number
from course.claims.ledger import Evidence, claim, judge

_DIGITS = "06-expm1-log1p"
_INF = float("inf")


def _log_of_difference(x: torch.Tensor) -> torch.Tensor:
    return (1 - x.neg().exp()).log()


def _log_of_expm1(x: torch.Tensor) -> torch.Tensor:
    return x.neg().expm1().neg().log()


def _log1mexp(x: float) -> mpf:
    with mp.workdps(exact.DIGITS):
        return mp.log1p(-mp.exp(-mpf(x))) if x > 1 else mp.log(-mp.expm1(-mpf(x)))


@claim("X8", unit=_DIGITS, says="For x = 1e-7, the naive log(1 - e^{-x}) is either -inf or short of about six digits.")
def log_of_a_difference(x: float = 1e-7, digits: float = 6, within: float = 1) -> Evidence:
    """In each dtype, with x as that dtype holds it: -inf, or the digits lost against rounding the true value."""
    cases, measured = {}, {}
    for name, dtype in DTYPES.items():
        held = torch.tensor(x, dtype=dtype)
        got, true = _log_of_difference(held).item(), _log1mexp(held.item())
        lost = exact.digits_lost(got, true, dtype)
        cases[name] = got == -_INF or abs(lost - digits) <= within
        measured[name] = (
            "-inf" if got == -_INF else f"{number(got, 6)}; exact {number(true, 6)}; {lost:.0f} digits lost"
        )
    return judge(
        cases,
        measured,
        holds="-inf in half precision, where exp(-x) is 1; about five to six digits short in float32 and float64.",
    )


@claim("X9", unit=_DIGITS, says="log(-expm1(-x)) is correct to machine epsilon.")
def log_of_expm1(
    points: tuple[float, ...] = (1e-7, 1e-3, 0.1, 0.5, 0.6931, 5, 10, 20, 40), multiple: float = 4
) -> Evidence:
    """Relative error in float64 of at most 4 eps, point by point."""
    eps = torch.finfo(torch.float64).eps
    got = _log_of_expm1(torch.tensor(points, dtype=torch.float64)).tolist()
    errors = {x: exact.relative_error(value, _log1mexp(x)) for x, value in zip(points, got, strict=True)}
    good = [x for x, error in errors.items() if error <= multiple * eps]
    measured = {
        f"within {number(multiple)} eps of float64 at": ", ".join(number(x) for x in good) or "none",
        "not at": ", ".join(number(x) for x in points if x not in good) or "none",
        "at x = 40": f"{number(got[-1], 3)}; exact {number(_log1mexp(points[-1]), 3)}",
    }
    if points[-1] != 40:
        del measured["at x = 40"]
    first_bad = min((x for x in points if x not in good), default=None)
    return judge(
        {f"x = {number(x)}": x in good for x in points},
        measured,
        only_if=f"x is small: of these points it holds up to {number(max(good, default=0))} (ln 2 is the usual switch) "
        f"and no longer at {number(first_bad or 0)}, where expm1 comes near -1; log1p(-exp(-x)) is right there.",
    )


def _textbook(data: np.ndarray) -> float:
    one = data.dtype.type(len(data))
    mean = data.sum() / one
    return float((data * data).sum() / one - mean * mean)


def _welford(data: np.ndarray) -> float:
    """Welford's recurrence (1962), every operation in the dtype of the data."""
    kind = data.dtype.type
    mean = squares = kind(0)
    for n, x in enumerate(data, 1):
        step = x - mean
        mean += step / kind(n)
        squares += step * (x - mean)
    return float(squares / kind(len(data)))


@claim("X12", unit=_DIGITS, says="The textbook variance mean(x²) - mean(x)² can lose every digit; Welford's does not.")
def textbook_variance(
    offsets: tuple[tuple[str, float], ...] = (("float32", 1e5), ("float64", 1e9), ("float32", 1e7)),
) -> Evidence:
    """500 whole numbers, falling from an offset plus 1 to minus 1; losing every digit is a relative error of 1."""
    deviations = [1] * 167 + [0] * 166 + [-1] * 167
    # Whole numbers: n Σd² - (Σd)² is exact, and so is its quotient to 60 digits.
    count = len(deviations)
    with mp.workdps(exact.DIGITS):
        true = mpf(count * sum(d * d for d in deviations) - sum(deviations) ** 2) / count**2
    cases, measured = {}, {"exact": number(true)}
    for name, offset in offsets:
        data = np.array([offset + d for d in deviations], dtype=name)
        textbook, welford = _textbook(data), _welford(data)
        place = f"{name} around {number(offset)}"
        cases[place] = exact.relative_error(textbook, true) >= 1 > exact.relative_error(welford, true)
        off = exact.relative_error(welford, true)
        near = "all digits lost" if off >= 1 else f"{number(welford, 2)}"
        lost = exact.relative_error(textbook, true) >= 1
        measured[place] = f"textbook {'all digits lost' if lost else number(textbook, 2)}, Welford {near}"
    return judge(
        cases,
        measured,
        holds="Welford's keeps some.",
        only_if="the mean is not too many deviations from 0 for the dtype: {yes}. Not: {no}, where Welford's running "
        "mean cannot move by less than an ulp.",
        false="Here the two are alike.",
    )


@claim("X13", unit=_DIGITS, says="Dividing by a softmax weight is made safe by multiplying with exp(-log p).")
def instead_of_dividing(gaps: tuple[int, ...] = tuple(range(1, 1101))) -> Evidence:
    """The weight of the smaller of two logits, in each dtype: at which whole gaps is 1/p or exp(-log p) infinite?"""
    cases, measured = {}, {}
    for name, dtype in DTYPES.items():
        logits = torch.stack((torch.zeros(len(gaps)), -torch.tensor(gaps, dtype=torch.float32)), -1).to(dtype)
        divided = logits.softmax(-1)[:, 1].reciprocal().isinf()
        multiplied = logits.log_softmax(-1)[:, 1].neg().exp().isinf()
        cases[f"{name}, as safe for all gaps"] = not multiplied.any().item()
        cases[f"{name}, safer than dividing"] = (divided & ~multiplied).any().item()
        first = [
            next((g for g, bad in zip(gaps, flags.tolist(), strict=True) if bad), None)
            for flags in (divided, multiplied)
        ]
        measured[f"{name}: 1/p, exp(-log p) are inf from a gap of"] = ", ".join(map(str, first))
    with mp.workdps(exact.DIGITS):
        ratio = mp.exp(mpf(-199) + 200)
    measured["p₁/p₂ at log-probabilities -199 and -200, float32, by exp of their difference"] = (
        f"{torch.tensor(-199.0 + 200).exp().item():.4f}; exact {number(ratio, 5)}"
    )
    return judge(
        cases,
        measured,
        holds="It never overflows.",
        only_if="{yes}; not: {no}",
        false="exp(-log p) is 1/p and overflows from the same gap on. What helps is to subtract log p before the "
        "exponential is taken.",
    )


@claim("X15", unit=_DIGITS, says="BatchNorm stabilises by using the squared mean plus epsilon as the variance.")
def batch_norm(center: float = 3.0, eps: float = 1e-5) -> Evidence:
    """PyTorch's batch norm beside two formulas, on eight numbers in float64."""
    x = center + torch.tensor([-2.0, -1, 0, 1, 2, 0.5, -0.5, 0], dtype=torch.float64).unsqueeze(-1)
    library = functional.batch_norm(x, None, None, training=True, eps=eps)
    mean = x.mean(0)
    variance = (x - mean).square().mean(0)
    by_formula = {
        "squared mean plus epsilon": (x - mean) / (mean.square() + eps).sqrt(),
        "variance plus epsilon": (x - mean) / (variance + eps).sqrt(),
    }
    agree = {name: torch.allclose(library, y, rtol=1e-9, atol=1e-12) for name, y in by_formula.items()}
    spread = {name: y.square().mean().item() for name, y in by_formula.items()}
    return judge(
        {"squared mean plus epsilon": agree["squared mean plus epsilon"]},
        {
            **{f"torch.nn.functional.batch_norm is {name}": "yes" if same else "no" for name, same in agree.items()},
            "variance of the output": ", ".join(f"{name} {number(v, 3)}" for name, v in spread.items()),
        },
        false=f"It divides by the root of the {next((n for n, same in agree.items() if same), 'something else')}: "
        "epsilon keeps a constant channel from dividing by 0.",
    )
