"""The picture of the unit's GPU demo, and the same in words."""

from __future__ import annotations

from matplotlib.figure import Figure

from course.kit.picture import MARKERS, PALETTE, Picture, new_figure, style
from course.log_softmax.gpu_demo import Costs

_LOOKS = {  # a colour, a marker and a line each, so that colour alone never tells them apart
    "composed": ("vermillion", "--"),
    "fused": ("green", "-."),
    "chunked": ("blue", "-"),
}


def picture(costs: Costs) -> Picture:
    """What `gpu_demo.run` displays."""
    return Picture(figure(costs), alt(costs))


def figure(costs: Costs) -> Figure:
    """Two panels over the size of the vocabulary, on logarithmic axes: time, and peak memory with the logits' own."""
    drawing = new_figure(900, 460)
    with style():
        drawing.set_layout_engine("constrained", w_pad=0.12)
        times, peaks = drawing.subplots(1, 2)
        drawing.suptitle(f"One loss over a growing vocabulary\n{_what(costs)}", fontsize=12)
        sizes = costs.vocabularies
        for way, found in costs.measurements.items():
            colour, line = _LOOKS[way]
            look = {"color": PALETTE[colour], "marker": MARKERS[colour], "linestyle": line}
            times.plot(sizes, [1e3 * found[n].seconds for n in sizes], label=way, **look)
            peaks.plot(sizes, [found[n].peak_bytes / 1e6 for n in sizes], label=way, **look)
        logits = [costs.logits_bytes(n) / 1e6 for n in sizes]
        peaks.plot(sizes, logits, color="black", linestyle=":", linewidth=1.4, label="one tensor of logits")
        for axes, title, label in (
            (times, "Time of one call", "milliseconds"),
            (peaks, "Peak memory beyond the inputs", "MB"),
        ):
            axes.set_xscale("log", base=2)
            axes.set_yscale("log")
            axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
            axes.minorticks_off()
            axes.set_xlabel("words in the vocabulary")
            axes.set_ylabel(label)
            axes.set_title(title)
        low, high = times.get_ylim()
        times.set_ylim(low / 1.3, high * 1.6)
        low, high = peaks.get_ylim()
        peaks.set_ylim(low / 1.3, high * 4)  # room for the legend
        peaks.legend(loc="upper left")
    return drawing


def alt(costs: Costs) -> str:
    """The picture in words, with its numbers."""
    largest = costs.vocabularies[-1]
    parts = [
        f"{way} {costs.milliseconds(way)} and {found[largest].peak_bytes / 1e6:.4g} MB, "
        f"{costs.memory(way):.2f} tensors of logits"
        for way, found in costs.measurements.items()
    ]
    return (
        f"Line charts of time and peak memory over the size of the vocabulary, {_sizes(costs)} words, for "
        f"{' and '.join(costs.measurements)} cross-entropy: {_what(costs)}. At {largest:,} words: {'; '.join(parts)}. "
        f"One tensor of logits has {costs.logits_bytes(largest) / 1e6:.4g} MB."
    )


def _sizes(costs: Costs) -> str:
    return ", ".join(f"{n:,}" for n in costs.vocabularies)


def _what(costs: Costs) -> str:
    return f"{costs.rows:,} rows, hidden vectors of {costs.width}, float32, on the {costs.device}"
