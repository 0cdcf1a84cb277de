"""The picture of `course.progress()`: a row for each unit, a box for each exercise, claim and quiz question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course.kit.picture import PALETTE, new_figure, style

if TYPE_CHECKING:
    from course.kit.overview import Row, Standing

_BOX, _GAP = 0.86, 0.8
"""A box's side, and the space between two kinds, in units of a column."""

# White on blue and black on white both have a contrast above 5; the sign in the box says the same as its colour.
_PASSED = {"facecolor": PALETTE["blue"], "edgecolor": PALETTE["blue"]}
_BEGUN = {"facecolor": "white", "edgecolor": PALETTE["blue"], "linewidth": 1.6}
_OPEN = {"facecolor": "white", "edgecolor": "#767676", "linewidth": 0.8}


def draw(rows: tuple[Row, ...], heads: list[tuple[str, str]]) -> Figure:
    """The figure of `rows`; `heads` has pairs (kind of item, its heading), in the order of the columns.

    Its size, 900 × (90 + 38 a row) pixels, fits the page of a notebook.
    """
    starts, width = _columns(rows, heads)
    with style():
        figure = new_figure(900, 90 + 38 * len(rows))
        axes = figure.add_axes((0.045, 0.02, 0.95, 0.96))
        axes.set_axis_off()
        axes.set_xlim(-0.05, width + 3)  # half a line of room for the first boxes
        axes.set_ylim(len(rows) + 0.1, -1.9)
        for (_, head), start in zip(heads, starts, strict=True):
            axes.text(start, -0.35, head, weight="bold")
        axes.text(0, -1.3, "✔ passed     2/5  so many parts right     empty: not yet")
        for y, row in enumerate(rows):
            axes.text(-0.25, y + _BOX / 2, row.unit.number, ha="right", va="center", weight="bold")
            axes.text(width + 0.4, y + _BOX / 2, row.count, va="center")
            for (kind, _), start in zip(heads, starts, strict=True):
                for k, standing in enumerate(row.of(kind)):
                    _box(axes, start + k, y, standing)
    return figure


def _columns(rows: tuple[Row, ...], heads: list[tuple[str, str]]) -> tuple[list[float], float]:
    """Where the columns of each kind start, and where the last one ends."""
    starts, x = [], 0.0
    for kind, _ in heads:
        starts.append(x)
        x += max(2, *(len(row.of(kind)) for row in rows)) + _GAP
    return starts, x - _GAP


def _box(axes, x: float, y: float, standing: Standing) -> None:
    look = _OPEN if not standing.right else _BEGUN if standing.share else _PASSED
    axes.add_patch(Rectangle((x, y), _BOX, _BOX, **look))
    if standing.right:
        text = standing.share.replace(" of ", "/") or "✔"
        ink = PALETTE["black"] if standing.share else "white"
        axes.text(x + _BOX / 2, y + _BOX / 2, text, ha="center", va="center", color=ink, fontsize=9.5)
