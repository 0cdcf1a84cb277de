"""Runs grade cells on the trusted side, one after another, against a student's process that only answers questions."""

from __future__ import annotations

import contextlib
import importlib
import linecache
import os
import resource
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbgrader import utils

from autograder.channel.remote import Remote
from autograder.judging import outputs
from autograder.judging.answers import Answers
from autograder.judging.time_limit import Watchdog
from autograder.judging.trial import Trial
from autograder.judging.verdicts import Verdict
from autograder.limits import Limits
from autograder.slicing import slices
from autograder.slicing.slices import MARKS

__all__ = ["Verdict", "in_student_process", "is_automatic", "is_refereed", "prepare", "read_ahead", "run"]

# torch.testing loads the last one with its first comparison.
_USUAL = ("numpy", "torch", "numpy.testing", "torch.testing", "unittest", "torch.distributed.tensor")

_SAFE_TO_IMPORT = frozenset(
    ["numpy", "scipy", "torch", "pandas", "sklearn", "matplotlib", "sympy", "mpmath", "networkx", "PIL", "unittest"]
)
"""Packages whose import starts no thread that a fork would lose, and computes nothing."""

_SHARE_KEPT = 8
"""The part of the memory limit, as its reciprocal, that half-run grade cells may keep."""

_OURS = Path(__file__).resolve().parents[2]


def prepare() -> None:
    """Import and make, once in each worker, what every referee needs; starts no thread and runs no torch operation."""
    os.environ.setdefault("MPLBACKEND", "agg")
    for name in _USUAL:
        _import(name)
    outputs.get_shell()


def read_ahead(
    skeleton: NotebookNode, hidden_marks: tuple[str, str] = MARKS, solutions: Mapping[str, str] | None = None
) -> None:
    """Read a notebook's tests, and import what they import, before processes are forked to run them.

    The second call for the same notebook costs next to nothing.
    """
    for found in slices.plan(skeleton, hidden_marks, solutions).all():
        for path in sorted(found.imports):
            top = path.split(".")[0]
            if top in _SAFE_TO_IMPORT or (_OURS / top / "__init__.py").is_file():
                _import(path)


def _import(path: str) -> None:
    """Import a module, or the one that a name comes from. What fails here will fail, and be told, in the test."""
    module, _, name = path.rpartition(".")
    with contextlib.suppress(Exception):
        try:
            importlib.import_module(path)
        except ModuleNotFoundError:
            getattr(importlib.import_module(module), name)


def is_refereed(cell: NotebookNode) -> bool:
    """Whether a cell is graded automatically, here."""
    return is_automatic(cell) and not in_student_process(cell)


def is_automatic(cell: NotebookNode) -> bool:
    """Whether a cell is a test: graded by running it."""
    return cell.cell_type == "code" and bool(utils.is_grade(cell)) and not utils.is_solution(cell)


def in_student_process(cell: NotebookNode) -> bool:
    """Whether a grade cell says in its metadata that it has to run in the student's process."""
    return cell.metadata.get("autograder", {}).get("process") == "student"


def run(
    skeleton: NotebookNode,
    grafted: NotebookNode,
    remote: Remote,
    *,
    limits: Limits,
    seed: int,
    hidden_marks: tuple[str, str] = MARKS,
    done: frozenset[str] = frozenset(),
    report: Callable[[Verdict | str], None] = lambda _: None,
    solutions: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """Run the grade cells of a notebook that are not done yet.

    Meant for a process of its own, whose `sys.modules["__main__"]`, random generators and signal handlers it changes.

    Args:
        skeleton: the notebook as students got it, with hidden tests.
        grafted: the same with the student's answers; its cells' indices are the keys of the bookmarks.
        remote: the student's process.
        seed: what random inputs are drawn from, together with the grade id.
        hidden_marks: what opens and closes a region of hidden tests.
        done: grade ids to leave out.
        report: is given a grade id before each part of its cell is run, and each verdict as soon as it is there.
        solutions: the instructor's own answers by grade id, where they are known; see `slices.plan`.

    Returns:
        The verdicts, in the order in which they were found. The last one has `died` set if the student's process is
        gone; then the rest is missing.
    """
    plan = slices.plan(skeleton, hidden_marks, solutions)
    for file, code in plan.codes.items():
        linecache.cache[file] = (len(code.source), None, code.source.splitlines(keepends=True), file)
    with Watchdog() as watchdog:
        trials = []
        for index, cell in enumerate(grafted.cells):
            if is_refereed(cell) and cell.metadata.nbgrader.grade_id not in done:
                answers = Answers(plan, skeleton, grafted, cell.metadata.nbgrader.grade_id)
                trials.append(Trial(plan, cell, index, answers, remote, watchdog, limits=limits, seed=seed))
        return _verdicts(trials, remote, report, limits.memory_bytes // _SHARE_KEPT)


def _verdicts(
    trials: Sequence[Trial], remote: Remote, report: Callable[[Verdict | str], None], kept: int
) -> list[Verdict]:
    """Run all first parts, then all second parts, until the student's process ends."""
    most = _peak_memory() + kept
    verdicts: list[Verdict] = []
    for part in (Trial.run_shown, Trial.run_hidden):
        for trial in [trial for trial in trials if trial.verdict is None]:
            report(trial.grade_id)
            part(trial)
            if remote.dead and trial.verdict is None:
                trial.run_hidden()
            if trial.verdict is not None:
                report(trial.verdict)
                verdicts.append(trial.verdict)
            elif _peak_memory() > most:
                trial.forget()
            if remote.dead:
                return verdicts
    return verdicts


def _peak_memory() -> int:
    """Bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
