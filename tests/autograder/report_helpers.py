"""Small classes, made up by hand, to report about."""

from datetime import datetime

from autograder.reporting.attention import Concern, Urgency
from autograder.reporting.class_report import ClassReport, analyse
from autograder.reporting.graded_class import (
    FAILED,
    GRADED,
    MISSING,
    WAITING,
    Grade,
    GradeCell,
    GradedClass,
    Mistake,
    Student,
)

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


THREE = cells("softmax-small", "softmax-large", "explain")
SHIFT = Grade(0.0, "incorrect", ("no-shift",), seconds=0.5)
LIST = Grade(0.0, "incorrect", complaint="It returns a list.", seconds=12.5)
SECONDS = {"start": 0.1, "replay": 0.5, "referee": 0.2, "total": 1.0}
BROKEN = Concern(Urgency.NO_RESULT, "the notebook file is broken")


def ordinary_class():
    """Eight students, each with something else to report."""
    return graded_class(
        THREE,
        student("ada", THREE, SHIFT, SHIFT, BY_HAND, name="Ada L.", seconds=SECONDS),
        student("bo", THREE, RIGHT, SHIFT, BY_HAND, seconds_late=7200, penalty=0.5, seconds=SECONDS),
        student("cy", THREE, RIGHT, LIST, BLANK, concerns=(Concern(Urgency.UNUSUAL, "edited: softmax-large"),)),
        student("di", THREE, RIGHT, RIGHT, BY_HAND),
        student("ed", THREE, BLANK, BLANK, BLANK),
        student("flo", THREE, UNGRADED, UNGRADED, UNGRADED, state=FAILED, concerns=(BROKEN,)),
        student("gus", THREE, state=MISSING),
        student("hal", THREE, state=WAITING),
        mistakes={("softmax", "no-shift"): Mistake("Nothing is shifted", "You exponentiate 1000.")},
    )
