"""The unit's explorer: a batch of inputs with a centre and a width, and what exp makes of it."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import torch

from course.exp_asymmetry.figures import Drawing
from course.exp_asymmetry.spread import QUANTILES, Comparison, Way, compare
from course.kit.explorer import BROKEN, DTYPES, OK, Card, Choice, Explorer, Preset, Reading, Scene, Slider
from course.kit.numerals import number

CENTRE = Slider("centre", "centre", -800.0, 800.0, 1.0, 0.0)
WIDTH = Slider("width", "width", 0.0, 50.0, 0.1, 1.0)
DTYPE = Choice("dtype", "dtype", DTYPES, "float32")


def explore(**start: Any) -> Explorer:
    """A hundred inputs around `centre`, as wide as `width`, and their exponentials, computed in a dtype by torch.

    `start` may set where the controls stand at first and after Reset: `centre` from -800 to 800, `width` (the standard
    deviation) from 0 to 50, and `dtype`, the name of one. Raises ValueError for anything else.
    """
    controls = Explorer.starting((CENTRE, WIDTH, DTYPE), **start)
    return Explorer("A batch of 100 inputs before and after exp", controls, PRESETS, Asymmetry())


def _overflow(dtype: str, **_: Any) -> dict[str, float]:
    """The centre at which the largest input's exponential is the first to be infinite."""
    largest = math.log(torch.finfo(getattr(torch, dtype)).max)
    return {"centre": CENTRE.nearest(math.ceil(largest - 3 * QUANTILES[-1]) + 1), "width": 3.0}


def _underflow(dtype: str, **_: Any) -> dict[str, float]:
    """A centre at which every exponential is 0."""
    info = torch.finfo(getattr(torch, dtype))
    smallest = math.log(info.smallest_normal) + math.log(info.eps)
    return {"centre": CENTRE.nearest(math.floor(smallest - 3 * QUANTILES[-1]) - 2), "width": 3.0}


PRESETS = (
    Preset("narrow", {"centre": 0.0, "width": 0.1}),
    Preset("like logits", {"centre": 0.0, "width": 3.0}),
    Preset("one takes all", {"centre": 0.0, "width": 30.0}),
    Preset("overflow", _overflow),
    Preset("underflow", _underflow),
)


class Asymmetry(Scene):
    """Histograms before and after exp, and the shares of the sum, naive and by differences."""

    def __init__(self) -> None:
        self._drawing = Drawing()
        self.figure = self._drawing.figure
        self.moving = self._drawing.moving
        self.scenery = self._drawing.scenery

    def update(self, centre: float, width: float, dtype: str) -> Reading:
        """Compute in `dtype`, draw and describe."""
        comparison = compare(centre, width, getattr(torch, dtype))
        self._drawing.draw(comparison, dtype)
        naive = _card("Naive", "exp(x)", comparison.naive, _ratio(comparison.naive))
        stable = _card("Differences first", "exp(x − largest x)", comparison.stable, _power_of_ten(comparison.stable))
        return Reading(_describe(comparison, centre, width, dtype), naive, stable)

    def backdrop(self, **_: Any) -> Hashable:
        """The heights that `update` chose, and the dtype in the outputs' label."""
        return self._drawing.backdrop


def _card(title: str, term: str, way: Way, ratio: str) -> Card:
    rows = (
        (term, f"{way.count(math.inf)} inf, {way.count(0.0)} zero"),
        ("largest / smallest", ratio),
        ("share of the largest", number(way.share)),
        ("slope of it in its own x", number(way.slope)),
    )
    return Card(title, rows, OK if way.right else BROKEN, _why(way))


def _ratio(way: Way) -> str:
    """The quotient as the dtype has it, from its own exponentials."""
    top, bottom = way.powers[-1], way.powers[0]
    if math.isnan(way.digits) or math.isinf(way.digits):
        return "nan" if math.isnan(way.digits) else f"{number(top)} / {number(bottom)} = inf"
    return number(10**way.digits if way.digits < 300 else math.inf)


def _power_of_ten(way: Way) -> str:
    return number(10**way.digits) if way.digits < 6 else f"10^{way.digits:.4g}"


def _why(way: Way) -> str:
    if way.count(math.inf):
        return "Exponentials overflowed, and inf / inf is nan."
    if way.share != way.share:
        return "Every exponential underflowed, and 0 / 0 is nan." if way.powers[-1] == 0 else "The sum overflowed."
    if way.share == 0:
        return "Each exponential is finite, and their sum is not: every share of it is 0."
    if not math.isfinite(way.slope):
        left = "the share is still right" if way.share_right else "the share has lost digits"
        return f"The sum is so small that 1 / sum overflows. The slope is lost with it; {left}."
    if math.isinf(way.digits) and way.share_right:
        return "The shares are right, and the ratio is lost: it is beyond this dtype."
    if math.isinf(way.digits):
        return "The ratio is beyond this dtype, and digits of the shares are missing."
    if not way.right:
        return "No inf and no nan, but digits are missing."
    if way.cancelled:
        return "Right but for the slope: in 1 − share everything cancelled, and no digit of it is left."
    if 0.0 in way.powers:
        return "Right: what underflowed is nothing beside the largest."
    return "As right as this dtype allows."


def _describe(comparison: Comparison, centre: float, width: float, dtype: str) -> str:
    low, high = comparison.inputs[0], comparison.inputs[-1]
    naive, stable = comparison.naive, comparison.stable
    return (
        f"{dtype}, 100 inputs with centre {number(centre, 6)} and width {number(width, 6)}, from {number(low, 4)} to "
        f"{number(high, 4)}. Naive exponentials from {number(naive.powers[0])} to {number(naive.powers[-1])}, "
        f"{naive.count(math.inf)} of them inf and {naive.count(0.0)} zero; the largest holds {number(naive.share)} of "
        f"the sum. By differences it holds {number(stable.share)}. Exact: {number(comparison.exact_share)}, and the "
        f"largest exceeds the smallest by {number(comparison.exact_digits, 4)} decimal digits."
    )
