"""The report on a graded class: one HTML page for its teacher, and CSV files for a spreadsheet."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from autograder.reporting import class_reader, report_csv, report_page
from autograder.reporting.class_report import ClassReport, analyse


def build(course: Path, unit: str) -> ClassReport:
    """Read the gradebook and the autograded notebooks of the assignment `unit` in the course folder `course`.

    Notebooks that nbgrader's own autograder executed carry no record of ours: the report then knows no times.

    Raises:
        autograder.reporting.class_reader.ReportError: if the gradebook is not there, cannot be read, or knows no
            such assignment.
    """
    return analyse(class_reader.read(Path(course), unit), datetime.now())


def write_html(report: ClassReport, file: Path) -> None:
    """Write the page; it needs no other file. Links lead to feedback pages, relative to where the page lies."""
    file = Path(file)
    file.write_text(report_page.page(report, file.parent), encoding="utf-8", errors="replace")


def write_csv(report: ClassReport, folder: Path) -> None:
    """Write students.csv, grade_cells.csv and misconceptions.csv into `folder`, which is made if it is not there."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    report_csv.write_students(report, folder / "students.csv")
    report_csv.write_grade_cells(report, folder / "grade_cells.csv")
    report_csv.write_mistakes(report, folder / "misconceptions.csv")
