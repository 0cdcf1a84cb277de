"""Builds the demonstration class in build/demo, grades it, gives feedback, and prints and writes its scores."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

from autograder import report
from autograder.__main__ import main as autograder
from autograder.reporting.gradebook import read_class
from autograder.reporting.score_table import text_table, write_csv, write_html
from tests.demo.build import build_course, hand_in
from tests.demo.feedback import give_feedback
from tests.demo.students import Student, make_class
from tests.demo.unit import Unit, all_units, load

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT = 20
"""Seconds for one cell: long enough for honest work beside a second worker, short enough to wait for."""

SEED = 2026

MODEL = "03-max-shift"
"""The unit in which students do everything that can go wrong, loops and broken files among it."""


def main(arguments: list[str] | None = None) -> int:
    """Run the demonstration; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("unit", nargs="*", help="folders of units in source/; default: all of them")
    parser.add_argument("--course", type=Path, default=REPOSITORY / "build" / "demo", help="where to build the course")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 4), help="students graded at a time")
    parser.add_argument("--at-most", type=int, metavar="N", help="students with right or mistaken answers in each unit")
    options = parser.parse_args(arguments)
    course = options.course.resolve()

    started = time.monotonic()
    units = [load(REPOSITORY, name) for name in options.unit or all_units(REPOSITORY)]
    classes = {unit.assignment: class_of(unit, options.at_most) for unit in units}
    build_course(REPOSITORY, course, units)
    for unit in units:
        hand_in(course, unit, classes[unit.assignment])
    for unit in units:
        students = classes[unit.assignment]
        print(f"\n{unit.assignment}, {len(students)} students", flush=True)
        status = _grade(course, unit.assignment, [student.id for student in students], options.jobs)
        if status:
            return status
    count = sum(map(len, classes.values()))
    print(f"\nGraded {count} submissions in {time.monotonic() - started:.0f} s. To look at, in {_shown(course)}:")
    print("  report-UNIT.html   the class at a glance: what to teach again, whom to talk to")
    print("  scores-UNIT.html   the table above, with links to the feedback pages; .csv: for a spreadsheet")
    print("  feedback/          what each student gets back\n  gradebook.db       nbgrader's gradebook")
    return 0


def class_of(unit: Unit, at_most: int | None = None) -> list[Student]:
    """Everything that can go wrong with a file goes wrong in one unit; the others have right and mistaken answers.

    Args:
        unit: the unit.
        at_most: how many students there are with such answers; None means as many as are needed to make every mistake.
    """
    lucky = make_class(unit, unlucky=False)
    unlucky = make_class(unit)[len(lucky) :] if unit.assignment == MODEL else []
    return [*lucky[:at_most], *unlucky]


def _grade(course: Path, assignment: str, ids: list[str], jobs: int) -> int:
    """Grade one unit and write all that there is to see; returns the grader's exit status."""
    grading = ["grade", assignment, "--course", str(course), "--jobs", str(jobs), "--seed", str(SEED)]
    status = autograder([*grading, "--timeout", str(TIMEOUT)])
    if status:
        return status
    give_feedback(course, assignment, ids, jobs)
    rows = read_class(course, assignment, ids)
    write_csv(rows, course / f"scores-{assignment}.csv")
    write_html(rows, course / f"scores-{assignment}.html", f"Scores of {assignment}")
    report.write_html(report.build(course, assignment), course / f"report-{assignment}.html")
    print(text_table(rows, width=shutil.get_terminal_size((110, 24)).columns), flush=True)
    return 0


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
