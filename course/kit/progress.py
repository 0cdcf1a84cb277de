"""A line that says how far a measurement is, and that its result's heading replaces at the end."""

from __future__ import annotations

import sys

from course.kit.frontend import interactive


class Progress:
    """Steps of a job that takes seconds.

    Where someone looks on, in a terminal or a notebook, the line is rewritten after a carriage return. (An output that
    is updated by its display id would not be, inside the output widget of a prediction.) Elsewhere only the closing
    line appears.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._done = 0
        self._width = 0

    def step(self, label: str) -> None:
        """Say that the step called `label` starts."""
        bar = "▰" * self._done + "▱" * max(0, self._steps - self._done)
        self._done += 1
        self._show(f"{bar} {label} …")

    def close(self, line: str) -> None:
        """Replace the progress by `line`. A step after that starts anew, on a line of its own."""
        self._show(line, last=True)
        self.__init__(self._steps)

    def _show(self, text: str, last: bool = False) -> None:
        if interactive() or sys.stdout.isatty():
            print("\r" + text.ljust(self._width), end="\n" if last else "", flush=True)
            self._width = len(text)
        elif last:
            print(text)
