"""The unit's explorer: a logit and its label, and what three losses make of them in the reader's choice of dtype."""

from __future__ import annotations

import math
from typing import Any

import torch
from mpmath import mpf

from course.bce_with_logits.figures import Drawing
from course.bce_with_logits.losses import Comparison, Way, compare
from course.kit.explorer import BROKEN, DTYPES, OK, Card, Choice, Explorer, Preset, Reading, Scene, Slider
from course.kit.numerals import number

STEP = 0.5
ACCURATE = "Loss and slope are right, up to rounding and underflow."
Z = Slider("z", "logit z", -200.0, 200.0, STEP, 3.0)
Y = Slider("y", "label y", 0.0, 1.0, 0.05, 1.0)
DTYPE = Choice("dtype", "dtype", DTYPES, "float32")


def explore(**start: Any) -> Explorer:
    """Binary cross-entropy of a logit `z` and a label `y`: by hand, clamped and from the logit, computed by torch.

    `start` may set where the controls stand at first and after Reset: `z` from -200 to 200, `y` from 0 to 1, and
    `dtype`, the name of one. Raises ValueError for anything else.
    """
    controls = Explorer.starting((Z, Y, DTYPE), **start)
    return Explorer("One label's loss and slope: by hand, clamped, and from the logit", controls, PRESETS, Labels())


def _saturation(dtype: str, **_: Any) -> dict[str, float]:
    """The first step at which the sigmoid is exactly 1."""
    kind = getattr(torch, dtype)
    steps = (STEP * k for k in range(int(Z.high / STEP)))
    return {"z": next(z for z in steps if torch.sigmoid(torch.tensor(z, dtype=kind)) == 1)}


PRESETS = (
    Preset("ordinary", {"z": 3.0}),
    Preset("σ(z) is 1", _saturation),
    Preset("z = −40", {"z": -40.0}),
    Preset("z = −150", {"z": -150.0}),
    Preset("label 1", {"y": 1.0}),
    Preset("label 0", {"y": 0.0}),
)


class Labels(Scene):
    """Loss and slope against z, three curves each, and where the controls stand on them."""

    def __init__(self) -> None:
        self._drawing = Drawing()
        self.figure = self._drawing.figure
        self.moving = self._drawing.moving
        self.scenery = self._drawing.scenery

    def update(self, z: float, y: float, dtype: str) -> Reading:
        """Compute in `dtype`, draw and describe."""
        seen = compare(z, y, getattr(torch, dtype))
        self._drawing.draw(seen)
        naive = Card(
            "From the probability",
            (
                ("σ(z)", number(seen.probability, 9)),
                ("loss by hand", _text(seen.by_hand.loss)),
                ("slope by hand", _text(seen.by_hand.slope)),
                ("clamped loss", _text(seen.clamped.loss)),
                ("clamped slope", _text(seen.clamped.slope)),
            ),
            OK if all(map(_works, (seen.by_hand, seen.clamped))) else BROKEN,
            _why(seen),
        )
        stable = Card(
            "From the logit",
            (
                ("loss", _text(seen.stable.loss)),
                ("exact loss", _text(seen.loss)),
                ("slope", _text(seen.stable.slope)),
                ("exact slope", _text(seen.slope)),
            ),
            OK if _works(seen.stable) else BROKEN,
            ACCURATE,
        )
        return Reading(_describe(seen, dtype), naive, stable)

    def backdrop(self, y: float, dtype: str, **_: Any) -> tuple[float, str]:
        """The curves depend on label and dtype."""
        return y, dtype


def _text(value: float | mpf) -> str:
    return number(value + 0.0, 6)  # no sign on a zero


def _works(way: Way) -> bool:
    return way.loss_within and way.slope_within


def _why(seen: Comparison) -> str:
    hand, clamped = seen.by_hand, seen.clamped
    if math.isnan(hand.loss):
        return "By hand: 0 · (−inf) is nan. " + _why_clamped(clamped)
    if math.isinf(hand.loss):
        return "By hand: the logarithm of 0. " + _why_clamped(clamped)
    if not hand.loss_within:
        return "No inf and no nan, but the probability was rounded, and digits of the loss are gone."
    if not hand.slope_within:
        return "The loss by hand is right, its slope is not."
    if not _works(clamped):
        return "By hand all is right. " + _why_clamped(clamped)
    return ACCURATE


def _why_clamped(way: Way) -> str:
    if not way.loss_within and not way.slope_within:
        return "Clamped: neither the loss nor its slope is right."
    if not way.loss_within:
        return "Clamped: the loss is wrong, its slope right."
    if not way.slope_within:
        return "Clamped: the loss looks right, and its slope is not."
    return "Clamped: right."


def _describe(seen: Comparison, dtype: str) -> str:
    def words(way: Way) -> str:
        return f"loss {number(way.loss + 0.0)}, slope {number(way.slope + 0.0)}"

    return (
        f"{dtype}, z = {number(seen.z, 6)}, y = {number(seen.y, 3)}, σ(z) = {number(seen.probability, 6)}. "
        f"By hand: {words(seen.by_hand)}. Clamped: {words(seen.clamped)}. From the logit: {words(seen.stable)}. "
        f"Exact: loss {number(seen.loss)}, slope {number(seen.slope)}."
    )
