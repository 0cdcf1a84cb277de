"""Reads a graded class: nbgrader's gradebook, and the autograded notebooks with what the grader recorded in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.orm import undefer

from autograder.course_folder import open_course
from autograder.records.gradebook_access import GradebookError, check_gradebook
from autograder.reporting.gradebook import exercises
from autograder.reporting.graded_class import FAILED, GRADED, MISSING, WAITING, GradeCell, GradedClass, Mistake, Student
from autograder.reporting.graded_notebook import GradedNotebook, Points, read_notebook
from autograder.results import STAGES, record_of


class ReportError(ValueError):
    """A class that there is nothing to report about; the message says in one line what to do."""


def read(course: Path, assignment: str) -> GradedClass:
    """Everybody's work on `assignment` in the course folder `course`.

    Raises:
        ReportError: if there is no gradebook, it cannot be read, or it knows no such assignment.
    """
    api = open_course(course)
    try:
        check_gradebook(api.coursedir.db_url, assignment)
    except GradebookError as error:
        raise ReportError(str(error)) from error
    handed_in = api.get_submitted_students(assignment)
    with api.gradebook as gradebook:
        entry = gradebook.find_assignment(assignment)
        cells = _cells(course, entry)
        points = _points(gradebook, entry)
        submissions = _submissions(gradebook, entry)
        names = {student.id: _full_name(student) for student in gradebook.students}
        mistakes: dict[tuple[str, str], Mistake] = {}
        students = []
        for name in sorted({*handed_in, *names}):
            student = Student(name, WAITING if name in handed_in else MISSING, names.get(name, name))
            if name in submissions:
                notebooks = _notebooks(api.coursedir, assignment, name, cells, points[name])
                pages = _pages(api.coursedir, assignment, name)
                student = _with_grades(student, notebooks, submissions[name], entry.duedate, pages)
                for notebook in notebooks.values():
                    mistakes = {**notebook.mistakes, **mistakes}
            students.append(student)
    return GradedClass(assignment, cells, tuple(students), mistakes)


def _cells(course: Path, assignment: Assignment) -> tuple[GradeCell, ...]:
    """The gradebook's cells in the order of the instructor's notebooks; within each, tasks and cells that are no longer
    there come last."""
    kept = {
        (notebook.name, cell.name): cell.max_score
        for notebook in assignment.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    placed = {(part.notebook, cell): part.name for part in exercises(course, assignment.name) for cell in part.cells}
    order = [key for key in placed if key in kept] + sorted(key for key in kept if key not in placed)
    notebooks = list(dict.fromkeys(notebook for notebook, _ in order))
    order.sort(key=lambda key: notebooks.index(key[0]))
    names = {key: placed.get(key, key[1]) for key in order}
    taken = Counter(name for _, name in {(key[0], name) for key, name in names.items()})
    unique = {key: name if taken[name] == 1 else f"{key[0]}/{name}" for key, name in names.items()}
    return tuple(GradeCell(*key, unique[key], kept[key]) for key in order)


def _points(gradebook: Gradebook, assignment: Assignment) -> dict[str, dict[tuple[str, str], Points]]:
    """Every grade of the assignment by student, then by notebook and cell, in one query."""
    query = (
        gradebook.db.query(
            SubmittedAssignment.student_id,
            Notebook.name,
            BaseCell.name,
            Grade.auto_score,
            Grade.manual_score,
            Grade.score,
            Grade.needs_manual_grade,
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .filter(SubmittedAssignment.assignment_id == assignment.id)
    )
    found: dict[str, dict[tuple[str, str], Points]] = defaultdict(dict)
    for student, notebook, cell, auto, manual, score, to_check in query:
        found[student][notebook, cell] = Points(auto, manual, score, to_check)
    return found


def _submissions(gradebook: Gradebook, assignment: Assignment) -> dict[str, SubmittedAssignment]:
    query = gradebook.db.query(SubmittedAssignment).options(undefer(SubmittedAssignment.late_submission_penalty))
    return {entry.student_id: entry for entry in query.filter(SubmittedAssignment.assignment_id == assignment.id)}


def _full_name(student) -> str:
    return " ".join(part for part in (student.first_name, student.last_name) if part) or student.id


def _notebooks(
    coursedir: CourseDirectory,
    assignment: str,
    student: str,
    cells: Sequence[GradeCell],
    points: Mapping[tuple[str, str], Points],
) -> dict[str, GradedNotebook]:
    """The student's notebooks by name; those without grade cells tell nothing and are left out."""
    steps = coursedir.autograded_directory, coursedir.submitted_directory
    autograded, handed_in = (Path(coursedir.format_path(step, student, assignment)) for step in steps)
    found = {}
    for name, own in groupby(cells, key=lambda cell: cell.notebook):
        executed = _autograded(autograded / f"{name}.ipynb")
        by_stock = executed is not None and record_of(executed) is None
        submitted = _submitted(handed_in / f"{name}.ipynb") if by_stock else None
        entries = {cell: entry for (notebook, cell), entry in points.items() if notebook == name}
        found[name] = read_notebook(executed, submitted, tuple(own), entries)
    return found


def _autograded(file: Path) -> NotebookNode | None:
    """A notebook that a grader wrote, without nbformat's validation, which would be half the time a report takes."""
    try:
        return nbformat.v4.reads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _submitted(file: Path) -> NotebookNode | None:
    """A notebook that a student wrote; None where it is none."""
    try:
        notebook = nbformat.read(file, as_version=4)
    except (OSError, ValueError, AttributeError, KeyError, TypeError):  # what nbformat meets in files of any shape
        return None
    return notebook if nbformat.validator.isvalid(notebook) else None


def _with_grades(
    student: Student,
    notebooks: Mapping[str, GradedNotebook],
    entry: SubmittedAssignment,
    duedate: datetime | None,
    pages: tuple[Path, ...],
) -> Student:
    failed = bool(notebooks) and all(notebook.failure for notebook in notebooks.values())
    grades = {(name, cell): grade for name, n in notebooks.items() for cell, grade in n.grades.items()}
    concerns = [
        replace(concern, text=f"{name}: {concern.text}") if len(notebooks) > 1 else concern
        for name, notebook in notebooks.items()
        for concern in notebook.concerns
    ]
    timed = [notebook.seconds for notebook in notebooks.values() if notebook.seconds is not None]
    return replace(
        student,
        state=FAILED if failed else GRADED,
        grades=grades,
        penalty=entry.late_submission_penalty or 0.0,
        seconds_late=_seconds_late(entry, duedate),
        concerns=tuple(concerns),
        seconds={stage: sum(one[stage] for one in timed) for stage in (*STAGES, "total")} if timed else None,
        feedback=pages,
    )


def _seconds_late(entry: SubmittedAssignment, duedate: datetime | None) -> float:
    """As nbgrader's `total_seconds_late`, which fails where there is an extension and no due date."""
    if entry.timestamp is None or duedate is None:
        return 0.0
    return max(0.0, (entry.timestamp - duedate - (entry.extension or timedelta(0))).total_seconds())


def _pages(coursedir: CourseDirectory, assignment: str, student: str) -> tuple[Path, ...]:
    folder = Path(coursedir.format_path(coursedir.feedback_directory, student, assignment))
    return tuple(sorted(folder.glob("*.html")))
