"""The grader's command with defences switched off: `python -m tests.attacks.weakened NAME[,NAME] grade UNIT …`.

Only for finding out what a defence is worth. Every attack in the catalogue gives up by itself, but with the sandbox
off it runs with all rights of whoever starts it.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat

from autograder import __main__ as command_line
from autograder import grading
from autograder.intake import graft, submission
from autograder.judging import referee, trial
from autograder.kernels import sandbox
from autograder.kernels.bubblewrap import ACCEPT_RISK
from autograder.kernels.replay import Replay

_SKIPPED = "skip-execution"
"""nbclient leaves cells with this tag out, and nbgrader gives full points for a test without output."""


def _no_graft() -> None:
    """The student's notebook is run as it was handed in: its cells, its tests, its tags."""
    honest_graft, honest_referee = graft.graft, grading.referee_apart

    def as_handed_in(skeleton, released, submitted):
        notebook = copy.deepcopy(submitted)
        for cell in notebook.cells:
            if _SKIPPED in cell.metadata.get("tags", []):
                cell.source = ""
        return replace(honest_graft(skeleton, released, submitted), notebook=notebook, students=frozenset())

    def with_its_own_tests(skeleton, notebook, *rest):
        return honest_referee(replace(skeleton, notebook=notebook), notebook, *rest)

    grading.graft.graft = as_handed_in
    grading.referee_apart = with_its_own_tests


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
    """A hidden test is run like any other, and what comes of it shown."""
    make = trial.Trial.__init__

    def without_hidden_part(self, *arguments, **options):
        make(self, *arguments, **options)
        self._first_hidden = len(self._code.statements)

    trial.Trial.__init__ = without_hidden_part


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


def _no_sweeping() -> None:
    """Of a student's processes, only the kernel itself is ended. Without the sandbox, that is what there is."""
    honest = sandbox.subprocess.Popen
    careless = "import autograder.kernels.nursery as n; n._kill_family = lambda pid, _: n.os.kill(pid, 9); "
    careless += "n.Nursery._sweep = lambda self: None; n.main()"

    def start(command, **options):
        return honest([*command[:-3], "-c", careless, command[-1]], **options)

    sandbox.subprocess = SimpleNamespace(**{**vars(sandbox.subprocess), "Popen": start})


_OFF: dict[str, Callable[[], None]] = {
    "graft": _no_graft,
    "referee": _no_referee,
    "two-phases": _one_phase,
    "withholding": _no_withholding,
    "presentable": _no_presentable,
    "reading": _naive_reading,
    "sweeping": _no_sweeping,
    # These two are options of the grader's own: a flag, and the course's configuration.
    "sandbox": lambda: sys.argv.append(ACCEPT_RISK),
    "limits": lambda: None,
}


if __name__ == "__main__":
    off = sys.argv.pop(1)
    for name in off.split(","):
        _OFF[name]()
    sys.exit(command_line.main(sys.argv[1:]))
