"""The drawing of the unit's explorer: p, y and p - y of three classes, and the slope along the true logit."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from course.cross_entropy_gradient.slopes import GRID, SPAN, Comparison, curves
from course.kit.picture import HATCHES, MARKERS, PALETTE, new_figure, style

NAIVE, STABLE, SQUARED = PALETTE["vermillion"], PALETTE["blue"], PALETTE["purple"]
_SMALL = 9.5
_CLASSES = ("true class", "class 2", "class 3")
_BARS = (  # what a bar shows, where it stands in its group, and its look
    ("p", -0.27, {"facecolor": PALETTE["sky"], "edgecolor": "white", "hatch": HATCHES["sky"], "linewidth": 0}),
    ("y", 0.0, {"facecolor": "white", "edgecolor": "black", "linewidth": 1.2}),
    ("p − y: the slope", 0.27, {"facecolor": STABLE, "linewidth": 0}),
)
_WIDTH = 0.24


class Drawing:
    """One figure; `draw` moves its artists to a comparison."""

    def __init__(self) -> None:
        with style():
            self._build()

    def _build(self) -> None:
        self.figure = new_figure(900, 460)
        self._groups = self.figure.add_axes((0.085, 0.215, 0.40, 0.59))
        self._slopes = self.figure.add_axes((0.585, 0.125, 0.40, 0.68))
        self._prepare_groups(self._groups)
        self._prepare_slopes(self._slopes)
        self.moving = [
            *self._bars.values(),
            *self._numbers.values(),
            *self._labels,
            *self._lines.values(),
            *self._points.values(),
            *self._values.values(),
        ]

    def _prepare_groups(self, axes: Axes) -> None:
        axes.set_title("The three classes", pad=28)
        axes.set_xlim(-0.5, 2.5)
        axes.set_ylim(-1.22, 1.22)
        axes.set_yticks([-1, -0.5, 0, 0.5, 1])
        axes.set_ylabel("probability, slope")
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.axhline(0, color="black", linewidth=0.8, zorder=1)
        for bound in (-1, 1):
            axes.axhline(bound, color="#b5b5b5", linewidth=0.8, linestyle="--", zorder=0)
        self._bars, self._numbers = {}, {}
        for k in range(3):
            for name, offset, look in _BARS:
                bar = Rectangle((k + offset - _WIDTH / 2, 0), _WIDTH, 0, zorder=2, **look)
                self._bars[k, name] = axes.add_patch(bar)
                self._numbers[k, name] = axes.text(k + offset, 0, "", ha="center", fontsize=_SMALL, zorder=4)
        words = {"ha": "center", "va": "top", "fontsize": _SMALL, "linespacing": 1.35}
        self._labels = [axes.text(k, -1.3, "", **words) for k in range(3)]
        handles = [Rectangle((0, 0), 1, 1, **look) for _, _, look in _BARS]
        place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 0.985), "ncols": 3}
        axes.legend(handles, [name for name, *_ in _BARS], columnspacing=1.4, handlelength=1.4, **place)

    def _prepare_slopes(self, axes: Axes) -> None:
        axes.set_title("Slope along the true logit", pad=28)
        axes.set_xlim(-SPAN, SPAN)
        axes.set_xticks([-200, -100, 0, 100, 200], ["−200", "−100", "0", "100", "200"])
        axes.set_ylim(-1.22, 0.42)
        axes.set_xlabel("logit of the true class, z₁")
        axes.set_ylabel("slope of the loss along z₁")
        axes.axhline(0, color="black", linewidth=0.8, zorder=1)
        looks = {
            "naive": {"color": NAIVE, "linewidth": 5, "alpha": 0.45, "zorder": 2.8},
            "stable": {"color": STABLE, "linewidth": 2, "zorder": 3},
            "squared": {"color": SQUARED, "linewidth": 2, "linestyle": "--", "zorder": 3},
        }
        marks = {"stable": MARKERS["blue"], "squared": MARKERS["purple"]}
        self._lines = {name: axes.plot([], [], **look)[0] for name, look in looks.items()}
        self._points, self._values = {}, {}
        for name, mark in marks.items():
            look = {
                "marker": mark,
                "markersize": 8,
                "linestyle": "none",
                "markeredgecolor": "white",
                "zorder": 5,
                "clip_on": False,
            }
            (self._points[name],) = axes.plot([], [], color=looks[name]["color"], **look)
            words = {"fontsize": _SMALL, "zorder": 6, "annotation_clip": False}
            box = {"boxstyle": "square,pad=0.12", "facecolor": "white", "edgecolor": "none"}
            self._values[name] = axes.annotate("", (0, 0), (0, 0), textcoords="offset points", bbox=box, **words)
        names = ("naive (gap: nan)", "p − y", "squared error")
        handles = [Line2D([], [], **{k: v for k, v in looks[n].items() if k != "zorder"}) for n in looks]
        axes.legend(
            handles,
            names,
            loc="lower left",
            bbox_to_anchor=(-0.13, 0.985),
            ncols=3,
            columnspacing=0.9,
            handlelength=1.5,
        )

    def draw(self, comparison: Comparison) -> None:
        """Show `comparison`; nothing of what was shown before remains."""
        for k in range(3):
            self._draw_class(comparison, k)
        z1 = comparison.logits[0]
        for name, values in zip(self._lines, curves(comparison.logits[1], comparison.dtype), strict=True):
            self._lines[name].set_data(GRID.tolist(), values)
        left = z1 > 0
        for name, y, up in (("stable", comparison.stable.slopes[0], False), ("squared", comparison.squared[0], True)):
            self._points[name].set_data([z1], [y])
            text = self._values[name]
            text.xy = (z1, y)
            text.set_text(number(y))
            text.set(ha="right" if left else "left", va="bottom" if up else "top")
            text.set_position((-7 if left else 7, 9 if up else -9))

    def _draw_class(self, comparison: Comparison, k: int) -> None:
        values = (comparison.stable.p[k], float(k == 0), comparison.stable.slopes[k])
        for (name, *_), value in zip(_BARS, values, strict=True):
            self._bars[k, name].set_height(value)
            text = self._numbers[k, name]
            text.set_y(value + (0.03 if value >= 0 else -0.03))
            text.set(text=_brief(value), va="bottom" if value >= 0 else "top")
        naive = comparison.naive.slopes[k]
        bad = not math.isfinite(naive)
        self._labels[k].set_text(
            f"{_CLASSES[k]}\nz{'₁₂₃'[k]} = {number(comparison.logits[k], 4)}\n"
            f"naive: {'✘ ' if bad else ''}{_brief(naive)}"
        )
        self._labels[k].set_fontweight("bold" if bad else "normal")


def _brief(value: float) -> str:
    """Two digits, as there is room for no more; the cards and the description have the rest."""
    if 0 < abs(value) < 0.005:
        return "≈ 0"
    return number(round(value, 2), 3) if math.isfinite(value) else number(value)


def number(value: float, digits: int = 3) -> str:
    """A number in significant digits, with a real minus sign and no zeros in its exponent."""
    text = f"{value:.{digits}g}" if abs(value) < 1e4 or not math.isfinite(value) else f"{value:.{digits - 1}e}"
    mantissa, _, exponent = text.partition("e")
    text = f"{mantissa}e{int(exponent)}" if exponent else text
    return ("0" if text == "-0" else text).replace("-", "−")
