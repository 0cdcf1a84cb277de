"""What the five functions of unit 02 are tried on, grouped by behaviour."""

from __future__ import annotations

import torch

from course.dtype_limits import truth
from course.dtype_limits.formats import FORMATS
from course.dtype_limits.probes import exp_of_all_of_it, no_exponential_asked
from course.kit.check import Behaviour, Case
from course.kit.check.case import DTYPES, name_of

_INF, _NAN = float("inf"), float("nan")
_HALF = (torch.float16, torch.bfloat16)
_FULL = (torch.float32, torch.float64)

FORM = frozenset({"value", "form", "conduct"})


def _t(numbers: object) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _x(label: str, numbers: object, dtypes: tuple[torch.dtype, ...] = DTYPES) -> Case:
    return Case(label, {"x": _t(numbers)}, dtypes=dtypes)


def _noise(*shape: int) -> torch.Tensor:
    """Fixed normal numbers, rounded so that every dtype holds them exactly."""
    generator = torch.Generator().manual_seed(2)
    return (16 * torch.randn(shape, generator=generator, dtype=torch.float64)).round() / 16


def _batches(dtypes: tuple[torch.dtype, ...] = DTYPES) -> tuple[Case, ...]:
    shapes = {
        "one row": _noise(5),
        "a matrix": _noise(2, 3),
        "a stack of attention scores": _noise(2, 1, 2, 3),
        "a transposed matrix": _noise(3, 2).T,
    }
    return tuple(Case(label, {"x": x}, dtypes=dtypes) for label, x in shapes.items())


def _ends(label: str, dtypes: tuple[torch.dtype, ...]) -> tuple[Case, ...]:
    return tuple(Case(f"the {label} of {name_of(d)}", {}, {"dtype": d}, (d,)) for d in dtypes)


LARGEST_FINITE_EXP = (
    Behaviour(
        "half-precision",
        "gives the last number of float16, and of bfloat16, whose exponential is finite there, as a Python float",
        _ends("upper end", _HALF),
        probe=no_exponential_asked,
    ),
    Behaviour(
        "float32-and-float64",
        "gives the last number of float32, and of float64, whose exponential is finite there, as a Python float",
        _ends("upper end", _FULL),
        probe=no_exponential_asked,
    ),
)

SMALLEST_NONZERO_EXP = (
    Behaviour(
        "half-precision",
        "gives the smallest number of float16, and of bfloat16, whose exponential is not 0 there, as a Python float",
        _ends("lower end", _HALF),
        probe=no_exponential_asked,
    ),
    Behaviour(
        "float32-and-float64",
        "gives the smallest number of float32, and of float64, whose exponential is not 0 there, as a Python float",
        _ends("lower end", _FULL),
        probe=no_exponential_asked,
    ),
)


def _for_each(label: str, numbers) -> tuple[Case, ...]:
    """A case for each dtype, its numbers made from the dtype's format."""
    return tuple(_x(f"{label} of {name_of(d)}", [float(n) for n in numbers(FORMATS[d])], (d,)) for d in DTYPES)


ULP = (
    Behaviour(
        "ordinary",
        "gives the distance to the next number, away from zero, for ordinary numbers",
        (
            _x("ordinary numbers", [1.5, 3.0, 10.0, 100.0, 0.3, 1000.5]),
            _x("negative numbers", [-1.5, -3.0, -10.0, -0.3]),
        ),
    ),
    Behaviour(
        "powers-of-two",
        "gives the wider of the two distances at a power of two, and the narrower one just below it",
        (
            _x("powers of two", [1.0, 2.0, 0.5, 1024.0, 0.0625]),
            _x("negative powers of two", [-1.0, -2.0, -0.25]),
            *_for_each(
                "the last numbers below 1, 2, 16 and 1024", lambda f: [n * (1 - f.eps / 2) for n in (1, 2, 16, 1024)]
            ),
        ),
    ),
    Behaviour(
        "ends",
        "gives the smallest subnormal number at 0 and at every subnormal number, and a finite spacing at the largest",
        (
            _x("zero", [0.0, -0.0]),
            *_for_each(
                "subnormal and small normal numbers",
                lambda f: [
                    f.smallest,
                    3 * f.smallest,
                    -f.smallest_normal / 2,
                    f.smallest_normal,
                    3 * f.smallest_normal,
                ],
            ),
            *_for_each("the largest numbers", lambda f: [f.largest, -f.largest, f.largest / 2]),
        ),
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the input's shape, dtype and device, leaves the input alone, and works in the input's "
        "dtype (for half precision, in float32 at most)",
        (*_batches(), Case("a tensor of no dimension", {"x": _t(3.0)})),
        FORM,
    ),
)


def _limits(label: str, numbers) -> tuple[Case, ...]:
    """A case for each dtype, its numbers made from the last safe one and the first unsafe one."""
    made = []
    for dtype in DTYPES:
        last = truth.last_finite(dtype)
        made.append(
            _x(f"{label} of {name_of(dtype)}", numbers(last, last + float(FORMATS[dtype].spacing(last))), (dtype,))
        )
    return tuple(made)


EXP_IS_SAFE = (
    Behaviour(
        "at-the-limit",
        "is True for the last number whose exponential is finite and False for the very next one",
        (
            *_limits("the last safe number", lambda last, first: [last]),
            *_limits("the first unsafe number", lambda last, first: [first]),
            *_limits("a row that ends at the limit", lambda last, first: [0.0, last, -3.0]),
            *_limits("a row that goes one step too far", lambda last, first: [[0.0, first, -3.0], [1.0, 2.0, 3.0]]),
        ),
    ),
    Behaviour(
        "any-tensor",
        "looks at every number of a tensor of any shape, and knows the limit of its dtype",
        (
            _x("ordinary numbers", [2.0, 1.0, 0.1]),
            _x("an 800 in the first row of three", [[0, 1, 800], [0, 1, 2], [3, 4, 5]]),
            _x("an 800 in a stack", [[[0.0, 1.0], [2.0, 3.0]], [[4.0, 800.0], [5.0, 6.0]]]),
            _x("nothing but 750", [750.0, 750.0]),
            _x("a score of 12", [[12.0, 3.0, 1.0]]),
            _x("a score of 100", [[1.0, 100.0], [2.0, 3.0]]),
            *_limits("numbers a little below the limit", lambda last, first: [(last + int(last)) / 2, 1.0]),
        ),
    ),
    Behaviour(
        "no-overflow",
        "is False only for overflow: very negative numbers, -inf and nan are safe, +inf is not",
        (
            _x("very negative numbers", [[-1000.0, -30000.0, 0.0]]),
            _x("a -inf among ordinary numbers", [1.0, -_INF, 2.0]),
            _x("a nan among ordinary numbers", [1.0, _NAN, 2.0]),
            _x("nothing but nan", [_NAN, _NAN]),
            _x("a nan beside an 800", [[_NAN, 1.0], [800.0, 2.0]]),
            _x("a +inf among ordinary numbers", [1.0, _INF, 2.0]),
        ),
    ),
    Behaviour(
        "conduct",
        "returns True or False, leaves the input alone, and takes no exponential of all of it",
        _batches(),
        FORM,
        probe=exp_of_all_of_it,
    ),
)

EXP_IN_FLOAT32 = (
    Behaviour(
        "beyond-half",
        "has float32's range and float32's digits",
        (
            _x("scores that are too large for float16", [12.0, 50.0, 80.0], _HALF),
            _x("scores that are too small for float16", [-20.0, -50.0, -80.0], _HALF),
            _x("ordinary scores", [[0.1, 1.0, 5.3], [-0.7, -2.0, 3.3]], _HALF),
        ),
    ),
    Behaviour(
        "any-number",
        "is inf where float32 overflows, 0 for -inf and nan for nan",
        (
            _x("scores that are too large for float32", [100.0, 1000.0, 1.0], _HALF),
            _x("scores whose exponential is 0", [-200.0, -1000.0, 0.0], _HALF),
            _x("a -inf among the scores", [-_INF, 0.0, 1.0], _HALF),
            _x("a +inf among the scores", [_INF, 0.0, 1.0], _HALF),
            _x("a nan among the scores", [_NAN, 0.0, 1.0], _HALF),
        ),
    ),
    Behaviour(
        "conduct",
        "returns a new float32 tensor of the input's shape on its device, leaves the input alone, and needs no float64",
        _batches(_HALF),
        FORM,
    ),
)
