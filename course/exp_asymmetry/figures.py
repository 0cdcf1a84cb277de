"""The drawing of the unit's explorer: a batch before and after exp, and who holds how much of the sum."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from course.exp_asymmetry.spread import COUNT, Comparison, Way
from course.kit.numerals import number
from course.kit.picture import HATCHES, PALETTE, new_figure, style

NAIVE, STABLE = PALETTE["vermillion"], PALETTE["blue"]
_BINS = 25
_SMALL = 9.5
_GROUPS = (("largest", 1), ("next nine", 9), ("other ninety", 90))


class Drawing:
    """One figure, drawn anew for each comparison."""

    def __init__(self) -> None:
        with style():
            self.figure = new_figure(900, 480)
            self._inputs = self.figure.add_axes((0.07, 0.47, 0.395, 0.40))
            self._outputs = self.figure.add_axes((0.545, 0.47, 0.405, 0.40))
            self._shares = self.figure.add_axes((0.15, 0.115, 0.82, 0.19))

    def draw(self, comparison: Comparison, dtype: str) -> None:
        """Show `comparison`; nothing of what was shown before remains."""
        for axes in (self._inputs, self._outputs, self._shares):
            axes.clear()
        _histogram(self._inputs, comparison.inputs, PALETTE["sky"], "xx")
        self._inputs.set_title("Inputs x")
        self._inputs.set_xlabel("x")
        self._inputs.set_ylabel(f"how many of the {COUNT}")
        self._draw_outputs(comparison.naive, dtype)
        self._draw_shares(comparison)

    def _draw_outputs(self, way: Way, dtype: str) -> None:
        axes = self._outputs
        finite = tuple(power for power in way.powers if math.isfinite(power))
        _histogram(axes, finite, NAIVE, "//")
        axes.set_title("Outputs exp(x), which are also the slopes")
        axes.set_xlabel(f"exp(x), computed in {dtype}")
        lost = [_are(way.count(what), name) for what, name in ((math.inf, "inf"), (0.0, "0")) if way.count(what)]
        note = "; ".join(lost)
        axes.text(0.98, 0.95, note, transform=axes.transAxes, ha="right", va="top", fontweight="bold")

    def _draw_shares(self, comparison: Comparison) -> None:
        axes = self._shares
        for row, (way, colour) in enumerate(((comparison.naive, NAIVE), (comparison.stable, STABLE))):
            if any(map(math.isnan, way.shares)):
                axes.text(0.01, row, "✘ nan: there is no sum to have a share of", va="center", fontweight="bold")
                continue
            left, end = 0.0, COUNT
            for k, (_, size) in enumerate(_GROUPS):
                part = math.fsum(way.shares[end - size : end])
                axes.barh(
                    row,
                    part,
                    left=left,
                    height=0.62,
                    color=colour,
                    alpha=(1.0, 0.55, 0.2)[k],
                    hatch=("", HATCHES["vermillion"], HATCHES["orange"])[k],
                    edgecolor="white",
                    linewidth=1,
                )
                if part > 0.13:
                    words = f"{_GROUPS[k][0]} {part:.1%}"
                    ground = {"facecolor": "white", "pad": 1.5, "lw": 0}  # on the bars no ink has enough contrast
                    axes.text(left + part / 2, row, words, ha="center", va="center", fontsize=_SMALL, bbox=ground)
                left, end = left + part, end - size
        axes.set_yticks([0, 1], ["naive", "differences\nfirst"])
        axes.set_ylim(1.5, -0.5)
        axes.set_xlim(0, 1.001)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
        axes.tick_params(axis="y", length=0)
        axes.set_title("Share of the sum of all 100 exponentials")
        axes.set_xlabel("share of the sum", labelpad=2)


def _are(count: int, what: str) -> str:
    return f"{count} {'is' if count == 1 else 'are'} {what}"


def _histogram(axes: Axes, values: tuple[float, ...], colour: str, hatch: str) -> None:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if high - low <= 1e-9 * abs(high) or high == low:  # all the same
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    # Halves, because the width of the whole range of float64 is no float64.
    width = high / _BINS - low / _BINS
    counts = [0] * _BINS
    for value in values:
        counts[min(_BINS - 1, int((value / width) - (low / width)))] += 1
    # In units of the range, so that 1e308 is drawn like 1.
    axes.bar([k + 0.5 for k in range(_BINS)], counts, width=1.0, color=colour, hatch=hatch, edgecolor="white", lw=0.5)
    # A bar of one in a hundred is too low to be seen; a tick for every number is not.
    places = [value / width - low / width for value in values]
    axes.plot(places, [0] * len(values), "|", color="black", markersize=9, markeredgewidth=0.8, clip_on=False)
    axes.set_xlim(-0.02 * _BINS, 1.02 * _BINS)
    axes.set_ylim(0, 1.15 * max(*counts, 4))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ticks = [low, low / 2 + high / 2, high]
    axes.set_xticks([0, _BINS / 2, _BINS], [number(tick, 3) for tick in ticks])
