"""The unit's explorer: three logits, what p - y makes of them, and what the squared error does instead."""

from __future__ import annotations

import math
from typing import Any

import torch

from course.cross_entropy_gradient.figures import Drawing, number
from course.cross_entropy_gradient.slopes import SPAN, Comparison, Way, compare
from course.kit.explorer import BROKEN, DTYPES, OK, Card, Choice, Explorer, Preset, Reading, Scene, Slider

Z1 = Slider("z1", "true logit z₁", -SPAN, SPAN, 0.5, -20.0)
Z2 = Slider("z2", "logit z₂", -SPAN, SPAN, 0.5, 20.0)
DTYPE = Choice("dtype", "dtype", DTYPES, "float32")


def explore(**start: Any) -> Explorer:
    """Cross-entropy of the logits `(z₁, z₂, 0)`, class one true: its slopes naive, stable, and of the squared error.

    `start` may set where the controls stand at first and after Reset: `z1` and `z2` from -200 to 200, and `dtype`, the
    name of one. Raises ValueError for anything else.
    """
    controls = Explorer.starting((Z1, Z2, DTYPE), **start)
    return Explorer("Three logits, class one true: p, y and p − y", controls, PRESETS, Slopes())


def _naive_breaks(dtype: str, **_: Any) -> dict[str, float]:
    """The first step at which the naive form overflows."""
    largest = math.log(torch.finfo(getattr(torch, dtype)).max)
    return {"z1": 0.0, "z2": math.floor(2 * largest) / 2 + 0.5 if largest < SPAN else SPAN}


PRESETS = (
    Preset("undecided", {"z1": 0.0, "z2": 0.0}),
    Preset("sure and right", {"z1": 20.0, "z2": -20.0}),
    Preset("sure and wrong", {"z1": -20.0, "z2": 20.0}),
    Preset("overflow", _naive_breaks),
)


class Slopes(Scene):
    """Bars of p, y and p - y, and the slope along the true logit as a curve for each loss."""

    def __init__(self) -> None:
        self._drawing = Drawing()
        self.figure = self._drawing.figure
        self.moving = self._drawing.moving

    def update(self, z1: float, z2: float, dtype: str) -> Reading:
        """Compute in `dtype`, draw and describe."""
        comparison = compare(z1, z2, getattr(torch, dtype))
        self._drawing.draw(comparison)
        naive = _card("Naive: −log softmax, autograd", comparison.naive, _why_naive(comparison))
        stable = _card("Stable: log-softmax, p − y", comparison.stable, _why_stable(comparison))
        return Reading(_describe(comparison, dtype), naive, stable)


def _card(title: str, way: Way, why: str) -> Card:
    rows = (
        ("loss", number(way.loss, 4)),
        ("slope along z₁", number(way.slopes[0], 4)),
        ("slopes sum to", number(way.total, 2)),
    )
    return Card(title, rows, OK if way.within else BROKEN, why)


def _why_naive(comparison: Comparison) -> str:
    way = comparison.naive
    if any(map(math.isnan, way.p)):
        return "The exponentials overflowed or vanished: inf/inf or 0/0."
    if math.isinf(way.loss):
        return "The true class's probability came out as 0: −log(0) is inf, and its slope 0 times inf."
    if any(not math.isfinite(s) for s in way.slopes):
        return "The loss is finite and its gradient is not."
    if abs(way.total) > 0.1:
        return "No inf and no nan, but a factor underflowed on the way back: a slope is missing from the sum."
    if not way.within:
        return "No inf and no nan, but the probability has too few digits left."
    return "Loss and slopes are within the unit's bound."


def _why_stable(comparison: Comparison) -> str:
    squared, ours = abs(comparison.squared[0]), abs(comparison.stable.slopes[0])
    if squared == 0 and ours > 0:
        return "The squared error's slope along z₁ is exactly 0 here: it would learn nothing."
    if ours > 0 and ours / squared > 100:
        return f"The squared error's slope along z₁ is {number(comparison.squared[0], 2)} here."
    return "No slope is beyond 1, and but for rounding they sum to 0."


def _describe(comparison: Comparison, dtype: str) -> str:
    z1, z2, _ = comparison.logits
    return (
        f"{dtype}, z₁ = {number(z1, 4)}, z₂ = {number(z2, 4)}, z₃ = 0, class one true. "
        f"p = {_list(comparison.stable.p)}. p − y = {_list(comparison.stable.slopes)}. "
        f"Naive slopes {_list(comparison.naive.slopes)}. Along z₁ the cross-entropy's slope is "
        f"{number(comparison.stable.slopes[0])}, the squared error's {number(comparison.squared[0])}."
    )


def _list(values: tuple) -> str:
    return ", ".join(number(value) for value in values)
