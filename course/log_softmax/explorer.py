"""The unit's explorer: how far the smallest logit may lie below the largest, in the dtype of the reader's choice."""

from __future__ import annotations

import math
from typing import Any

import torch

from course.kit.explorer import BROKEN, DTYPES, OK, Card, Choice, Explorer, Preset, Reading, Scene, Slider
from course.kit.numerals import number
from course.log_softmax.composed import SMALLEST, STEP, Comparison, Way, compare, curve
from course.log_softmax.figures import Drawing

Z_MAX = Slider("z_max", "logit z_max", 0.0, 1000.0, STEP, 20.0)
Z_MIN = Slider("z_min", "logit z_min", -1000.0, 0.0, STEP, -20.0)
DTYPE = Choice("dtype", "dtype", DTYPES, "float32")


def explore(**start: Any) -> Explorer:
    """The loss of the smallest class of the logits `(z_max, 0, z_min)`, composed and by log-softmax, in a dtype.

    `start` may set where the controls stand at first and after Reset: `z_max` from 0 to 1000, `z_min` from -1000 to 0,
    and `dtype`, the name of one. Raises ValueError for anything else.
    """
    controls = Explorer.starting((Z_MAX, Z_MIN, DTYPE), **start)
    return Explorer("Loss of the smallest class: log of softmax, and log-softmax", controls, PRESETS, Cliff())


def _at(distance: float, z_max: float) -> dict[str, float]:
    """z_min so far below z_max; z_max comes down where z_min would have to be above 0."""
    z_max = min(z_max, distance)
    return {"z_max": z_max, "z_min": Z_MIN.nearest(z_max - distance)}


def _cliff(dtype: str) -> float:
    """The first distance, in steps, at which the exponential is 0."""
    info = torch.finfo(getattr(torch, dtype))
    steps = math.floor(-math.log(info.smallest_normal * info.eps) / STEP)
    while torch.exp(torch.tensor(-steps * STEP, dtype=getattr(torch, dtype))) > 0:
        steps += 1
    return steps * STEP


def _safe(dtype: str, z_max: float, **_: Any) -> dict[str, float]:
    return _at(math.floor(_cliff(dtype) / 2 / STEP) * STEP, min(z_max, 10.0))


def _few_digits(dtype: str, z_max: float, **_: Any) -> dict[str, float]:
    """Where the probability is subnormal and has two or three bits left."""
    return _at(_cliff(dtype) - 2, min(z_max, 10.0))


def _infinite(dtype: str, z_max: float, **_: Any) -> dict[str, float]:
    return _at(_cliff(dtype) + 1, min(z_max, 10.0))


PRESETS = (
    Preset("half way", _safe),
    Preset("few digits", _few_digits),
    Preset("over the cliff", _infinite),
    Preset("row two", {"z_max": 1000.0, "z_min": -1000.0}),
)


class Cliff(Scene):
    """Loss and error over the distance of the smallest logit, and the gradient at the distance chosen."""

    def __init__(self) -> None:
        self._drawing = Drawing()
        self.figure = self._drawing.figure
        self.moving = self._drawing.moving
        self.scenery = self._drawing.scenery

    def update(self, z_max: float, z_min: float, dtype: str) -> Reading:
        """Compute in `dtype`, draw and describe."""
        kind = getattr(torch, dtype)
        comparison = compare(z_max, z_min, kind)
        self._drawing.draw(comparison, curve(z_max, Z_MIN.low, kind))
        naive = _card("Naive: -log(softmax)", comparison, comparison.naive)
        stable = _card("Stable: log-softmax", comparison, comparison.stable)
        return Reading(_describe(comparison, dtype), naive, stable)

    def backdrop(self, z_max: float, dtype: str, **_: Any) -> tuple[float, str]:
        """The curves depend on z_max and on the dtype."""
        return z_max, dtype


def _card(title: str, comparison: Comparison, way: Way) -> Card:
    probability = ("probability p", number(comparison.probability)) if way is comparison.naive else None
    rows = (
        *((probability,) if probability else ()),
        ("loss", number(way.loss, 6)),
        ("error of the loss", _ulps(way.ulps)),
        ("gradient along z_min", number(way.gradient[SMALLEST])),
    )
    return Card(title, rows, OK if way.within else BROKEN, _why(comparison, way))


def _ulps(count: float) -> str:
    return "infinite" if math.isinf(count) else f"{number(count, 2)} ulp"


def _why(comparison: Comparison, way: Way) -> str:
    if math.isinf(way.loss):
        return "The probability underflowed to 0, log(0) is -inf, and the gradient is nan."
    if any(map(math.isnan, way.gradient)):
        return "The loss is finite still, but its derivative 1/p overflowed, and inf times 0 is nan."
    if not way.within:
        return "The probability is subnormal: few digits are left of it, and the loss and its gradient show it."
    if way is comparison.stable and comparison.probability == 0:
        return "As right as this dtype allows, although the probability itself is too small for it."
    return "Loss and gradient are as right as this dtype allows."


def _describe(comparison: Comparison, dtype: str) -> str:
    z_max, _, z_min = comparison.logits
    return (
        f"{dtype}, z_max = {number(z_max, 6)}, z_min = {number(z_min, 6)}, a distance of "
        f"{number(comparison.distance, 6)}. Naive: {_in_words(comparison.naive)}. "
        f"Stable: {_in_words(comparison.stable)}. Exact loss {number(comparison.exact, 6)}, exact gradient "
        f"{_list(comparison.slope)}."
    )


def _in_words(way: Way) -> str:
    return f"loss {number(way.loss, 6)}, error {_ulps(way.ulps)}, gradient {_list(way.gradient)}"


def _list(values: tuple) -> str:
    return ", ".join(number(value) for value in values)
