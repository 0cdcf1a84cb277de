"""What the five functions of unit 01 are tried on, grouped by behaviour."""

from __future__ import annotations

import torch

from course.kit.check import Behaviour, Case

_INF = float("inf")
_WIDE = (torch.float32, torch.float64, torch.bfloat16)
"""The dtypes that hold numbers beyond 65504."""
_EXACT = (torch.float32, torch.float64)
"""The dtypes that hold every whole number up to a million."""

_UP_TO_SEVEN_DIGITS = (torch.float32, torch.float16, torch.bfloat16)
"""Whoever counts in float32 for all dtypes loses the digits of float64 in one behaviour, and not in all."""

GRADIENT = frozenset({"gradient"})
CONDUCT = frozenset({"form", "conduct"})


def _t(numbers: object) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _noise(*shape: int) -> torch.Tensor:
    """Fixed normal numbers, rounded so that every dtype holds them exactly."""
    generator = torch.Generator().manual_seed(1)
    return (16 * torch.randn(shape, generator=generator, dtype=torch.float64)).round() / 16


def _pair(label: str, a: object, b: object, **more: object) -> Case:
    return Case(label, {"a": _t(a), "b": _t(b)}, **more)


LOG10_RATIO = (
    Behaviour(
        "ordinary",
        "says how many decimal digits exp(a) exceeds exp(b) by, as a number that need not be whole",
        (
            _pair("small numbers", [3.0, 1.0, -2.0, 0.5], [1.0, 3.0, -7.0, 0.5]),
            _pair("a matrix", [[4, 0.25], [1, 2]], [[0, 0.5], [-6, 8]]),
            _pair("two single numbers", 2.5, -1.5),
            _pair("a matrix against one number", [[4, 0.25], [1, 2]], 3.0),
        ),
    ),
    Behaviour(
        "huge",
        "is finite and keeps its digits for numbers whose exponentials no dtype can hold",
        (
            _pair("numbers around 1000", [1000.0, 1000, -1000], [998, -1000, -1004]),
            _pair("numbers near the end of float16", [30000.0, -60000, 60000], [-30000, -1, 59968]),
            _pair("a million against minus a million", [1e6, -1e6], [-1e6, 1e6], dtypes=_WIDE),
            _pair("a million and its neighbours", [1e6, 1e6 - 2, -1e6], [1e6 - 1, 1e6, -1e6 - 3], dtypes=_EXACT),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated with respect to both numbers",
        (
            _pair("small numbers", [3.0, 1.0, -2.0], [1.0, 3.0, -7.0]),
            _pair("equal numbers", [2.0, -5.0], [2.0, -5.0]),
            _pair("numbers around 1000", [1000.0, -1000], [998, 1000]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the inputs' shape and dtype, leaves both inputs alone, and works in their dtype "
        "(float32 for halves)",
        (
            Case("two vectors", {"a": _noise(5), "b": _noise(5) + 1}),
            Case("two stacks of matrices", {"a": _noise(2, 3, 4), "b": _noise(2, 3, 4) - 1}),
        ),
        CONDUCT,
    ),
)


def _weights(label: str, length: int, rate: float, **more: object) -> Case:
    return Case(label, {}, {"length": length, "rate": rate}, **{"dtype_keyword": "dtype", **more})


DECAY_WEIGHTS = (
    Behaviour(
        "ordinary",
        "gives the weights exp(-rate·k) / Σ exp(-rate·j), largest at k = 0 where the rate is positive",
        (
            _weights("five weights at a rate of 0.5", 5, 0.5, dtypes=_UP_TO_SEVEN_DIGITS),
            _weights("three weights at a rate of 2", 3, 2, dtypes=_UP_TO_SEVEN_DIGITS),
            _weights("four weights at a rate of 0", 4, 0.0, dtypes=_UP_TO_SEVEN_DIGITS),
            _weights("a single weight", 1, 0.3, dtypes=_UP_TO_SEVEN_DIGITS),
        ),
    ),
    Behaviour(
        "growth",
        "is exact for negative rates of any size, where the last weight is the largest",
        (
            _weights("four weights at a rate of -0.5", 4, -0.5, dtypes=_UP_TO_SEVEN_DIGITS),
            _weights("five weights at a rate of -300", 5, -300.0, dtypes=_UP_TO_SEVEN_DIGITS),
            _weights("200 weights at a rate of -8", 200, -8.0, dtypes=_UP_TO_SEVEN_DIGITS),
            _weights("three weights at a rate of -100000", 3, -1e5, dtypes=_UP_TO_SEVEN_DIGITS),
        ),
    ),
    Behaviour(
        "long",
        "keeps its digits where there are thousands of weights, in half precision and in float64 too",
        (
            _weights("3000 weights at a rate of 0.001", 3000, 0.001),
            _weights("3000 weights at a rate of -0.001", 3000, -0.001),
            _weights("3000 weights at a rate of -0.5", 3000, -0.5),
            _weights("300 weights at a rate of -0.25", 300, -0.25),
            _weights("2500 equal weights", 2500, 0.0),
            _weights("400 weights at a rate of 3", 400, 3.0),
        ),
    ),
    Behaviour(
        "conduct",
        "returns a vector of `length` weights in the dtype that it is asked for (float32 if none is), built from "
        "arithmetic, exp, maximum and sum",
        (
            _weights("six weights", 6, 0.25),
            _weights("six growing weights", 6, -0.25),
            _weights("six weights, with no dtype named", 6, 0.25, dtype_keyword="", dtypes=(torch.float32,)),
        ),
        CONDUCT,
    ),
)


def _schedule(label: str, start: float, end: float, steps: int) -> Case:
    return Case(label, {}, {"start": start, "end": end, "steps": steps}, dtypes=(torch.float32,))


GEOMETRIC_SCHEDULE = (
    Behaviour(
        "ordinary",
        "goes from start to end in equal ratios",
        (
            _schedule("1 to 16 in five steps", 1.0, 16.0, 5),
            _schedule("1 to 8 in four steps, whole numbers", 1, 8, 4),
            _schedule("0.01 to 50 in 100 steps", 0.01, 50.0, 100),
            _schedule("3 to 3 in four steps", 3.0, 3.0, 4),
        ),
    ),
    Behaviour(
        "descending",
        "goes downwards as well",
        (
            _schedule("50 to 0.01 in ten steps", 50.0, 0.01, 10),
            _schedule("0.02 to 0.0001 in 1000 steps", 0.02, 1e-4, 1000),
        ),
    ),
    Behaviour(
        "wide",
        "keeps its ratio where end / start is beyond float32, and where float32 rounds the ratio of neighbours",
        (
            _schedule("1e-30 to 1e30 in 13 steps", 1e-30, 1e30, 13),
            _schedule("1e30 to 1e-30 in seven steps", 1e30, 1e-30, 7),
            _schedule("1 to 2 in 20001 steps", 1.0, 2.0, 20001),
        ),
    ),
    Behaviour(
        "ends",
        "begins at start and ends at end, to the last bit, also with one step or two",
        (
            _schedule("0.0001 to 0.02 in 50 steps", 1e-4, 0.02, 50),
            _schedule("0.002 to 80 in 18 steps", 0.002, 80.0, 18),
            _schedule("1 to 1000 in four steps, whole numbers", 1, 1000, 4),
            _schedule("1e-30 to 1e30 in 61 steps", 1e-30, 1e30, 61),
            _schedule("one step", 0.3, 7.0, 1),
            _schedule("two steps", 0.3, 7.0, 2),
            _schedule("two steps down", 700.0, 0.1, 2),
        ),
    ),
    Behaviour(
        "conduct",
        "returns a vector of `steps` numbers in the default dtype, built from arithmetic, exp, log and linspace",
        (_schedule("1 to 16 in five steps", 1.0, 16.0, 5), _schedule("0.5 to 8 in three steps", 0.5, 8.0, 3)),
        CONDUCT,
    ),
)


def _odds(label: str, numbers: object) -> Case:
    return Case(label, {"log_odds": _t(numbers)})


SIGMOID_ODDS = (
    Behaviour(
        "ordinary",
        "turns log-odds into probabilities: 0 into 0.5, and opposite log-odds into probabilities that sum to 1",
        (
            _odds("ordinary log-odds", [0.0, 1, -1, 2.5, -2.5]),
            _odds("a single number", 1.5),
            _odds("a matrix of log-odds", [[0.5, -4, 3], [7, -7, 0.125]]),
        ),
    ),
    Behaviour(
        "extreme",
        "is finite and right for log-odds of any size",
        (
            _odds("log-odds of ±1000", [1000.0, -1000]),
            _odds("log-odds between 10 and 200", [12.0, -12, 50, -50, 90, -90, 200, -200]),
            _odds("log-odds near the end of float16", [60000.0, -60000]),
        ),
    ),
    Behaviour(
        "gradient",
        "has the gradient p(1 - p), at 0 too",
        (
            _odds("ordinary log-odds", [1.0, -1, 2.5, -2.5]),
            _odds("log-odds of 0", [[0.0, 0.0], [1, 0]]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "extreme-gradient",
        "has a finite gradient for log-odds of any size",
        (
            _odds("log-odds of 1000", [1000.0, 1]),
            _odds("log-odds of -1000", [-1000.0, 1]),
            _odds("log-odds between 10 and 200", [12.0, -12, 50, -50, 90, -90, 200, -200]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the input's shape, dtype and device, leaves the input alone, and is built from "
        "arithmetic, exp, abs, where, maximum and clamp, in a dtype it was given (float32 for halves)",
        (
            Case("a vector", {"log_odds": _noise(5)}),
            Case("a transposed matrix", {"log_odds": _noise(3, 2).T}),
        ),
        CONDUCT,
    ),
)


def _into(label: str, x: torch.Tensor) -> Case:
    """`out` comes with numbers in it that no exponential is, and with rows that lie one behind the other."""
    return Case(label, {"x": x, "out": torch.full(x.shape, -7.0, dtype=torch.float64)}, fills="out")


EXP_INTO = (
    Behaviour(
        "fills",
        "leaves exp(x) in `out`, whatever stood there before",
        (
            _into("ordinary numbers", _t([0.0, 1, -1, 2.5, -2.5])),
            _into("a matrix", _noise(3, 4)),
            _into("a transposed matrix", _noise(4, 3).T),
            _into("numbers beyond the range of every dtype", _t([1000.0, -1000, 0])),
            _into("infinities", _t([_INF, -_INF, 1])),
        ),
    ),
    Behaviour(
        "returns-out",
        "returns `out` itself, and leaves x alone",
        (_into("ordinary numbers", _t([0.0, 1, -1])), _into("a stack of matrices", _noise(2, 3, 4))),
        frozenset({"form"}),
    ),
    Behaviour(
        "no-new-tensor",
        "makes no new tensor of that size on the way",
        (_into("a matrix", _noise(6, 8)), _into("a vector", _noise(64))),
        frozenset({"conduct"}),
    ),
)
