"""A line that says how far a measurement is, and that its result's heading replaces at the end."""

from __future__ import annotations

import sys


class Progress:
    """Steps of a job that takes seconds.

    In a notebook the line is one output that is updated in place, so that a saved notebook holds the closing line
    only. In a terminal it is rewritten after a carriage return. Where output goes to a file only the closing line
    appears.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._done = 0
        self._handle = None
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
        if _in_notebook():
            bundle = {"text/plain": text}
            if self._handle is None:
                from IPython.display import display

                self._handle = display(bundle, raw=True, display_id=True)
            else:
                self._handle.update(bundle, raw=True)
        elif sys.stdout.isatty():
            print("\r" + text.ljust(self._width), end="\n" if last else "", flush=True)
            self._width = len(text)
        elif last:
            print(text)


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this, whose front end can update an output."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
