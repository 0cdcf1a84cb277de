"""A class report as CSV: a line a student, a line a grade cell, a line a mistake."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.pages.shown_text import spreadsheet_cell
from autograder.reporting.class_report import ClassReport
from autograder.reporting.findings import in_words, misconceptions


def write_students(report: ClassReport, file: Path) -> None:
    """A line a student: points, every grade cell's points, mistakes and what to look at."""
    graded = report.graded
    head = ["student", "name", "state", "points", "late_penalty", "result", "max_points", "seconds_late"]
    tail = ["misconceptions", "to_look_at", "seconds_of_grading"]
    lines = []
    for student in graded.students:
        grades = [student.grades.get((cell.notebook, cell.name)) for cell in graded.cells]
        known = bool(student.grades)
        lines.append(
            [
                student.id,
                student.name or student.id,
                student.state,
                student.score if known else None,
                student.penalty if known else None,
                student.result if known else None,
                graded.max_score,
                student.seconds_late if known else None,
                *(grade.score if grade is not None and grade.is_decided else None for grade in grades),
                "; ".join(in_words(misconceptions(graded, student))),
                "; ".join(concern.text for concern in student.concerns),
                None if student.seconds is None else student.seconds["total"],
            ]
        )
    _write(file, [*head, *(graded.label(cell) for cell in graded.cells), *tail], lines)


def write_grade_cells(report: ClassReport, file: Path) -> None:
    """A line a grade cell: points, difficulty, discrimination and how many are behind the numbers."""
    head = ["notebook", "exercise", "grade_cell", "max_points", "n", "difficulty", "discrimination"]
    head += ["all_points", "no_points", "not_attempted"]
    lines = [
        [
            item.cell.notebook,
            item.cell.exercise,
            item.cell.name,
            item.cell.max_score,
            item.n,
            item.difficulty,
            item.discrimination,
            item.full,
            item.nothing,
            item.not_attempted,
        ]
        for item in report.items
    ]
    _write(file, head, lines)


def write_mistakes(report: ClassReport, file: Path) -> None:
    """A line a mistake that has a name and an exercise: how many made it there, and who."""
    head = ["exercise", "misconception", "title", "students", "who"]
    lines = [
        [exercise, one.name, one.mistake.title, len(students), "; ".join(students)]
        for one in report.mistakes
        for exercise, students in one.by_exercise.items()
    ]
    _write(file, head, lines)


def _write(file: Path, head: Sequence[str], lines: Iterable[Sequence[str | float | None]]) -> None:
    with file.open("w", newline="", encoding="utf-8", errors="replace") as stream:
        writer = csv.writer(stream)
        writer.writerow([_shown(cell) for cell in head])
        writer.writerows([_shown(cell) for cell in line] for line in lines)


def _shown(cell: str | float | None) -> str:
    """Numbers with six significant digits, nothing for what is unknown, text without formulas."""
    if cell is None:
        return ""
    return spreadsheet_cell(cell) if isinstance(cell, str) else f"{cell:g}"
