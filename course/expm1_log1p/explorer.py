"""The unit's explorer: how many digits survive, for a function, an x and a dtype of the reader's choice."""

from __future__ import annotations

import math
from typing import Any

from course.expm1_log1p.digits import FORMS, HIGHEST, LOWEST, Result, Sample, full_digits, in_every_dtype, sample
from course.expm1_log1p.figures import Drawing
from course.kit.explorer import BROKEN, DTYPES, OK, Card, Choice, Explorer, Preset, Reading, Scene, Slider
from course.kit.numerals import number

POWER = Slider("power", "log₁₀ x", float(LOWEST), float(HIGHEST), 0.25, -5.0)
FUNCTION = Choice("function", "function", tuple(FORMS), "exp(x) − 1")
DTYPE = Choice("dtype", "dtype", DTYPES, "float32")


def explore(**start: Any) -> Explorer:
    """Digits that are right in exp(x) − 1, log(1 + x) and log(1 − exp(−x)), naive beside a form made for small numbers.

    `start` may set where the controls stand at first and after Reset: `power`, log10 of x, from -20 to 2; `function`,
    one of `FUNCTION.options`; and `dtype`, the name of one. Raises ValueError for anything else.
    """
    controls = Explorer.starting((POWER, FUNCTION, DTYPE), **start)
    return Explorer("How many digits are right?", controls, PRESETS, Cancellation())


def _half_of_them(function: str, dtype: str, **_: Any) -> dict[str, float]:
    """The small x where what the naive form keeps is nearest to half of the dtype's digits.

    Looked for and not derived: near the root of epsilon the roundings decide by up to a digit.
    """
    wanted = full_digits(dtype) / 2
    places = (-POWER.step * n for n in range(int((0 - POWER.low) / POWER.step)))
    return {"power": min(places, key=lambda power: abs(sample(function, power, dtype).naive.digits - wanted))}


def _none_of_them(dtype: str, **_: Any) -> dict[str, float]:
    """Where x is below half an epsilon: nothing of it fits beside a 1."""
    return {"power": POWER.nearest(-full_digits(dtype) - 0.75)}


PRESETS = (
    Preset("x = 1", {"power": 0.0}),
    Preset("half of the digits left", _half_of_them),
    Preset("none left", _none_of_them),
    Preset("x near 18", {"power": 1.25}),
)


class Cancellation(Scene):
    """Digits that are right: curves over x in one dtype, bars in all four at one x."""

    def __init__(self) -> None:
        self._drawing = Drawing()
        self.figure = self._drawing.figure
        self.moving = self._drawing.moving

    def update(self, power: float, function: str, dtype: str) -> Reading:
        """Compute in all dtypes, draw and describe."""
        samples = in_every_dtype(function, power)
        self._drawing.draw(function, power, samples, dtype)
        here, form = samples[DTYPES.index(dtype)], FORMS[function]
        naive = _card(f"Naive: {form.naive_text}", here, here.naive)
        stable = _card(f"Stable: {form.stable_text}", here, here.stable)
        return Reading(_describe(samples, function, power, dtype), naive, stable)

    def backdrop(self, function: str, dtype: str, **_: Any) -> tuple[str, str]:
        """Curves, their scale and the legend depend on function and dtype."""
        return function, dtype


def _card(title: str, sample: Sample, result: Result) -> Card:
    rows = (
        ("value", number(result.value, 6)),
        ("exact", number(sample.exact, 6)),
        ("relative error", "nan" if math.isnan(result.error) else number(result.error)),
        ("digits right", f"{result.digits:.1f} of {full_digits(sample.dtype):.1f}"),
    )
    return Card(title, rows, OK if result.within else BROKEN, _why(sample, result))


def _why(sample: Sample, result: Result) -> str:
    if sample.x == 0:
        return "This x is too small for the dtype: it is held as 0."
    if result.within and math.isinf(result.value):
        return "The exact value is beyond this dtype, and inf is right."
    if result.within:
        return "As right as this dtype allows."
    if result.value == 0 or not math.isfinite(result.value):
        return "Nothing is left: beside a 1 the small number was rounded away."
    return "The small number was rounded to fit beside a 1, and the digits that this took are missing here."


def _describe(samples: tuple[Sample, ...], function: str, power: float, dtype: str) -> str:
    form = FORMS[function]
    bars = "; ".join(
        f"{s.dtype} {s.naive.digits:.1f} naive and {s.stable.digits:.1f} stable of {full_digits(s.dtype):.1f}"
        if s.x
        else f"{s.dtype} holds this x as 0"
        for s in samples
    )
    here = samples[DTYPES.index(dtype)]
    return (
        f"Decimal digits that are right in {form.naive_text}, naive, and in {form.stable_text}, stable. Curves over x "
        f"in {dtype}, with a mark at x = {number(10.0**power)}: naive {number(here.naive.value, 6)}, stable "
        f"{number(here.stable.value, 6)}, exact {number(here.exact, 6)}. Bars at this x: {bars}."
    )
