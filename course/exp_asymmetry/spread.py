"""A batch of inputs and what exp makes of it, naive, by differences and exact: the numbers behind the explorer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import torch
from mpmath import mp, mpf

COUNT = 100
"""Inputs in the batch."""

QUANTILES = tuple(NormalDist().inv_cdf((i + 0.5) / COUNT) for i in range(COUNT))
"""Where they lie for centre 0 and width 1: evenly through a normal distribution, the largest at 2.58."""

_DIGITS = 50


@dataclass(frozen=True)
class Way:
    """One computation on the batch in a dtype; all numbers are as that dtype gave them."""

    powers: tuple[float, ...]
    """The exponentials that it computes, in the order of the inputs."""

    shares: tuple[float, ...]
    """Each one's share of their sum."""

    slope: float
    """Derivative of the largest one's share with respect to its own input."""

    digits: float
    """Decimal digits by which the largest exponential exceeds the smallest."""

    right: bool
    """Whether digits, share and slope are as right as the dtype allows, the slope relative to the share."""

    share_right: bool
    """Whether the share is."""

    cancelled: bool
    """Whether `right` holds and yet no digit of the slope is left: share and share² have cancelled in it."""

    @property
    def share(self) -> float:
        """The largest one's."""
        return self.shares[-1]

    def count(self, what: float) -> int:
        """How many of the exponentials are `inf` or 0."""
        return self.powers.count(what)


@dataclass(frozen=True)
class Comparison:
    """The same batch taken two ways, beside what is exact for the inputs as the dtype holds them."""

    inputs: tuple[float, ...]
    naive: Way
    stable: Way
    exact_share: mpf
    exact_digits: mpf


def compare(centre: float, width: float, dtype: torch.dtype) -> Comparison:
    """The batch `centre + width · QUANTILES`, its exponentials, their ratio and shares, in `dtype`."""
    x = (centre + width * torch.tensor(QUANTILES, dtype=torch.float64)).to(dtype)
    numbers = tuple(x.tolist())
    with mp.workdps(_DIGITS):
        terms = [mp.exp(mpf(number) - mpf(numbers[-1])) for number in numbers]
        share = 1 / mp.fsum(terms)
        digits = (mpf(numbers[-1]) - mpf(numbers[0])) / mp.log(10)
        exact = (share, share * (1 - share), digits)
        # What rounded arguments may cost, weighted by what they contribute.
        stretch = 1 + share * mp.fsum(t * (mpf(numbers[-1]) - mpf(n)) for t, n in zip(terms, numbers, strict=True))
    naive = _way(x, x, exact, stretch)
    return Comparison(numbers, naive, _way(x, x - x[-1], exact, stretch), share, digits)


def _way(x: torch.Tensor, arguments: torch.Tensor, exact: tuple[mpf, mpf, mpf], stretch: mpf) -> Way:
    """`arguments` are what goes into exp: the inputs, or their differences from the largest."""
    eps = torch.finfo(x.dtype).eps
    leaf = arguments.clone().requires_grad_()
    powers = leaf.exp()
    shares = powers / powers.sum()
    (slopes,) = torch.autograd.grad(shares[-1], leaf)
    powers = powers.detach()
    naive = arguments is x
    digits = torch.log10(powers[-1] / powers[0]) if naive else (x[-1] - x[0]) / math.log(10)
    found = (shares[-1].item(), slopes[-1].item(), digits.item())
    share, _, _ = exact
    allowed = (8 * eps * stretch * share, 24 * eps * stretch * share, 8 * eps * (1 + abs(exact[2])))
    within = [
        math.isfinite(number) and bool(abs(number - true) <= slack)
        for number, true, slack in zip(found, exact, allowed, strict=True)
    ]
    right = all(within)
    cancelled = right and 2 * abs(found[1] - exact[1]) > exact[1]
    return Way(tuple(powers.tolist()), tuple(shares.tolist()), found[1], found[2], right, within[0], bool(cancelled))
