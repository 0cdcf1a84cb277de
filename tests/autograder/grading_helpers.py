"""A notebook with three exercises, and students who do all sorts of things in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.assignment import Assignment, Skeleton
from autograder.grading import GradedSubmission, Task, grade
from autograder.kernels.sandbox import Sandbox
from autograder.limits import MIB, Limits

LIMITS = Limits(cell_seconds=4, notebook_seconds=40, call_seconds=2, grace_seconds=1, output_bytes=MIB // 4)

ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "half": "def half(x):\n    return x / 2",
    "letter": 'letter = "B"',
}

TESTS = {
    "double-two": ("assert double(2) == 4", 1),
    "double-secret": (
        'assert double(3) == 6\n### BEGIN HIDDEN TESTS\nassert double(1234567) == 2469134, "it is 2469134"\n'
        "### END HIDDEN TESTS",
        2,
    ),
    "half-four": ("import math\nassert math.isclose(half(4), 2)", 1),
    "letter-test": ('letter == "B" and 1.5 or 0.5', 2),
}


def assignment(files: Mapping[str, Path] | None = None, **changed: str) -> Assignment:
    """The exercise; `changed` replaces the text of grade cells (`double_two` for `double-two`)."""
    cells = [new_code_cell("import random", id="imports")]
    for name in ANSWERS:
        stub = f"def {name}(x):\n    raise NotImplementedError" if name != "letter" else 'letter = "?"'
        cells.append(new_code_cell(stub, id=name, metadata=_marks(name, solution=True)))
        for test, (text, points) in TESTS.items():
            if test.startswith(f"{name}-"):
                text = changed.get(test.replace("-", "_"), text)
                cells.append(new_code_cell(text, id=test, metadata=_marks(test, points=points)))
    notebook = new_notebook(cells=cells)
    released = nbformat.from_dict(notebook)
    return Assignment("unit", {"sheet": Skeleton(notebook, released, dict(ANSWERS))}, files or {}, MARKS)


MARKS = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")


def hand_in(folder: Path, assignment: Assignment, answers: Mapping[str, str], extra: Mapping[str, str] = {}) -> Path:
    """Write a submission: the released notebook with `answers`, and `extra` cells after the cells that they name."""
    notebook = nbformat.from_dict(nbformat.reads(nbformat.writes(assignment.notebooks["sheet"].released), as_version=4))
    cells = []
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
        cells.append(cell)
        if cell.id in extra:
            cells.append(new_code_cell(extra[cell.id], id=f"extra-{len(cells)}"))
    notebook.cells = cells
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / "sheet.ipynb")
    return folder


def graded(
    sandbox: Sandbox,
    folder: Path,
    answers: Mapping[str, str] = ANSWERS,
    extra: Mapping[str, str] = {},
    exercise: Assignment | None = None,
    limits: Limits = LIMITS,
) -> GradedSubmission:
    """Hand in and grade."""
    exercise = exercise or assignment()
    return grade(Task("ada", hand_in(folder, exercise, answers, extra), exercise, limits, seed=7), sandbox)


def scores(result: GradedSubmission) -> dict[str, float]:
    """Points by grade id."""
    return {name: cell["score"] for name, cell in record(result)["cells"].items()}


def record(result: GradedSubmission) -> NotebookNode:
    """What the notebook says about its own grading."""
    return result.notebooks["sheet"].metadata["autograder"]


def text(result: GradedSubmission) -> str:
    """Everything that the autograded notebook holds."""
    return nbformat.writes(result.notebooks["sheet"])


def _marks(name: str, *, solution: bool = False, points: int | None = None) -> dict:
    fields = {"grade_id": name, "schema_version": 3, "solution": solution, "grade": not solution, "task": False}
    return {"nbgrader": fields | {"locked": not solution} | ({} if points is None else {"points": points})}
