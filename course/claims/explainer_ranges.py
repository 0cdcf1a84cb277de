"""Claims of the interactive explainer about overflow, rounding to 1 and lost digits."""

from __future__ import annotations

from itertools import count

import torch
from mpmath import mp, mpf

from course.claims import exact, naive
from course.claims.exact import DTYPES, number
from course.claims.ledger import Evidence, claim, judge

_DTYPE, _SHIFT, _DIGITS = "02-dtype-limits", "03-max-shift", "06-expm1-log1p"


def _power_of_ten(x: float) -> int:
    """Decimal exponent of exp(x)."""
    with mp.workdps(exact.DIGITS):
        return int(mp.floor(mp.log10(mp.exp(mpf(x)))))


def _overflowing(x: float) -> dict[str, bool]:
    return {name: bool(torch.tensor(x, dtype=dtype).exp().isinf()) for name, dtype in DTYPES.items()}


@claim("X1", unit=_DTYPE, says="e^100 ≈ 10^43 overflows float32.")
def hundred(x: float = 100, power: int = 43, dtype: str = "float32") -> Evidence:
    """The decimal exponent, and whether torch gives inf."""
    overflow = _overflowing(x)
    return judge(
        {f"e^{x} in {dtype}": overflow[dtype] and _power_of_ten(x) == power},
        {f"e^{x}": number(exact.exp(x), 3), "inf in": ", ".join(k for k, v in overflow.items() if v) or "no dtype"},
        false=f"e^{x} is {number(exact.exp(x), 3)}, and inf in {', '.join(k for k, v in overflow.items() if v)}.",
    )


@claim("X2", unit=_DTYPE, says="e^1000 ≈ 10^434 overflows every common dtype.")
def thousand(x: float = 1000, power: int = 434) -> Evidence:
    """The decimal exponent, and whether torch gives inf in all four dtypes."""
    right, overflow = _power_of_ten(x) == power, _overflowing(x)
    return judge(
        {name: right and broken for name, broken in overflow.items()},
        {f"e^{x}": number(exact.exp(x), 3), "inf in": ", ".join(k for k, v in overflow.items() if v) or "no dtype"},
    )


@claim("X3", unit=_DTYPE, says="float32: largest ≈ 3.4e38, smallest positive normal ≈ 1.2e-38.")
def ends_of_float32(largest: str = "3.4e38", smallest: str = "1.2e-38") -> Evidence:
    """Powers of two, to two digits; torch's own figures beside them."""
    info = torch.finfo(torch.float32)
    with mp.workdps(exact.DIGITS):
        top, bottom = (2 - mpf(2) ** -23) * mpf(2) ** 127, mpf(2) ** -126
    agree = top == info.max and bottom == info.smallest_normal
    return judge(
        {"float32": agree and number(top, 2) == largest and number(bottom, 2) == smallest},
        {"(2 - 2^-23) · 2^127": number(top, 5), "2^-126": number(bottom, 5), "torch agrees": "yes" if agree else "no"},
        holds="Below the smallest normal number there are subnormal ones, down to "
        f"{number(info.smallest_normal * info.eps, 2)}.",
        false=f"{number(top, 2)} and {number(bottom, 2)}",
    )


@claim("X4", unit=_SHIFT, says="log-sum-exp with the maximum factored out never overflows.")
def shifted_never_overflows(terms: int = 70_000) -> Evidence:
    """Rows that end at the largest finite number, a long row of equal entries, and one with +inf."""
    cases, seen = {}, {}
    for name, dtype in DTYPES.items():
        end = torch.finfo(dtype).max
        row = torch.tensor([end, 0, -end], dtype=dtype)
        cases[f"{name}, entries up to the largest finite number"] = bool(naive.shifted_logsumexp(row).isfinite())
        long = naive.shifted_logsumexp(torch.zeros(terms, dtype=dtype)).item()
        cases[f"{name}, {terms:,} equal entries"] = abs(long) != float("inf")
        seen[name] = number(long, 3)
    infinite = naive.shifted_logsumexp(torch.tensor([float("inf"), 0.0])).item()
    return judge(
        cases,
        {
            f"log-sum-exp of {terms:,} zeros": ", ".join(f"{name} {value}" for name, value in seen.items()),
            "exact": number(exact.logsumexp([0.0]) + mp.log(terms), 4),
            "largest finite float16": number(torch.finfo(torch.float16).max, 5),
            "a row with +inf": number(infinite),
        },
        only_if="all entries are finite and their number is below the dtype's largest number, which the sum can reach. "
        "Not: {no}.",
    )


@claim("X10", unit=_DIGITS, says="1 + 1e-10 rounds to 1.")
def lost_beside_one(x: float = 1e-10) -> Evidence:
    """In each dtype, with x as that dtype holds it."""
    sums = {name: (1 + torch.tensor(x, dtype=dtype)).item() for name, dtype in DTYPES.items()}
    return judge(
        {name: total == 1 for name, total in sums.items()},
        {
            f"1 + {number(x)}": ", ".join(f"{name} {number(total, 12)}" for name, total in sums.items()),
            "eps": ", ".join(f"{name} {number(torch.finfo(dtype).eps, 2)}" for name, dtype in DTYPES.items()),
        },
        only_if="the dtype is {yes}; in {no} it does not.",
        false="It is kept in every dtype.",
    )


@claim("X11", unit=_DIGITS, says="Γ(170) ≈ 1e306 is the last factorial that float64 can hold.")
def last_factorial(argument: int = 170, power: int = 306) -> Evidence:
    """Factorials as whole numbers against the largest float64."""
    end = int(torch.finfo(torch.float64).max)
    last = next(n for n in count(1) if _factorial(n + 1) > end)
    with mp.workdps(exact.DIGITS):
        gamma = mp.gamma(argument)
    is_last = argument - 1 == last
    size_fits = abs(mp.log10(gamma) - power) < 0.5
    return judge(
        {"float64": bool(is_last and size_fits)},
        {
            f"Γ({argument}) = {argument - 1}!": number(gamma),
            f"{last}! = Γ({last + 1})": number(mpf(_factorial(last))),
            f"{last + 1}!": f"{number(mpf(_factorial(last + 1)))}, beyond {number(mpf(end))}",
        },
        false=f"Γ({argument}) is {argument - 1}! = {number(gamma, 3)}. The last one is {last}! = Γ({last + 1}) = "
        f"{number(mpf(_factorial(last)), 3)}.",
    )


def _factorial(n: int) -> int:
    product = 1
    for factor in range(2, n + 1):
        product *= factor
    return product


@claim(
    "X14",
    unit=_DIGITS,
    says="The L2 norm overflows without scaling once entries exceed the square root of the largest float.",
)
def norm_overflows(just_above: float = 1.05, just_below: float = 0.95) -> Evidence:
    """One entry above and one below the root of the largest finite number, squared; then four entries at 0.6 of it."""
    cases, early, library = {}, [], []
    for name, dtype in DTYPES.items():
        root = torch.finfo(dtype).max ** 0.5
        above, below, several = (
            torch.tensor([factor * root] * entries, dtype=dtype)
            for factor, entries in ((just_above, 1), (just_below, 1), (0.6, 4))
        )
        squares = [(x * x).sum().sqrt().isinf().item() for x in (above, below, several)]
        cases[name] = squares[0] and not squares[1]
        early += [name] * squares[2]
        library += [name] * bool(torch.linalg.vector_norm(torch.stack((above, above))).isfinite())
    return judge(
        cases,
        {
            "square root of the largest float": ", ".join(
                f"{name} {number(torch.finfo(dtype).max ** 0.5, 3)}" for name, dtype in DTYPES.items()
            ),
            "four entries at 0.6 of it overflow in": ", ".join(early) or "no dtype",
            "torch.linalg.vector_norm survives in": ", ".join(library) or "no dtype",
        },
        holds="With several entries it overflows earlier. torch's own norm sums half precision in float32.",
        false="The two sides of the root behave alike.",
    )


@claim("X16", unit=_SHIFT, says="With x₁ = 100 the explainer's naive log-sum-exp overflows.")
def explainer_overflows(x1: float = 100, others: tuple[float, ...] = (1.5, 0.2, -2.0)) -> Evidence:
    """The explainer's four numbers in each dtype; the page itself computes in float64."""
    results = {name: naive.logsumexp(torch.tensor([x1, *others], dtype=dtype)).item() for name, dtype in DTYPES.items()}
    return judge(
        {name: value == float("inf") for name, value in results.items()},
        {
            "naive": ", ".join(f"{name} {number(value)}" for name, value in results.items()),
            "exact": number(exact.logsumexp([x1, *others]), 10),
            "float64 overflows from": number(exact.exp_limit(torch.float64), 5),
        },
        only_if="the dtype is {yes}. In {no}, which the page computes in, it does not.",
        false="It overflows in no dtype.",
    )
