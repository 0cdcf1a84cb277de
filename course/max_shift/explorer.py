"""The unit's explorer: one logit and the constant that is subtracted, in the dtype of the reader's choice."""

from __future__ import annotations

import math
from typing import Any

import torch

from course.kit.explorer import BROKEN, DTYPES, OK, Card, Choice, Explorer, Preset, Reading, Scene, Slider
from course.kit.numerals import number
from course.max_shift.figures import Drawing
from course.max_shift.shifted import OTHERS, Comparison, Limits, Way, compare

STEP = 0.5
X1 = Slider("x1", "logit x₁", -1000.0, 1000.0, STEP, 100.0)
SHIFT = Slider("c", "shift c", -1200.0, 1200.0, 1.0, 100.0)
"""Reaches past the largest logit by more than any dtype here but float64 can bear."""
DTYPE = Choice("dtype", "dtype", DTYPES, "float32")


def explore(**start: Any) -> Explorer:
    """Softmax of the logits `(x₁, 1.5, 0.2, -2)`, naive beside shifted by `c`, computed in a dtype by torch.

    `start` may set where the controls stand at first and after Reset: `x1` from -1000 to 1000, `c` from -1200 to 1200,
    and `dtype`, the name of one. Raises ValueError for anything else.
    """
    controls = Explorer.starting((X1, SHIFT, DTYPE), **start)
    return Explorer("Softmax of x₁, 1.5, 0.2 and −2: naive, and shifted by c", controls, PRESETS, MaxShift())


def _safe(dtype: str, **_: Any) -> dict[str, float]:
    """Halfway to the overflow: nothing comes near a limit."""
    return {"x1": X1.nearest(_log_largest(dtype) / 2)}


def _last_safe(dtype: str, **_: Any) -> dict[str, float]:
    """The last step whose exponential, and the sum with it, is finite."""
    return {"x1": math.floor(_log_largest(dtype) / STEP) * STEP}


def _overflow(dtype: str, **_: Any) -> dict[str, float]:
    """The first step whose exponential is infinite."""
    return {"x1": _last_safe(dtype)["x1"] + STEP}


def _shift_by_maximum(x1: float, **_: Any) -> dict[str, float]:
    return {"c": max(x1, *OTHERS)}


def _log_largest(dtype: str) -> float:
    return math.log(Limits.of(getattr(torch, dtype)).largest)


PRESETS = (
    Preset("safe x₁", _safe),
    Preset("last safe x₁", _last_safe),
    Preset("overflow x₁", _overflow),
    Preset("c = 0", {"c": 0.0}),
    Preset("c = maximum", _shift_by_maximum),
)


class MaxShift(Scene):
    """Terms, sum and weights, naive and shifted, against the dtype's range and the exact weights."""

    def __init__(self) -> None:
        self._drawing = Drawing()
        self.figure = self._drawing.figure
        self.moving = self._drawing.moving

    def update(self, x1: float, c: float, dtype: str) -> Reading:
        """Compute in `dtype`, draw and describe."""
        comparison = compare(x1, c, getattr(torch, dtype))
        self._drawing.draw(comparison)
        naive = _card("Naive", "exp(xᵢ)", comparison.naive)
        shifted = _card(f"Shifted by c = {number(comparison.shift, 6)}", "exp(xᵢ − c)", comparison.shifted)
        return Reading(_describe(comparison, dtype), naive, shifted)

    def backdrop(self, dtype: str, **_: Any) -> str:
        """Axes, limits and the labels of the fixed logits depend on the dtype."""
        return dtype


def _card(title: str, term: str, way: Way) -> Card:
    rows = (
        (f"terms {term}", f"{way.count('inf')} inf, {_zeros(way.count('0'))}"),
        ("sum", number(way.total)),
        ("weights", f"{way.count('nan')} nan, {_zeros(way.weights.count(0.0))}"),
        ("largest relative error", "nan" if math.isnan(way.error) else number(way.error)),
    )
    return Card(title, rows, OK if way.within else BROKEN, _why(way))


def _zeros(count: int) -> str:
    return f"{count} zero" if count == 1 else f"{count} zeros"


def _why(way: Way) -> str:
    if way.count("inf"):
        return "A term overflowed, and inf / inf is nan."
    if math.isinf(way.total):
        return "Each term fits, but their sum overflowed."
    if way.total == 0:
        return "Every term underflowed, and 0 / 0 is nan."
    if not way.within and way.lost:
        return "No inf and no nan, but terms underflowed, and weights that this dtype could hold came out as 0."
    if not way.within:
        return "No inf and no nan, but the terms are so small that few digits are left: wrong without a warning."
    if 0.0 in way.weights:
        return "As right as this dtype allows: the weights shown as 0 are too small for it."
    return "Every weight is as right as this dtype allows."


def _describe(comparison: Comparison, dtype: str) -> str:
    x1, *_ = comparison.logits
    return (
        f"{dtype}, x₁ = {number(x1, 6)}, c = {number(comparison.shift, 6)}. "
        f"Naive: {_in_words(comparison.naive)}. Shifted by c: {_in_words(comparison.shifted)}. "
        f"Exact weights {_list(comparison.exact)}."
    )


def _in_words(way: Way) -> str:
    return f"terms {_list(way.terms)}, sum {number(way.total)}, weights {_list(way.weights)}"


def _list(values: tuple) -> str:
    return ", ".join(number(value) for value in values)
