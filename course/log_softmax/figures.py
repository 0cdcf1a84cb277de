"""The drawing of the unit's explorer: losses and errors over a distance, and the gradient at one of them."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from course.kit.numerals import number
from course.kit.picture import HATCHES, MARKERS, PALETTE, new_figure, style
from course.log_softmax.composed import Comparison, Curve

NAIVE, STABLE = PALETTE["vermillion"], PALETTE["blue"]
_NAMES = ("z_max", "0", "z_min")
_SMALL = 9.5
_LOSSES = (0.5, 3000.0)
_ULPS = (0.4, 1e16)
"""Half an ulp, the error of a correctly rounded result, and less are drawn at the bottom."""
_STRIP = 0.12
"""Height of the strip for inf, as a share of the axis."""


class Drawing:
    """One figure; `draw` moves its artists to a comparison and the curve it lies on."""

    def __init__(self) -> None:
        with style():
            self._build()

    def _build(self) -> None:
        self.figure = new_figure(900, 500)
        losses = self.figure.add_axes((0.085, 0.50, 0.49, 0.355))
        errors = self.figure.add_axes((0.085, 0.125, 0.49, 0.265))
        bars = self.figure.add_axes((0.665, 0.125, 0.325, 0.73))
        self._losses = _Panel(losses, _LOSSES, "Loss of the smallest class", "loss")
        self._errors = _Panel(errors, _ULPS, "Its error", "ulp")
        errors.set_xlabel("distance z_max − z_min")
        losses.set_xticklabels([])
        errors.set_yticks([1, 1e5, 1e10, 1e15])
        self._lost = _Lost(losses)
        self._bars = _Gradient(bars)
        self._legend()
        self.moving = [*self._losses.moving, *self._errors.moving, *self._bars.artists]
        """The artists that depend on more than z_max and the dtype."""
        sides = (axes.spines["bottom"] for axes in (losses, errors))
        self.scenery = [*self._losses.curves, *self._errors.curves, *self._lost.artists, *sides]
        """Those that depend on just these, and the lines in front of them."""

    def _legend(self) -> None:
        handles = {
            "naive: −log(softmax)": Line2D([], [], color=NAIVE, linestyle="--", marker=MARKERS["vermillion"]),
            "stable: log-softmax": Line2D([], [], color=STABLE, marker=MARKERS["blue"]),
            "exact gradient p − y": Line2D([], [], **_Gradient.EXACT),
        }
        place = {"loc": "upper left", "bbox_to_anchor": (0.075, 1.015), "ncols": 3}
        self.figure.legend(handles.values(), handles.keys(), columnspacing=2.2, handlelength=2.6, **place)

    def draw(self, comparison: Comparison, curve: Curve) -> None:
        """Show `comparison`; nothing of what was shown before remains."""
        naive, stable = comparison.naive, comparison.stable
        self._losses.draw(curve.distances, curve.naive, curve.stable)
        self._lost.move(curve.lost, curve.distances[0])
        self._losses.point(comparison.distance, naive.loss, stable.loss, 6)
        self._errors.draw(curve.distances, curve.naive_ulps, curve.stable_ulps)
        self._errors.point(comparison.distance, naive.ulps, stable.ulps, 2)
        self._bars.draw(comparison)


class _Panel:
    """Two curves and two points over the distance on logarithmic axes, with a strip on top for inf."""

    def __init__(self, axes: Axes, ends: tuple[float, float], title: str, label: str) -> None:
        self._low, self._high = ends
        self._top = self._high * (self._high / self._low) ** _STRIP
        self._axes = axes
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(0.9, 2300)
        axes.set_ylim(self._low, self._top)
        axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        axes.minorticks_off()
        axes.set_title(title)
        axes.set_ylabel(label)
        strip = {"facecolor": "#ececec", "edgecolor": "#b5b5b5", "linewidth": 0, "hatch": "///", "zorder": 0}
        self._middle = math.sqrt(self._high * self._top)
        axes.add_patch(Rectangle((0.9, self._high), 2300, self._top - self._high, **strip))
        axes.text(0.95, self._middle, "inf", va="center", weight="bold", fontsize=_SMALL)
        (self._naive,) = axes.plot([], [], color=NAIVE, linestyle="--", zorder=3)
        (self._stable,) = axes.plot([], [], color=STABLE, linewidth=1.6, zorder=2)
        (self._naive_point,) = axes.plot([], [], color=NAIVE, marker=MARKERS["vermillion"], zorder=5)
        (self._stable_point,) = axes.plot([], [], color=STABLE, marker=MARKERS["blue"], zorder=4)
        self._here = axes.axvline(1, color="#4d4d4d", linewidth=0.8, linestyle=":", zorder=3.5)
        words = {"xycoords": "axes fraction", "textcoords": "offset points", "fontsize": _SMALL, "zorder": 6}
        self._words = [axes.annotate("", (1, 1), (0, 6), ha="right", va="bottom", **words)]
        self.curves = [self._naive, self._stable]
        self.moving = [self._naive_point, self._stable_point, self._here, *self._words]

    def draw(self, distances: tuple[float, ...], naive: tuple[float, ...], stable: tuple[float, ...]) -> None:
        """Put the curves where they belong."""
        self._naive.set_data(distances, [self._height(v) for v in naive])
        self._stable.set_data(distances, [self._height(v) for v in stable])

    def point(self, distance: float, naive: float, stable: float, digits: int) -> None:
        """Put the points at `distance`, and their numbers above the panel."""
        place = max(distance, 0.95)
        self._naive_point.set_data([place], [self._height(naive)])
        self._stable_point.set_data([place], [self._height(stable)])
        self._here.set_xdata([place, place])
        self._words[0].set_text(f"naive {number(naive, digits)}, stable {number(stable, digits)}")

    def _height(self, value: float) -> float:
        if not math.isfinite(value):
            return self._middle
        return min(max(value, self._low * 1.1), self._high)


class _Lost:
    """A strip at the bottom of the panel, over the distances at which the naive gradient is nan."""

    def __init__(self, axes: Axes) -> None:
        look = {"facecolor": "#fbeee3", "edgecolor": NAIVE, "linewidth": 0, "hatch": HATCHES["vermillion"]}
        self._strip = axes.add_patch(Rectangle((1, _LOSSES[0]), 0, 0.45, zorder=0, **look))
        self._words = axes.text(2200, 1.3, "", ha="right", va="center", fontsize=_SMALL)
        self.artists = (self._strip, self._words)

    def move(self, distance: float, first: float) -> None:
        """Begin at `distance`. At the curve's `first` one nothing begins: it is nan as far as the sliders go."""
        found = math.isfinite(distance)
        self._strip.set_x(distance if found else 1)
        self._strip.set_width(2300 - distance if found else 0)
        where = "all along" if distance <= first else f"from {number(distance, 3)} on"
        self._words.set_text(f"naive gradient nan {where}" if found else "")


class _Gradient:
    """Bars of the gradient along the three logits, naive above stable, with diamonds at the exact ones."""

    EXACT = {  # noqa: RUF012 - a constant of matplotlib's keywords
        "color": "black",
        "marker": MARKERS["black"],
        "linestyle": "none",
        "markersize": 5.5,
        "markerfacecolor": "white",
        "markeredgewidth": 1.4,
    }

    def __init__(self, axes: Axes) -> None:
        axes.set_xlim(-1.75, 1.75)
        axes.set_ylim(2.6, -0.6)
        axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−0.5", "0", "0.5", "1"])
        axes.set_yticks(range(3), ["", "", ""])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.axvline(0, color="black", linewidth=1, zorder=1)
        axes.set_xlabel("gradient of the loss")
        axes.set_title("Gradient along …")
        for row in (1, 2):
            axes.axhline(row - 0.5, color="#d0d0d0", linewidth=0.6, zorder=0)
        looks = ({"facecolor": NAIVE, "hatch": HATCHES["vermillion"] * 2, "edgecolor": "white"}, {"facecolor": STABLE})
        self._bars = [
            [
                axes.add_patch(
                    Rectangle((0, row + (0.04 if side else -0.34)), 0, 0.3, linewidth=0, zorder=2, **looks[side])
                )
                for row in range(3)
            ]
            for side in (0, 1)
        ]
        words = {"va": "center_baseline", "fontsize": _SMALL, "zorder": 3, "textcoords": "offset points"}
        self._numbers = [
            [axes.annotate("", (0, row + (0.19 if side else -0.19)), (0, 0), **words) for row in range(3)]
            for side in (0, 1)
        ]
        (self._exact,) = axes.plot([0] * 3, range(3), zorder=4, **self.EXACT)
        label = {"xycoords": ("axes fraction", "data"), "va": "center_baseline", "ha": "right", **words}
        self._names = [axes.annotate("", (0, row), (-4, 0), **label) for row in range(3)]
        self.artists = [*self._bars[0], *self._bars[1], *self._numbers[0], *self._numbers[1], self._exact, *self._names]

    def draw(self, comparison: Comparison) -> None:
        """Move the bars to the gradients of `comparison`."""
        for side, way in enumerate((comparison.naive, comparison.stable)):
            for row, slope in enumerate(way.gradient):
                self._move(side, row, slope)
        self._exact.set_xdata([float(slope) for slope in comparison.slope])
        for row, (name, z) in enumerate(zip(_NAMES, comparison.logits, strict=True)):
            self._names[row].set_text(name if name == "0" else f"{name}\n{number(z, 6)}")

    def _move(self, side: int, row: int, slope: float) -> None:
        broken = not math.isfinite(slope)
        end = 0.0 if broken else min(max(slope, -1.4), 1.4)
        self._bars[side][row].set_width(end)
        text = self._numbers[side][row]
        leftwards = end < 0
        text.xy = (end, text.xy[1])
        text.set(
            text=f"✘ {number(slope)}" if broken else number(slope),
            ha="right" if leftwards else "left",
            fontweight="bold" if broken else "normal",
        )
        text.set_position((-9 if leftwards else 9, -0.5))
