"""Claims of the exp guide about using exp: softmax, sigmoid, energies, schedules, attention."""

from __future__ import annotations

import math

import numpy as np
import torch
from mpmath import mp

from course.claims import exact, naive
from course.claims.exact import DTYPES, number
from course.claims.ledger import Evidence, claim, judge

_EXP, _SHIFT, _LOG = "01-exp-asymmetry", "03-max-shift", "04-log-softmax"
_BCE, _DIGITS, _GRADIENT = "05-bce-with-logits", "06-expm1-log1p", "07-cross-entropy-gradient"


@claim(
    "G2",
    unit=_SHIFT,
    says="With inputs 1000, 1001, 1002 in float32 the naive log-sum-exp is inf and logsumexp gives 1002.4076.",
)
def three_large(inputs: tuple[float, ...] = (1000, 1001, 1002), printed: str = "1002.4076") -> Evidence:
    """Both forms in float32; the library's result to as many decimals as the claim prints."""
    x = torch.tensor(inputs, dtype=torch.float32)
    broken, good = naive.logsumexp(x).item(), torch.logsumexp(x, -1).item()
    places = len(printed.partition(".")[2])
    true = exact.logsumexp(inputs)
    measured = {"naive": number(broken), "torch.logsumexp": f"{good:.{places}f}", "exact": number(true, 10)}
    return judge(
        {"float32": broken == float("inf") and f"{good:.{places}f}" == printed},
        measured,
        false=f"The naive form gives {number(broken)}, the library {good:.{places}f}.",
    )


@claim(
    "G4",
    unit=_BCE,
    says="1/(1+exp(-x)) is fine for most inputs; only for very negative x should one use torch.sigmoid.",
)
def written_sigmoid(very_negative: int = -80) -> Evidence:
    """Value and gradient at whole numbers; fine means an absolute error of at most 4 eps, and no nan."""
    cases, starts = {}, {}
    for name, dtype in DTYPES.items():
        x = torch.arange(-800, 41).to(dtype)
        values, slopes = naive.sigmoid(x), naive.slope(naive.sigmoid, x)
        bound = 4 * torch.finfo(dtype).eps
        good_value, good_slope = [], []
        for place, value, slope in zip(x.tolist(), values.tolist(), slopes.tolist(), strict=True):
            p = exact.sigmoid(place)
            good_value.append(abs(value - p) <= bound)
            good_slope.append(abs(slope - p * (1 - p)) <= bound)  # False for nan
        bad = [place for place, v, s in zip(x.tolist(), good_value, good_slope, strict=True) if not (v and s)]
        cases[name] = all(place < very_negative for place in bad)
        starts[name] = (max(bad) if bad else None, all(good_value))
    measured = {
        f"{name}: the value is fine": f"{'everywhere' if fine else 'not everywhere'}; the gradient is nan from "
        f"{number(start)} down"
        for name, (start, fine) in starts.items()
        if start is not None
    }
    begins = ", ".join(f"{number(start)} in {name}" for name, (start, _) in starts.items() if start is not None)
    return judge(
        cases,
        measured,
        holds=f'"Very negative" begins at {begins}; what breaks there is the gradient.',
        only_if=f'"very negative" is read by dtype: {begins}. What breaks there is the gradient, nan; '
        "the value stays right, so nobody sees it.",
        false=f"It breaks earlier: at {begins}.",
    )


@claim(
    "G8",
    unit=_EXP,
    says="An exponential noise schedule can be built with torch.log(end / start), start and end being Python floats.",
)
def schedule_of_floats(start: object = 1e-4, end: object = 0.02) -> Evidence:
    """Call it."""
    try:
        came = number(torch.log(end / start).item())
    except TypeError as error:
        came = f"{type(error).__name__}: {str(error).splitlines()[0].split(',')[0]}"
        works = False
    else:
        works = True
    kind = type(end / start).__name__
    return judge(
        {kind: works},
        {"torch.log(end / start)": came, "math.log(end / start)": number(math.log(end / start))},
        holds=f"with a {kind} it runs",
        false=f"torch.log takes a tensor and refuses a {kind}; math.log takes it.",
    )


def _scrambled(rows: int, columns: int, spread: float) -> torch.Tensor:
    """Fixed numbers in ±spread without a random generator, in float64: the same on every machine."""
    k = torch.arange(rows * columns, dtype=torch.float64)
    return ((k * 7919 % 10007) / 10007 * 2 - 1).reshape(rows, columns) * spread


@claim("G14", unit=_LOG, says="Exponentials of probabilities from log_softmax may need clamping to at most 1.")
def above_one(ceiling: float = 1.0) -> Evidence:
    """The largest exp(log_softmax(x)) over rows of three lengths and three spreads, in four dtypes; and their sums."""
    cases, sums, tried = {}, [], 0
    for name, dtype in DTYPES.items():
        largest, largest_sum = 0.0, 0.0
        for columns in (2, 10, 1000):
            for spread in (0.01, 3, 300):
                p = torch.log_softmax(_scrambled(20_000 // columns, columns, spread).to(dtype), -1).exp()
                largest = max(largest, p.max().item())
                largest_sum = max(largest_sum, p.double().sum(-1).max().item())
                tried += p.numel()
        cases[name] = largest > ceiling
        sums.append(f"{name} {'above 1' if largest_sum > 1 else 'at most 1'}")
    measured = {f"probabilities above {number(ceiling)} among {tried:,}": ", ".join(k for k, v in cases.items() if v)}
    measured = {k: v or "none" for k, v in measured.items()}
    return judge(
        cases,
        {**measured, "largest sum of a row": ", ".join(sums)},
        holds=f"Probabilities above {number(ceiling)} do occur.",
        false="log_softmax is never above 0, because the sum is at least its largest term, so no exp is above 1. What "
        "can exceed 1, by rounding, is the sum of a row.",
    )


@claim("G17", unit=_DIGITS, says="exp(x) - 1 near 0 loses precision that expm1 keeps; likewise log1p.")
def small_arguments(multiple_of_eps: float = 2.75) -> Evidence:
    """At a few eps above 0, the relative errors of exp(x) - 1 and log(1 + x) beside those of expm1 and log1p."""
    cases, measured = {}, {}
    for name, dtype in DTYPES.items():
        eps = torch.finfo(dtype).eps
        x = torch.tensor(multiple_of_eps * eps, dtype=dtype)
        with mp.workdps(exact.DIGITS):
            true = {"exp": mp.expm1(x.item()), "log": mp.log1p(x.item())}
        naive_error = min(
            exact.relative_error((x.exp() - 1).item(), true["exp"]),
            exact.relative_error((1 + x).log().item(), true["log"]),
        )
        library_error = max(
            exact.relative_error(x.expm1().item(), true["exp"]),
            exact.relative_error(x.log1p().item(), true["log"]),
        )
        cases[name] = naive_error > 4 * eps >= library_error
        measured[f"{name} at {number(multiple_of_eps)} eps"] = (
            f"naive {'off by more than' if naive_error > 4 * eps else 'within'} 4 eps ({naive_error:.0%}), "
            f"library {'within' if library_error <= 4 * eps else 'off by more than'} 4 eps"
        )
    return judge(cases, measured, false="At these arguments the naive forms lose nothing.")


def _within_bound(got: torch.Tensor, exponents: list[float], dtype: torch.dtype) -> bool:
    """Whether weights are right to rounding: |error| ≤ 8·eps·(1 + |argument|)·|result| + 8 smallest subnormals."""
    info, peak = torch.finfo(dtype), max(exponents)
    tiny = info.smallest_normal * info.eps
    pairs = zip(got.tolist(), exact.softmax(exponents), exponents, strict=True)
    return all(abs(g - p) <= 8 * info.eps * (1 + peak - a) * p + 8 * tiny for g, p, a in pairs)


@claim("G18", unit=_SHIFT, says="Shifting energies by their minimum leaves exp(-E) probabilities unchanged.")
def shifted_energies(energies: tuple[float, ...] = (1.25, -3.5, 4.0, 0.5), factor: float = 1.0) -> Evidence:
    """Exactly, then in each dtype with and without the shift; `factor` would stretch the energies after the shift."""
    before = exact.softmax(-e for e in energies)
    lowest = min(energies)
    after = exact.softmax(-factor * (e - lowest) for e in energies)
    apart = max(abs(a - b) for a, b in zip(before, after, strict=True))
    cases, bits = {"exact arithmetic": apart < 1e-50}, []
    for name, dtype in DTYPES.items():
        held = torch.tensor(energies, dtype=dtype)
        plain, shifted = naive.softmax(-held), naive.softmax(-factor * (held - held.min()))
        true = (-held).tolist()
        cases[name] = _within_bound(plain, true, dtype) and _within_bound(shifted, true, dtype)
        bits.append(name)
    large = torch.tensor([1000.0, 1001.0])
    return judge(
        cases,
        {
            "difference with 60 digits": "below 1e-50" if apart < 1e-50 else number(apart, 2),
            "both within the rounding bound": ", ".join(name for name in bits if cases[name]) or "in no dtype",
            "energies 1000, 1001 in float32, without the shift": ", ".join(map(str, naive.softmax(-large).tolist())),
            "with it": ", ".join(f"{p:.4f}" for p in naive.softmax(large.min() - large).tolist()),
        },
        holds="Unchanged to rounding; and where exp(-E) itself is 0 or inf, only the shifted form has them.",
        false="They change.",
    )


def _in_place(logits: torch.Tensor) -> torch.Tensor:
    """Softmax that overwrites its argument."""
    logits.sub_(logits.amax(-1, keepdim=True)).exp_()
    return logits.div_(logits.sum(-1, keepdim=True))


def _trains(prepare) -> str:
    """Train through the in-place softmax: "yes", or the first words of autograd's refusal."""
    weight = torch.tensor([[2.0, 1.0, 0.1]], requires_grad=True)
    try:
        _in_place(prepare(weight))[0, 0].backward()
    except RuntimeError as error:
        return str(error).split(":")[0].split(".")[0]
    return "yes"


@claim(
    "G19",
    unit=_SHIFT,
    says="A softmax done in place with sub_, exp_, div_ equals softmax and can be used in training.",
)
def in_place() -> Evidence:
    """The value, then a backward pass through a leaf and through a computed tensor."""
    x = torch.tensor([[2.0, 1.0, 0.1], [1000.0, 1.0, -1000.0]])
    equal = torch.allclose(_in_place(x.clone()), x.softmax(-1))
    leaf, computed = _trains(lambda weight: weight), _trains(lambda weight: weight * 1)
    return judge(
        {"the value": equal, "training": leaf == computed == "yes"},
        {
            "equals torch.softmax": "yes" if equal else "no",
            "backward through a parameter": leaf,
            "backward through a computed tensor": computed,
        },
        only_if="no gradient has to pass through it, as in inference: {yes} is right, {no} stops with an error.",
    )


@claim("G22", unit=_GRADIENT, says="Scaling attention scores by 1/sqrt(d) keeps them in a safe range.")
def scaled_scores(limit: float | None = None, dimension: int = 4096) -> Evidence:
    """Largest |q·k|/√d over 64 queries and keys; safe means that float16's exp does not overflow."""
    limit = exact.exp_limit(torch.float16) if limit is None else limit
    random = np.random.default_rng(0)
    q, k = random.standard_normal((2, 64, dimension))
    scores = {
        "independent queries and keys of unit variance": q @ k.T,
        "entries four times as large": 16 * (q @ k.T),
        "keys equal to the queries": q @ q.T,
    }
    largest = {name: np.abs(s).max() / math.sqrt(dimension) for name, s in scores.items()}
    measured = {
        "the first, before the scaling: standard deviation": number(float(np.std(q @ k.T)), 2),
        "after it": number(float(np.std(q @ k.T)) / math.sqrt(dimension), 1),
        **{f"largest |score|, {name}": number(float(x), 2) for name, x in largest.items()},
        "safe below": number(limit, 4),
    }
    return judge(
        {name: bool(x < limit) for name, x in largest.items()},
        measured,
        only_if="the entries stay independent and of unit variance, which holds at the start of training: {yes}. "
        "Not: {no}.",
    )
