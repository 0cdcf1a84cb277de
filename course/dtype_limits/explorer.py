"""The unit's explorer: one x, the bits of its exponential in four dtypes, and where a dtype's range of exp ends."""

from __future__ import annotations

import math
from typing import Any

import torch

from course.dtype_limits.exponentials import WIDER, Cast, Comparison, Result, compare
from course.dtype_limits.figures import Drawing, exact, ulps
from course.dtype_limits.formats import FORMATS
from course.dtype_limits.truth import last_finite, last_nonzero
from course.kit.check.case import name_of
from course.kit.explorer import BROKEN, DTYPES, OK, Card, Choice, Explorer, Preset, Reading, Scene, Slider
from course.kit.numerals import number

STEP = 0.5
DECIMALS = 9
X = Slider("x", "x", -760.0, 720.0, STEP, 12.0)
DTYPE = Choice("dtype", "dtype of the cards", DTYPES, "float16")


def explore(**start: Any) -> Explorer:
    """exp(x) in float16, bfloat16, float32 and float64: its bits, its error, and where inf, subnormals and 0 begin.

    `start` may set where the controls stand at first and after Reset: `x` from -760 to 720, and `dtype`, the name of
    one, whose two cards show exp with a cast after it and before it. Raises ValueError for anything else.
    """
    controls = Explorer.starting((X, DTYPE), **start)
    return Explorer("exp(x) in four dtypes, bit by bit", controls, PRESETS, DtypeLimits())


def _last_finite(dtype: str, **_: Any) -> dict[str, float]:
    """The last step whose exponential is finite."""
    return {"x": math.floor(last_finite(getattr(torch, dtype)) / STEP) * STEP}


def _overflow(dtype: str, **_: Any) -> dict[str, float]:
    """The first step whose exponential is infinite."""
    return {"x": _last_finite(dtype)["x"] + STEP}


def _first_subnormal(dtype: str, **_: Any) -> dict[str, float]:
    """The first step, going down, whose exponential has fewer digits."""
    end = math.log(float(FORMATS[getattr(torch, dtype)].smallest_normal))
    return {"x": math.floor(end / STEP) * STEP}


def _last_nonzero(dtype: str, **_: Any) -> dict[str, float]:
    """The last step, going down, whose exponential is above 0."""
    return {"x": math.ceil(last_nonzero(getattr(torch, dtype)) / STEP) * STEP}


def _zero(dtype: str, **_: Any) -> dict[str, float]:
    """The first step, going down, whose exponential is 0."""
    return {"x": _last_nonzero(dtype)["x"] - STEP}


PRESETS = (
    Preset("last finite", _last_finite),
    Preset("overflow", _overflow),
    Preset("first subnormal", _first_subnormal),
    Preset("last above 0", _last_nonzero),
    Preset("first 0", _zero),
)


class DtypeLimits(Scene):
    """Where x lies in each dtype's range of exp, and the bits that come out."""

    def __init__(self) -> None:
        self._drawing = Drawing()
        self.figure = self._drawing.figure
        self.moving = self._drawing.moving

    def update(self, x: float, dtype: str) -> Reading:
        """Compute in all dtypes, draw and describe."""
        x = round(x, DECIMALS)  # a browser's slider gives 88.50000000000011 for 88.5, and float64's bits would show it
        comparison = compare(x, getattr(torch, dtype))
        self._drawing.draw(x, comparison)
        late, early = _titles(comparison.chosen.dtype)
        naive = _card(late, comparison, comparison.late)
        stable = _card(early, comparison, comparison.early)
        return Reading(_describe(x, comparison), naive, stable)


def _titles(dtype: torch.dtype) -> tuple[str, str]:
    if dtype not in WIDER:
        return "exp in float64", "No wider dtype to cast to: exp in float64"
    wide = name_of(WIDER[dtype])
    return f"Late cast: exp in {name_of(dtype)}, then to {wide}", f"Early cast: to {wide}, then exp"


def _card(title: str, comparison: Comparison, cast: Cast) -> Card:
    rows = (
        (f"x as {name_of(comparison.chosen.dtype)} holds it", number(comparison.chosen.x, 6)),
        ("result", number(cast.value, 5)),
        ("exact", exact(comparison.chosen.exact)),
        ("relative error", number(cast.error, 2)),
    )
    return Card(title, rows, OK if cast.within else BROKEN, _why(comparison.chosen, cast))


def _why(chosen: Result, cast: Cast) -> str:
    name = name_of(chosen.dtype)
    if math.isinf(cast.value):
        return "It overflowed, and a cast keeps inf as it is."
    if cast.value == 0:
        return "It underflowed, and a cast keeps 0 as it is."
    if not cast.within:
        return "A subnormal number on the way: finite, above 0, and short of digits."
    if chosen.kind == "subnormal" and cast.value == chosen.value:
        return "A subnormal number on the way: its digits are enough here, and few are left further down."
    return f"It has all the digits that {name} has, at least."


def _describe(x: float, comparison: Comparison) -> str:
    return f"exp({number(x, 6)}): {'; '.join(map(_in_words, comparison.results))}."


def _in_words(result: Result) -> str:
    form = FORMATS[result.dtype]
    sign, exponent = result.bits[0], result.bits[1 : 1 + form.exponent_bits]
    fraction = result.bits[1 + form.exponent_bits :]
    error = "" if math.isinf(result.ulps) else f", off by {ulps(result.ulps)} ulp"
    return (
        f"{name_of(result.dtype)} {number(result.value, 5)} ({result.kind}{error}), bits {sign} {exponent} {fraction}"
    )
