"""The pictures of a class report: each a PNG in a data: URI, with an alternative text that states its numbers."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from PIL import Image

from autograder.pages.shown_text import plain
from autograder.reporting.findings import CommonMistake
from autograder.reporting.gradebook import BY_HAND, NOT_GRADED
from autograder.reporting.graded_class import ALL_POINTS, LEVELS, NO_POINTS, SOME_POINTS, GradedClass
from autograder.reporting.item_analysis import Item
from course.kit.feedback import NOT_ATTEMPTED
from course.kit.picture import PALETTE, new_figure, style

WIDTH = 860
"""Of a picture, in pixels of a page; twice as many are drawn, for paper and dense screens."""

_ROW = 22
_NARROWEST = 0.04
"""Of a bar's length: what is shorter has no room for its number."""

_SHADES = 48
"""Colours that are kept: enough for text without steps, at a third of the size."""

_ROUNDING = 1e-9
"""Shares that are smaller by less are taken for the step above."""

_INK = "#1b1f24"
_PALE = "#dfe4ea"
_LOOKS = {
    ALL_POINTS: (PALETTE["blue"], ""),
    SOME_POINTS: (PALETTE["sky"], "//"),
    NO_POINTS: (PALETTE["orange"], "xx"),
    NOT_ATTEMPTED: ("#ffffff", ".."),
    BY_HAND: (PALETTE["yellow"], "--"),
    NOT_GRADED: ("#9aa3ad", ""),
}


@dataclass(frozen=True)
class ReportPicture:
    """One picture, ready for a page."""

    uri: str
    """The PNG as a data: URI."""

    alt: str
    """What it shows, in words and numbers."""

    width: int
    height: int
    """In pixels of a page."""


@style()
def scores(shares: Sequence[float]) -> ReportPicture:
    """How many students have which share of the points, in steps of a tenth; what lies above 1 is the last step's."""
    counts = _steps(shares)
    figure, axes = _axes(250)
    bars = _histogram(axes, counts)
    axes.bar_label(bars, labels=[str(count or "") for count in counts], padding=2, color=_INK)
    axes.set_xticks(range(0, 101, 10))
    axes.set_xlabel("share of the points given so far, in %")
    axes.set_ylabel("students")
    axes.set_ylim(0, max(counts) * 1.18 + 0.1)
    axes.yaxis.get_major_locator().set_params(integer=True)
    return _drawn(figure, _told(counts))


@style()
def scores_at_a_glance(shares: Sequence[float]) -> ReportPicture:
    """The same, as small as it can be read."""
    counts = _steps(shares)
    figure, axes = _axes(104, 230)
    _histogram(axes, counts)
    axes.set_xticks([0, 50, 100], ["0 %", "50 %", "100 %"])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return _drawn(figure, _told(counts))


def _steps(shares: Sequence[float]) -> list[int]:
    counts = Counter(min(int(share * 10 + _ROUNDING), 9) for share in shares)
    return [counts[step] for step in range(10)]


def _histogram(axes: Axes, counts: Sequence[int]) -> BarContainer:
    return axes.bar([10 * step + 5 for step in range(10)], counts, width=9.2, color=PALETTE["blue"])


def _told(counts: Sequence[int]) -> str:
    listed = ", ".join(f"{10 * step} to {10 * step + 10} %: {count}" for step, count in enumerate(counts) if count)
    return f"Bar chart: students by share of the points given so far. {listed}."


@style()
def exercises(graded: GradedClass) -> ReportPicture:
    """How far the answers to each exercise got."""
    levels: dict[str, Counter] = {}
    for student in graded.graded:
        for grade in graded.by_exercise(student):
            levels.setdefault(grade.exercise, Counter())[grade.level] += 1
    figure, axes = _axes(70 + _ROW * len(levels))
    shown = [level for level in LEVELS if any(counts[level] for counts in levels.values())]
    _stack(axes, levels, shown)
    axes.set_xlabel("students")
    listed = "; ".join(
        f"{plain(name)}: " + ", ".join(f"{counts[level]} {level}" for level in shown if counts[level])
        for name, counts in levels.items()
    )
    return _drawn(figure, f"Stacked bars: how far the answers to each exercise got. {listed}.")


@style()
def mistakes(common: Sequence[CommonMistake]) -> ReportPicture:
    """How many students made each of the mistakes."""
    figure, axes = _axes(56 + _ROW * len(common))
    counts = [len(one.students) for one in common]
    names = [one.mistake.title or one.name for one in common]
    bars = axes.barh(range(len(common)), counts, height=0.72, color=PALETTE["vermillion"])
    axes.bar_label(bars, padding=4, color=_INK)
    _rows(axes, names)
    axes.set_xlim(0, max(counts) * 1.08)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("students who made it")
    listed = ", ".join(f"{plain(name)} {count}" for name, count in zip(names, counts, strict=True))
    return _drawn(figure, f"Bar chart: students who made each mistake. {listed}.")


@style()
def items(graded: GradedClass, analysed: Sequence[Item]) -> ReportPicture:
    """Difficulty and discrimination of each grade cell, side by side."""
    names = [graded.label(item.cell) for item in analysed]
    figure = new_figure(WIDTH, 64 + _ROW * len(names))
    figure.set_layout_engine("constrained")
    easy, apart = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    for row, item in enumerate(analysed):
        easy.barh(row, 1, height=0.72, color=_PALE)
        if item.difficulty is not None:
            easy.barh(row, min(item.difficulty, 1), height=0.72, color=PALETTE["blue"])
            easy.text(1.02, row, f"{item.difficulty:.0%}", va="center", fontsize=9.5, color=_INK)
        else:
            easy.text(0.01, row, "not yet", va="center", fontsize=9.5, color=_INK)
        if item.discrimination is not None:
            _lollipop(apart, row, item.discrimination)
    _rows(easy, names)
    easy.set_xlim(0, 1.12)
    easy.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    easy.set_xlabel("difficulty: mean share of the points")
    apart.axvline(0, color=_INK, linewidth=0.8)
    apart.tick_params(left=False)
    apart.spines["left"].set_visible(False)
    apart.set_xlim(-1.05, 1.05)
    apart.set_xlabel("discrimination: r with all other points")
    listed = "; ".join(f"{plain(name)} {_said(item)}" for name, item in zip(names, analysed, strict=True))
    return _drawn(figure, f"Two bar charts: difficulty and discrimination of each grade cell. {listed}.")


@style()
def stages(seconds: Mapping[str, float]) -> ReportPicture:
    """What grading spent its time on, over the whole class."""
    figure, axes = _axes(110)
    left, total = 0.0, sum(seconds.values())
    for (name, spent), (colour, hatch) in zip(seconds.items(), _LOOKS.values(), strict=False):
        axes.barh(0, spent, left=left, color=colour, hatch=hatch, edgecolor=_INK, linewidth=0.6, label=name)
        left += spent
    _legend(axes, len(seconds))
    axes.set_yticks([])
    axes.set_xlim(0, total or 1)
    axes.set_xlabel("seconds, all students together")
    listed = ", ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
    return _drawn(figure, f"Stacked bar: time that grading took, {total:.1f} s in all. {listed}.")


def _axes(height: int, width: int = WIDTH) -> tuple[Figure, Axes]:
    """A figure with one chart, sizes in pixels of a page."""
    figure = new_figure(width, height)
    figure.set_layout_engine("constrained")
    return figure, figure.subplots()


def _stack(axes: Axes, levels: Mapping[str, Counter], shown: Sequence[str]) -> None:
    left = dict.fromkeys(levels, 0)
    most = max(counts.total() for counts in levels.values())
    for level in shown:
        colour, hatch = _LOOKS[level]
        widths = [counts[level] for counts in levels.values()]
        bars = axes.barh(
            range(len(levels)),
            widths,
            left=list(left.values()),
            height=0.74,
            color=colour,
            hatch=hatch,
            edgecolor=_INK,
            linewidth=0.6,
            label=level,
        )
        labels = [str(width) if width >= _NARROWEST * most else "" for width in widths]
        for text in axes.bar_label(bars, labels=labels, label_type="center", fontsize=9.5, color=_INK):
            if text.get_text():
                text.set_bbox({"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.12"})
        left = {name: done + width for (name, done), width in zip(left.items(), widths, strict=True)}
    _rows(axes, list(levels))
    axes.set_xlim(0, most)
    axes.xaxis.get_major_locator().set_params(integer=True)
    _legend(axes, len(shown))


def _legend(axes: Axes, columns: int) -> None:
    axes.figure.legend(loc="outside upper left", ncols=columns, handlelength=1.6, columnspacing=1.3, borderpad=0.2)


def _rows(axes: Axes, names: Sequence[str]) -> None:
    """One row a name, the first on top. Names are an instructor's words and no formulas, whatever is in them."""
    axes.set_yticks(range(len(names)), [plain(name, 52) for name in names], parse_math=False)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def _lollipop(axes: Axes, row: int, value: float) -> None:
    good = value >= 0
    colour = PALETTE["blue" if good else "vermillion"]
    axes.plot([0, value], [row, row], color=colour, linewidth=2)
    axes.plot(value, row, marker="o" if good else "X", color=colour)


def _said(item: Item) -> str:
    difficulty = "unknown" if item.difficulty is None else f"{item.difficulty:.0%}"
    discrimination = "unknown" if item.discrimination is None else f"{item.discrimination:.2f}"
    return f"{difficulty}, r {discrimination}"


def _drawn(figure: Figure, alt: str) -> ReportPicture:
    width, height = (round(side) for side in figure.get_size_inches() * figure.dpi)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=2 * figure.dpi)
    few = Image.open(file).convert("RGB").quantize(_SHADES, dither=Image.Dither.NONE)
    small = io.BytesIO()
    few.save(small, "png", optimize=True)
    data = base64.b64encode(small.getvalue()).decode("ascii")
    return ReportPicture(f"data:image/png;base64,{data}", alt, width, height)
