"""Grades one submission: notebooks in, results out. No gradebook and no course folder, so that any pool can map it."""

from __future__ import annotations

import copy
import hashlib
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from nbformat import NotebookNode
from nbgrader import utils
from traitlets.config import Config

from autograder.assignment import Assignment, Skeleton
from autograder.intake import graft, submission
from autograder.intake.graft import Grafted
from autograder.judging import referee
from autograder.judging.referee import Verdict
from autograder.judging.refereeing import referee_apart
from autograder.kernels.replay import Replay, ReplayError
from autograder.kernels.sandbox import Sandbox
from autograder.limits import Limits
from autograder.pages.presentable import present
from autograder.provisioner import warm_kernel
from autograder.records.recording import digest_of

RECORD = "autograder"
"""Key of a notebook's metadata under which an autograded notebook carries its record."""

VERSION = 1
BY_HAND = "to be graded by hand"


@dataclass(frozen=True)
class Task:
    """One submission that is to be graded; it can be sent to another process."""

    student: str
    """The student's id."""

    folder: Path
    """Where the submission lies."""

    assignment: Assignment
    limits: Limits = field(default_factory=Limits)

    seed: int = 0
    """What all random numbers of this run come from."""

    config: Config | None = None
    """The course's configuration."""


@dataclass(frozen=True)
class GradedSubmission:
    """What became of one submission."""

    student: str

    notebooks: Mapping[str, NotebookNode]
    """The executed notebooks by name without suffix, each with its record in `metadata["autograder"]`."""

    files: Mapping[str, Path] = field(default_factory=dict)
    """Other files that belong beside the notebooks, the instructor's and those of the student's that are fit to be
    kept, by path relative to the notebook."""

    failure: str = ""
    """Why nothing of it could be graded, in words for a teacher; empty otherwise."""

    remarks: tuple[str, ...] = ()
    """What a teacher should know."""

    digest: str = ""
    """Changes when the submission or the assignment does."""


@dataclass
class _Outcome:
    """What running one notebook gave, beside the outputs in its cells."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    in_student_process: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)
    failure: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def grade(task: Task, sandbox: Sandbox) -> GradedSubmission:
    """Grade one submission in a kernel of `sandbox`. Whatever is wrong with it becomes a reason in the result."""
    names = list(task.assignment.notebooks)
    handed_in = submission.read(task.folder, names, task.limits)
    digest = digest_of(task.assignment.digest, handed_in.digest)
    given = task.assignment.files
    theirs = {name: path for name, path in handed_in.files.items() if not _in_the_way(name, given)}
    remarks = list(handed_in.remarks)
    clashes = sorted(handed_in.files.keys() - theirs.keys())
    remarks += [f"{name} was left out, as something of the assignment's has that name" for name in clashes]
    kept = {name: path for name, path in theirs.items() if name not in given or name in task.assignment.own_files}
    files = {**given, **kept}
    notebooks, general = {}, tuple(remarks)
    for name, skeleton in task.assignment.notebooks.items():
        failure = handed_in.failures.get(name, "")
        notebook = _one(task, skeleton, handed_in.notebooks.get(name), failure, files, sandbox)
        notebook.metadata[RECORD].update(digest=digest, seed=task.seed, version=VERSION)
        notebook.metadata[RECORD]["remarks"] = [*general, *notebook.metadata[RECORD]["remarks"]]
        remarks += [remark for remark in notebook.metadata[RECORD]["remarks"] if remark not in remarks]
        notebooks[name] = notebook
    failures = [notebook.metadata[RECORD]["failure"] for notebook in notebooks.values()]
    failure = "; ".join(dict.fromkeys(failures)) if all(failures) else ""
    return GradedSubmission(task.student, notebooks, files, failure, tuple(remarks), digest)


def _in_the_way(name: str, given: Mapping[str, Path]) -> bool:
    """Whether a file would lie where the assignment has a folder, or below where it has a file."""
    folders = {parent.as_posix() for path in given for parent in PurePosixPath(path).parents}
    return name in folders or any(parent.as_posix() in given for parent in PurePosixPath(name).parents)


def not_graded(task: Task, reason: str) -> GradedSubmission:
    """What stands in for the result of a submission on which the grader itself failed."""
    notebooks = {
        name: _ungraded(skeleton, reason, task.assignment.hidden_marks, task.config)
        for name, skeleton in task.assignment.notebooks.items()
    }
    for notebook in notebooks.values():
        notebook.metadata[RECORD].update(digest="", seed=task.seed)
    return GradedSubmission(task.student, notebooks, dict(task.assignment.files), reason)


def execute_grafted(
    skeleton: Skeleton,
    grafted: Grafted,
    files: Mapping[str, Path],
    sandbox: Sandbox,
    *,
    limits: Limits,
    seed: int,
    marks: tuple[str, str] = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS"),
    config: Config | None = None,
    given: Mapping[str, Path] | None = None,
) -> NotebookNode:
    """Run a notebook whose answers were grafted: a copy with outputs, and the record in its metadata.

    `files` lie beside the notebook for the student's code, `given`, which are the instructor's, for grade cells.
    """
    notebook = copy.deepcopy(grafted.notebook)
    began = time.monotonic()
    outcome = _run(skeleton, notebook, files, given or {}, sandbox, limits, seed, marks)
    outcome.seconds["total"] = time.monotonic() - began
    _enter(notebook, outcome)
    _present(notebook, outcome, grafted.students, marks, config)
    return notebook


def _one(
    task: Task,
    skeleton: Skeleton,
    submitted: NotebookNode | None,
    failure: str,
    files: Mapping[str, Path],
    sandbox: Sandbox,
) -> NotebookNode:
    marks = task.assignment.hidden_marks
    if submitted is None:
        return _ungraded(skeleton, failure or "no notebook was handed in", marks, task.config)
    grafted = graft.graft(skeleton.notebook, skeleton.released, submitted)
    notebook = execute_grafted(
        skeleton,
        grafted,
        files,
        sandbox,
        limits=task.limits,
        seed=_seed(task.student, task.seed),
        marks=marks,
        config=task.config,
        given=task.assignment.files,
    )
    record = notebook.metadata[RECORD]
    record["remarks"] = [*grafted.remarks, *record["remarks"]]
    return notebook


def _seed(purpose: str, seed: int) -> int:
    """Another one for each purpose, the same one whenever a run is repeated."""
    return int.from_bytes(hashlib.sha256(f"{seed} {purpose}".encode()).digest()[:4], "big")


def _run(
    skeleton: Skeleton,
    notebook: NotebookNode,
    files: Mapping[str, Path],
    given: Mapping[str, Path],
    sandbox: Sandbox,
    limits: Limits,
    seed: int,
    marks: tuple[str, str],
) -> _Outcome:
    """Both phases, with new kernels where one was killed; outputs land in the cells of `notebook`."""
    outcome = _Outcome()
    tests = {i: cell.metadata.nbgrader.grade_id for i, cell in enumerate(notebook.cells) if _is_test(cell)}
    theirs = {i: name for i, name in tests.items() if referee.in_student_process(notebook.cells[i])}
    outcome.in_student_process = set(theirs.values())
    replay = Replay(
        notebook.cells,
        list(tests),
        # The student's process can read its own seed; the tests' random inputs come from another.
        lambda: warm_kernel(sandbox, files=files, seed=_seed("kernel", seed)),
        limits,
        time.monotonic() + limits.notebook_seconds,
    )
    refereed = 0.0
    postponed: set[str] = set()
    with closing(replay):
        try:
            replay.run()
            while True:
                began = time.monotonic()
                _grade_in_student_process(notebook, theirs, replay, outcome)
                replay.disconnect()
                done = frozenset(outcome.verdicts) | postponed
                why, culprit = referee_apart(skeleton, notebook, replay, outcome.verdicts, done, given, seed, marks)
                refereed += time.monotonic() - began
                if why:
                    # What killed one kernel will kill the next: other exercises first, while there are kernels left.
                    postponed |= _same_exercise(culprit, notebook)
                    replay.restart(why)
                    replay.run()
                elif postponed - set(outcome.verdicts):
                    postponed.clear()
                else:
                    break
        except ReplayError as error:
            outcome.failure = "" if outcome.verdicts else str(error)
            outcome.remarks.append(str(error))
    if replay.late:
        outcome.remarks.append(f"{len(set(replay.late))} of its cells were not run, as the ones above took too long")
    outcome.seconds.update(start=replay.starting, replay=replay.seconds - replay.starting, referee=refereed)
    for index, name in tests.items():
        verdict = outcome.verdicts.get(name) or _not_run(notebook.cells[index], outcome)
        outcome.verdicts[name] = verdict
        notebook.cells[index].outputs = [NotebookNode(output) for output in verdict.outputs]
    return outcome


def _grade_in_student_process(
    notebook: NotebookNode, places: Mapping[int, str], replay: Replay, outcome: _Outcome
) -> None:
    """Run the grade cells that want it in the student's process; nbgrader's own rule makes their scores."""
    for index, name in places.items():
        if name in outcome.verdicts:
            continue
        began = time.monotonic()
        replay.run_grade_cell(index)
        cell = notebook.cells[index]
        # A warning is no mistake: nbgrader would take everything on stderr for one.
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        score, max_score = utils.determine_grade(cell)
        outcome.verdicts[name] = Verdict(
            grade_id=name,
            outputs=[dict(output) for output in cell.outputs],
            score=score,
            max_score=max_score,
            outcome="correct" if score == max_score else "incorrect",
            seconds=time.monotonic() - began,
        )


def _same_exercise(grade_id: str, notebook: NotebookNode) -> set[str]:
    """Grade ids of the tests of the exercise that `grade_id` tests, by the convention of names: `softmax-gradient`
    tests `softmax`."""
    solutions = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if utils.is_solution(cell)]
    owners = [name for name in solutions if grade_id.startswith(f"{name}-")]
    prefix = f"{max(owners, key=len)}-" if owners else grade_id
    tests = (cell.metadata.nbgrader.grade_id for cell in notebook.cells if _is_test(cell))
    return {name for name in tests if name.startswith(prefix)}


def _is_test(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell)


def _not_run(cell: NotebookNode, outcome: _Outcome) -> Verdict:
    said = f"Not run: {outcome.remarks[-1] if outcome.remarks else 'the time was used up'}."
    error = {"output_type": "error", "ename": "NotRun", "evalue": said, "traceback": [said]}
    return Verdict(
        grade_id=cell.metadata.nbgrader.grade_id,
        outputs=[error],
        score=0.0,
        max_score=float(cell.metadata.nbgrader.points),
        outcome="incorrect",
        messages=[said],
    )


def _enter(notebook: NotebookNode, outcome: _Outcome) -> None:
    """Write the record into the notebook's metadata."""
    cells = {}
    for cell in notebook.cells:
        if not utils.is_grade(cell):
            continue
        name = cell.metadata.nbgrader.grade_id
        verdict = outcome.verdicts.get(name)
        if verdict is None:
            score, max_score = utils.determine_grade(cell)
            by_hand = "not attempted" if score == 0 else BY_HAND
            cells[name] = {"outcome": by_hand, "score": score, "max_score": max_score, "seconds": 0.0}
            cells[name].update(misconceptions=[], messages=[], process="", instructor_error="")
            continue
        cells[name] = {
            "outcome": verdict.outcome,
            "score": verdict.score,
            "max_score": verdict.max_score,
            "seconds": verdict.seconds,
            "misconceptions": list(verdict.misconceptions),
            "messages": list(verdict.messages),
            "process": "student" if name in outcome.in_student_process else "referee",
            "instructor_error": verdict.instructor_error,
        }
        outcome.remarks += [f"{name}: {remark}" for remark in verdict.remarks]
    notebook.metadata[RECORD] = NotebookNode(
        version=VERSION,
        failure=outcome.failure,
        remarks=list(dict.fromkeys(outcome.remarks)),
        seconds=dict(outcome.seconds),
        cells=cells,
    )


def _present(
    notebook: NotebookNode,
    outcome: _Outcome,
    students: Iterable[int],
    marks: tuple[str, str],
    config: Config | None,
) -> None:
    tests = [i for i, cell in enumerate(notebook.cells) if _is_test(cell)]
    trusted = [i for i in tests if notebook.cells[i].metadata.nbgrader.grade_id not in outcome.in_student_process]
    present(notebook, trusted=trusted, students=students, marks=marks, config=config)


def _ungraded(skeleton: Skeleton, failure: str, marks: tuple[str, str], config: Config | None) -> NotebookNode:
    """What stands in for a notebook that cannot be graded: no answers, no points, and the reason."""
    notebook = copy.deepcopy(skeleton.notebook)
    outcome = _Outcome(failure=failure, remarks=[failure])
    for cell in notebook.cells:
        if _is_test(cell):
            verdict = _not_run(cell, outcome)
            outcome.verdicts[verdict.grade_id] = verdict
            cell.outputs = [NotebookNode(output) for output in verdict.outputs]
    outcome.remarks.clear()
    _enter(notebook, outcome)
    _present(notebook, outcome, (), marks, config)
    return notebook
