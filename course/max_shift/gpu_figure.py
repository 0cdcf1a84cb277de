"""The picture of the unit's GPU demo, and the same in words."""

from __future__ import annotations

from matplotlib.figure import Figure

from course.kit.picture import PALETTE, Picture, new_figure, style
from course.max_shift.gpu_demo import KEYS, MINIMUM_TRIPS, Timings

_LOOKS = {  # a colour and a hatch each, so that colour alone never tells them apart
    "naive": (PALETTE["vermillion"], "//"),
    "shifted": (PALETTE["blue"], "\\\\"),
    "in place": (PALETTE["purple"], ".."),
    "torch.softmax": (PALETTE["green"], ""),
}


def picture(timings: Timings) -> Picture:
    """What `gpu_demo.run` displays."""
    return Picture(figure(timings), alt(timings))


def figure(timings: Timings) -> Figure:
    """Two panels of bars, a row for each method: time, with the part that traffic explains, and peak memory."""
    drawing = new_figure(900, 520)
    with style():
        drawing.set_layout_engine("constrained", w_pad=0.12)
        time, memory = drawing.subplots(1, 2, sharey=True, width_ratios=(2.3, 1))
        drawing.suptitle(f"{_count(timings)} ways to take one softmax\n{_what(timings)}", fontsize=12)
        _draw_times(time, timings)
        _draw_memory(memory, timings)
        names = list(timings.measurements)
        labels = [f"{name}: {timings.methods[name].trips} trips\n{timings.methods[name].passes}" for name in names]
        time.set_yticks(range(len(names)), labels)
        time.set_ylim(len(names), -0.5)  # the first on top, and room for a legend below the last
        time.legend(loc="lower right", ncols=2, columnspacing=1.2, frameon=True, framealpha=1, edgecolor="none")
        for axes in (time, memory):
            axes.tick_params(axis="y", length=0)
        drawing.supxlabel(
            "One trip is the whole tensor read once or written once; the percentage is the time that the trips would\n"
            "take at copying speed. A bar beyond its diamond also took time for arithmetic or fresh memory; one short\n"
            "of it found numbers in the cache.",
            fontsize=10,
        )
    return drawing


def alt(timings: Timings) -> str:
    """The picture in words, with its numbers."""
    times = [
        f"{name} {_milliseconds(m.seconds)}, {timings.methods[name].trips} trips, "
        f"{_share_in_words(timings.explained(name))}"
        for name, m in timings.measurements.items()
    ]
    memory = [f"{name} {_multiple(timings.memory(name))}" for name in timings.measurements]
    return (
        f"Bar charts of {_count(timings).lower()} ways to take a softmax of {_what(timings)}. "
        f"Time of one call: {'; '.join(times)}. "
        f"Copying the tensor takes {_milliseconds(_copy_seconds(timings))}. "
        f"Peak memory beyond the input, in tensors of its size: {', '.join(memory)}."
    )


def _share_in_words(share: float) -> str:
    if share <= 1:
        return f"which alone would take {share:.0%} of it"
    return "less than these take at copying speed, because the cache held numbers"


def _draw_times(axes, timings: Timings) -> None:
    widest = 0.0
    for row, (name, measurement) in enumerate(timings.measurements.items()):
        seconds, explained = measurement.seconds, timings.traffic_seconds(name)
        _bar(axes, row, 1e3 * seconds, name)
        label = "its trips alone" if row == 0 else None
        axes.plot(1e3 * explained, row, "D", color="black", markerfacecolor="white", label=label)
        share = timings.explained(name)
        text = f"{_milliseconds(seconds)}, " + (f"trips {share:.0%}" if share <= 1 else "helped by the cache")
        longer = 1e3 * max(seconds, explained)
        axes.annotate(text, (longer, row), (9, 0), textcoords="offset points", va="center")
        widest = max(widest, longer)
    copy = 1e3 * _copy_seconds(timings)
    axes.axvline(copy, color="black", linestyle="--", linewidth=1, zorder=0, label="one copy of the tensor")
    axes.set_xlim(0, 1.45 * widest)
    axes.set_xlabel("milliseconds for one call")
    axes.set_title("Time")


def _draw_memory(axes, timings: Timings) -> None:
    multiples = [timings.memory(name) for name in timings.measurements]
    for row, (name, multiple) in enumerate(zip(timings.measurements, multiples, strict=True)):
        _bar(axes, row, multiple, name)
        axes.annotate(_multiple(multiple), (multiple, row), (5, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, 1.3 * max(multiples))
    axes.set_xlabel("extra tensors")
    axes.set_title("Peak memory")


def _bar(axes, row: int, length: float, name: str) -> None:
    colour, hatch = _LOOKS[name]
    axes.barh(row, length, height=0.55, color=colour, hatch=hatch, edgecolor="white", linewidth=0)


def _copy_seconds(timings: Timings) -> float:
    return MINIMUM_TRIPS * timings.tensor_bytes / timings.copy_bandwidth / 1e9


def _what(timings: Timings) -> str:
    size = f"{timings.queries:,} × {KEYS:,} float32 scores, {timings.tensor_bytes / 1e6:.0f} MB"
    return f"{size}, on the {timings.device}"


def _count(timings: Timings) -> str:
    return {3: "Three", 4: "Four"}[len(timings.measurements)]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms"


def _multiple(multiple: float) -> str:
    return f"{multiple:.1f}" if multiple >= 0.05 else f"{multiple:.3f}"
