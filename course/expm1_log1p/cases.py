"""What the seven functions of unit 06 are tried on, grouped by behaviour."""

from __future__ import annotations

import torch

from course.kit.check import Behaviour, Case

_INF = float("inf")
_WIDE = (torch.float32, torch.float64, torch.bfloat16)
"""The dtypes that hold numbers beyond 65504 and below 6e-8."""

_FINE = (torch.float32, torch.float64)
"""The dtypes with more than eleven bits."""

_ELEVEN_BITS = (torch.float32, torch.float64, torch.float16)
"""The dtypes that tell 999 from 1000."""

_DOUBLE = (torch.float64,)
_HALF = (torch.float16,)

GRADIENT = frozenset({"gradient"})
CONDUCT = frozenset({"form", "conduct"})

_FORM = (
    "returns a new tensor of the input's shape, dtype and device, leaves the input alone, and is built from {}, in a "
    "dtype it was given (float32 for halves)"
)

EQUAL = "a equal to b"
EMPTY = "two logarithms of 0"
BILLION = "the Python int 1000000000"
MANY_PERIODS = "rates of ±1e-10 over a thousand million periods"
ZERO = "the zero vector"
ONE_BY_ONE = "batches of one number each"
"""Labels of cases that have hints of their own."""


def _t(numbers: object) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _one(argument: str, label: str, numbers: object, dtypes: tuple | None = None, **keywords: object) -> Case:
    return Case(label, {argument: _t(numbers)}, keywords, **({} if dtypes is None else {"dtypes": dtypes}))


def _shapes(argument: str, sign: float = 1.0, **keywords: object) -> tuple[Case, ...]:
    """Inputs of any shape, between 0.25 and 3 in size."""
    numbers = sign * (torch.arange(12, dtype=torch.float64) + 1) / 4
    shapes = {
        "a matrix": numbers.reshape(3, 4),
        "a single number": numbers[3],
        "a stack": numbers.reshape(2, 1, 3, 2),
        "a transposed matrix": numbers.reshape(3, 4).T,
    }
    return tuple(Case(label, {argument: x}, keywords) for label, x in shapes.items())


def _x(label: str, numbers: object, dtypes: tuple | None = None) -> Case:
    return _one("x", label, numbers, dtypes)


LOG1PEXP = (
    Behaviour(
        "everywhere",
        "keeps its digits for every x: near 0, far above it and far below",
        (
            _x("ordinary x", [-2, -0.5, 0, 0.5, 3]),
            _x("large x", [20, 89, 1000, 60000]),
            _x("very negative x", [-5, -9, -12, -20]),
            _x("x between -30 and -80", [-30, -50, -80], _WIDE),
            _x("x around 20 and 40", [17, 19, 25, 36, 40]),
            _x("x of ±1e30", [1e30, -1e30], _WIDE),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated, with right and finite gradients, at 0 too",
        (
            _x("ordinary x", [-2, 0.5, 3]),
            _x("x = 0", [0.0]),
            _x("large x of both signs", [1000, -1000, 60000]),
            _x("negative x", [-5, -9, -12]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        _FORM.format("arithmetic, exp, log1p, abs, maximum and where"),
        _shapes("x"),
        CONDUCT,
    ),
)


def _rate(label: str, rates: object, periods: int, dtypes: tuple | None = None) -> Case:
    return _one("rate", label, rates, dtypes, periods=periods)


COMPOUND = (
    Behaviour(
        "ordinary",
        "gives the growth (1 + rate)^periods - 1 for rates of every day, negative ones too",
        (
            _rate("ordinary rates over 10 periods", [0.05, 0.5, -0.25], 10),
            _rate("one period", [0.05, -0.25], 1),
            _rate("no period at all", [0.05, -0.25], 0),
            _rate("two periods at 100 %", [1.0], 2),
            _rate("360 periods", [0.0078125, -0.0078125], 360),
        ),
    ),
    Behaviour(
        "tiny-rates",
        "keeps its digits for rates far below the dtype's epsilon, down to 1e-18",
        (
            _rate("rates of ±0.0001 over 12 periods", [1e-4, -1e-4], 12),
            _rate("rates from 1e-6 to 1e-18 over 12 periods", [1e-6, 1e-9, 1e-12, 1e-18], 12, _WIDE),
            _rate(MANY_PERIODS, [1e-10, -1e-10], 10**9, _WIDE),
            _rate("a rate of 1e-18 over 10^18 periods", [1e-18], 10**18, _WIDE),
            _rate("rates that are not quite lost in 1 + rate", [3e-4, 5e-6], 1000, _FINE),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated, with right and finite gradients",
        (
            _rate("ordinary rates over 10 periods", [0.05, 0.5, -0.25], 10),
            _rate("rates of 1e-6 and 1e-18 over 12 periods", [1e-6, 1e-18], 12, _WIDE),
            _rate("no period at all", [0.05, -0.25], 0),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        _FORM.format("arithmetic, exp, expm1, log and log1p"),
        _shapes("rate", 0.125, periods=3),
        CONDUCT,
    ),
)

LOG1MEXP = (
    Behaviour(
        "small-x",
        "keeps its digits for small x, where exp(-x) is nearly 1",
        (
            _x("x below ln 2", [0.1, 0.25, 0.5]),
            _x("x around 0.001", [1e-2, 1e-3, 1e-4]),
            _x("x from 1e-5 to 1e-30", [1e-5, 1e-7, 1e-12, 1e-30], _WIDE),
            _x("the smallest numbers of float16", [6e-8, 1e-6], _HALF),
        ),
    ),
    Behaviour(
        "large-x",
        "keeps its digits for large x, where exp(-x) is nearly 0",
        (
            _x("x above ln 2", [0.75, 1, 2, 5]),
            _x("x around 10", [8, 10, 11]),
            _x("x from 20 to 80", [20, 40, 80], _WIDE),
            _x("x of a thousand and more", [1000, 60000]),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated, with right and finite gradients at both ends",
        (
            _x("ordinary x", [0.25, 0.5, 1, 3]),
            _x("small x", [1e-2, 1e-3]),
            _x("large x", [8, 10, 1000]),
            _x("x from 1e-5 to 1e-20", [1e-5, 1e-9, 1e-20], _WIDE),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        _FORM.format("arithmetic, exp, expm1, log, log1p and where"),
        _shapes("x"),
        CONDUCT,
    ),
)


def _pair(label: str, a: object, b: object, dtypes: tuple | None = None) -> Case:
    return Case(label, {"a": _t(a), "b": _t(b)}, **({} if dtypes is None else {"dtypes": dtypes}))


LOGSUBEXP = (
    Behaviour(
        "any-size",
        "gives log(exp(a) - exp(b)) for a and b of any size, positive or negative",
        (
            _pair("ordinary numbers", [1, 2, 0.5], [0, 1, -0.5]),
            _pair("numbers around 1000", [1000, 1001], [999, 1000], _ELEVEN_BITS),
            _pair("numbers around -1000", [-1000, -999], [-1001, -1000], _ELEVEN_BITS),
            _pair("numbers that are far apart", [1000, 3, -1000], [-1000, -500, -60000]),
            _pair("a = 0 and b far below it", [0, 0, 0], [-5, -8, -11]),
            _pair("a = 0 and b = -40", [0], [-40], _WIDE),
        ),
    ),
    Behaviour(
        "close",
        "keeps its digits where a and b are close",
        (
            _pair("numbers 1/64 apart", [1 + 2**-6, -3], [1, -3 - 2**-6]),
            _pair("numbers around 100 that are close", [100.5, -100], [100, -100.5]),
            _pair("numbers 1e-6 apart", [1 + 2**-20, 0], [1, -(2**-20)], _FINE),
            _pair("numbers around 1000, 1e-4 apart", [1000 + 2**-13], [1000], _FINE),
            _pair("a tiny a and b = 0", [2**-12, 2**-20], [0, 0]),
        ),
    ),
    Behaviour(
        "edges",
        "gives -inf where a equals b, -inf for both included, and a itself where b is -inf",
        (
            _pair(EQUAL, [1, -1000, 1000], [1, -1000, 1000]),
            _pair("b = -inf", [1, -1000], [-_INF, -_INF]),
            _pair(EMPTY, [-_INF, 2], [-_INF, 1]),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated with respect to a and to b, with right gradients and no nan",
        (
            _pair("ordinary numbers", [1, 2, 0.5], [0, 1, -0.5]),
            _pair("numbers around 1000", [1000, -1000], [999, -1001], _ELEVEN_BITS),
            _pair("numbers 1/64 apart", [1 + 2**-6], [1]),
            _pair("numbers 1e-6 apart", [1 + 2**-20, 0], [1, -(2**-20)], _FINE),
            _pair("a tiny a and b = 0", [2**-13], [0]),
            _pair("a still tinier a and b = 0", [2**-30], [0], _WIDE),
            _pair("numbers that are far apart", [1000, -1000], [-1000, -60000]),
            _pair("b = -inf", [1, -1000], [-_INF, -_INF]),
            _pair(EMPTY, [-_INF, 2], [-_INF, 1]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        _FORM.format("arithmetic, exp, expm1, log, log1p, where and your own `log1mexp`"),
        tuple(Case(case.label, {"a": case.tensors["x"], "b": case.tensors["x"] - 0.5}) for case in _shapes("x")),
        CONDUCT,
    ),
)


def _n(label: str, numbers: object, dtypes: tuple | None = None) -> Case:
    return _one("n", label, numbers, dtypes)


def _int(n: int) -> Case:
    return Case(f"the Python int {n}", {}, {"n": n}, dtypes=_DOUBLE)


LOG_FACTORIAL = (
    Behaviour(
        "table",
        "gives log(n!) for small n, and exactly 0 for 0! and 1!",
        (
            _n("0 and 1", [0, 1]),
            _n("small n", [2, 3, 5, 10]),
            _n("n from 12 to 34", [12, 20, 34]),
        ),
    ),
    Behaviour(
        "large-n",
        "keeps its digits where n! itself is beyond every dtype",
        (
            _n("n around 170", [100, 170, 172]),
            _n("n around 1000", [500, 1000, 2000]),
            _n("n of 1e4 and 1e6", [1e4, 1e6], _WIDE),
            _n("n of 1e12", [1e12], _WIDE),
        ),
    ),
    Behaviour(
        "python-int",
        "takes a Python int too",
        tuple(_int(n) for n in (5, 0, 170, 1000, 10**9)),
    ),
    Behaviour("conduct", _FORM.format("arithmetic and `lgamma`"), _shapes("n", 4.0), CONDUCT),
)

L2_NORM = (
    Behaviour(
        "ordinary",
        "gives the square root of the sum of squares over all elements",
        (
            _x("3 and 4", [3, 4]),
            _x("numbers of both signs", [-2, 1, 0.5, -3]),
            _x("a matrix", [[1, -2, 3], [0, 5, -1]]),
            _x("a single number", [-3.0]),
            _x("negative numbers", [-1, -2, -2]),
        ),
    ),
    Behaviour(
        "large",
        "overflows nowhere on the way to a result that the dtype can hold",
        (
            _x("entries of 300 and 400", [300, -400]),
            _x("entries near the end of float16", [30000, -40000, 1]),
            _x("entries of ±3e30", [3e30, -4e30, 1], _WIDE),
            _x("negative entries of 3e30 and a 1", [-3e30, -4e30, 1], _WIDE),
            _x("entries of 3e200", [3e200, 4e200], _DOUBLE),
        ),
    ),
    Behaviour(
        "small",
        "underflows nowhere on the way to a result that the dtype can hold; the zero vector gives exactly 0",
        (
            _x("entries of 0.0003 and 0.0004", [3e-4, 4e-4]),
            _x("entries of 3e-30", [3e-30, -4e-30], _WIDE),
            _x("entries of 3e-200", [3e-200, -4e-200], _DOUBLE),
            _x("subnormal numbers of float16", [3e-6, 4e-6], _HALF),
            _x("subnormal numbers of float32", [3e-40, 4e-40], (torch.float32, torch.bfloat16)),
            _x(ZERO, [0, 0, 0]),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated, with right gradients, finite ones at the zero vector",
        (
            _x("3 and 4", [3, 4]),
            _x("numbers of both signs", [-2, 1, 0.5, -3]),
            _x("tied entries", [2, -2, 2]),
            _x("entries of 300 and 400", [300, -400]),
            _x("entries of ±3e30", [3e30, -4e30, 1e30], _WIDE),
            _x("entries of 3e-30", [3e-30, -4e-30], _WIDE),
            _x(ZERO, [0, 0, 0]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a tensor without dimensions, of the input's dtype and device, leaves the input alone, and is built "
        "from arithmetic, abs, maximum, sum, sqrt and where, in a dtype it was given (float32 for halves)",
        _shapes("x"),
        CONDUCT,
    ),
)


def _stream(label: str, numbers: object, lengths: tuple[int, ...], dtypes: tuple | None = None) -> Case:
    return _one("stream", label, numbers, dtypes, lengths=lengths)


def _noise(count: int, seed: int = 6) -> torch.Tensor:
    """Fixed normal numbers, rounded so that every dtype holds them exactly."""
    generator = torch.Generator().manual_seed(seed)
    return (16 * torch.randn(count, generator=generator, dtype=torch.float64)).round() / 16


_NOISE = _noise(24)
_DRIFT = _NOISE + torch.arange(24, dtype=torch.float64).floor_divide(8) * 2

RUNNING_VARIANCE = (
    Behaviour(
        "ordinary",
        "gives the population variance of all numbers together, however they are cut into batches",
        (
            _stream("a single batch", [1, 2, 3, 6], (4,)),
            _stream("two batches with different means", [0, 1, 2, 10, 11, 12], (3, 3)),
            _stream("batches of different lengths", [0, 1, 5, 9, 4, 2, 2, 7], (1, 5, 2)),
            _stream(ONE_BY_ONE, [3, -1, 4, 1, -5], (1, 1, 1, 1, 1)),
            Case("24 numbers that drift", {"stream": _DRIFT}, {"lengths": (8, 8, 8)}),
        ),
    ),
    Behaviour(
        "far-from-zero",
        "keeps its digits where the mean is far larger than the spread",
        (
            Case("numbers around 32", {"stream": (_NOISE * 4).round() / 4 + 32}, {"lengths": (8, 8, 8)}),
            _stream("numbers around 500, whose squares float16 does not hold", [480, 520, 500, 540, 470], (2, 3)),
            Case("numbers around 1000", {"stream": _NOISE + 1000}, {"lengths": (10, 4, 10)}, dtypes=_FINE),
            Case("numbers around -30000", {"stream": _DRIFT - 30000}, {"lengths": (8, 16)}, dtypes=_FINE),
            Case("numbers around 100 million", {"stream": _DRIFT + 1e8}, {"lengths": (6,) * 4}, dtypes=_DOUBLE),
            _stream("equal numbers around 1000", [1000.0] * 6, (2, 2, 2), _FINE),
        ),
    ),
    Behaviour(
        "stream",
        "reads each batch once, one after the other, and keeps none of them",
        (
            Case("a generator of six batches", {"stream": _DRIFT}, {"lengths": (4,) * 6}),
            Case("a generator of twelve batches", {"stream": _NOISE + 2}, {"lengths": (2,) * 12}),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated with respect to the batches",
        (
            _stream("two batches with different means", [0, 1, 2, 10, 11, 12], (3, 3)),
            _stream("batches of different lengths", [0, 1, 5, 9, 4, 2, 2, 7], (1, 5, 2)),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a tensor without dimensions, of the batches' dtype and device, leaves the batches alone, and is built "
        "from arithmetic, sum and mean, in a dtype it was given (float32 for halves)",
        (
            Case("six batches", {"stream": _DRIFT}, {"lengths": (4,) * 6}),
            Case("a single batch of 24", {"stream": _NOISE}, {"lengths": (24,)}),
        ),
        CONDUCT,
    ),
)
