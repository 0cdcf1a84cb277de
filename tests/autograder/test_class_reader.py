"""A class read from a gradebook and autograded notebooks on disk."""

import shutil
from datetime import datetime, timedelta

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course_folder import open_course
from autograder.reporting.class_reader import ReportError, read
from autograder.reporting.graded_class import FAILED, GRADED, MISSING, WAITING

UNIT = "01-lists"
DUE = datetime(2026, 3, 1, 12, 0)
NOTEBOOKS = {"second": ("sort-order", "quiz"), "first": ("sort-small", "sort-big", "quiz")}
SECONDS = {"start": 0.1, "replay": 0.2, "referee": 0.3, "total": 1.0}


def cell(name, solution=False):
    marks = {"grade": not solution, "solution": solution, "locked": not solution, "grade_id": name, "points": 2}
    return new_code_cell("pass", metadata={"nbgrader": {**marks, "schema_version": 3, "task": False}})


def write(file, *made, record=None):
    notebook = new_notebook(cells=list(made), metadata={} if record is None else {"autograder": record})
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)


def record(scores, failure=""):
    cells = {name: {"outcome": "correct" if score else "incorrect", "score": score} for name, score in scores.items()}
    return {"version": 1, "failure": failure, "remarks": [], "seconds": SECONDS, "cells": cells}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A released assignment of two notebooks, with one student for each thing that can have become of a submission."""
    course = tmp_path_factory.mktemp("reader")
    for name, graded in NOTEBOOKS.items():
        write(course / "source" / UNIT / f"{name}.ipynb", cell("sort", solution=True), *map(cell, graded))
    with open_course(course).gradebook as gradebook:
        gradebook.add_assignment(UNIT, duedate=DUE)
        for name, graded in NOTEBOOKS.items():
            gradebook.add_notebook(name, UNIT)
            for one in reversed(graded):
                gradebook.add_grade_cell(one, name, UNIT, max_score=2, cell_type="code")
        gradebook.add_task_cell("essay", "first", UNIT, max_score=1, cell_type="markdown")
        gradebook.add_student("absent", first_name="Ada", last_name="Absent")
        for student in ("right", "half", "late", "broken", "lost", "stock"):
            gradebook.add_student(student)
            enter(gradebook, student, 2.0 if student in ("right", "late") else 0.0)
        late = gradebook.find_submission(UNIT, "late")
        late.timestamp, late.extension = DUE + timedelta(hours=30), timedelta(hours=6)
        for notebook in late.notebooks:
            notebook.late_submission_penalty = 0.5
        gradebook.db.commit()
    full, none = dict.fromkeys(NOTEBOOKS["first"], 2.0), dict.fromkeys(NOTEBOOKS["first"], 0.0)
    for student in ("right", "late"):
        write_graded(course, student, record(full), record(dict.fromkeys(NOTEBOOKS["second"], 2.0)))
    write_graded(course, "half", record(none), record({}, failure="no notebook was handed in"))
    write_graded(course, "broken", record({}, failure="it is not JSON"), record({}, failure="it is not JSON"))
    write_graded(course, "stock", None, None)
    for student in ("right", "waiting"):
        write(course / "submitted" / student / UNIT / "first.ipynb")
    page = course / "feedback" / "right" / UNIT / "first.html"
    page.parent.mkdir(parents=True)
    page.write_text("")
    return course


def enter(gradebook, student, score):
    gradebook.add_submission(UNIT, student)
    for notebook, graded in NOTEBOOKS.items():
        for one in graded:
            grade = gradebook.find_grade(one, notebook, UNIT, student)
            grade.auto_score, grade.needs_manual_grade = score, False


def write_graded(course, student, first, second):
    folder = course / "autograded" / student / UNIT
    write(folder / "first.ipynb", *map(cell, NOTEBOOKS["first"]), record=first)
    write(folder / "second.ipynb", *map(cell, NOTEBOOKS["second"]), record=second)


@pytest.fixture(scope="module")
def graded(course):
    return read(course, UNIT)


@pytest.fixture(scope="module")
def students(graded):
    return {student.id: student for student in graded.students}


def test_cells_stand_in_the_order_of_the_instructors_notebooks(graded):
    assert [(cell.notebook, cell.name) for cell in graded.cells] == [
        ("first", "sort-small"),
        ("first", "sort-big"),
        ("first", "quiz"),
        ("first", "essay"),
        ("second", "sort-order"),
        ("second", "quiz"),
    ]
    assert graded.max_score == 11


def test_exercises_of_the_same_name_in_two_notebooks_are_two(graded):
    assert list(dict.fromkeys(cell.exercise for cell in graded.cells)) == [
        "first/sort",
        "first/quiz",
        "essay",
        "second/sort",
        "second/quiz",
    ]
    assert [graded.label(cell) for cell in graded.cells if cell.name != "quiz"] == [
        "sort-small",
        "sort-big",
        "essay",
        "sort-order",
    ]


@pytest.mark.parametrize(
    ("student", "state"),
    [
        ("right", GRADED),
        ("half", GRADED),
        ("late", GRADED),
        ("stock", GRADED),
        ("broken", FAILED),
        ("lost", FAILED),
        ("waiting", WAITING),
        ("absent", MISSING),
    ],
)
def test_everybody_is_there_with_what_became_of_them(students, student, state):
    assert students[student].state == state


def test_a_task_waits_for_a_person(students):
    assert students["right"].grades["first", "essay"].outcome == "to be graded by hand"


def test_names_are_the_gradebooks(students):
    assert (students["absent"].name, students["right"].name) == ("Ada Absent", "right")


def test_points_are_the_gradebooks(students):
    assert (students["right"].score, students["right"].result) == (10, 10)


def test_a_penalty_and_an_extension_count(students):
    late = students["late"]
    assert (late.penalty, late.result) == (1.0, 9.0)
    assert late.seconds_late == timedelta(hours=24).total_seconds()


def test_of_a_submission_with_one_broken_notebook_the_other_counts(students):
    half = students["half"]
    assert [concern.text for concern in half.concerns] == ["second: no notebook was handed in"]
    outcomes = {(notebook, grade.outcome) for (notebook, _), grade in half.grades.items()}
    assert outcomes == {("first", "incorrect"), ("first", "to be graded by hand"), ("second", "not graded")}


def test_times_are_added_up_over_the_notebooks(students):
    assert students["right"].seconds["total"] == 2.0
    assert students["stock"].seconds is None


def test_feedback_pages_are_found(students):
    assert [page.name for page in students["right"].feedback] == ["first.html"]
    assert students["half"].feedback == ()


def test_reading_changes_nothing(course):
    before = {file: file.stat().st_mtime_ns for file in course.rglob("*") if file.is_file()}
    read(course, UNIT)
    assert {file: file.stat().st_mtime_ns for file in course.rglob("*") if file.is_file()} == before


def test_an_unknown_assignment_is_said_in_a_line(course):
    with pytest.raises(ReportError, match=r"^the gradebook knows no assignment 02-sets: run [^\n]*$"):
        read(course, "02-sets")


def test_a_folder_without_a_gradebook_gets_none(tmp_path):
    with pytest.raises(ReportError, match="generate_assignment"):
        read(tmp_path, UNIT)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_autograded_notebook_has_no_result(course, tmp_path_factory):
    copy = tmp_path_factory.mktemp("broken") / "course"
    shutil.copytree(course, copy)
    for file in (copy / "autograded" / "right" / UNIT).glob("*.ipynb"):
        file.write_text("{", encoding="utf-8")
    (right,) = (student for student in read(copy, UNIT).students if student.id == "right")
    assert right.state == FAILED
