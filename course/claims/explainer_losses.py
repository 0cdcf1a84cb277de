"""Claims of the interactive explainer about logarithms of probabilities, losses and statistics."""

from __future__ import annotations

import numpy as np
import torch
from mpmath import mp, mpf
from torch.nn import functional

from course.claims import exact, naive
from course.claims.exact import DTYPES, number
from course.claims.ledger import Evidence, claim, judge

_LOG, _BCE, _DIGITS = "04-log-softmax", "05-bce-with-logits", "06-expm1-log1p"
_INF = float("inf")


@claim("X5", unit=_LOG, says="log(softmax(x)) fails in two different ways.")
def two_failures(ways: int = 2, rows: tuple[tuple[float, float], ...] = ((1000, 0), (0, -200), (1, 0))) -> Evidence:
    """Kinds of inf and nan that the rows bring out in float32, with the naive softmax; then with torch's."""
    kinds, measured = {}, {}
    for name, function in {"naive softmax": naive.softmax, "torch.softmax": lambda x: torch.softmax(x, -1)}.items():
        results = [function(torch.tensor(row, dtype=torch.float32)).log().tolist() for row in rows]
        failures = [number(value) for result in results for value in result if abs(value) == _INF or value != value]
        kinds[name] = list(dict.fromkeys(failures))
        measured |= {
            f"{name}, logits {', '.join(map(str, row))}": ", ".join(number(v, 3) for v in result)
            for row, result in zip(rows, results, strict=True)
        }
    top = torch.softmax(torch.tensor([20.0, 0.0]), -1).log()[0].item()
    measured["torch.softmax, logits 20, 0: first entry, exact"] = f"{number(top, 2)}, {number(-exact.softplus(-20), 3)}"
    return judge(
        {"naive softmax": len(kinds["naive softmax"]) == ways},
        measured,
        holds="nan where exp overflows, -inf where a weight underflows. After a shift there is still "
        f"{', '.join(kinds['torch.softmax'])}, and near 1 the logarithm silently loses its digits.",
        false=f"These rows show {len(kinds['naive softmax'])}: {', '.join(kinds['naive softmax'])}.",
    )


@claim("X6", unit=_BCE, says="log σ(z) = -softplus(-z), and log(1-σ(z)) = -z - softplus(-z).")
def two_identities(sign: int = -1, points: tuple[float, ...] = (-80, -20, -3, 0, 3, 20, 80)) -> Evidence:
    """Both with 60 digits, then both computed in float32, as they stand, at the same points."""
    with mp.workdps(exact.DIGITS):
        # More digits for the left sides: log(1 - σ) cancels.
        first = all(abs(mp.log(exact.sigmoid(z)) + exact.softplus(-z)) < 1e-20 for z in points)
        ones = [-exact.softplus(z) for z in points]  # log(1 - σ(z)) = log σ(-z)
        second = all(
            abs(true - (sign * mpf(z) - exact.softplus(-z))) < 1e-20 for z, true in zip(points, ones, strict=True)
        )
    bound = {z: 8 * torch.finfo(torch.float32).eps * (1 + abs(z)) for z in points}
    x = torch.tensor(points, dtype=torch.float32)
    computed = (sign * x - functional.softplus(-x)).tolist()
    as_first = (-functional.softplus(-x)).tolist()
    right = [
        z for z, got, true in zip(points, computed, ones, strict=True) if exact.relative_error(got, true) <= bound[z]
    ]
    first_right = all(
        exact.relative_error(g, -exact.softplus(-z)) <= bound[z] for z, g in zip(points, as_first, strict=True)
    )
    lost = [z for z in points if z not in right]
    at = min(lost, default=points[0])
    index = points.index(at)
    return judge(
        {
            "the first as an identity": first,
            "the first computed in float32": first_right,
            "the second as an identity": second,
            "the second computed in float32, z ≥ 0": all(z in right for z in points if z >= 0),
            "the second computed in float32, z < 0": all(z in right for z in points if z < 0),
        },
        {
            "points": ", ".join(number(z) for z in points),
            "second form right to rounding in float32 at": ", ".join(number(z) for z in right),
            f"at {number(at)}: computed, exact": f"{number(computed[index], 3)}, {number(ones[index], 3)}",
        },
        only_if="the second one is not computed as it stands for z < 0, where -z and softplus(-z) cancel: use "
        "-softplus(z). Right: {yes}.",
    )


@claim(
    "X7",
    unit=_BCE,
    says="max(z,0) - zy + log(1 + e^{-|z|}) is accurate for all z as written, with log rather than log1p.",
)
def with_plain_log(points: tuple[float, ...] = (-200, -20, -5, 0, 5, 20, 200)) -> Evidence:
    """Absolute and relative errors in float32 and float64 for y = 0 and y = 1, against 60 digits."""
    cases, worst_case = {}, {}
    for name in ("float32", "float64"):
        dtype = DTYPES[name]
        eps = torch.finfo(dtype).eps
        absolute = relative = True
        for y in (0, 1):
            z = torch.tensor(points, dtype=dtype)
            for point, got in zip(points, _loss_with_plain_log(z, y).tolist(), strict=True):
                true = exact.softplus(point if y == 0 else -point)
                bound = 8 * eps * (1 + abs(point))
                absolute &= abs(got - true) <= bound
                error = exact.relative_error(got, true)
                relative &= error <= bound or abs(got - true) <= 8 * torch.finfo(dtype).smallest_normal
                if name == "float32" and (point, y) in ((5, 1), (20, 1)):
                    worst_case[f"float32, z = {point}, y = 1"] = f"{number(got, 3)}; exact {number(true, 3)}"
        cases[f"absolute error in {name}"] = bool(absolute)
        cases[f"relative error in {name}"] = bool(relative)
    return judge(
        cases,
        worst_case,
        only_if="accurate means a small absolute error. Confidently right answers lose all digits of their small loss; "
        "log1p keeps them.",
    )


def _loss_with_plain_log(z: torch.Tensor, y: int) -> torch.Tensor:
    return z.clamp(min=0) - z * y + (1 + z.abs().neg().exp()).log()


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


def _by_hand(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    p = naive.sigmoid(z)
    return -(y * p.log() + (1 - y) * (1 - p).log())


_BCE_CALLS = {
    "by hand": _by_hand,
    "binary_cross_entropy(sigmoid)": lambda z, y: functional.binary_cross_entropy(torch.sigmoid(z), y),
    "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
}


@claim("X17", unit=_BCE, says="Naive BCE at z = ±200 returns nan.")
def naive_bce(size: float = 200) -> Evidence:
    """Three ways to the loss, two dtypes, both signs and both labels."""
    cases, measured = {}, {}
    for call, function in _BCE_CALLS.items():
        for dtype in ("float32", "float64"):
            results = {}
            for z in (size, -size):
                for y in (0.0, 1.0):
                    value = function(torch.tensor(z, dtype=DTYPES[dtype]), torch.tensor(y, dtype=DTYPES[dtype])).item()
                    results[f"z = {number(z)}, y = {y:.0f}"] = value
            # Where it is huge, exp(-200) is a matter of taste; one digit is the same everywhere.
            measured[f"{call}, {dtype}"] = ", ".join(
                f"{place}: {number(v, 1 if 0 < v < 1 else 4)}" for place, v in results.items()
            )
            if "with_logits" not in call:
                cases |= {f"{call} in {dtype} at {place}": value != value for place, value in results.items()}
    return judge(
        cases,
        measured,
        only_if="-(y log σ + (1-y) log(1-σ)) is written by hand and σ rounds to the label, so 0 meets log 0: {yes}. "
        "torch's binary_cross_entropy clamps its logarithms and is never nan.",
    )
