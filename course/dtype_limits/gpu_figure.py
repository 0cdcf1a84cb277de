"""The picture of the unit's GPU demo, and the same in words."""

from __future__ import annotations

from matplotlib.figure import Figure

from course.dtype_limits.gpu_demo import Report, in_words
from course.kit.picture import HATCHES, PALETTE, Picture, new_figure, style

_LOOKS = {"exp": "vermillion", "softmax": "blue"}
_RAISED, _KEPT, _BROKEN = "#d9efe6", "#ffffff", "#fbe3d2"
"""Grounds of the table's cells; what they mean stands in the cells too."""


def picture(report: Report) -> Picture:
    """What `gpu_demo.run` displays."""
    return Picture(figure(report), alt(report))


def figure(report: Report) -> Figure:
    """Bars of time for each dtype, and a table of what autocast returns."""
    drawing = new_figure(900, 400)
    with style():
        drawing.suptitle(f"exp and autocast on the {report.device}", fontsize=12)
        _draw_times(drawing.add_axes((0.095, 0.14, 0.33, 0.68)), report)
        _draw_table(drawing.add_axes((0.47, 0.14, 0.52, 0.68)), report)
    return drawing


def _draw_times(axes, report: Report) -> None:
    widest = 0.0
    for side, (operator, by_dtype) in zip((-0.2, 0.2), report.times.items(), strict=True):
        look = {"color": PALETTE[_LOOKS[operator]], "hatch": HATCHES[_LOOKS[operator]], "label": operator}
        milliseconds = [1e3 * m.seconds for m in by_dtype.values()]
        rows = [row + side for row in range(len(milliseconds))]
        axes.barh(rows, milliseconds, 0.38, edgecolor="white", linewidth=0, **look)
        for row, time in zip(rows, milliseconds, strict=True):
            words = {"textcoords": "offset points", "va": "center", "fontsize": 9.5}
            axes.annotate(f"{time:.3g} ms", (time, row), (5, 0), **words)
        widest = max(widest, *milliseconds)
    names = list(report.times["exp"])
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.35 * widest)
    axes.set_xlabel("milliseconds for one call")
    axes.set_title(f"Time for {report.elements:,} numbers")
    axes.legend(loc="upper right")


def _draw_table(axes, report: Report) -> None:
    axes.set_title("Result of each operator inside autocast")
    axes.set_axis_off()
    givens = list(next(iter(report.cells.values())))
    words = [[name, *(in_words(row[g]).replace(", ", "\n") for g in givens)] for name, row in report.cells.items()]
    grounds = [[_KEPT, *(_ground(row[given], given) for given in givens)] for row in report.cells.values()]
    heads = ["", *(f"{given} in" for given in givens)]
    table = axes.table(words, grounds, colLabels=heads, cellLoc="center", bbox=(0, 0, 1, 1))
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
    times = [
        f"{operator} {', '.join(f'{dtype} {1e3 * m.seconds:.3g} ms' for dtype, m in by_dtype.items())}"
        for operator, by_dtype in report.times.items()
    ]
    rows = [
        f"{operator} gives {', '.join(f'{in_words(cell)} for {given}' for given, cell in row.items())}"
        for operator, row in report.cells.items()
    ]
    return (
        f"Bar chart and table, on the {report.device}. One call on {report.elements:,} numbers: "
        f"{'; '.join(times)}. "
        f"Inside autocast, with a score of 12: {'; '.join(rows)}."
    )
