"""Reads one student's autograded notebook together with its line in the gradebook: grades, concerns, time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbgrader import utils

from autograder.pages.shown_text import first_sentence
from autograder.reporting.attention import Concern, Urgency, concerns_of
from autograder.reporting.gradebook import BY_HAND, NOT_GRADED
from autograder.reporting.graded_class import Grade, GradeCell, Mistake
from autograder.results import CellRecord, CheckResult, Record, record_of, results_of
from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED

NO_NOTEBOOK = "there is no autograded notebook: grade it again"
DISAGREES = "what the grader recorded in the notebook is not what the gradebook says: grade it again"

_ROUNDING = 1e-9
"""Points that differ by less are the same."""


@dataclass(frozen=True)
class Points:
    """What the gradebook says about one student in one grade cell."""

    auto: float | None
    """Points that the autograder gave."""

    manual: float | None
    """Points that a person gave instead."""

    score: float
    """The points that count, extra credit included."""

    to_check: bool
    """Whether a person still has to look."""


@dataclass(frozen=True)
class GradedNotebook:
    """One notebook of one student."""

    grades: Mapping[str, Grade]
    """By grade id."""

    failure: str = ""
    """Why nothing in it could be graded."""

    concerns: tuple[Concern, ...] = ()
    """What a teacher should know, the failure included."""

    seconds: Mapping[str, float] | None = None
    """Seconds that grading took, by stage and `"total"`; None where they were not recorded."""

    mistakes: Mapping[tuple[str, str], Mistake] = field(default_factory=dict)
    """What its checks said about known mistakes, by exercise and name."""


def read_notebook(
    autograded: NotebookNode | None,
    submitted: NotebookNode | None,
    cells: Sequence[GradeCell],
    points: Mapping[str, Points],
) -> GradedNotebook:
    """What is known of one notebook.

    Args:
        autograded: as it was executed; None where there is no such file.
        submitted: as it was handed in; only read where nbgrader's own autograder graded it.
        cells: the notebook's grade cells.
        points: the gradebook's entries by grade id.
    """
    if autograded is None:
        return _failed(NO_NOTEBOOK, cells, points)
    record = record_of(autograded)
    if record is not None and record.failure:
        return _failed(record.failure, cells, points, record)
    trusted = record is None or _agrees(record, points)
    concerns = [] if trusted else [Concern(Urgency.DOUBTFUL, DISAGREES)]
    if record is not None and trusted:
        concerns += [Concern(Urgency.UNUSUAL, remark) for remark in record.remarks]
        concerns += _doubts(record)
        concerns += concerns_of(autograded)
        recorded = record.cells
    else:
        concerns += concerns_of(autograded, submitted)
        recorded = _reconstructed(autograded, cells)
    absent = [cell.name for cell in cells if cell.name not in points]
    if absent:
        text = f"the gradebook has no points for {', '.join(absent)}: grade it again"
        concerns.append(Concern(Urgency.DOUBTFUL, text))
    return GradedNotebook(
        grades={cell.name: _grade(cell, points.get(cell.name), recorded.get(cell.name)) for cell in cells},
        concerns=tuple(concerns),
        seconds=record.seconds if record is not None and trusted else None,
        mistakes=_mistakes(autograded, cells),
    )


def _failed(
    reason: str, cells: Sequence[GradeCell], points: Mapping[str, Points], record: Record | None = None
) -> GradedNotebook:
    scores = {cell.name: points[cell.name].score if cell.name in points else 0.0 for cell in cells}
    return GradedNotebook(
        grades={name: Grade(score, NOT_GRADED) for name, score in scores.items()},
        failure=reason,
        concerns=(Concern(Urgency.NO_RESULT, reason),),
        seconds=record.seconds if record is not None else None,
    )


def _agrees(record: Record, points: Mapping[str, Points]) -> bool:
    """Whether the record is about the grades that count; stock nbgrader keeps one that a student made up."""
    pairs = [(cell.score, points[name].auto) for name, cell in record.cells.items() if name in points]
    return all(None in pair or abs(pair[0] - pair[1]) <= _ROUNDING for pair in pairs)


def _doubts(record: Record) -> list[Concern]:
    found = []
    for name, cell in record.cells.items():
        if cell.instructor_error:
            found.append(Concern(Urgency.DOUBTFUL, f"the grade cell {name} is wrong itself: {cell.instructor_error}"))
        elif cell.outcome == "error":
            said = first_sentence(cell.messages[0]) if cell.messages else "it ended in an error"
            found.append(Concern(Urgency.DOUBTFUL, f"{name}: {said}"))
    return found


def _grade(cell: GradeCell, points: Points | None, recorded: CellRecord | None) -> Grade:
    if points is None:
        return Grade(0.0, NOT_GRADED)
    recorded = recorded or CellRecord("", None)
    if points.auto is None and points.manual is None:
        outcome = BY_HAND
    elif recorded.outcome == NOT_ATTEMPTED and points.score <= 0:
        outcome = NOT_ATTEMPTED
    else:
        outcome = CORRECT if points.score >= cell.max_score - _ROUNDING else INCORRECT
    named = tuple(dict.fromkeys(recorded.misconceptions))
    complains = outcome == INCORRECT and not named and recorded.messages
    return Grade(
        score=points.score,
        outcome=outcome,
        misconceptions=named,
        complaint=first_sentence(recorded.messages[0]) if complains else "",
        seconds=recorded.seconds,
        instructor_error=recorded.instructor_error,
        in_student_process=recorded.in_student_process,
        to_confirm=points.manual is not None and points.to_check,
    )


def _reconstructed(notebook: NotebookNode, cells: Sequence[GradeCell]) -> dict[str, CellRecord]:
    """What the outputs tell of a notebook that nbgrader's own autograder executed."""
    untouched = {
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if utils.is_solution(cell) and cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
    }
    by_name = _grade_cells(notebook)
    found = {}
    for cell in cells:
        executed = by_name.get(cell.name)
        results = results_of(executed) if executed is not None else []
        blank = all(r.outcome == NOT_ATTEMPTED for r in results) if results else cell.exercise in untouched
        found[cell.name] = CellRecord(
            outcome=NOT_ATTEMPTED if blank else "",
            score=None,
            seconds=None,
            misconceptions=tuple(r.misconception for r in results if r.misconception),
            messages=tuple(_complaints(executed, results)) if executed is not None else (),
        )
    return found


def _complaints(cell: NotebookNode, results: Iterable[CheckResult]) -> list[str]:
    """What checks said was wrong, or else what the cell raised."""
    said = [result.message for result in results if result.outcome == INCORRECT]
    raised = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return said or [f"{error.ename}: {error.evalue}".strip(": ") for error in raised]


def _mistakes(notebook: NotebookNode, cells: Sequence[GradeCell]) -> dict[tuple[str, str], Mistake]:
    by_name = _grade_cells(notebook)
    results = [(cell.exercise, result) for cell in cells for result in results_of(by_name.get(cell.name, {}))]
    return {
        (exercise, result.misconception): Mistake(result.title, result.message)
        for exercise, result in reversed(results)
        if result.misconception
    }


def _grade_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if utils.is_grade(cell)}
