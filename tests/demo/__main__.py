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
from autograder.gradebook import read_class
from autograder.score_table import text_table, write_csv, write_html
from tests.demo.build import build_course, hand_in
from tests.demo.feedback import give_feedback
from tests.demo.students import make_class
from tests.demo.unit import load

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT = 20
"""Seconds for one cell: long enough for honest work beside a second worker, short enough to wait for."""

SEED = 2026


def main(arguments: list[str] | None = None) -> int:
    """Run the demonstration; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("unit", nargs="?", default="03-max-shift", help="folder of the unit in source/")
    parser.add_argument("--course", type=Path, default=REPOSITORY / "build" / "demo", help="where to build the course")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 4), help="students graded at a time")
    options = parser.parse_args(arguments)
    course = options.course.resolve()

    started = time.monotonic()
    unit = load(REPOSITORY, options.unit)
    students = make_class(unit)
    print(f"Releasing {unit.assignment} and handing in for {len(students)} students.", flush=True)
    build_course(REPOSITORY, course, unit)
    hand_in(course, unit, students)
    grading = ["grade", unit.assignment, "--course", str(course), "--jobs", str(options.jobs), "--seed", str(SEED)]
    status = autograder([*grading, "--timeout", str(TIMEOUT)])
    if status:
        return status
    ids = [student.id for student in students]
    give_feedback(course, unit.assignment, ids, options.jobs)
    rows = read_class(course, unit.assignment, ids)
    write_csv(rows, course / "scores.csv")
    write_html(rows, course / "scores.html", f"Scores of {unit.assignment}")
    report.write_html(report.build(course, unit.assignment), course / "report.html")
    print(text_table(rows, width=shutil.get_terminal_size((110, 24)).columns))
    print(f"\nGraded {len(rows)} students in {time.monotonic() - started:.0f} s. To look at, in {_shown(course)}:")
    print("  report.html    the class at a glance: what to teach again, whom to talk to")
    print("  scores.html    this table, with links to the feedback pages\n  scores.csv     the same for a spreadsheet")
    print("  feedback/      what each student gets back\n  gradebook.db   nbgrader's gradebook")
    return 0


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
