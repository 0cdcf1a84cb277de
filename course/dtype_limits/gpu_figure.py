"""The picture of the unit's GPU demo, and the same in words."""

from __future__ import annotations

from matplotlib.figure import Figure

from course.dtype_limits.gpu_demo import Report, in_words
from course.kit.picture import HATCHES, PALETTE, Picture, new_figure, style

_LOOKS = dict(zip(("float16", "bfloat16", "float32", "float64"), ("vermillion", "orange", "blue", "sky"), strict=True))
_RAISED, _KEPT, _BROKEN = "#d9efe6", "#ffffff", "#fbe3d2"
"""Grounds of the table's cells; what they mean stands in the cells too."""


def picture(report: Report) -> Picture:
    """What `gpu_demo.run` displays."""
    return Picture(figure(report), alt(report))


def figure(report: Report) -> Figure:
    """A bar of time for each dtype, and a table of what autocast returns."""
    drawing = new_figure(900, 400)
    with style():
        drawing.suptitle(f"exp and autocast on the {report.device}", fontsize=12)
        _draw_times(drawing.add_axes((0.095, 0.14, 0.33, 0.68)), report)
        _draw_table(drawing.add_axes((0.47, 0.14, 0.52, 0.68)), report)
    return drawing


def _draw_times(axes, report: Report) -> None:
    milliseconds = {dtype: 1e3 * m.seconds for dtype, m in report.times.items()}
    widest = max(milliseconds.values())
    for row, (dtype, time) in enumerate(milliseconds.items()):
        colour = _LOOKS[dtype]
        axes.barh(row, time, 0.6, color=PALETTE[colour], hatch=HATCHES[colour], edgecolor="white", linewidth=0)
        axes.annotate(f"{time:.3g} ms", (time, row), (5, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(milliseconds)), list(milliseconds))
    axes.set_ylim(len(milliseconds) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.35 * widest)
    axes.set_xlabel("milliseconds for one call")
    axes.set_title(f"exp of {report.elements:,} numbers")


def _draw_table(axes, report: Report) -> None:
    axes.set_title("Result of each operator inside autocast")
    axes.set_axis_off()
    givens = list(next(iter(report.cells.values())))
    words = [[in_words(row[given]).replace(", ", "\n") for given in givens] for row in report.cells.values()]
    grounds = [[_ground(row[given], given) for given in givens] for row in report.cells.values()]
    heads = [f"{given} in" for given in givens]
    table = axes.table(
        words, grounds, rowLabels=list(report.cells), colLabels=heads, cellLoc="center", bbox=(0.13, 0, 0.87, 1)
    )
    table.auto_set_font_size(False)
    table.set_fontsize(9.5)
    for place in table.get_celld().values():
        place.set_edgecolor("#b5b5b5")


def _ground(cell, given: str) -> str:
    if not cell.finite:
        return _BROKEN
    return _RAISED if cell.dtype == "float32" and given != "float32" else _KEPT


def alt(report: Report) -> str:
    """The picture in words, with its numbers."""
    times = [f"{dtype} {1e3 * m.seconds:.3g} ms" for dtype, m in report.times.items()]
    rows = [
        f"{operator} gives {', '.join(f'{in_words(cell)} for {given}' for given, cell in row.items())}"
        for operator, row in report.cells.items()
    ]
    return (
        f"Bar chart and table, on the {report.device}. One call of exp on {report.elements:,} numbers: "
        f"{', '.join(times)}. "
        f"Inside autocast, with a score of 12: {'; '.join(rows)}."
    )
