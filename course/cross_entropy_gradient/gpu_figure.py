"""The picture of the unit's GPU demo, and the same in words."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.cross_entropy_gradient.gpu_demo import COMPOSED, FUSED, MEANS, NAIVE, YOURS, Shape, Timings
from course.kit.picture import HATCHES, MARKERS, PALETTE, Picture, new_figure, style

_COLOURS = {NAIVE: "vermillion", COMPOSED: "orange", YOURS: "blue", FUSED: "green"}
_DASHES = {NAIVE: ":", COMPOSED: "-.", YOURS: "-", FUSED: "--"}


def picture(timings: Timings) -> Picture:
    """What `gpu_demo.run` displays."""
    return Picture(figure(timings), alt(timings))


def figure(timings: Timings) -> Figure:
    """Three panels: time against classes, time against rows, and peak memory at the largest size."""
    drawing = new_figure(900, 430)
    with style():
        drawing.set_layout_engine("constrained", w_pad=0.1, h_pad=0.08)
        by_classes, by_rows, memory = drawing.subplots(1, 3, width_ratios=(1, 1, 1.05))
        drawing.suptitle(f"Loss and gradient, float32, on the {timings.device}", fontsize=12)
        rows, classes = _middle(timings)
        _draw_times(by_classes, timings, [s for s in timings.shapes if s[0] == rows], 1)
        by_classes.set_xlabel(f"classes, for {rows:,} rows")
        _draw_times(by_rows, timings, [s for s in timings.shapes if s[1] == classes], 0)
        by_rows.set_xlabel(f"rows, of {classes:,} classes")
        by_classes.set_title("Time against classes")
        by_rows.set_title("Time against rows")
        _draw_memory(memory, timings)
        handles, labels = by_classes.get_legend_handles_labels()
        names = [f"{label}: {MEANS[label]}" for label in labels]
        drawing.legend(handles, names, loc="outside lower center", ncols=2, handlelength=3.2, columnspacing=1.6)
    return drawing


def alt(timings: Timings) -> str:
    """The picture in words, with its numbers."""
    parts = []
    for shape in timings.shapes:
        times = ", ".join(f"{m} {_milliseconds(timings.seconds(m, shape))}" for m in timings.methods)
        parts.append(f"{shape[0]:,} rows of {shape[1]:,} classes: {times}")
    where = timings.device
    memory = ", ".join(f"{m} {timings.memory(m):.1f}" for m in timings.methods)
    rows, classes = timings.largest
    return (
        f"Time of a loss and its gradient on the {where}, float32, against classes and against rows. "
        f"{'; '.join(parts)}. Peak memory beyond the logits for {rows:,} rows of {classes:,} classes, in tensors of "
        f"the logits' size: {memory}."
    )


def _middle(timings: Timings) -> Shape:
    """The rows and the classes that most shapes share."""
    rows, classes = ([shape[k] for shape in timings.shapes] for k in (0, 1))
    return max(rows, key=rows.count), max(classes, key=classes.count)


def _draw_times(axes: Axes, timings: Timings, shapes: list[Shape], along: int) -> None:
    shapes = sorted(shapes)
    for method in timings.methods:
        name = _COLOURS[method]
        times = [1e3 * timings.seconds(method, shape) for shape in shapes]
        look = {"color": PALETTE[name], "marker": MARKERS[name], "linestyle": _DASHES[method]}
        axes.plot([shape[along] for shape in shapes], times, label=method, **look)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks([shape[along] for shape in shapes], [f"{shape[along]:,}" for shape in shapes])
    axes.minorticks_off()
    axes.set_ylabel("milliseconds")
    axes.grid(axis="y", color="#e0e0e0", linewidth=0.8)


def _draw_memory(axes: Axes, timings: Timings) -> None:
    for row, method in enumerate(timings.methods):
        name, multiple = _COLOURS[method], timings.memory(method)
        axes.barh(row, multiple, height=0.6, color=PALETTE[name], hatch=HATCHES[name], edgecolor="white", linewidth=0)
        axes.annotate(f"{multiple:.1f}", (multiple, row), (5, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(timings.methods)), timings.methods)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.2 * max(map(timings.memory, timings.methods)))
    axes.set_xlabel("tensors of the logits' size")
    axes.set_title("Peak memory")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms"
