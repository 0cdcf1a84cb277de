"""The drawing of the unit's explorer: digits that are right, over x in one dtype and at one x in all four."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from course.expm1_log1p.digits import FORMS, HIGHEST, LOWEST, Sample, curve, full_digits
from course.kit.explorer import DTYPES
from course.kit.numerals import number
from course.kit.picture import HATCHES, MARKERS, PALETTE, new_figure, style

NAIVE, STABLE = PALETTE["vermillion"], PALETTE["blue"]
_NAIVE_HATCH = HATCHES["vermillion"] * 2
_FULL = {
    "color": "black",
    "marker": MARKERS["black"],
    "linestyle": "none",
    "markersize": 5.5,
    "markerfacecolor": "white",
    "markeredgewidth": 1.4,
}
_SMALL = 9.5


class Drawing:
    """One figure; `draw` moves its artists to a function, a dtype and an x."""

    def __init__(self) -> None:
        with style():
            self._build()

    def _build(self) -> None:
        self.figure = new_figure(900, 470)
        self._curves = self.figure.add_axes((0.075, 0.125, 0.495, 0.68))
        self._bars = self.figure.add_axes((0.675, 0.125, 0.31, 0.68))
        self._key: tuple[str, str] | None = None
        self._prepare_curves()
        self._prepare_bars()
        (self._line,) = self._curves.plot([0, 0], [0, 1], color="black", linewidth=1, linestyle="--", zorder=4)
        points = {"linestyle": "none", "markersize": 8, "zorder": 5, "markeredgecolor": "black", "clip_on": False}
        (self._naive_point,) = self._curves.plot([0], [0], MARKERS["vermillion"], color=NAIVE, **points)
        (self._stable_point,) = self._curves.plot([0], [0], MARKERS["blue"], color=STABLE, **points)
        self._at = self._curves.annotate("", (0, 1), (0, 4), ("data", "axes fraction"), "offset points", ha="center")
        self._lanes = [_Lane(self._bars, row, side, full_digits(d)) for row, d in enumerate(DTYPES) for side in (0, 1)]
        lanes = [artist for lane in self._lanes for artist in lane.artists]
        # The diamonds stay where they are, but in front of the bars.
        self.moving = [self._line, self._naive_point, self._stable_point, self._at, *lanes, self._full]
        """The artists that depend on more than function and dtype."""

    def _prepare_curves(self) -> None:
        axes = self._curves
        axes.set_title("Digits that are right, over x", pad=22)
        axes.set_xlim(LOWEST, HIGHEST)
        powers = range(LOWEST, HIGHEST + 1, 4)
        axes.set_xticks(list(powers), [f"$10^{{{power}}}$" for power in powers])
        axes.set_xlabel("x")
        axes.set_ylabel("digits right")
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        (self._naive_curve,) = axes.plot([], [], color=NAIVE, linewidth=1.6, linestyle="--", zorder=2)
        (self._stable_curve,) = axes.plot([], [], color=STABLE, linewidth=2.2, zorder=2)
        self._all = axes.axhline(1, color="#909090", linewidth=0.8, zorder=0)
        self._all_text = axes.annotate(
            "", (LOWEST, 1), (3, 4), "data", "offset points", fontsize=_SMALL, annotation_clip=False
        )

    def _prepare_bars(self) -> None:
        axes = self._bars
        axes.set_title("At this x, in every dtype", pad=22)
        axes.set_xlim(0, 20)
        axes.set_xticks([0, 4, 8, 12, 16])
        axes.set_xlabel("digits right", x=8 / 20)
        axes.set_ylim(len(DTYPES) - 0.45, -0.55)
        axes.set_yticks(range(len(DTYPES)), DTYPES)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        places = [(full_digits(dtype), row + side) for row, dtype in enumerate(DTYPES) for side in (-0.19, 0.19)]
        (self._full,) = axes.plot(*zip(*places, strict=True), zorder=4, **_FULL)

    def _legend(self, function: str) -> None:
        form = FORMS[function]
        handles = {
            f"naive: {form.naive_text}": Line2D([], [], color=NAIVE, linestyle="--", marker=MARKERS["vermillion"]),
            f"stable: {form.stable_text}": Line2D([], [], color=STABLE, marker=MARKERS["blue"]),
            "all that the dtype has": Line2D([], [], **_FULL),
        }
        for old in self.figure.legends:
            old.remove()
        place = {"loc": "upper left", "bbox_to_anchor": (0.06, 1.015), "ncols": 3}
        self.figure.legend(handles.values(), handles.keys(), columnspacing=2.2, handlelength=2.2, **place)

    def draw(self, function: str, power: float, samples: tuple[Sample, ...], dtype: str) -> None:
        """Show `function` in `dtype` with the mark at 10^power; `samples` are the four dtypes' at this x."""
        if (function, dtype) != self._key:
            self._key = (function, dtype)
            self._draw_curves(function, dtype)
            self._legend(function)
        full = full_digits(dtype)
        here = samples[DTYPES.index(dtype)]
        self._line.set_data([power, power], [0, full])
        self._naive_point.set_data([power], [here.naive.digits])
        self._stable_point.set_data([power], [here.stable.digits])
        self._at.xy = (power, 1)
        side = "left" if power < LOWEST + 2 else "right" if power > HIGHEST - 2 else "center"
        self._at.set(text=f"x = {number(10.0**power)}", ha=side)
        pairs = [(s.x, r) for s in samples for r in (s.naive, s.stable)]
        for lane, (x, result) in zip(self._lanes, pairs, strict=True):
            lane.move(result.digits, result.value, held=x != 0)

    def _draw_curves(self, function: str, dtype: str) -> None:
        powers, naive, stable = curve(function, dtype)
        self._naive_curve.set_data(powers, naive)
        self._stable_curve.set_data(powers, stable)
        full = full_digits(dtype)
        self._curves.set_ylim(0, 1.16 * full)
        self._all.set_ydata([full, full])
        self._all_text.xy = (LOWEST, full)
        self._all_text.set_text(f"all that {dtype} has: {full:.1f}")


class _Lane:
    """One bar with its number: the naive one (side 0) above the stable one (side 1) of the same dtype."""

    def __init__(self, axes: Axes, row: int, side: int, full: float) -> None:
        naive = {"facecolor": NAIVE, "edgecolor": "white", "linewidth": 0, "hatch": _NAIVE_HATCH}
        y = row + (0.04 if side else -0.34)
        look = {"facecolor": STABLE, "linewidth": 0} if side else naive
        self._bar = axes.add_patch(Rectangle((0, y), 0, 0.3, zorder=0, **look))
        words = {"va": "center_baseline", "fontsize": _SMALL, "zorder": 3, "annotation_clip": False}
        self._text = axes.annotate("", (full, y + 0.15), (9, 0), textcoords="offset points", **words)
        self.artists = (self._bar, self._text)

    def move(self, digits: float, value: float, *, held: bool) -> None:
        """Draw the bar to `digits`; where the dtype does not hold the x there is nothing to draw."""
        self._bar.set_width(digits if held else 0)
        broken = held and not math.isfinite(value)
        words = f"{digits:.1f}" if not broken else "✘ " + f"{value:g}".replace("-", "−")
        words = words if held else "x is 0 here"
        self._text.set(text=words, fontweight="bold" if broken else "normal")
