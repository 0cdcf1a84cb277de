"""Where the time of grading a class went."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from autograder.reporting.graded_class import GradeCell, GradedClass
from autograder.results import STAGES

_WORDS = dict(zip(STAGES, ("starting kernels", "the students' cells", "grade cells"), strict=True))


@dataclass(frozen=True)
class Slow:
    """How long one grade cell ran, over the class."""

    cell: GradeCell
    median: float
    """Seconds."""
    longest: float
    """Seconds."""
    student: str
    """Whose submission it ran longest in."""


def stages(graded: GradedClass) -> dict[str, float]:
    """Seconds by stage, all submissions together; empty where none were recorded."""
    timed = [student.seconds for student in graded.students if student.seconds is not None]
    if not timed:
        return {}
    spent = {_WORDS[stage]: sum(seconds[stage] for seconds in timed) for stage in STAGES}
    rest = sum(seconds["total"] for seconds in timed) - sum(spent.values())
    return {**spent, "everything else": max(rest, 0.0)}


def per_submission(graded: GradedClass) -> tuple[float, float, str] | None:
    """Median and maximum of the seconds that a submission took, and whose took longest; None where none were
    recorded."""
    timed = {student.id: student.seconds["total"] for student in graded.students if student.seconds is not None}
    if not timed:
        return None
    slowest = max(timed, key=timed.__getitem__)
    return statistics.median(timed.values()), timed[slowest], slowest


def slowest_cells(graded: GradedClass, most: int = 10) -> tuple[Slow, ...]:
    """The grade cells that ran longest, in the submission where each did, the longest first."""
    found = []
    for cell in graded.cells:
        grades = {student.id: student.grades.get((cell.notebook, cell.name)) for student in graded.graded}
        seconds = {name: g.seconds for name, g in grades.items() if g is not None and g.seconds is not None}
        if seconds:
            slowest = max(seconds, key=seconds.__getitem__)
            found.append(Slow(cell, statistics.median(seconds.values()), seconds[slowest], slowest))
    return tuple(sorted(found, key=lambda slow: -slow.longest)[:most])
