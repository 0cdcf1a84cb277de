"""Claims of the log-sum-exp page about the shift and the functions built on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from mpmath import mp, mpf
from torch.nn import functional

from course.claims import exact, naive
from course.claims.exact import DTYPES, number
from course.claims.ledger import Evidence, claim, judge

_SHIFT, _LOG = "03-max-shift", "04-log-softmax"
_INF = float("inf")


@claim(
    "L2",
    unit=_LOG,
    says="Softmax by exp(log_softmax) is the stable path, while computing it directly risks overflow in numerator and "
    "denominator.",
)
def by_way_of_the_logarithm(logits: tuple[float, ...] = (200.0, 189.7, 163.3, 144.9, 121.1)) -> Evidence:
    """Direct without and with the shift, in float32, for logits beyond exp's range; then how accurate the rest is."""
    x = torch.tensor(logits, dtype=torch.float32)
    true = exact.softmax(x.tolist())
    eps = torch.finfo(torch.float32).eps
    direct, shifted, around = naive.softmax(x), naive.shifted_softmax(x), torch.log_softmax(x, -1).exp()
    errors = {
        "shifted": exact.worst(shifted.tolist(), true) / eps,
        "exp(log_softmax)": exact.worst(around.tolist(), true) / eps,
    }
    finite = bool(around.isfinite().all())
    return judge(
        {
            "without the shift": finite and not direct.isfinite().all().item(),
            "with the shift": finite and not shifted.isfinite().all().item(),
        },
        {
            "direct": ", ".join(number(v) for v in direct.tolist()),
            **{f"{k}, worst relative error": f"{'at most' if v <= 4 else 'above'} 4 eps" for k, v in errors.items()},
        },
        only_if="computing it directly means {yes}. With the shift nothing overflows either, and the shifted form is "
        f"{'the more accurate one' if errors['shifted'] < errors['exp(log_softmax)'] else 'no more accurate'}.",
        false="For these logits computing it directly overflows neither way.",
    )


@claim("L3", unit=_SHIFT, says="The max-shift changes nothing in exact arithmetic.")
def exact_shift(logits: tuple[float, ...] = (1000.0, 1.5, 0.2, -2.0), scale: float = 1.0) -> Evidence:
    """The difference with 50, 100 and 200 digits: if nothing changes, it shrinks with the last digit."""
    cases, measured = {}, {}
    peak = max(logits)
    for digits in (50, 100, 200):
        with mp.workdps(digits):
            moved = [mpf(scale) * (mpf(x) - peak) for x in logits]
            pairs = zip(exact.softmax(logits, digits), exact.softmax(moved, digits), strict=True)
            apart = max(abs(a - b) / a for a, b in pairs)
            cases[f"{digits} digits"] = bool(apart < mpf(10) ** (8 - digits))
        measured[f"relative difference with {digits} digits"] = (
            f"below 1e-{digits - 8}" if cases[f"{digits} digits"] else number(apart, 2)
        )
    return judge(cases, measured, false="The weights change.")


@claim("L4", unit=_LOG, says="-log(softmax) loses precision compared with cross_entropy.")
def composed_loss(gaps: tuple[float, ...] = (20.0, 0.0, -20.0, -100.0, -200.0)) -> Evidence:
    """Logits (gap, 0) with target 0 in float32, from sure and right to sure and wrong; precise is within 8 eps."""
    cases, measured = {}, {}
    bound = 8 * torch.finfo(torch.float32).eps
    both_lose = []
    for gap in gaps:
        x = torch.tensor([[gap, 0.0]], dtype=torch.float32)
        composed = -x.softmax(-1).log()[0, 0].item()
        fused = functional.cross_entropy(x, torch.tensor([0])).item()
        true = exact.softplus(-gap)
        precise = [exact.relative_error(loss, true) <= bound for loss in (composed, fused)]
        cases[number(gap)] = precise == [False, True]
        if not any(precise):
            both_lose.append(number(gap))
        shown = ", ".join(number(abs(v) if v == 0 else v) for v in (composed, fused, true))
        measured[f"logits {number(gap)}, 0, target 0: -log(softmax), cross_entropy, exact"] = shown
    small = f" At {', '.join(both_lose)} cross_entropy loses the small loss as well." if both_lose else ""
    return judge(
        cases,
        measured,
        only_if="the weight of the true class is subnormal or 0, which is where its logit is behind by about 88 in "
        f"float32: {{yes}}; not: {{no}}.{small}",
        false=f"At these gaps one is as precise as the other.{small}",
    )


@claim(
    "L5", unit=_SHIFT, says="The maximum is the best constant to subtract: with it no finite row ends in inf or 0/0."
)
def best_constant(quantile: float = 1.0) -> Evidence:
    """Rows up to the largest finite number, in every dtype, and other recipes; the quantile 1 is the maximum."""
    recipes = {
        "the maximum": lambda x: x.double().quantile(quantile),
        "the mean": lambda x: x.double().mean(),
        "the minimum": lambda x: x.double().min(),
        "max(0, x)'s maximum": lambda x: x.double().max().clamp(min=0),
    }
    good: dict[str, list[bool]] = {name: [] for name in recipes}
    cases = {}
    for name, dtype in DTYPES.items():
        end = torch.finfo(dtype).max
        rows = [[end, 0, -end], [-end, -end, -end], [0, 88, 89], [-104, -105, -300], [1000, 900, 0], [3, 2, 1]]
        for recipe, constant in recipes.items():
            fine = []
            for numbers in rows:
                x = torch.tensor(numbers, dtype=dtype)
                weights = naive.softmax(x - constant(x).to(dtype))
                fine.append(bool(weights.isfinite().all()) and bool(weights.sum() > 0.99))
            good[recipe] += fine
            if recipe == "the maximum":
                cases[name] = all(fine)
    window = any_good_shift()
    return judge(
        cases,
        {
            **{f"rows right with {recipe}": f"{sum(fine)} of {len(fine)}" for recipe, fine in good.items()},
            "other constants that do for logits 1000, 1.5, 0.2, -2 in float32": f"{window} of 2001",
        },
        holds="The largest term is then 1 and the sum at least 1. For a given row other constants can do as well.",
        false="Rows end in inf or 0/0.",
        only_if="the dtype is {yes}; not: {no}",
    )


def any_good_shift() -> int:
    """How many whole numbers from 0 to 2000, subtracted from 1000, 1.5, 0.2, -2, give weights that are finite."""
    shifted = torch.tensor([1000.0, 1.5, 0.2, -2.0]) - torch.arange(2001.0).unsqueeze(-1)
    return int(naive.softmax(shifted).isfinite().all(-1).sum())


def _as_on_the_page(x: np.ndarray) -> float:
    biggest = np.max(x)
    return biggest + np.log(np.sum(np.exp(x - biggest)))


def _outcome(numbers: Sequence[float]) -> float | str:
    with np.errstate(all="ignore"):
        try:
            return float(_as_on_the_page(np.array(numbers)))
        except ValueError as error:
            return type(error).__name__


_INPUTS = {
    "a finite row": ([1000.0, 1001.0], float(exact.logsumexp([1000.0, 1001.0]))),
    "a row of -inf": ([-_INF, -_INF], -_INF),
    "a row with +inf": ([_INF, 0.0], _INF),
    "an empty row": ([], -_INF),
}


@claim("L6", unit=_SHIFT, says="The page's NumPy logsumexp handles every input.")
def pages_function(inputs: Iterable[str] = tuple(_INPUTS)) -> Evidence:
    """What the function comes to, on kinds of rows; the limits are the right results for infinite and empty ones."""
    results = {name: _outcome(_INPUTS[name][0]) for name in inputs}
    right = {
        name: not isinstance(got, str) and bool(np.isclose(got, _INPUTS[name][1], rtol=1e-14))
        for name, got in results.items()
    }
    shown = {name: got if isinstance(got, str) else number(got, 7) for name, got in results.items()}
    return judge(
        right,
        {name: f"{shown[name]} (right: {number(_INPUTS[name][1], 7)})" for name in results},
        only_if="the row is finite and not empty. Right: {yes}; not: {no}.",
    )


@claim("L7", unit=_SHIFT, says="Terms that underflow after the shift contribute negligibly to the sum.")
def lost_terms(few: int = 3, many: int = 60_000) -> Evidence:
    """A zero and n equal logits whose exp just rounds to 0; negligible: the exact sum rounds to within an ulp of 1."""
    cases, measured = {}, {}
    for name, dtype in DTYPES.items():
        info = torch.finfo(dtype)
        tiny = info.smallest_normal * info.eps
        with mp.workdps(exact.DIGITS):
            argument = float(mp.log(mpf(tiny) / 2)) - 0.1
        held = torch.tensor(argument, dtype=dtype)
        if held.exp() != 0:
            held = torch.nextafter(held, torch.tensor(-_INF, dtype=dtype))
        term = exact.exp(held.item())
        for n in (few, many):
            lost = float(n * term)
            cases[f"{n:,} terms in {name}"] = held.exp().item() == 0 and lost <= info.eps
        measured[f"{name}: {many:,} terms of exp({number(held.item(), 4)}) are exactly"] = (
            f"{number(many * term, 2)}; eps {number(info.eps, 2)}"
        )
    return judge(
        cases,
        measured,
        only_if="there are not too many of them for the dtype. Not: {no}, where they would change the sum by more than "
        "its last digit.",
        false="They count.",
    )


def _one_pass(numbers: Iterable[float]) -> tuple[float, list[float]]:
    """Running maximum and rescaled sum (Milakov & Gimelshein 2018), and each weight as it looked when it was read."""
    peak, total, early = -_INF, 0.0, []
    for x in numbers:
        before, peak = peak, max(peak, x)
        total = total * float(np.exp(before - peak)) + float(np.exp(x - peak))
        early.append(float(np.exp(x - peak)) / total)
    return peak + float(np.log(total)), early


@claim("L9", unit=_SHIFT, says="Online softmax gives the same result in one pass.")
def online(row: tuple[float, ...] = (1.0, 1000.0, 3.0, 1002.0, -50.0)) -> Evidence:
    """log-sum-exp and weights after one pass in float64; then the same behind a masked entry, -inf."""
    true = exact.logsumexp(row)
    with np.errstate(invalid="ignore"):
        sum_once, early = _one_pass(row)
        masked, _ = _one_pass((-_INF, *row))
    weights = exact.softmax(row)
    late = [float(np.exp(x - sum_once)) for x in row]
    in_one_pass = {
        "the log-sum-exp": exact.relative_error(sum_once, true) < 1e-14,
        "the log-sum-exp of a row that begins with -inf": exact.relative_error(masked, true) < 1e-14,
        "the weights": all(abs(a - b) < 1e-12 for a, b in zip(early, weights, strict=True)),
    }
    second = all(abs(a - b) < 1e-12 for a, b in zip(late, weights, strict=True))
    return judge(
        in_one_pass,
        {
            "log-sum-exp": f"{number(sum_once, 8)}; exact {number(true, 8)}",
            "after a leading -inf": number(masked, 8),
            "weights as first read": ", ".join(number(w, 3) for w in early),
            "weights in a second pass": f"{', '.join(number(w, 3) for w in late)} ({'right' if second else 'wrong'})",
        },
        only_if="what is wanted is one number for each row: {yes}. Not: {no}. Weights need a second look at the row, "
        "and -inf - (-inf) a guard.",
    )
