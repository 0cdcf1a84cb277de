"""A graded class as plain data: what a report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.reporting.attention import Concern
from autograder.reporting.gradebook import BY_HAND, NOT_GRADED
from course.kit.feedback import CORRECT, NOT_ATTEMPTED

GRADED = "graded"
FAILED = "could not be graded"
WAITING = "handed in, not graded yet"
MISSING = "not handed in"

ALL_POINTS = "all points"
SOME_POINTS = "some points"
NO_POINTS = "no points"
LEVELS = (ALL_POINTS, SOME_POINTS, NO_POINTS, NOT_ATTEMPTED, BY_HAND, NOT_GRADED)
"""How far an answer to an exercise got, the best first, and then what is not known yet."""


@dataclass(frozen=True)
class GradeCell:
    """A cell of the assignment that points are given for."""

    notebook: str
    """Name of its notebook, without suffix."""

    name: str
    """Its grade id, which is unique within the notebook."""

    exercise: str
    """The exercise that it belongs to, a name that is unique within the assignment."""

    max_score: float
    """Points to be had."""


@dataclass(frozen=True)
class Grade:
    """How one student did in one grade cell."""

    score: float
    """Points so far."""

    outcome: str
    """`"correct"`, `"incorrect"`, `"not attempted"`, `"to be graded by hand"` or `"not graded"`."""

    misconceptions: tuple[str, ...] = ()
    """Names of the known mistakes that the checks recognised."""

    complaint: str = ""
    """What the cell said first, where it is incorrect and no mistake was recognised."""

    seconds: float | None = None
    """How long the cell ran; None where that was not recorded."""

    instructor_error: str = ""
    """What is wrong with the cell itself."""

    in_student_process: bool = False
    """Whether it ran where the student's code could reach it."""

    to_confirm: bool = False
    """Whether points given by hand are from before the last run of the autograder."""

    @property
    def is_decided(self) -> bool:
        """Whether the points are final as far as this cell goes."""
        return self.outcome not in (BY_HAND, NOT_GRADED)


@dataclass(frozen=True)
class Student:
    """One student, and what became of their submission."""

    id: str
    """nbgrader's name for them."""

    state: str
    """`GRADED`, `FAILED`, `WAITING` or `MISSING`."""

    name: str = ""
    """As the gradebook has it; the id where it has none."""

    grades: Mapping[tuple[str, str], Grade] = field(default_factory=dict)
    """By notebook and grade id; empty unless the state is `GRADED` or `FAILED`."""

    penalty: float = 0.0
    """Points taken off for being late."""

    seconds_late: float = 0.0
    """How long after the due date, extensions included, the submission came."""

    concerns: tuple[Concern, ...] = ()
    """What a teacher should know beside the points."""

    seconds: Mapping[str, float] | None = None
    """Seconds that grading took, by stage and `"total"`; None where they were not recorded."""

    feedback: tuple[Path, ...] = ()
    """The feedback pages that were written."""

    @property
    def score(self) -> float:
        """Points so far, before the penalty."""
        return sum(grade.score for grade in self.grades.values())

    @property
    def result(self) -> float:
        """Points so far, after the penalty; as in nbgrader's export never below 0."""
        return max(0.0, self.score - self.penalty)


@dataclass(frozen=True)
class ExerciseGrade:
    """How one student did in one exercise."""

    exercise: str
    """The exercise's name."""

    level: str
    """One of `LEVELS`."""

    score: float
    """Points so far."""

    max_score: float
    """Points to be had."""


@dataclass(frozen=True)
class Mistake:
    """What checks said about a known mistake."""

    title: str = ""
    """What it is, as a noun phrase."""

    message: str = ""
    """What a student who made it was told."""


@dataclass(frozen=True)
class GradedClass:
    """One assignment and everybody's work on it."""

    assignment: str
    """nbgrader's name for it."""

    cells: tuple[GradeCell, ...]
    """In the order of the notebooks."""

    students: tuple[Student, ...]
    """Everybody in the gradebook and everybody who handed in, by id."""

    mistakes: Mapping[tuple[str, str], Mistake] = field(default_factory=dict)
    """By exercise and name of the misconception."""

    @property
    def max_score(self) -> float:
        """Points to be had in all."""
        return sum(cell.max_score for cell in self.cells)

    @property
    def graded(self) -> tuple[Student, ...]:
        """The students who have a grade that says something about their work."""
        return tuple(student for student in self.students if student.state == GRADED)

    def grades_in(self, cell: GradeCell) -> dict[str, Grade]:
        """The final grades in one cell, by student."""
        key = (cell.notebook, cell.name)
        found = ((student.id, student.grades.get(key)) for student in self.graded)
        return {name: grade for name, grade in found if grade is not None and grade.is_decided}

    def label(self, cell: GradeCell) -> str:
        """The cell's name, with its notebook's where another notebook has a cell of that name."""
        shared = any(other.name == cell.name and other.notebook != cell.notebook for other in self.cells)
        return f"{cell.notebook}/{cell.name}" if shared else cell.name

    def by_exercise(self, student: Student) -> tuple[ExerciseGrade, ...]:
        """The student's grades in every exercise, in the assignment's order; none where nothing was graded."""
        groups: dict[str, list[GradeCell]] = {}
        for cell in self.cells:
            if (cell.notebook, cell.name) in student.grades:
                groups.setdefault(cell.exercise, []).append(cell)
        return tuple(_exercise_grade(name, cells, student) for name, cells in groups.items())

    def share(self, student: Student) -> float | None:
        """The points before the penalty as a share of those that have been given so far; None where there are none."""
        decided = [cell for cell in self.cells if _is_decided(student, cell)]
        possible = sum(cell.max_score for cell in decided)
        reached = sum(student.grades[cell.notebook, cell.name].score for cell in decided)
        return reached / possible if possible else None


def _exercise_grade(name: str, cells: list[GradeCell], student: Student) -> ExerciseGrade:
    grades = [student.grades[cell.notebook, cell.name] for cell in cells]
    outcomes = {grade.outcome for grade in grades}
    score, max_score = sum(grade.score for grade in grades), sum(cell.max_score for cell in cells)
    if NOT_GRADED in outcomes:
        level = NOT_GRADED
    elif BY_HAND in outcomes:
        level = BY_HAND
    elif outcomes == {CORRECT} or score >= max_score > 0:
        level = ALL_POINTS
    elif outcomes == {NOT_ATTEMPTED}:
        level = NOT_ATTEMPTED
    else:
        level = SOME_POINTS if score > 0 else NO_POINTS
    return ExerciseGrade(name, level, score, max_score)


def _is_decided(student: Student, cell: GradeCell) -> bool:
    grade = student.grades.get((cell.notebook, cell.name))
    return grade is not None and grade.is_decided
