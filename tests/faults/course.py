"""The class that is graded while things break: a notebook without torch, so that a whole run takes a second or two."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

UNIT = "week-1"
NOTEBOOK = "sums"
STUDENTS = tuple(f"student-{number}" for number in range(8))

ANSWERS = {
    "total": ("def total(x):\n    return sum(x)", "def total(x):\n    return x[0]"),
    "mean": (
        "def mean(x):\n    return sum(x) / len(x)",
        "def mean(x):\n    return sum(x) // len(x)",
        "def mean(x):\n    return max(x)",
    ),
    "essay": ("Because the order of summation matters.",),
}
"""What students write, by cell; student number i takes the i-th one, from the beginning again after the last."""

_TESTS = {
    "total-test": "assert total([1, 2]) == 3\n### BEGIN HIDDEN TESTS\nassert total([5, -5, 2]) == 2\n"
    "### END HIDDEN TESTS",
    "mean-test": "1.0 + (mean([1, 2]) == 1.5) - (mean([2]) != 2)",
}
_SOLUTIONS = {
    "total": "def total(x):\n    ### BEGIN SOLUTION\n    return sum(x)\n    ### END SOLUTION",
    "mean": "def mean(x):\n    ### BEGIN SOLUTION\n    return sum(x) / len(x)\n    ### END SOLUTION",
}


def build(course: Path) -> None:
    """Make the course folder, release its assignment, and let everybody hand in."""
    source = course / "source" / UNIT
    source.mkdir(parents=True)
    (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "faults"\n')
    (source / "data.csv").write_text("1,2,3\n")
    nbformat.write(_instructors(), source / f"{NOTEBOOK}.ipynb")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", UNIT]
    subprocess.run(command, cwd=course, env={**os.environ, "PATH": path}, check=True, capture_output=True)
    for number, student in enumerate(STUDENTS):
        hand_in(course, student, {cell: texts[number % len(texts)] for cell, texts in ANSWERS.items()})


def hand_in(course: Path, student: str, answers: dict[str, str]) -> None:
    """Hand in the released notebook with these answers, by cell, in place of what was handed in before."""
    notebook = nbformat.read(course / "release" / UNIT / f"{NOTEBOOK}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    folder = course / "submitted" / student / UNIT
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{NOTEBOOK}.ipynb")


def _instructors() -> NotebookNode:
    cells = [new_markdown_cell("# Sums", id="title"), new_code_cell("import math", id="imports")]
    for name, solution in _SOLUTIONS.items():
        test = f"{name}-test"
        cells.append(new_code_cell(solution, id=name, metadata=_metadata(name, solution=True)))
        cells.append(new_code_cell(_TESTS[test], id=test, metadata=_metadata(test, points=2)))
    cells.append(new_markdown_cell("…", id="essay", metadata=_metadata("essay", solution=True, points=3)))
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _metadata(name: str, *, solution: bool = False, points: int | None = None) -> dict:
    fields = {"grade_id": name, "schema_version": 3, "solution": solution, "grade": points is not None, "task": False}
    fields |= {"locked": not solution} | ({} if points is None else {"points": points})
    return {"nbgrader": fields}
