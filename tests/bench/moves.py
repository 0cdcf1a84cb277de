"""The moves that the benchmark of the sliders makes, and what they cost in the kernel alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from course.kit.explorer import Slider


@dataclass(frozen=True)
class Move:
    """One press of an arrow key on a slider."""

    slider: int
    """Which of the explorer's sliders, counted from 0, as they stand on the page."""

    key: str
    """What the keyboard calls the key."""

    changes: bool
    """Whether the picture is another one after it; some steps are too small to be seen."""

    cpu_seconds: float
    """What the kernel's part takes by itself: computing, drawing and encoding."""


class Walk:
    """A fresh explorer of the unit whose package is `course.<module>`, moved about `count` times in this process.

    Every slider gets the same number of moves, one slider after the other.
    """

    def __init__(self, module: str, count: int) -> None:
        explorer = import_module(f"course.{module}").explore()
        sliders = [control for control in explorer.controls.values() if isinstance(control, Slider)]
        values = explorer.defaults
        shown, _ = explorer.render(**values)
        self.moves = []
        for number, slider in enumerate(sliders):
            for key, value in _steps(slider, count // len(sliders)):
                values[slider.name] = value
                began = time.process_time()
                drawn, _ = explorer.render(**values)
                self.moves.append(Move(number, key, drawn != shown, time.process_time() - began))
                shown = drawn
        values[sliders[-1].name] = sliders[-1].high
        self.last = explorer.reading(**values).alt
        """How the explorer describes itself when the last slider is then moved to its upper end."""


def _steps(slider: Slider, count: int) -> Iterator[tuple[str, float]]:
    """Key and value, step by step from the default up to the upper end, then down."""
    value, key, step = slider.default, "ArrowRight", slider.step
    for _ in range(count):
        if not slider.low <= value + step <= slider.high:
            key, step = "ArrowLeft" if step > 0 else "ArrowRight", -step
        value = slider.nearest(value + step)
        yield key, value
