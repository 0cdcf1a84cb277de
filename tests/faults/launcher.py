"""The grader's command with faults built in: `python -m tests.faults.launcher SETTINGS grade UNIT …`.

SETTINGS is a JSON object:
    "die": [point, number]: kill -9 itself there, when it comes there for the number-th time (see `POINTS`).
    "interrupt": [point, number]: the same with Ctrl-C; not in the middle of a notebook.
    "patience": seconds to wait for a locked gradebook.
    "dawdle": seconds to spend between writing the first student's files and entering the points.
    "deadly": [student, victim]: whenever that student's submission is graded, kill -9 the "worker" or the "nursery".
    "without": a defence that is switched off (see `DEFENCES`).
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from autograder import __main__, interrupts, pool, scratch, worker
from autograder.judging import referee
from autograder.kernels import sandbox
from autograder.records import autograded_folder, gradebook_access
from autograder.records.autograded_folder import AutogradedFolder
from autograder.records.gradebook_writer import GradebookWriter
from autograder.records.recording import Recorder

LIGHT = ("numpy.random", "matplotlib_inline.backend_inline", "ipykernel.debugger", "autograder.kernels.kernel")


def _die_in_a_file(when: Callable[[], bool]) -> None:
    write = Path.write_bytes

    def half(self, data):
        if self.suffix == ".ipynb" and when():
            write(self, data[: len(data) // 2])
            _die()
        return write(self, data)

    Path.write_bytes = half


def _die_around(owner: type, name: str, *, before: bool) -> Callable[[Callable[[], bool]], None]:
    def install(when: Callable[[], bool]) -> None:
        function = getattr(owner, name)

        @functools.wraps(function)
        def dying(*arguments, **options):
            now = when()
            if now and before:
                _die()
            result = function(*arguments, **options)
            if now:
                _die()
            return result

        setattr(owner, name, dying)

    return install


def _die() -> None:
    os.kill(os.getpid(), _blow)


_blow = signal.SIGKILL
"""The signal that comes at one of the points."""


POINTS = {
    "in the middle of a notebook": _die_in_a_file,
    "between the files and the points": _die_around(GradebookWriter, "enter", before=True),
    "in the middle of the transaction": _die_around(GradebookWriter, "_enter_comments", before=False),
    "between the commit and the files' names": _die_around(AutogradedFolder, "_put", before=True),
    "after a result": _die_around(Recorder, "record", before=False),
}
"""Where the one writer can be killed."""


def _never(*_: object) -> bool:
    return False


class _NoScratch:
    """Temporary files go where they always go, and stay there."""

    def __init__(self):
        self.folder = Path()

    def close(self) -> None:
        return


def _outcome_at_any_rate(task, sandbox):
    """Takes the death of the nursery for the submission's."""
    try:
        return worker.grade(task, sandbox)
    except Exception as error:
        return worker.not_graded(task, str(error))


def _in_place(self, notebooks, files):
    """Writes over what is there."""
    self.folder.mkdir(parents=True, exist_ok=True)
    for name, notebook in notebooks.items():
        file = self.folder / f"{name}.ipynb"
        file.unlink(missing_ok=True)
        file.write_bytes(autograded_folder.nbformat.v4.writes(notebook).encode())
    for path, read in files.items():
        (self.folder / path).unlink(missing_ok=True)
        (self.folder / path).write_bytes(read())
    yield []


def _files_first(self, notebooks, files):
    """Puts files in their place before the points are entered."""
    with _exchange(self, notebooks, files) as left_out:
        pass
    yield left_out


_exchange = AutogradedFolder.exchange

DEFENCES: dict[str, tuple] = {
    "another try": (pool, "ATTEMPTS", 1),
    "telling a nursery's death": (worker, "_outcome", _outcome_at_any_rate),
    "dying with the parent": (worker, "_die_with", lambda parent: None),
    "scratch folder": (pool, "Scratch", _NoScratch),
    "removing what was abandoned": (scratch, "_remove_if_abandoned", lambda folder: None),
    "knowing what is recorded": (Recorder, "is_recorded", _never),
    "files beside the folder": (AutogradedFolder, "exchange", contextlib.contextmanager(_in_place)),
    "files after points": (AutogradedFolder, "exchange", contextlib.contextmanager(_files_first)),
    "telling a full disk": (autograded_folder, "is_full", _never),
    "telling a full temporary folder": (worker, "is_full", _never),
    "taking turns": (Recorder, "_alone", contextlib.contextmanager(lambda self: (yield))),
    "SIGTERM": (pool, "_SIGNALS", {}),
    "counting what is recorded": (interrupts, "held_back", contextlib.nullcontext),
}
"""Owner, name and replacement of what is replaced."""


def _set_patience(seconds: float) -> None:
    for function in (Recorder.__init__, gradebook_access.check_gradebook):
        function.__kwdefaults__["patience"] = seconds


def _dawdle(seconds: float) -> None:
    stage = AutogradedFolder._stage

    def slow(self, notebooks, files):
        AutogradedFolder._stage = stage
        left_out = self._stage(notebooks, files)
        time.sleep(seconds)
        return left_out

    AutogradedFolder._stage = slow


def _make_deadly(student: str, victim: str) -> None:
    grade = worker.grade

    def deadly(task, sandbox):
        if task.student == student:
            os.kill(os.getpid() if victim == "worker" else sandbox.pid, signal.SIGKILL)
        return grade(task, sandbox)

    worker.grade = deadly


def _strike(point: str, number: int) -> None:
    calls = itertools.count(1)
    POINTS[point](lambda: next(calls) == number)


def main(settings: dict, arguments: list[str]) -> int:
    """Run the command; returns its exit status."""
    # Neither the class nor its tests use torch, which would take most of the time.
    sandbox.Sandbox.__init__.__kwdefaults__["preload"] = LIGHT
    referee._USUAL = ("numpy", "unittest")
    if "patience" in settings:
        _set_patience(settings["patience"])
    if "dawdle" in settings:
        _dawdle(settings["dawdle"])
    if "deadly" in settings:
        _make_deadly(*settings["deadly"])
    if "without" in settings:
        setattr(*DEFENCES[settings["without"]])
    if "die" in settings:
        _strike(*settings["die"])
    if "interrupt" in settings:
        global _blow
        _blow = signal.SIGINT
        _strike(*settings["interrupt"])
    return __main__.main(arguments)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2:]))
