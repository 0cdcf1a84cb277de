"""Words for a number that is wrong: how large the right one is, and how far away, without giving it away."""

from __future__ import annotations

import math

import torch


def telling_digits(got: float, want: float, dtype: torch.dtype) -> int:
    """With how many digits to print `got`: 4, and where that would look like the right number, all that `dtype` has."""
    if not math.isfinite(got) or f"{got:.4g}" != f"{want:.4g}":
        return 4
    held = torch.tensor(got, dtype=dtype)
    return next((n for n in range(5, 17) if torch.equal(torch.tensor(float(f"{got:.{n}g}"), dtype=dtype), held)), 17)


def distance(got: float, want: float, dtype: torch.dtype) -> str:
    """How far apart two numbers are, in the words that say most at that distance.

    One leading digit at most: enough to tell a slip from rounding, not enough to give the right number away.
    """
    share = abs(got - want) / abs(want)
    if share >= _A_THOUSANDTH:
        return f"{float(f'{100 * share:.0g}'):g} %"
    ulps = float(f"{abs(got - want) / _spacing(want, dtype):.0g}")
    if ulps < _MANY_ULPS:
        # Less than one: right to the last digit that the dtype has, where the exact number of a wider one is asked for.
        return "one unit in the last place" if ulps <= 1 else f"{ulps:.0f} units in the last place"
    return f"one part in {_grouped(float(f'{1 / share:.0g}'))}"


_A_THOUSANDTH, _MANY_ULPS = 1e-3, 1000


def _spacing(x: float, dtype: torch.dtype) -> float:
    """The distance between the numbers of `dtype` where `x` lies."""
    info = torch.finfo(dtype)
    return max(2.0 ** (math.frexp(x)[1] - 1) * info.eps, info.smallest_normal * info.eps)


def _grouped(x: float) -> str:
    """A whole number with its digits in groups of three, and as a power of ten from a billion on."""
    return f"{x:,.0f}".replace(",", " ") if x < 1e9 else f"{x:.0e}".replace("e+0", "e").replace("e+", "e")


def kind_of_number(x: float) -> str:
    """What kind of number is expected, without giving it away."""
    if math.isnan(x):
        return "a finite number"
    if math.isinf(x):
        return f"`{x:g}`"
    if x == 0:
        return "exactly 0"
    # 17 digits, so that a number just below a power of ten is not rounded up to it.
    decade = int(f"{abs(x):.16e}".partition("e")[2])
    near, far = _power_of_ten(decade), _power_of_ten(decade + 1)
    return f"a positive number between {near} and {far}" if x > 0 else f"a negative number between -{far} and -{near}"


def _power_of_ten(n: int) -> str:
    """10 to the power of n, as text: float64 ends at 1e308."""
    return f"{10.0**n:g}" if -5 < n < 6 else f"1e{n}"
