"""The picture of the unit's GPU demo, and the same in words."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.expm1_log1p.gpu_demo import RANGES, Comparison
from course.kit.picture import MARKERS, PALETTE, Picture, new_figure, style

_LOOKS = {  # a colour, a line and a marker each, so that colour alone never tells them apart
    "PyTorch on the GPU": ("green", "-."),
    "PyTorch on the CPU": ("blue", "-"),
    "NumPy on the CPU": ("vermillion", "--"),
}
_LABELLED = 12
"""A marker at every so many points."""


def picture(found: Comparison) -> Picture:
    """What `gpu_demo.run` displays."""
    return Picture(figure(found), alt(found))


def figure(found: Comparison) -> Figure:
    """A panel for each function: the largest error over x, a line for each implementation."""
    drawing = new_figure(900, 560)
    with style():
        drawing.set_layout_engine("constrained", w_pad=0.12, h_pad=0.08)
        panels = drawing.subplots(2, 2).flat
        drawing.suptitle(f"Errors in float32, {found.count:,} numbers for each function", fontsize=12)
        for axes, function in zip(panels, RANGES, strict=True):
            _draw(axes, found, function)
        handles, labels = drawing.axes[0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return drawing


def _draw(axes: Axes, found: Comparison, function: str) -> None:
    low, high = RANGES[function]
    for name, errors in found.errors[function].items():
        colour, line = _LOOKS[name]
        count = len(errors.profile)
        middles = low + (np.arange(count) + 0.5) * (high - low) / count
        marks = {"marker": MARKERS[colour], "markevery": _LABELLED, "markersize": 6}
        axes.plot(middles, errors.profile, line, color=PALETTE[colour], label=name, linewidth=1.8, **marks)
    axes.axhline(0.5, color="black", linewidth=0.9, linestyle=":", zorder=0)
    axes.set_ylim(0, None)
    axes.set_xlim(low, high)
    axes.set_xlabel("x")
    axes.set_ylabel("largest error, in ulps")
    axes.set_title(f"{function}: {found.percent_different(function):.1f} % differ")


def alt(found: Comparison) -> str:
    """The picture in words, with its numbers."""
    first, second, *_ = found.implementations
    parts = []
    for function, by in found.errors.items():
        low, high = RANGES[function]
        largest = ", ".join(f"{name} {e.largest:.2f}" for name, e in by.items())
        parts.append(
            f"{function} from {low:g} to {high:g}: largest error in ulps {largest}; {first} and {second} differ for "
            f"{found.percent_different(function):.1f} % of the numbers"
        )
    return (
        f"Line charts of the error of four functions in float32 over x, {found.count:,} numbers each, with a dotted "
        f"line at half an ulp, below which nothing can be guaranteed. {'. '.join(parts)}."
    )
