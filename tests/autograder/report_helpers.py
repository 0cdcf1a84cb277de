"""Small classes, made up by hand, to report about."""

from datetime import datetime

from autograder.reporting.class_report import ClassReport, analyse
from autograder.reporting.graded_class import GRADED, Grade, GradeCell, GradedClass, Student

NOTEBOOK = "numbers"
MADE = datetime(2026, 3, 2, 9, 30)

RIGHT = Grade(1.0, "correct")
WRONG = Grade(0.0, "incorrect")
BLANK = Grade(0.0, "not attempted")
BY_HAND = Grade(0.0, "to be graded by hand")
UNGRADED = Grade(0.0, "not graded")


def cells(*names, points=1.0, notebook=NOTEBOOK):
    """Grade cells, each of the exercise before its hyphen."""
    return tuple(GradeCell(notebook, name, name.split("-")[0], points) for name in names)


def student(identifier, graded_cells, *grades, state=GRADED, name="", **more):
    """A student with one grade a cell, in the cells' order."""
    keys = [(cell.notebook, cell.name) for cell in graded_cells]
    return Student(identifier, state, name or identifier, dict(zip(keys, grades, strict=False)), **more)


def graded_class(graded_cells, *students, mistakes=None):
    return GradedClass("unit", tuple(graded_cells), tuple(students), mistakes or {})


def report_on(graded: GradedClass) -> ClassReport:
    return analyse(graded, MADE)
