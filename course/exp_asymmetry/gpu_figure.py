"""The picture of the unit's GPU demo, and the same in words."""

from __future__ import annotations

from matplotlib.figure import Figure

from course.exp_asymmetry.gpu_demo import MAIN, Sweep, Timings
from course.kit.picture import MARKERS, PALETTE, Picture, new_figure, style

_LOOKS = {  # a colour, a marker and a line each, so that colour alone never tells them apart
    "float64": ("purple", "-"),
    "float32": ("blue", "-"),
    "float16": ("orange", "-"),
    "bfloat16": ("green", "-"),
    "new float32": ("vermillion", ":"),
}
_LABELS = {"new float32": "float32, in a new tensor"}


def picture(timings: Timings) -> Picture:
    """What `gpu_demo.draw` displays."""
    return Picture(figure(timings), alt(timings))


def figure(timings: Timings) -> Figure:
    """Time against number of elements, both logarithmic: a panel for each device, with the floor and the line."""
    drawing = new_figure(900, 560)
    with style():
        drawing.set_layout_engine("constrained", w_pad=0.08)
        panels = drawing.subplots(1, len(timings.sweeps), sharey=True, squeeze=False)[0]
        for axes, sweep in zip(panels, timings.sweeps, strict=True):
            _draw(axes, sweep)
        panels[0].set_ylabel("seconds for one call (log scale)")
        handles, labels = panels[0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=3)
        drawing.suptitle("The time that exp takes", fontsize=12)
    return drawing


def _draw(axes, sweep: Sweep) -> None:
    sizes = sweep.sizes[1:] or sweep.sizes
    for name in sweep.seconds:
        colour, line = _LOOKS[name]
        axes.plot(
            sizes,
            sweep.seconds[name][-len(sizes) :],
            color=PALETTE[colour],
            marker=MARKERS[colour],
            linestyle=line,
            label=_LABELS.get(name, name),
        )
    copies = [sweep.copy_seconds(size) for size in sizes]
    axes.plot(sizes, copies, color="black", linestyle="--", linewidth=1.2, label="line: a float32 copy")
    axes.axhline(sweep.floor, color="#777777", linestyle="-.", linewidth=1.2, label="floor: exp of one number")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("number of elements (log scale)")
    axes.set_title(sweep.device)


def alt(timings: Timings) -> str:
    """The picture in words, with its numbers."""
    return " ".join(_in_words(sweep) for sweep in timings.sweeps)


def _in_words(sweep: Sweep) -> str:
    begin = min(1, len(sweep.sizes) - 1)  # the first is the single element of the floor
    first, last = sweep.sizes[begin], sweep.sizes[-1]
    curves = "; ".join(
        f"{_LABELS.get(name, name)} from {times[begin]:.2g} s to {times[-1]:.2g} s"
        for name, times in sweep.seconds.items()
    )
    return (
        f"Time of exp on the {sweep.device}, from {first:,} to {last:,} elements, both axes logarithmic: "
        f"{curves}. The floor, one number alone, lies at {sweep.floor:.2g} s; the line, a copy of as many float32 "
        f"numbers, ends at {sweep.copy_seconds(last):.2g} s. Beyond about {sweep.knee:,.0f} elements the times rise in "
        f"proportion. At the right end {MAIN} takes {sweep.against_copy:.1f} times as long as the copy."
    )
