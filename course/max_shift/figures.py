"""The drawing of the unit's explorer: terms on their dtype's range, and the weights that come of them."""

from __future__ import annotations

import math
from typing import ClassVar

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from mpmath import mpf

from course.kit.numerals import number
from course.kit.picture import HATCHES, MARKERS, PALETTE, new_figure, style
from course.max_shift.shifted import Comparison, Limits, Way

NAIVE, SHIFTED = PALETTE["vermillion"], PALETTE["blue"]
_NAIVE_HATCH = HATCHES["vermillion"] * 2
_SUBNORMAL = {"facecolor": "#f6eab8", "edgecolor": "#b59a2e", "hatch": "..", "linewidth": 0}
_NAMES = ("x₁", "x₂", "x₃", "x₄")
_ROWS = len(_NAMES) + 1
_SMALL = 9.5
_EDGE = 0.09
"""Width of the strips for 0 and inf, as a share of the dtype's range."""


class Drawing:
    """One figure; `draw` moves its artists to a comparison. Rows are the four logits and their sum."""

    def __init__(self) -> None:
        with style():
            self._build()

    def _build(self) -> None:
        self.figure = new_figure(900, 470)
        self._range = self.figure.add_axes((0.115, 0.125, 0.475, 0.70))
        self._weights = self.figure.add_axes((0.635, 0.125, 0.355, 0.70))
        self._limits: Limits | None = None
        self._prepare_axes()
        self._make_legend()
        self._strips = _Strips(self._range)
        self._terms = [_Lane(self._range, row, side, gap=6) for side in (0, 1) for row in range(_ROWS)]
        self._bars = [_Lane(self._weights, row, side, gap=9) for side in (0, 1) for row in range(_ROWS)]
        self._exact = [_ExactLane(self._weights, row) for row in range(_ROWS)]
        words = {"va": "center_baseline", "ha": "right"}
        self._x1 = self._range.annotate("", (0, 0), (-4, 0), ("axes fraction", "data"), "offset points", **words)
        self._shift = self._range.annotate("", (1, 1), (0, 26), "axes fraction", "offset points", ha="right")
        lanes = (*self._terms, *self._bars, *self._exact)
        self.moving = [self._x1, self._shift, *(artist for lane in lanes for artist in lane.artists)]
        """The artists that depend on more than the dtype."""

    def _prepare_axes(self) -> None:
        for axes in (self._range, self._weights):
            axes.set_ylim(_ROWS - 0.42, -0.58)
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
            for row in range(1, _ROWS):
                axes.axhline(row - 0.5, color="#d0d0d0", linewidth=1.6 if row == _ROWS - 1 else 0.6, zorder=0)
        self._range.set_title("Terms and their sum", pad=26)
        self._weights.set_title("Weights: term / sum", pad=26)
        self._weights.set_yticks([])
        self._weights.set_xlim(0, 1.62)
        self._weights.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        self._weights.set_xlabel("weight", x=0.5 / 1.62)
        self._weights.axvline(1, color="#d0d0d0", linewidth=0.8, zorder=0)
        self._weights.text(1.62, -0.68, "exact", ha="right", va="bottom", fontsize=_SMALL)

    def _make_legend(self) -> None:
        handles = {
            "naive: exp(xᵢ)": Rectangle((0, 0), 1, 1, facecolor=NAIVE, edgecolor="white", hatch=_NAIVE_HATCH),
            "shifted: exp(xᵢ − c)": Rectangle((0, 0), 1, 1, facecolor=SHIFTED),
            "exact weight": Line2D([], [], **_ExactLane.LOOK),
            "subnormal: few digits left": Rectangle((0, 0), 1, 1, **_SUBNORMAL),
        }
        place = {"loc": "upper left", "bbox_to_anchor": (0.105, 1.015), "ncols": 4}
        self.figure.legend(handles.values(), handles.keys(), columnspacing=2.2, handlelength=1.8, **place)

    def draw(self, comparison: Comparison) -> None:
        """Show `comparison`; nothing of what was shown before remains."""
        limits = comparison.limits
        if limits != self._limits:
            self._limits = limits
            self._strips.move(limits)
            fixed = zip(_NAMES[1:], comparison.logits[1:], strict=True)
            labels = [f"{name} = {number(x, 4)}" for name, x in fixed]
            self._range.set_yticks(range(1, _ROWS), [*labels, "sum"])
        self._x1.set_text(f"{_NAMES[0]} = {number(comparison.logits[0], 6)}")
        self._shift.set_text(f"c = {number(comparison.shift, 6)}")
        ways = (comparison.naive, comparison.shifted)
        self._draw_terms(ways)
        self._draw_weights(ways, comparison.exact)

    def _draw_terms(self, ways: tuple[Way, Way]) -> None:
        low, high = self._strips.ends
        values = [value for way in ways for value in (*way.terms, way.total)]
        for lane, value in zip(self._terms, values, strict=True):
            end = high if math.isinf(value) else low if value == 0 else math.log10(value)
            lane.move(end, number(value), opposite=True, bold=value == 0 or math.isinf(value))

    def _draw_weights(self, ways: tuple[Way, Way], exact: tuple[mpf, ...]) -> None:
        values = [value for way in ways for value in (*way.weights, way.total_of_weights)]
        for lane, value in zip(self._bars, values, strict=True):
            broken = math.isnan(value)
            lane.move(0 if broken else value, "✘ nan" if broken else number(value), opposite=False, bold=broken)
        for lane, value in zip(self._exact, (*exact, mpf(1)), strict=True):
            lane.move(float(value), number(value))


class _Strips:
    """The dtype's range on a logarithmic axis, with strips at its ends for what falls out of it."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self.ends = (0.0, 1.0)
        look = {"facecolor": "#ececec", "edgecolor": "#b5b5b5", "linewidth": 0, "zorder": 0}
        top = axes.get_xaxis_transform()
        self._zero = axes.add_patch(Rectangle((0, 0), 1, 1, transform=top, hatch="\\\\\\", **look))
        self._infinite = axes.add_patch(Rectangle((0, 0), 1, 1, transform=top, hatch="///", **look))
        self._subnormal = axes.add_patch(Rectangle((0, 0), 1, 1, transform=top, zorder=0, **_SUBNORMAL))
        self._lines = [axes.axvline(0, color="black", linewidth=1, linestyle="--", zorder=1) for _ in range(2)]
        axes.axvline(0, color="black", linewidth=1, zorder=1)
        words = {"transform": top, "va": "bottom", "fontsize": _SMALL}
        self._words = [axes.text(0, 1.02, word, ha="center", weight="bold", **words) for word in ("0", "inf")]
        self._words += [axes.text(0, 1.02, "", ha=side, **words) for side in ("left", "right")]

    def move(self, limits: Limits) -> None:
        """Scale the axis to `limits`."""
        low, normal, high = (math.log10(x) for x in (limits.smallest, limits.smallest_normal, limits.largest))
        margin = _EDGE * (high - low)
        left, right = self.ends = (low - margin, high + margin)
        self._axes.set_xlim(left, right)
        for patch, start, width in (
            (self._zero, left, margin),
            (self._infinite, high, margin),
            (self._subnormal, low, normal - low),
        ):
            patch.set_x(start)
            patch.set_width(width)
        for line, x in zip(self._lines, (low, high), strict=True):
            line.set_xdata([x, x])
        zero, infinite, smallest, largest = self._words
        zero.set_x((left + low) / 2)
        infinite.set_x((high + right) / 2)
        smallest.set(x=low, text=f"smallest {number(limits.smallest)}")
        largest.set(x=high, text=f"largest {number(limits.largest)}")
        step = next(s for s in (2, 20, 100) if (high - low) / s < 8)
        powers = [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
        self._axes.set_xticks(powers, [f"$10^{{{power}}}$" if power else "1" for power in powers])
        name = str(limits.dtype).removeprefix("torch.")
        self._axes.set_xlabel(f"value, on the range of {name} (log scale)")


class _Lane:
    """One bar with its number: the naive one (side 0) above the shifted one (side 1) of the same row."""

    def __init__(self, axes: Axes, row: int, side: int, gap: float) -> None:
        naive = {"facecolor": NAIVE, "edgecolor": "white", "linewidth": 0, "hatch": _NAIVE_HATCH}
        y = row + (0.04 if side else -0.32)
        look = {"facecolor": SHIFTED, "linewidth": 0} if side else naive
        self._bar = axes.add_patch(Rectangle((0, y), 0, 0.28, zorder=2, **look))
        self._y, self._gap = y + 0.14, gap
        words = {"va": "center_baseline", "fontsize": _SMALL, "zorder": 3, "annotation_clip": False}
        self._text = axes.annotate("", (0, self._y), (0, 0), textcoords="offset points", **words)
        self.artists = (self._bar, self._text)

    def move(self, end: float, text: str, *, opposite: bool, bold: bool) -> None:
        """Draw the bar from 0 to `end`; its number stands at the end, or with `opposite` on the other side of 0."""
        self._bar.set_width(end)
        rightwards = (end >= 0) != opposite
        self._text.set(text=text, ha="left" if rightwards else "right", fontweight="bold" if bold else "normal")
        self._text.xy = (0 if opposite else end, self._y)
        self._text.set_position((self._gap if rightwards else -self._gap, -0.5))


class _ExactLane:
    """A diamond where the exact weight lies, and its number at the panel's right edge."""

    LOOK: ClassVar = {
        "color": "black",
        "marker": MARKERS["black"],
        "linestyle": "none",
        "markersize": 5.5,
        "markerfacecolor": "white",
        "markeredgewidth": 1.4,
    }

    def __init__(self, axes: Axes, row: int) -> None:
        (self._point,) = axes.plot([0], [row], clip_on=False, zorder=4, **self.LOOK)
        words = {"ha": "right", "va": "center_baseline", "fontsize": _SMALL, "zorder": 3}
        self._text = axes.text(axes.get_xlim()[1], row, "", **words)
        self.artists = (self._point, self._text)

    def move(self, value: float, text: str) -> None:
        """Put the diamond at `value`."""
        self._point.set_xdata([value])
        self._text.set_text(text)
