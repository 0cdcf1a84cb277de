"""The drawing of the unit's explorer: a batch before and after exp, and who holds how much of the sum."""

from __future__ import annotations

import math
import sys
from collections.abc import Hashable

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import ScaledTranslation
from mpmath import mpf

from course.exp_asymmetry.spread import COUNT, Comparison, Way
from course.kit.numerals import number
from course.kit.picture import HATCHES, PALETTE, new_figure, style

NAIVE, STABLE = PALETTE["vermillion"], PALETTE["blue"]
_BINS = 25
_SMALL = 9.5
_HEIGHTS = {10: 2, 25: 5, 50: 10, 110: 25}
"""How high a histogram's axis may be, and how far apart its ticks are. They are few, so that it seldom changes."""
_SMALLEST = math.ulp(0.0)
_GROUPS = (("largest", 1), ("next nine", 9), ("other ninety", 90))


class Drawing:
    """One figure; `draw` moves its artists to a comparison."""

    def __init__(self) -> None:
        with style():
            self._build()

    def _build(self) -> None:
        self.figure = new_figure(900, 480)
        inputs = self.figure.add_axes((0.07, 0.47, 0.395, 0.40))
        outputs = self.figure.add_axes((0.545, 0.47, 0.405, 0.40))
        shares = self.figure.add_axes((0.15, 0.115, 0.82, 0.19))
        inputs.set_title("Inputs x")
        inputs.set_xlabel("x")
        inputs.set_ylabel(f"how many of the {COUNT}")
        outputs.set_title("Outputs exp(x), which are also the slopes")
        self._inputs = _Histogram(inputs, PALETTE["sky"], "xx")
        self._outputs = _Histogram(outputs, NAIVE, "//")
        look = {"transform": outputs.transAxes, "ha": "right", "va": "top", "fontweight": "bold"}
        self._note = outputs.text(0.98, 0.95, "", **look)
        self._axes = outputs
        self._shares = [_Shares(shares, row, colour) for row, colour in enumerate((NAIVE, STABLE))]
        _prepare_shares(shares)
        rows = [artist for row in self._shares for artist in row.artists]
        sides = (shares.spines["left"], shares.spines["bottom"])
        self.moving = [*self._inputs.artists, *self._outputs.artists, self._note, *rows, *sides]
        """The artists that depend on the parameters."""
        self.scenery = [inputs.yaxis, outputs.yaxis, outputs.xaxis]
        """The artists that depend on `backdrop` alone."""

    @property
    def backdrop(self) -> Hashable:
        """The heights of both histograms' axes, and the label of the outputs."""
        return self._inputs.height, self._outputs.height, self._axes.get_xlabel()

    def draw(self, comparison: Comparison, dtype: str) -> None:
        """Show `comparison`; nothing of what was shown before remains."""
        naive = comparison.naive
        self._inputs.draw(comparison.inputs)
        self._outputs.draw(tuple(power for power in naive.powers if math.isfinite(power)))
        self._axes.set_xlabel(f"exp(x), computed in {dtype}")
        lost = [_are(naive.count(what), name) for what, name in ((math.inf, "inf"), (0.0, "0")) if naive.count(what)]
        self._note.set_text("; ".join(lost))
        for row, way in zip(self._shares, (naive, comparison.stable), strict=True):
            row.draw(way)


def _prepare_shares(axes: Axes) -> None:
    axes.set_yticks([0, 1], ["naive", "differences\nfirst"])
    axes.set_ylim(1.5, -0.5)
    axes.set_xlim(0, 1.001)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.tick_params(axis="y", length=0)
    axes.set_title("Share of the sum of all 100 exponentials")
    axes.set_xlabel("share of the sum", labelpad=2)


def _are(count: int, what: str) -> str:
    return f"{count} {'is' if count == 1 else 'are'} {what}"


class _Shares:
    """A bar for each group of exponentials, end to end, or words where there is no sum."""

    def __init__(self, axes: Axes, row: int, colour: str) -> None:
        looks = zip((1.0, 0.55, 0.2), ("", HATCHES["vermillion"], HATCHES["orange"]), strict=True)
        same = {"facecolor": colour, "edgecolor": "white", "linewidth": 1}
        self._bars = [
            axes.add_patch(Rectangle((0, row - 0.31), 0, 0.62, alpha=alpha, hatch=hatch, **same))
            for alpha, hatch in looks
        ]
        ground = {"facecolor": "white", "pad": 1.5, "lw": 0}  # on the bars no ink has enough contrast
        words = {"ha": "center", "va": "center", "fontsize": _SMALL, "bbox": ground}
        self._words = [axes.text(0, row, "", **words) for _ in _GROUPS]
        self._none = axes.text(0.01, row, "", va="center", fontweight="bold")
        self.artists = [*self._bars, *self._words, self._none]

    def draw(self, way: Way) -> None:
        """Show the shares of `way`."""
        lost = any(map(math.isnan, way.shares)) or way.share == 0
        self._none.set_visible(lost)
        self._none.set_text("✘ 0: the sum is inf" if way.share == 0 else "✘ nan: there is no sum to have a share of")
        left, end = 0.0, COUNT
        for bar, words, (name, size) in zip(self._bars, self._words, _GROUPS, strict=True):
            part = 0.0 if lost else math.fsum(way.shares[end - size : end])
            bar.set(x=left, width=part, visible=not lost)
            words.set(x=left + part / 2, text=f"{name} {part:.1%}", visible=part > 0.13)
            left, end = left + part, end - size


class _Histogram:
    """How many of up to 100 values lie in each of 25 bins between their ends, and a tick for every value.

    The ends are less than the largest float64 apart, as exponentials are, which have one sign.
    """

    def __init__(self, axes: Axes, colour: str, hatch: str) -> None:
        self._axes = axes
        # One path for all bars, because each hatched patch has to draw its hatch anew.
        look = {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.5}
        self._bars = axes.add_patch(PathPatch(_outline([0] * _BINS), **look))
        # A bar of one in a hundred is too low to be seen; a tick for every number is not.
        (self._places,) = axes.plot([], [], "|", color="black", markersize=9, markeredgewidth=0.8, clip_on=False)
        axes.set_xlim(-0.02 * _BINS, 1.02 * _BINS)
        places = (0, _BINS / 2, _BINS)
        axes.set_xticks(places, ["0"] * 3)  # room for the numbers, which are texts of their own: an axis is slow
        for label in axes.get_xticklabels():
            label.set_alpha(0)
        down = ScaledTranslation(0, -5.5 / 72, axes.figure.dpi_scale_trans)
        under = {"transform": axes.get_xaxis_transform() + down, "ha": "center", "va": "top", "fontsize": 10}
        self._ends = [axes.text(x, 0, "", **under) for x in places]
        sides = (axes.spines["left"], axes.spines["bottom"])  # which lie in front of what they border on
        self.artists = [self._bars, self._places, *self._ends, *sides]
        self.height = 0

    def draw(self, values: tuple[float, ...]) -> None:
        """Show `values`, in whatever range they are."""
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if high - low <= 1e-9 * abs(high) or high == low:  # all the same
            margin = max(abs(high) / 2, _SMALLEST) if high else 0.5
            low, high = low - margin, min(high + margin, sys.float_info.max)
        # In units of the range, so that 1e308 is drawn like 1, and 5e-324, of which no 25th is a number, like both.
        span = high - low
        places = [(value - low) / span * _BINS for value in values]
        counts = [0] * _BINS
        for place in places:
            counts[min(_BINS - 1, int(place))] += 1
        self._bars.set_path(_outline(counts))
        self._places.set_data(places, [0] * len(places))
        # From 799.7 to 800.3 three digits would be 800 at both ends; an axis without values has no numbers.
        digits = max(3, math.ceil(1 + math.log10(max(abs(low), abs(high)) / span * 20)))
        for text, end in zip(self._ends, (low, (mpf(low) + mpf(high)) / 2, high), strict=True):
            text.set_text(number(end, digits) if values else "")
        height = next(height for height in _HEIGHTS if height >= 1.08 * max(counts))
        if height != self.height:
            self.height = height
            self._axes.set_ylim(0, height)
            self._axes.set_yticks(range(0, height + 1, _HEIGHTS[height]))


def _outline(counts: list[int]) -> Path:
    """A path around the bars of a histogram, each one wide; where there is nothing in a bin, there is no bar."""
    corners = [(k + x, y) for k, count in enumerate(counts) if count for x, y in _corners(count)]
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    return Path(corners, codes * (len(corners) // len(codes))) if corners else Path([(0, 0)])


def _corners(height: int) -> tuple[tuple[int, int], ...]:
    return (0, 0), (1, 0), (1, height), (0, height), (0, 0)
