"""Steps for nbgrader's own `nbgrader autograde`, and with it Formgrader's button: graft, sandbox and referee.

`Autograde.sanitize_preprocessors` and `Autograde.autograde_preprocessors` are where nbgrader takes steps from outside.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    DeduplicateIds,
    Execute,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
)
from traitlets import Bool, Integer

from autograder.assignment import Assignment, AssignmentError, Skeleton, limits_of, load
from autograder.intake import submission
from autograder.intake.graft import Grafted, graft
from autograder.limits import Limits
from autograder.records.recording import digest_of

_PUT_RIGHT_BY_GRAFT = (DeduplicateIds, OverwriteKernelspec, OverwriteCells)


def sanitize_steps(stock: list) -> list:
    """nbgrader's own steps before execution, `stock`, with `Graft` in the place of those that put cells right."""
    first = min(stock.index(step) for step in _PUT_RIGHT_BY_GRAFT if step in stock)
    kept = [step for step in stock if step not in _PUT_RIGHT_BY_GRAFT]
    return [*kept[:first], Graft, *kept[first:]]


def autograde_steps(stock: list) -> list:
    """nbgrader's own steps of execution, `stock`, with `RefereedExecute` in the place of `Execute`."""
    return [RefereedExecute if step is Execute else step for step in stock]


class Graft(NbGraderPreprocessor):
    """Puts the student's answers into the instructor's notebook."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """The grafted notebook; nbconvert's contract."""
        work = _Work.of(self, resources)
        return work.grafted.notebook, resources


class RefereedExecute(NbGraderPreprocessor):
    """Runs the student's cells in the sandbox and the grade cells in the referee."""

    seed = Integer(
        None, allow_none=True, help="Seed of the tests' random inputs; None draws another one for each notebook."
    ).tag(config=True)

    accept_risk_of_no_sandbox = Bool(
        False, help="Run students' code with your own rights, on a machine without bubblewrap."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """The notebook with its outputs, from which nbgrader's SaveAutoGrades takes the points."""
        work = _Work.of(self, resources)
        orders = _Orders(
            limits=work.limits,
            seed=secrets.randbits(32) if self.seed is None else self.seed,
            marks=work.assignment.hidden_marks,
            confined=not self.accept_risk_of_no_sandbox,
            course=CourseDirectory(parent=self).root,
        )
        executed = _in_worker(_execute, work.assignment.notebooks[work.name], work.grafted, work.files, orders)
        record = executed.metadata.setdefault("autograder", NotebookNode())
        record["digest"] = digest_of(work.assignment.digest, work.handed_in.digest)
        record["remarks"] = [*record.get("remarks", []), *work.handed_in.remarks, *work.grafted.remarks]
        return executed, resources


@dataclass(frozen=True)
class _Work:
    """One notebook of one submission, read anew for each step: what nbgrader keeps between them proves nothing."""

    assignment: Assignment
    name: str
    handed_in: submission.Submission
    grafted: Grafted
    limits: Limits

    @classmethod
    def of(cls, step: NbGraderPreprocessor, resources: dict) -> _Work:
        """The notebook that nbgrader is at.

        Raises:
            NbGraderException: if it cannot be graded; nbgrader logs why and goes on with the next student.
        """
        about = resources["nbgrader"]
        course = CourseDirectory(parent=step)
        course.db_url = about["db_url"]
        try:
            assignment = load(course, step.config, about["assignment"])
            limits = limits_of(step.config)
        except AssignmentError as error:
            raise NbGraderException(str(error)) from error
        folder = course.format_path(course.submitted_directory, about["student"], about["assignment"])
        handed_in = submission.read(Path(folder), list(assignment.notebooks), limits)
        name = about["notebook"]
        if name not in handed_in.notebooks:
            raise NbGraderException(handed_in.failures.get(name, f"the assignment has no notebook {name}"))
        skeleton = assignment.notebooks[name]
        grafted = graft(skeleton.notebook, skeleton.released, handed_in.notebooks[name])
        return cls(assignment, name, handed_in, grafted, limits)

    @property
    def files(self) -> dict[str, Path]:
        """Other files for the kernel, by relative path: the instructor's, but where the student's version counts."""
        theirs, ours = self.handed_in.files, self.assignment.files
        return {**theirs, **{p: f for p, f in ours.items() if p not in theirs or p not in self.assignment.own_files}}


@dataclass(frozen=True)
class _Orders:
    """What the worker needs to know beside the notebook."""

    limits: Limits
    seed: int
    marks: tuple[str, str]
    confined: bool
    course: str


_sandboxes: dict[tuple, Any] = {}


def _execute(skeleton: Skeleton, grafted: Grafted, files: Mapping[str, Path], orders: _Orders) -> NotebookNode:
    """Run one notebook, in the worker."""
    # Imported in the worker alone: it is what takes long.
    from autograder.grading import execute_grafted
    from autograder.kernels.sandbox import SandboxError

    try:
        sandbox = _sandbox(orders)
    except SandboxError as error:
        raise NbGraderException(str(error)) from None
    options = {"limits": orders.limits, "seed": orders.seed, "marks": orders.marks}
    return execute_grafted(skeleton, grafted, files, sandbox, **options)


def _sandbox(orders: _Orders):
    """The worker's sandbox, which stays for the next notebook as long as nothing else is wanted of it."""
    from autograder.judging import referee
    from autograder.kernels.sandbox import Sandbox

    wanted = (orders.limits, orders.confined, orders.course)
    if wanted not in _sandboxes or not _sandboxes[wanted].alive:
        for old in list(_sandboxes.values()):
            old.close()
        _sandboxes.clear()
        sandbox = Sandbox(orders.limits, confined=orders.confined, hidden=[orders.course])
        sandbox.start()
        referee.prepare()
        atexit.register(sandbox.close)
        _sandboxes[wanted] = sandbox
    return _sandboxes[wanted]


def _end_with_parent() -> None:
    """Let this worker end when the process that it works for does, however that ends."""
    parent = multiprocessing.parent_process()
    threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


@cache
def _worker() -> ProcessPoolExecutor:
    """One process with a sandbox of its own, which ends with this one.

    Formgrader's server calls nbgrader in the middle of its event loop and has threads; the grader can do with neither.
    """
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_end_with_parent)


def _in_worker(function: Callable, *arguments: Any, **options: Any) -> Any:
    try:
        return _worker().submit(function, *arguments, **options).result()
    except BrokenProcessPool:
        _worker.cache_clear()
        raise NbGraderException("the process that graded it ended; run the same command again") from None
