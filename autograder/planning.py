"""Finds out what there is to grade, and whether it can be graded at all, before anything is changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader import utils
from nbgrader.apps import NbGraderAPI

from autograder.assignment import Assignment, AssignmentError, limits_of, load
from autograder.course_folder import open_course
from autograder.limits import Limits
from autograder.records.gradebook_access import GradebookError, check_gradebook


class PlanError(ValueError):
    """Something that keeps a whole class from being graded; the message says in one line what to do."""


@dataclass(frozen=True)
class Plan:
    """What is to be graded."""

    api: NbGraderAPI
    """nbgrader's, on the course folder."""

    assignment: Assignment
    """The assignment."""

    limits: Limits
    """The course's own."""

    students: tuple[str, ...]
    """Ids of those who are to be graded, sorted."""

    def folder(self, student: str) -> Path:
        """Where what a student handed in lies."""
        course = self.api.coursedir
        return Path(course.format_path(course.submitted_directory, student, self.assignment.name))


def plan(course: Path, unit: str, students: Sequence[str] = (), *, say: Callable[[str], None] = print) -> Plan:
    """Look at the course folder and its gradebook; nothing is written.

    Args:
        course: the course folder.
        unit: name of the assignment.
        students: ids of those who are to be graded; none means everybody who handed something in.
        say: is told what is being waited for.

    Raises:
        PlanError: if there is nothing that could be graded.
    """
    course = Path(course)
    if not course.is_dir():
        raise PlanError(f"there is no folder {course}: give the course folder with --course")
    api = _open(course)
    try:
        _check_source(api, unit)
        known = check_gradebook(api.coursedir.db_url, unit, say=say)
        assignment = load(api.coursedir, api.config, unit)
        limits = limits_of(api.config)
    except (AssignmentError, GradebookError) as error:
        raise PlanError(str(error)) from error
    _check_cells(assignment, known)
    return Plan(api, assignment, limits, _students(api, unit, students))


def _open(course: Path) -> NbGraderAPI:
    try:
        return open_course(course)
    except Exception as error:  # nbgrader_config.py is a program
        reason = f"{type(error).__name__}: {error}".split("\n")[0]
        raise PlanError(f"nbgrader_config.py cannot be used, {reason}") from error


def _check_source(api: NbGraderAPI, unit: str) -> None:
    """Loading an assignment opens the gradebook, so what is wrong with the source is said before that."""
    course = api.coursedir
    folder = Path(course.format_path(course.source_directory, ".", unit))
    shown = os.path.relpath(folder, course.root)
    if unit != os.path.basename(unit) or unit in ("", ".", ".."):
        raise PlanError(f"{unit!r} is no name of an assignment: give that of a folder in {course.source_directory}")
    if not folder.is_dir():
        there = ", ".join(sorted(api.get_source_assignments())) or "none"
        raise PlanError(f"there is no assignment {unit} here, no folder {shown}; there are: {there}")
    if not any(folder.glob("*.ipynb")):
        raise PlanError(f"there is no notebook in {shown}: put the instructor's notebook there")


def _check_cells(assignment: Assignment, known: set[tuple[str, str]]) -> None:
    wanted = {
        (name, cell.metadata.nbgrader.grade_id)
        for name, skeleton in assignment.notebooks.items()
        for cell in skeleton.notebook.cells
        if utils.is_grade(cell) or utils.is_task(cell)
    }
    for notebook, cell in sorted(wanted - known):
        raise PlanError(
            f"the gradebook has no cell {cell} in {notebook}: "
            f"run nbgrader generate_assignment {assignment.name} --force first"
        )


def _students(api: NbGraderAPI, unit: str, wanted: Sequence[str]) -> tuple[str, ...]:
    course = api.coursedir
    there = api.get_submitted_students(unit) - set(filter(None, course.student_id_exclude.split(",")))
    if not there:
        folder = os.path.relpath(course.format_path(course.submitted_directory, "STUDENT", unit), course.root)
        raise PlanError(f"there are no submissions of {unit}: put them in {folder}, or run nbgrader collect {unit}")
    unknown = sorted(set(wanted) - there)
    if unknown:
        raise PlanError(
            f"{', '.join(unknown)} handed in nothing for {unit}: look for the id in {course.submitted_directory}"
        )
    return tuple(sorted(set(wanted) or there))
