"""The drawing of the unit's explorer: each dtype's range of exp along x, and the bits of the result."""

from __future__ import annotations

import math

from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from mpmath import mp, mpf

from course.dtype_limits.exponentials import Comparison, Result
from course.dtype_limits.formats import FORMATS
from course.dtype_limits.truth import last_finite, last_nonzero
from course.kit.check.case import name_of
from course.kit.numerals import number
from course.kit.picture import PALETTE, new_figure, style

_OUT = {"facecolor": "#ececec", "edgecolor": "#b5b5b5", "linewidth": 0}
_ZONES = {
    "0": {**_OUT, "hatch": "\\\\\\"},
    "subnormal": {"facecolor": "#f6eab8", "edgecolor": "#b59a2e", "hatch": "..", "linewidth": 0},
    "normal": {"facecolor": "#cfe3f1", "edgecolor": "#cfe3f1", "linewidth": 0},
    "inf": {**_OUT, "hatch": "///"},
}
_LEGEND = {"0": "0", "subnormal": "subnormal: few digits left", "normal": "normal", "inf": "inf"}
_FIELDS = {"sign": PALETTE["black"], "exponent": PALETTE["vermillion"], "fraction": PALETTE["blue"]}
_LOW, _HIGH, _LINEAR = -1000.0, 1000.0, 8.0
_SMALL = 9.5
_LARGEST = 1e308
_BOX, _GAP = 0.8, 0.6
"""Width of a bit's box, in bits, and the gap between two fields."""


class Drawing:
    """One figure; `draw` moves its artists to a comparison."""

    def __init__(self) -> None:
        with style():
            self.figure = new_figure(900, 500)
            self._ranges = self.figure.add_axes((0.085, 0.575, 0.895, 0.305))
            self._bits = self.figure.add_axes((0.085, 0.035, 0.895, 0.33))
            self._prepare_ranges()
            self._prepare_bits()
            self._rows = [_Row(self._bits, row, dtype) for row, dtype in enumerate(FORMATS)]
            self._line = self._ranges.axvline(0, color="black", linewidth=1.8, zorder=3)
            self._x = self._ranges.annotate("", (0, 0), (0, 5), ("data", "axes fraction"), "offset points", ha="center")
            self._x.xy = (0, 1)
        self.moving = [self._line, self._x, *(artist for row in self._rows for artist in row.artists)]

    def _prepare_ranges(self) -> None:
        axes = self._ranges
        axes.set_xscale("symlog", linthresh=_LINEAR, linscale=0.5)
        axes.set_xlim(_LOW, _HIGH)
        ticks = [-700, -100, -10, 0, 10, 100, 700]
        axes.set_xticks(ticks, [str(tick).replace("-", "−") for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.set_ylim(len(FORMATS) - 0.5, -0.5)
        axes.set_yticks(range(len(FORMATS)), [name_of(dtype) for dtype in FORMATS])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("x (logarithmic scale on both sides of 0)")
        for row, dtype in enumerate(FORMATS):
            for kind, low, high in zones(dtype):
                axes.add_patch(Rectangle((low, row - 0.36), high - low, 0.72, **_ZONES[kind]))
        handles = [Rectangle((0, 0), 1, 1, **_ZONES[kind]) for kind in _ZONES]
        place = {"loc": "upper right", "bbox_to_anchor": (0.985, 1.0), "ncols": 4, "fontsize": _SMALL}
        self.figure.legend(handles, [_LEGEND[kind] for kind in _ZONES], handlelength=1.8, **place)
        self.figure.text(0.012, 0.985, "What exp(x) is", ha="left", va="top", weight="bold", fontsize=11.5)

    def _prepare_bits(self) -> None:
        axes = self._bits
        axes.set_xlim(0, 88)
        axes.set_ylim(len(FORMATS) - 0.5, -0.5)
        axes.set_yticks(range(len(FORMATS)), [name_of(dtype) for dtype in FORMATS])
        axes.set_xticks([])
        axes.tick_params(axis="y", length=0)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        self.figure.text(0.012, 0.425, "Its bits", ha="left", va="top", weight="bold", fontsize=11.5)
        handles = [Rectangle((0, 0), 1, 1, facecolor=colour, edgecolor=colour) for colour in _FIELDS.values()]
        handles.append(Rectangle((0, 0), 1, 1, facecolor="white", edgecolor="#4d4d4d", linewidth=0.8))
        place = {"loc": "upper left", "bbox_to_anchor": (0.11, 0.44), "ncols": 4, "fontsize": _SMALL}
        words = ["sign", "exponent", "fraction (a filled box is a 1)", "an empty box is a 0"]
        self.figure.legend(handles, words, handlelength=1.0, columnspacing=1.6, **place)

    def draw(self, x: float, comparison: Comparison) -> None:
        """Show `comparison` for the slider's `x`; nothing of what was shown before remains."""
        self._line.set_xdata([x, x])
        self._x.xy = (x, 1)
        self._x.set_text(f"x = {number(x, 6)}")
        self._x.set_ha("left" if x < -300 else "right" if x > 300 else "center")
        for row, result in zip(self._rows, comparison.results, strict=True):
            row.draw(result)


def zones(dtype) -> list[tuple[str, float, float]]:
    """(Kind of exp(x), from, to) along x, in order."""
    gone, full, end = last_nonzero(dtype), float(mp.log(FORMATS[dtype].smallest_normal)), last_finite(dtype)
    edges = (_LOW, gone, full, end, _HIGH)
    return list(zip(_ZONES, edges, edges[1:], strict=False))


def ulps(error: float, less: str = "less than ") -> str:
    """An error in ulps, to two digits; `less` stands before 0.01 where it is smaller than that."""
    return number(error, 2) if error >= 0.01 or error == 0 else f"{less}0.01"


def exact(value: mpf) -> str:
    """A 50-digit number to five digits; `number` knows none beyond float64."""
    return number(value, 5) if value < _LARGEST else mp.nstr(value, 5, min_fixed=0, max_fixed=0).replace("e+", "e")


class _Row:
    """The boxes of one dtype's bits, and its value in words at their right."""

    def __init__(self, axes, row: int, dtype) -> None:
        form = FORMATS[dtype]
        names = ["sign"] + ["exponent"] * form.exponent_bits + ["fraction"] * form.fraction_bits
        gaps = {"sign": 0, "exponent": _GAP, "fraction": 2 * _GAP}
        self._colours = [_FIELDS[name] for name in names]
        boxes = [Rectangle((k + gaps[name], row - 0.21), _BOX, 0.42) for k, name in enumerate(names)]
        self._boxes = PatchCollection(boxes, linewidth=0.8, edgecolor=self._colours)
        axes.add_collection(self._boxes)
        words = {"va": "center_baseline", "fontsize": _SMALL}
        # A row of 64 boxes leaves room at its end for a value and an error.
        self._value = axes.text(67.3, row, "", ha="left", **words)
        self._ulps = axes.text(88, row, "", ha="right", **words)
        self.artists = (self._boxes, self._value, self._ulps)

    def draw(self, result: Result) -> None:
        """Fill the boxes that hold a 1."""
        pairs = zip(result.bits, self._colours, strict=True)
        self._boxes.set_facecolor([colour if bit == "1" else "white" for bit, colour in pairs])
        broken = result.kind in ("inf", "0")
        self._value.set(text=f"= {number(result.value, 5)}", fontweight="bold" if broken else "normal")
        self._ulps.set_text("overflow" if math.isinf(result.ulps) else f"off {ulps(result.ulps, '<')} ulp")
