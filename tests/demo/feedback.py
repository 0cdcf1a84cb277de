"""Has nbgrader write a whole class's feedback pages, several at a time."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tqdm import tqdm

from autograder.course_folder import open_course


def give_feedback(course: Path, assignment: str, students: list[str], jobs: int) -> None:
    """Have nbgrader write everybody's feedback page, several at a time."""
    work = partial(_feedback, course, assignment)
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        pages = pool.map(work, students)
        for student, error in zip(
            students, tqdm(pages, total=len(students), desc="feedback", unit="page"), strict=True
        ):
            if error:
                print(f"There is no feedback page for {student}: {error}", file=sys.stderr)


def _feedback(course: Path, assignment: str, student: str) -> str:
    """What kept nbgrader from writing a page; empty if nothing did."""
    result = open_course(course).generate_feedback(assignment, student)
    return "" if result["success"] else str(result.get("error") or result.get("log"))
