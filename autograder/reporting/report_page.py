"""A class report as one HTML page that needs no other file and runs nothing."""

from __future__ import annotations

import os
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from autograder.pages.shown_text import plain
from autograder.reporting import findings, grading_time, report_pictures
from autograder.reporting.attention import Urgency
from autograder.reporting.class_report import ClassReport
from autograder.reporting.graded_class import (
    FAILED,
    GRADED,
    LEVELS,
    MISSING,
    WAITING,
    ExerciseGrade,
    GradedClass,
    Student,
)
from autograder.reporting.item_analysis import Item
from autograder.reporting.report_pictures import ReportPicture
from autograder.reporting.report_template import PAGE

MOST_COLUMNS = 12
"""Exercises that get a column each in the table of everybody; more are summed up."""

MOST_PICTURED = 12
"""Mistakes in the picture; the table has all."""

_KINDS = {
    Urgency.NO_RESULT: "✘ no result",
    Urgency.DOUBTFUL: "? points in doubt",
    Urgency.UNUSUAL: "· unusual",
}
_SIGNS = dict(zip(LEVELS, ("✔", "◐", "✘", "○", "✎", "–"), strict=True))


@dataclass(frozen=True)
class _Line:
    """A student in the table of everybody."""

    student: Student
    share: float | None
    exercises: tuple[ExerciseGrade, ...]
    mistakes: tuple[str, ...]
    page: str
    """Address of the feedback page, relative to the report; empty where there is none."""


def page(report: ClassReport, folder: Path) -> str:
    """The page's text.

    Args:
        report: what to show.
        folder: where the page will lie; addresses of feedback pages are relative to it.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters.update(
        plain=plain,
        points=_points,
        of_points=_of_points,
        percent=_percent,
        people=_people,
        duration=_duration,
        breakable=_breakable,
    )
    graded = report.graded
    lines = _lines(report, folder)
    states = Counter(student.state for student in graded.students)
    exercises = list(dict.fromkeys(cell.exercise for cell in graded.cells))
    return environment.from_string(PAGE).render(
        report=report,
        graded=graded,
        states={state: states[state] for state in (GRADED, FAILED, WAITING, MISSING) if states[state]},
        spread=_spread(report),
        hardest=_hardest(report.items),
        repeated=[one for one in report.mistakes if len(one.students) > 1],
        urgent=[sight for sight in report.sights if sight.urgency != Urgency.UNUSUAL],
        unusual=[sight for sight in report.sights if sight.urgency == Urgency.UNUSUAL],
        kinds=_KINDS,
        lines=lines,
        rows={line.student.id: number for number, line in enumerate(lines)},
        by_name={line.student.id: {grade.exercise: grade for grade in line.exercises} for line in lines},
        counts={line.student.id: _counts(line) for line in lines},
        idle={student.id for student in report.idle},
        low=findings.LOW,
        no_result=sum(student.state in (FAILED, WAITING) for student in graded.students),
        doubtful=sum(sight.urgency == Urgency.DOUBTFUL for sight in report.sights),
        to_grade=sum(work.open + work.to_confirm for work in report.hand_work),
        hand_points=sum(work.cell.max_score for work in report.hand_work if work.open),
        least=min((item.n for item in report.items if item.discrimination is not None), default=0),
        exercises=exercises if len(exercises) <= MOST_COLUMNS else [],
        signs=_SIGNS,
        pictures=_pictures(report),
        several=len({cell.notebook for cell in graded.cells}) > 1,
        outside=[graded.label(item.cell) for item in report.items if _runs_outside(graded, item.cell)],
        stages=grading_time.stages(graded),
        typical=grading_time.per_submission(graded),
        slowest=grading_time.slowest_cells(graded),
    )


def _pictures(report: ClassReport) -> dict[str, ReportPicture]:
    """By name; those that would be empty are left out."""
    found = {}
    if report.shares:
        found["glance"] = report_pictures.scores_at_a_glance(report.shares)
        found["scores"] = report_pictures.scores(report.shares)
    if report.graded.graded and report.graded.cells:
        found["exercises"] = report_pictures.exercises(report.graded)
    if any(len(one.students) > 1 for one in report.mistakes):
        found["mistakes"] = report_pictures.mistakes(report.mistakes[:MOST_PICTURED])
    if any(item.difficulty is not None for item in report.items):
        found["items"] = report_pictures.items(report.graded, report.items)
    spent = grading_time.stages(report.graded)
    if spent:
        found["stages"] = report_pictures.stages(spent)
    return found


@dataclass(frozen=True)
class _Spread:
    """The middle of the class, as shares of the points given so far."""

    n: int
    median: float
    low: float
    high: float
    """A quarter of the class lies below `low`, another above `high`."""
    full: int
    """How many have all the points that were given."""


def _spread(report: ClassReport) -> _Spread | None:
    shares = report.shares
    if not shares:
        return None
    low, median, high = statistics.quantiles(shares, method="inclusive") if len(shares) > 1 else shares * 3
    return _Spread(len(shares), median, low, high, sum(share >= 1 for share in shares))


def _hardest(items: Iterable[Item]) -> tuple[str, float] | None:
    """The exercise in which the class has the smallest share of the points, if it lacks any."""
    reached: Counter = Counter()
    possible: Counter = Counter()
    for item in items:
        if item.difficulty is not None:
            reached[item.cell.exercise] += item.difficulty * item.cell.max_score
            possible[item.cell.exercise] += item.cell.max_score
    shares = {name: reached[name] / possible[name] for name in possible}
    name = min(shares, key=shares.__getitem__, default=None)
    return (name, shares[name]) if name is not None and shares[name] < 1 else None


def _lines(report: ClassReport, folder: Path) -> list[_Line]:
    """Everybody, those in most need first."""
    graded = report.graded
    lines = [
        _Line(
            student,
            graded.share(student),
            graded.by_exercise(student),
            findings.in_words(findings.misconceptions(graded, student)),
            _address(student, folder),
        )
        for student in graded.students
    ]
    return sorted(lines, key=_need)


def _need(line: _Line) -> tuple:
    state = (FAILED, WAITING, MISSING, GRADED).index(line.student.state)
    doubtful = any(concern.urgency == Urgency.DOUBTFUL for concern in line.student.concerns)
    return state, not doubtful, 0.0 if line.share is None else line.share, line.student.id


def _counts(line: _Line) -> dict[str, int]:
    """How many exercises reached which level."""
    levels = Counter(grade.level for grade in line.exercises)
    return {level: levels[level] for level in LEVELS if levels[level]}


def _address(student: Student, folder: Path) -> str:
    if not student.feedback:
        return ""
    # "./" keeps a name with a colon in it from being taken for the scheme of an address.
    return "./" + quote(Path(os.path.relpath(student.feedback[0], folder)).as_posix())


def _runs_outside(graded: GradedClass, cell) -> bool:
    return any(grade.in_student_process for grade in graded.grades_in(cell).values())


def _breakable(name: str) -> Markup:
    """A name that may go on in the next line after a hyphen or an underscore."""
    return Markup("<wbr>").join(re.split(r"(?<=[-_/])", plain(name, 40)))


def _points(number: float) -> str:
    return f"{round(number, 2):g}"


def _of_points(number: float) -> str:
    return f"{_points(number)} {'point' if number == 1 else 'points'}"


def _percent(share: float | None) -> str:
    """Whole per cent; never 100 for less than all, never 0 for more than nothing."""
    if share is None:
        return "–"
    shown = round(100 * share)
    if shown >= 100 > 100 * share:
        shown = 99
    return f"{max(shown, 1) if share > 0 else shown} %"


def _people(number: int | Sequence | Iterable, one: str = "student", many: str = "students") -> str:
    count = number if isinstance(number, int) else len(tuple(number))
    return f"{count} {one if count == 1 else many}"


def _duration(seconds: float) -> str:
    """In the largest unit that gives at least 1, or in milliseconds."""
    for size, one, many in ((86400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {one if count == 1 else many}"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"
