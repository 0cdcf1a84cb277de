"""The picture of the unit's GPU demo, and the same in words."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.bce_with_logits.gpu_demo import BY_HAND, FEATURES, FROM_LOGITS, HIDDEN, LABELS, STEPS, Run, Training
from course.kit.picture import PALETTE, Picture, new_figure, style

_LOOKS = {  # a width and a dash each, so that colour alone never tells them apart
    BY_HAND: {"color": PALETTE["vermillion"], "linewidth": 2.2, "linestyle": (0, (4, 2)), "zorder": 3},
    FROM_LOGITS: {"color": PALETTE["blue"], "linewidth": 6, "alpha": 0.45, "zorder": 2},
}


def picture(training: Training) -> Picture:
    """What `gpu_demo.run` displays."""
    return Picture(figure(training), alt(training))


def figure(training: Training) -> Figure:
    """Two panels over the steps: the loss, and the norm of the gradients; a cross where a run ends."""
    drawing = new_figure(900, 470)
    with style():
        drawing.set_layout_engine("constrained", w_pad=0.12)
        loss, norm = drawing.subplots(1, 2)
        drawing.suptitle(f"One tagger trained twice, on the {training.device}\n{_what(training)}", fontsize=12)
        _draw(loss, training, "losses", "Loss", "mean loss (log scale)")
        _draw(norm, training, "norms", "Norm of the gradients", "norm (log scale)")
        loss.legend(loc="lower left", handlelength=3)
    return drawing


def alt(training: Training) -> str:
    """The picture in words, with its numbers."""
    said = [f"{name}: {_fate(run)}" for name, run in training.runs.items()]
    what = f"{_what(training)}, on the {training.device}"
    return f"Loss and norm of the gradients over {STEPS} steps, for {what}. {'; '.join(said)}."


def _fate(run: Run) -> str:
    steps = run.finite_steps
    start = f"loss {run.losses[0]:.3f} at first"
    if steps == len(run.losses):
        return f"{start} and {run.losses[-1]:.2g} at the end, every step finite, gradient norm {run.norms[-1]:.2g}"
    if steps == 0:
        return "no finite loss at all"
    return (
        f"{start} and {run.losses[steps - 1]:.2g} after {steps - 1} steps; the loss before step {steps + 1} is "
        f"{run.losses[steps]:.3g}, with a largest logit of {run.largest[steps]:.3g}, and none is finite after that"
    )


def _draw(axes: Axes, training: Training, what: str, title: str, label: str) -> None:
    for name, run in training.runs.items():
        values = getattr(run, what)
        finite = next((i for i, value in enumerate(values) if not math.isfinite(value)), len(values))
        axes.plot(range(1, finite + 1), values[:finite], label=name, **_LOOKS[name])
        if 0 < finite < len(values):
            mark = {"color": _LOOKS[name]["color"], "markersize": 11, "markeredgecolor": "white", "zorder": 4}
            axes.plot(finite, values[finite - 1], "X", **mark)
            axes.annotate(
                f"{values[finite]:.3g} from step {finite + 1} on",
                (finite, values[finite - 1]),
                (10, 8),
                textcoords="offset points",
                weight="bold",
            )
    axes.set_yscale("log")
    axes.set_xlim(0, STEPS + 1)
    axes.set_title(title)
    axes.set_xlabel("step")
    axes.set_ylabel(label)


def _what(training: Training) -> str:
    return (
        f"{training.photos:,} photos of {FEATURES} features and {LABELS} labels, {HIDDEN} hidden units, "
        "float16 autocast"
    )
