"""The drawing of the unit's explorer: loss and slope against the logit, for three ways to compute them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from course.bce_with_logits.losses import Comparison, Way, by_hand, clamped, curve, stable
from course.kit.numerals import number
from course.kit.picture import MARKERS, PALETTE, new_figure, style

GRID = tuple(k / 2 for k in range(-400, 401))
"""The logits at which the curves are computed."""

_LOOKS = {  # widths, dashes and markers, so that colour alone never tells them apart
    "by hand": {"color": PALETTE["vermillion"], "linewidth": 2.2, "zorder": 3},
    "clamped at −100": {"color": PALETTE["orange"], "linewidth": 2.2, "linestyle": (0, (4, 2)), "zorder": 4},
    "from the logit": {"color": PALETTE["blue"], "linewidth": 6, "alpha": 0.45, "zorder": 2},
}
_MARKS = (MARKERS["vermillion"], MARKERS["orange"], MARKERS["blue"])
_SIZES = (6, 10.5, 15)  # one inside the other, so that all are seen where they coincide
_FUNCTIONS = (by_hand, clamped, stable)
_LOSS_TOP, _SLOPE_TOP = 210.0, 1.15
_LEFT, _RIGHT = -246.0, 206.0
"""Of the axes: left of -200 there is room for the words inf and nan."""
_SMALL = 9.5


class Drawing:
    """One figure; `draw` moves its artists to a comparison."""

    def __init__(self) -> None:
        with style():
            self._build()

    def _build(self) -> None:
        self.figure = new_figure(900, 440)
        self._shown: tuple | None = None
        loss = self.figure.add_axes((0.07, 0.13, 0.41, 0.70))
        slope = self.figure.add_axes((0.575, 0.13, 0.41, 0.70))
        self._loss = _Panel(loss, "Loss", "loss", (-8, _LOSS_TOP), range(0, 201, 50))
        self._slope = _Panel(
            slope, "Slope of the loss along z", "slope", (-_SLOPE_TOP, _SLOPE_TOP), (-1, -0.5, 0, 0.5, 1)
        )
        handles = [
            Line2D([], [], marker=mark, markersize=7, markerfacecolor="white", markeredgewidth=1.6, **look)
            for look, mark in zip(_LOOKS.values(), _MARKS, strict=True)
        ]
        place = {"loc": "upper left", "bbox_to_anchor": (0.055, 1.01), "ncols": 3}
        self.figure.legend(handles, list(_LOOKS), columnspacing=2.2, handlelength=2.6, **place)
        words = {"ha": "right", "va": "center", "annotation_clip": False}
        self._where = slope.annotate("", (0.985, 0.965), xycoords="figure fraction", **words)
        self.moving = [self._where, *self._loss.moving, *self._slope.moving]
        """The artists that depend on more than label and dtype."""
        self.scenery = [*self._loss.curves, *self._slope.curves]
        """Those that depend on just these."""

    def draw(self, seen: Comparison) -> None:
        """Show `seen`; nothing of what was shown before remains."""
        if (seen.y, seen.dtype) != self._shown:
            self._shown = seen.y, seen.dtype
            curves = [curve(function, GRID, seen.y, seen.dtype) for function in _FUNCTIONS]
            self._loss.draw_curves([losses for losses, _ in curves])
            self._slope.draw_curves([slopes for _, slopes in curves])
        ways: tuple[Way, ...] = (seen.by_hand, seen.clamped, seen.stable)
        self._loss.point(seen.z, [way.loss for way in ways])
        self._slope.point(seen.z, [way.slope for way in ways])
        name = str(seen.dtype).removeprefix("torch.")
        self._where.set_text(f"{name},  z = {number(seen.z, 6)},  y = {number(seen.y, 3)}")


class _Panel:
    """Curves over z, with strips above them for inf and nan."""

    def __init__(self, axes: Axes, title: str, label: str, span: tuple[float, float], ticks: Sequence) -> None:
        self._axes = axes
        self._low, self._high = span
        strip = 0.155 * (self._high - self._low)
        self._inf, self._nan = self._high + strip / 2, self._high + 3 * strip / 2
        axes.set_title(title)
        axes.set_xlabel("logit z")
        axes.set_ylabel(label)
        axes.set_xlim(_LEFT, _RIGHT)
        axes.set_xticks(range(-200, 201, 100))
        axes.set_ylim(self._low, self._high + 2 * strip)
        axes.set_yticks(ticks)
        axes.axhline(0, color="#d0d0d0", linewidth=0.8, zorder=0)
        look = {"facecolor": "#ececec", "edgecolor": "#b5b5b5", "linewidth": 0, "zorder": 0}
        for bottom, word, hatch in ((self._high, "inf", "///"), (self._high + strip, "nan", "\\\\\\")):
            axes.add_patch(Rectangle((_LEFT, bottom), _RIGHT - _LEFT, strip, hatch=hatch, **look))
            axes.text(
                -241, bottom + strip / 2, word, va="center_baseline", weight="bold", fontsize=_SMALL, zorder=5
            ).set_bbox({"facecolor": "#ececec", "edgecolor": "none", "pad": 1})
        axes.axhline(self._high + strip, color="white", linewidth=2, zorder=1)
        self._curves = [axes.plot([], [], **look)[0] for look in _LOOKS.values()]
        self._lost = [axes.plot([], [], **look)[0] for look in _LOOKS.values()]
        self._line = axes.axvline(0, color="black", linewidth=0.9, linestyle="--", zorder=6)
        self._points = [
            axes.plot(
                [0],
                [0],
                mark,
                color=look["color"],
                markersize=size,
                markerfacecolor="white",
                markeredgewidth=1.8,
                zorder=9 - i,
                clip_on=False,
            )[0]
            for i, (look, mark, size) in enumerate(zip(_LOOKS.values(), _MARKS, _SIZES, strict=True))
        ]
        self.curves = [*self._curves, *self._lost]
        self.moving = [self._line, *self._points]

    def draw_curves(self, curves: Sequence[Sequence[float]]) -> None:
        for finite, lost, values in zip(self._curves, self._lost, curves, strict=True):
            finite.set_data(GRID, [v if math.isfinite(v) else math.nan for v in values])
            lost.set_data(GRID, [math.nan if math.isfinite(v) else self._height(v) for v in values])

    def point(self, z: float, values: Sequence[float]) -> None:
        self._line.set_xdata([z, z])
        for marker, value in zip(self._points, values, strict=True):
            marker.set_data([z], [self._height(value)])

    def _height(self, value: float) -> float:
        if math.isnan(value):
            return self._nan
        return self._inf if math.isinf(value) else min(max(value, self._low), self._high)
