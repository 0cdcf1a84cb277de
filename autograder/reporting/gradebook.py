"""Reads what grading left behind, nbgrader's gradebook and the autograded notebooks, as one row a student."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook, SubmittedAssignment

from autograder.course_folder import open_course
from autograder.reporting.attention import attention_of
from autograder.results import CheckResult, record_of, results_of
from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED

BY_HAND = "to be graded by hand"
NOT_GRADED = "not graded"

LONGEST_SENTENCE = 160
"""Characters that a score table gives to what a check said."""


@dataclass(frozen=True)
class Exercise:
    """An exercise of an assignment: a solution cell and the grade cells that test it."""

    name: str
    """The grade id of the solution cell."""

    notebook: str
    """Name of the notebook that holds it, without suffix."""

    cells: tuple[str, ...]
    """Grade ids of its grade cells, in their order."""


@dataclass(frozen=True)
class Outcome:
    """How one student did in one exercise."""

    exercise: str
    """The exercise's name."""

    outcome: str
    """`"correct"`, `"incorrect"`, `"not attempted"`, `"to be graded by hand"` or `"not graded"`."""

    score: float
    """Points so far."""

    max_score: float
    """Points to be had."""

    misconceptions: tuple[str, ...] = ()
    """Names of the known mistakes that the checks recognised."""

    unnamed: str = ""
    """What the first failing check said, in a sentence, where none of the mistakes has a name."""


@dataclass(frozen=True)
class Row:
    """How one student did in one assignment."""

    student: str
    """The student's id."""

    score: float
    """Points so far."""

    max_score: float
    """Points to be had."""

    outcomes: tuple[Outcome, ...]
    """One entry an exercise, in the notebook's order."""

    attention: tuple[str, ...] = ()
    """What a teacher should look at, in words; empty when there is nothing."""


def exercises(course: Path, assignment: str) -> list[Exercise]:
    """The exercises of `assignment` in the order of the instructor's notebooks.

    A grade cell belongs to the solution cell whose name it begins with (`softmax-gradient` to `softmax`), or else it
    stands for itself.
    """
    coursedir = open_course(course).coursedir
    folder = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
    found = []
    for file in sorted(folder.glob("*.ipynb")):
        cells = nbformat.read(file, as_version=4).cells
        solutions = [cell.metadata.nbgrader.grade_id for cell in cells if utils.is_solution(cell)]
        owned: dict[str, list[str]] = {}
        for cell in cells:
            if utils.is_grade(cell):
                name = cell.metadata.nbgrader.grade_id
                owners = [s for s in solutions if name == s or name.startswith(f"{s}-")]
                owned.setdefault(max(owners, key=len, default=name), []).append(name)
        found += [Exercise(name, file.stem, tuple(names)) for name, names in owned.items()]
    return found


def read_class(course: Path, assignment: str, students: Iterable[str]) -> list[Row]:
    """One row for each of `students`, who have all been graded.

    Raises:
        nbgrader.api.MissingEntry: if the assignment was never released from this course folder, or somebody is not in
            the gradebook.
    """
    api = open_course(course)
    parts = exercises(course, assignment)
    with api.gradebook as gradebook:
        return [_row(api.coursedir, gradebook, assignment, student, parts) for student in students]


def _row(coursedir, gradebook: Gradebook, assignment: str, student: str, parts: list[Exercise]) -> Row:
    submission = gradebook.find_submission(assignment, student)
    grades = {(notebook.name, grade.name): grade for notebook in submission.notebooks for grade in notebook.grades}
    autograded, attention = {}, []
    for name, notebook in _autograded(coursedir, submission, dict.fromkeys(part.notebook for part in parts)).items():
        record = record_of(notebook)
        if record is not None and record.failure:
            attention.append(record.failure)
            continue
        autograded[name] = notebook
        attention += [*(record.remarks if record is not None else ()), *attention_of(notebook)]
    outcomes = tuple(_outcome(part, grades, autograded.get(part.notebook)) for part in parts)
    if autograded and all(outcome.outcome == NOT_ATTEMPTED for outcome in outcomes):
        attention.append("nothing was attempted")
    return Row(student, submission.score, submission.max_score, outcomes, tuple(dict.fromkeys(attention)))


def _outcome(part: Exercise, grades: dict, notebook: NotebookNode | None) -> Outcome:
    entries = [grades[part.notebook, cell] for cell in part.cells]
    results = [result for cell in part.cells for result in _results(notebook, cell)]
    score, max_score = sum(entry.score for entry in entries), sum(entry.max_score for entry in entries)
    if notebook is None:
        outcome = NOT_GRADED
    elif any(entry.auto_score is None and entry.manual_score is None for entry in entries):
        outcome = BY_HAND
    elif score == max_score:
        outcome = CORRECT
    elif _not_attempted(notebook, part.name, results):
        outcome = NOT_ATTEMPTED
    else:
        outcome = INCORRECT
    named = dict.fromkeys(result.misconception for result in results if result.misconception)
    unnamed = "" if named or outcome != INCORRECT else _first_complaint(results)
    return Outcome(part.name, outcome, score, max_score, tuple(named), unnamed)


def _first_complaint(results: list[CheckResult]) -> str:
    """The first sentence of the first result that says incorrect; a long one is cut."""
    complaints = [result.message for result in results if result.outcome == INCORRECT]
    sentence = re.split(r"(?<=[.?!]) (?=[A-Z])", complaints[0], maxsplit=1)[0] if complaints else ""
    return sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[: LONGEST_SENTENCE - 1]}…"


def _results(notebook: NotebookNode | None, grade_id: str) -> list[CheckResult]:
    """The check results that a grade cell displayed."""
    cells = notebook.cells if notebook else ()
    graded = [cell for cell in cells if utils.is_grade(cell) and cell.metadata.nbgrader.grade_id == grade_id]
    return [result for cell in graded for result in results_of(cell)]


def _not_attempted(notebook: NotebookNode, name: str, results: list[CheckResult]) -> bool:
    """Whether every check says so, or, without checks, the solution cell has the checksum it was handed out with."""
    if results:
        return all(result.outcome == NOT_ATTEMPTED for result in results)
    return any(
        cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
        for cell in notebook.cells
        if utils.is_solution(cell) and cell.metadata.nbgrader.grade_id == name
    )


def _autograded(coursedir, submission: SubmittedAssignment, names: Iterable[str]) -> dict[str, NotebookNode]:
    step = coursedir.autograded_directory
    folder = Path(coursedir.format_path(step, submission.student.id, submission.assignment.name))
    files = {name: folder / f"{name}.ipynb" for name in names}
    return {name: nbformat.read(file, as_version=4) for name, file in files.items() if file.is_file()}
