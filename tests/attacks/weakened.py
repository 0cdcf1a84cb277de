"""The grader's command with defences switched off: `python -m tests.attacks.weakened NAME[,NAME] grade UNIT …`.

Only for finding out what a defence is worth. Every attack in the catalogue gives up by itself, but with the sandbox
off it runs with all rights of whoever starts it.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
from nbgrader import utils

from autograder import __main__ as command_line
from autograder import complaint, grading, graft, referee, submission
from autograder.bubblewrap import ACCEPT_RISK
from autograder.replay import Replay


def _no_graft() -> None:
    """The student's notebook is run as it was handed in, with hidden tests where nbgrader finds their place."""

    def as_handed_in(skeleton, released, submitted):
        notebook = copy.deepcopy(submitted)
        for cell in notebook.cells:
            if utils.is_grade(cell) and "points" not in cell.metadata.nbgrader:
                cell.metadata.nbgrader.points = 1
        return graft.Grafted(notebook, ())

    grading.graft.graft = as_handed_in
    command_line.DONE = 0


def _no_referee() -> None:
    """Every test runs in the student's process, on a bookmark of its namespace."""
    referee.in_student_process = lambda cell: True


def _one_phase() -> None:
    """Every test runs in the student's process when its turn comes, as in stock nbgrader."""
    _no_referee()
    prepare = Replay.__init__

    def without_places(self, cells, places, *arguments):
        prepare(self, cells, (), *arguments)

    Replay.__init__ = without_places
    Replay.run_grade_cell = lambda self, index: None


def _no_withholding() -> None:
    """What a hidden test is told is shown like that of any other."""
    referee.is_hidden_now = lambda codes: lambda: False
    honest = complaint._lines
    complaint._lines = lambda error, witness: (False, honest(error, witness)[1])


def _no_presentable() -> None:
    """Outputs and text are recorded as they come."""
    grading.present = lambda notebook, **options: None


def _naive_reading() -> None:
    """Whatever lies in the submission's folder is read, wherever links lead."""

    def read(folder: Path, names: Sequence[str], limits) -> submission.Submission:
        found = {name: nbformat.read(folder / f"{name}.ipynb", as_version=4) for name in names}
        others = [path for path in folder.rglob("*") if path.suffix != ".ipynb" and path.is_file()]
        others += [path for link in folder.iterdir() if link.is_symlink() for path in link.rglob("source/*/*.ipynb")]
        files = {str(path.relative_to(folder)): path for path in others}
        return submission.Submission(found, {}, files, (), "unread")

    grading.submission.read = read


_OFF: dict[str, Callable[[], None]] = {
    "graft": _no_graft,
    "referee": _no_referee,
    "two-phases": _one_phase,
    "withholding": _no_withholding,
    "presentable": _no_presentable,
    "reading": _naive_reading,
    # These two are options of the grader's own: a flag, and the course's configuration.
    "sandbox": lambda: sys.argv.append(ACCEPT_RISK),
    "limits": lambda: None,
}


if __name__ == "__main__":
    off = sys.argv.pop(1)
    for name in off.split(","):
        _OFF[name]()
    sys.exit(command_line.main(sys.argv[1:]))
