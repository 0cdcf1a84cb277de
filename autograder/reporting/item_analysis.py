"""Classical item analysis: how hard each grade cell was, and whether it separates those who know from those who don't.

Sources: L. Crocker and J. Algina, Introduction to Classical and Modern Test Theory (1986), chapter 14, for item
difficulty and the item-total correlation corrected for the item's own share in the total; the correction is
S. Henrysson's (Psychometrika 28, 1963).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.reporting.gradebook import NOT_GRADED
from autograder.reporting.graded_class import GradeCell, GradedClass, Student
from course.kit.feedback import NOT_ATTEMPTED

FEWEST = 3
"""Students below which no correlation is given: two always lie on a line."""

_ROUNDING = 1e-9
"""Sums of points that differ by less are the same."""


@dataclass(frozen=True)
class Item:
    """One grade cell, seen over the class."""

    cell: GradeCell

    n: int
    """Students whose points in this cell are final."""

    difficulty: float | None
    """Mean share of the cell's points, 0 … 1 (more with extra credit): the higher, the easier. None if n is 0, the cell
    has no points, or somebody's answer still waits for a person: until then n is mostly those who left it blank."""

    discrimination: float | None
    """Pearson's correlation, -1 … 1, of the points in this cell with the points in all other cells. None where
    `difficulty` is, below `FEWEST` students, and where either is the same for all."""

    full: int
    """Students with all its points."""

    nothing: int
    """Students without any, though they tried."""

    not_attempted: int
    """Students who left it as it was."""


def analyse(graded: GradedClass) -> tuple[Item, ...]:
    """One item a grade cell, in the assignment's order.

    Students one of whose notebooks could not be graded are left out: their zeros say nothing about the cells. What is
    still to be graded by hand for somebody takes no part in anybody's total, so that the totals can be compared.
    """
    students = [student for student in graded.graded if _has_all(student)]
    scores = [_scores(cell, students) for cell in graded.cells]
    shared = [list(column) for column in scores if None not in column]
    totals = [math.fsum(row) for row in zip(*shared, strict=True)] if shared else [0.0] * len(students)
    return tuple(_item(cell, students, scores[i], totals) for i, cell in enumerate(graded.cells))


def _has_all(student: Student) -> bool:
    return all(grade.outcome != NOT_GRADED for grade in student.grades.values())


def _scores(cell: GradeCell, students: Sequence[Student]) -> list[float | None]:
    grades = [student.grades.get((cell.notebook, cell.name)) for student in students]
    return [grade.score if grade is not None and grade.is_decided else None for grade in grades]


def _item(cell: GradeCell, students: Sequence[Student], scores: list[float | None], totals: list[float]) -> Item:
    own = [score for score in scores if score is not None]
    known = bool(own) and len(own) == len(scores) and cell.max_score > 0
    blank = sum(_left(student, cell) for student in students)
    without = sum(score <= 0 for score in own)
    return Item(
        cell=cell,
        n=len(own),
        difficulty=math.fsum(own) / len(own) / cell.max_score if known else None,
        discrimination=correlation(own, [t - s for t, s in zip(totals, own, strict=True)]) if known else None,
        full=sum(score >= cell.max_score for score in own),
        nothing=without - blank if cell.max_score else 0,
        not_attempted=blank,
    )


def _left(student: Student, cell: GradeCell) -> bool:
    grade = student.grades.get((cell.notebook, cell.name))
    return grade is not None and grade.outcome == NOT_ATTEMPTED


def correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Pearson's product-moment correlation; None where it is undefined or means nothing."""
    if len(x) < FEWEST or _is_constant(x) or _is_constant(y):
        return None
    return statistics.correlation(x, y)


def _is_constant(values: Sequence[float]) -> bool:
    return max(values) - min(values) <= _ROUNDING * max(1.0, *map(abs, values))
