"""Submissions as the grader hands them to the recorder, made up without running anything; what a gradebook holds."""

import copy
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from autograder_helpers import NOTEBOOK, UNIT
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils

from autograder.assignment import Assignment, load
from autograder.course_folder import open_course
from autograder.records.recording import Recorder

DIGEST = "of this submission"
WRITTEN = "Adding x to itself doubles it."
EARLY, LATE = "2026-01-01 10:00:00 UTC", "2026-01-03 10:00:00 UTC"
DUE = "2026-01-02 10:00:00.000000"


@dataclass
class Graded:
    """Has the fields of `grading.GradedSubmission`."""

    student: str
    notebooks: Mapping[str, NotebookNode]
    failure: str = ""
    remarks: tuple[str, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    digest: str = DIGEST


def assignment_of(course: Path) -> Assignment:
    api = open_course(course)
    return load(api.coursedir, api.config, UNIT)


def recorder_of(course: Path, **options) -> Recorder:
    return Recorder(open_course(course), assignment_of(course), **options)


def is_recorded(course: Path, student: str = "ada", digest: str = DIGEST) -> bool:
    with recorder_of(course) as recorder:
        return recorder.is_recorded(student, digest)


def graded(assignment: Assignment, student: str, *, wrong=(), partial=None, answers=None, failure="", digest=DIGEST):
    """A submission whose grade cells passed, but for those in `wrong` (an error) and `partial` (id to points)."""
    notebook = copy.deepcopy(assignment.notebooks[NOTEBOOK].notebook)
    cells = {}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = (answers or {}).get(name, cell.source)
        if cell.cell_type == "code":
            cell.outputs = []
        if cell.cell_type == "code" and utils.is_grade(cell):
            if name in wrong:
                said = {"ename": "AssertionError", "evalue": "no", "traceback": ["AssertionError: no"]}
                cell.outputs = [new_output("error", **said)]
            elif name in (partial or {}):
                cell.outputs = [new_output("execute_result", {"text/plain": str(partial[name])}, execution_count=1)]
        if utils.is_grade(cell):
            score, points = utils.determine_grade(cell)
            outcome = "to be graded by hand" if score is None else "correct" if score == points else "incorrect"
            cells[name] = {"outcome": outcome, "score": score, "max_score": points, "instructor_error": ""}
    record = {"version": 1, "digest": digest, "failure": failure, "remarks": [], "cells": {} if failure else cells}
    notebook.metadata["autograder"] = NotebookNode(record)
    return Graded(student, {NOTEBOOK: notebook}, failure)


def submit(course: Path, student: str, timestamp: str = "", **files: str) -> Path:
    """An empty submission folder, but for its time and other files."""
    folder = course / "submitted" / student / UNIT
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ({"timestamp.txt": timestamp} if timestamp else {}).items() | files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def autograded(course: Path, student: str) -> Path:
    return course / "autograded" / student / UNIT


def grades(course: Path) -> dict[tuple[str, str], tuple]:
    """(student, cell) to auto score, manual score and whether it needs a look, read without nbgrader."""
    return _rows(
        course,
        """
        SELECT a.student_id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade
        FROM grade g JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id
        JOIN submitted_assignment a ON a.id = n.assignment_id""",
    )


def comments(course: Path) -> dict[tuple[str, str], tuple]:
    return _rows(
        course,
        """
        SELECT a.student_id, c.name, k.auto_comment, k.manual_comment
        FROM comment k JOIN base_cell c ON c.id = k.cell_id JOIN submitted_notebook n ON n.id = k.notebook_id
        JOIN submitted_assignment a ON a.id = n.assignment_id""",
    )


def submissions(course: Path) -> dict[tuple[str, str], tuple]:
    """(student, notebook) to the time it was handed in and the penalty."""
    return _rows(
        course,
        """
        SELECT a.student_id, b.name, a.timestamp, n.late_submission_penalty
        FROM submitted_notebook n JOIN submitted_assignment a ON a.id = n.assignment_id
        JOIN notebook b ON b.id = n.notebook_id""",
    )


def everything(course: Path) -> tuple:
    return grades(course), comments(course), submissions(course)


def change(course: Path, statement: str, *values) -> None:
    """Do something to the gradebook that somebody else would do."""
    with closing(sqlite3.connect(course / "gradebook.db")) as connection, connection:
        connection.execute(statement, values)


def _rows(course: Path, query: str) -> dict[tuple[str, str], tuple]:
    with closing(sqlite3.connect(course / "gradebook.db")) as connection:
        rows = connection.execute(query).fetchall()
    found = {row[:2]: row[2:] for row in rows}
    assert len(found) == len(rows), "a row is there twice"
    return found


class Locked:
    """Keeps a gradebook locked, as another program would."""

    def __init__(self, course: Path):
        self.connection = sqlite3.connect(course / "gradebook.db", isolation_level=None, check_same_thread=False)

    def __enter__(self):
        self.connection.execute("BEGIN EXCLUSIVE")
        return self

    def __exit__(self, *_):
        self.connection.close()
