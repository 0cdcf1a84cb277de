"""Claims of the interactive explainer about logarithms of probabilities, and losses made of them."""

from __future__ import annotations

import torch
from mpmath import mp, mpf
from torch.nn import functional

from course.claims import exact, naive
from course.claims.exact import DTYPES, number
from course.claims.ledger import Evidence, claim, judge

_LOG, _BCE = "04-log-softmax", "05-bce-with-logits"
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
