"""Grades the submissions of one assignment through nbgrader, several at a time, and says of each what went wrong."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import sys
import warnings
from collections.abc import Iterable
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from tqdm import tqdm
from traitlets.config import Config, PyFileConfigLoader

# What nbgrader logs or raises when a submission cannot be graded, and what that means to a teacher.
_REASONS = (
    (r"No notebooks were matched", "no notebook was handed in"),
    (r"No notebooks found, did you forget", "the notebook does not have the name of the one that was handed out"),
    (r"Cell with id '(\S+)' exists multiple times", "the cell {} is in the notebook twice, so nbgrader gave up"),
    (r"NotJSONError|JSONDecodeError|Expecting value", "the notebook file is broken: it is not JSON"),
    (r"UnicodeDecodeError", "the notebook file is broken: it is not text"),
    (r"DeadKernelError|Kernel died", "the kernel died while the notebook ran"),
    (r"kernel became\s+unresponsive", "the kernel no longer answered and could not be interrupted"),
)
_EXCEPTION = re.compile(r"^\s*(?:\w+\.)*(\w+(?:Error|Exception)): *(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Graded:
    """What became of one submission."""

    student: str
    """The student's id."""

    failure: str = ""
    """Why it could not be graded, in words for a teacher; empty when it was."""

    remark: str = ""
    """What else went wrong, although there is a grade."""


class GradingError(RuntimeError):
    """An assignment that cannot be released or graded; the message holds nbgrader's own words."""


def open_course(course: Path, timeout: int | None = None) -> NbGraderAPI:
    """nbgrader's API on the course folder `course`, with the folder's own nbgrader_config.py.

    Args:
        course: the folder that holds source/, submitted/ and gradebook.db.
        timeout: seconds that one cell may take; None leaves the course's own limit.
    """
    course = Path(course).resolve()
    config = Config()
    if (course / "nbgrader_config.py").is_file():
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    if "db_url" not in config.CourseDirectory:
        # Several processes write to one SQLite file: a writer waits for its turn instead of giving up after 5 seconds.
        config.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}?timeout=60"
    if timeout is not None:
        config.Execute.timeout = timeout
    # Kernels share this process's stderr; what they say about their sockets would tear up the progress bar.
    config.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=SAWarning, message="Object of type .* not in session")
    _put_alembic_on_path()
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


def release(course: Path, assignment: str) -> None:
    """Generate the student version of `assignment` and enter its cells in the gradebook.

    Raises:
        GradingError: if nbgrader could not.
    """
    result = open_course(course).generate_assignment(assignment)
    if not result["success"]:
        raise GradingError(f"{assignment} could not be released:\n{result.get('log') or result['error']}")


def submitted(course: Path, assignment: str) -> list[str]:
    """Ids of everyone who is in the gradebook or has handed something in, sorted."""
    api = open_course(course)
    with api.gradebook as gradebook:
        students = {student.id for student in gradebook.students}
    pattern = api.coursedir.format_path(api.coursedir.submitted_directory, "*", assignment)
    depth = Path(pattern).parts.index("*")
    root = Path(*Path(pattern).parts[:depth])
    folders = root.glob(str(Path(*Path(pattern).parts[depth:])))
    return sorted(students | {folder.parts[depth] for folder in folders})


def grade_class(
    course: Path,
    assignment: str,
    *,
    students: Iterable[str] | None = None,
    jobs: int = 2,
    timeout: int | None = None,
    progress: bool = True,
) -> list[Graded]:
    """Autograde the submissions, write the feedback pages, and carry on where one of them cannot be graded.

    Args:
        course: the course folder.
        assignment: name of the assignment; it must have been released from this folder.
        students: ids to grade; None means `submitted(course, assignment)`.
        jobs: how many submissions to grade at a time.
        timeout: seconds that one cell may take; None leaves the course's own limit.
        progress: show a progress bar.

    Returns:
        One entry a student, in the order of the ids.
    """
    students = sorted(submitted(course, assignment) if students is None else students)
    grade = partial(grade_one, Path(course), assignment, timeout=timeout)
    # A fresh interpreter for each worker: a fork would inherit this process's threads and database connections.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_prepare_worker, initargs=(jobs,)) as pool:
        return sorted(_collect(pool, grade, students, progress), key=lambda graded: graded.student)


def grade_one(course: Path, assignment: str, student: str, *, timeout: int | None = None) -> Graded:
    """Autograde one submission and write its feedback page, in this process."""
    api = open_course(course, timeout)
    result = api.autograde(assignment, student)
    if not result["success"]:
        return Graded(student, failure=_reason(result))
    result = api.generate_feedback(assignment, student)
    return Graded(student, remark="" if result["success"] else f"there is no feedback page: {_reason(result)}")


def _collect(pool: Executor, grade, students: list[str], progress: bool) -> list[Graded]:
    futures = {pool.submit(grade, student): student for student in students}
    done = []
    with tqdm(total=len(futures), desc="grading", unit="student", disable=not progress) as bar:
        for future in as_completed(futures):
            error = future.exception()
            student = futures[future]
            done.append(future.result() if error is None else Graded(student, failure=f"the grader failed: {error}"))
            bar.update()
    return done


def _prepare_worker(jobs: int) -> None:
    """Set what this worker's kernels inherit: a share of the threads, as more would only wait for each other, and that
    nobody is there to answer a prediction, even if the grader was started from a notebook."""
    os.environ["COURSE_INTERACTIVE"] = "0"
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // jobs)))


def _reason(result: dict) -> str:
    log = result.get("log", "") + result.get("error", "")
    for pattern, reason in _REASONS:
        found = re.search(pattern, log)
        if found:
            return reason.format(*found.groups())
    raised = _EXCEPTION.findall(log)
    named = [": ".join(pair) for pair in raised if pair[0] != "NbGraderException"]
    return (named or ["nbgrader gave no reason"])[-1][:200]


def _put_alembic_on_path() -> None:
    """nbgrader makes a new gradebook with the command `alembic`, which it looks for on the path only."""
    commands = str(Path(sys.executable).parent)
    if commands not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([commands, os.environ.get("PATH", "")])
