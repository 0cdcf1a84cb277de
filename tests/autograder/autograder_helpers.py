"""A tiny course with one trivial notebook, and a class that hands in all sorts of things."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course_folder import release
from autograder.reporting.gradebook import Row

REPOSITORY = Path(__file__).resolve().parents[2]
UNIT = "99-doubling"
NOTEBOOK = "doubling"

RIGHT = "def double(x):\n    return 2 * x"
SOLUTION = (
    'def double(x):\n    """Twice x."""\n    ### BEGIN SOLUTION\n    return x + x  # the answer\n    ### END SOLUTION'
)
SMALL = (
    'report("small", [1, 2]).require()\n### BEGIN HIDDEN TESTS\nassert double(7) == 14, "secret fourteen"\n'
    "### END HIDDEN TESTS"
)
HELPER = """from course.kit.feedback import Result


def report(behaviour, inputs):
    try:
        outputs = [double(x) for x in inputs]
    except NotImplementedError:
        return Result("double", behaviour, "not attempted", "Nothing here yet.")
    if outputs == [2 * x for x in inputs]:
        return Result("double", behaviour, "correct", "Well done.")
    name = "squaring" if outputs == [x * x for x in inputs] else None
    return Result("double", behaviour, "incorrect", "That is not twice the input.", name)"""

FORGED = """from IPython.display import display

display({"application/vnd.stable-exponentials.result+json": {"outcome": ["no such"]}}, raw=True)


class report:
    def __init__(self, *args):
        display({"application/vnd.stable-exponentials.result+json": "not a result"}, raw=True)

    def require(self):
        raise AssertionError("made up")"""


def _nbgrader(name, points=None, solution=False):
    return {
        "grade": points is not None,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **({} if points is None else {"points": points}),
    }


def write_source(course: Path) -> Path:
    """Write the instructor's notebook of the tiny course below `course`."""
    quiz = 'quiz_1 = "?"\n### BEGIN SOLUTION\nquiz_1 = "c"\n### END SOLUTION'
    quiz_test = 'assert quiz_1 in "abcd"\n### BEGIN HIDDEN TESTS\nassert quiz_1 == "c"\n### END HIDDEN TESTS'
    answer = "### BEGIN SOLUTION\nBecause adding is enough.\n### END SOLUTION"
    cells = [
        new_markdown_cell("# Doubling", id="title"),
        new_markdown_cell("to be filled in", id="badges"),
        new_code_cell('PUBLISHED = ""', id="setup", metadata={"collapsed": False}),
        new_code_cell(SOLUTION, id="double", metadata={"nbgrader": _nbgrader("double", solution=True)}),
        new_code_cell(HELPER, id="helper"),
        new_code_cell(SMALL, id="double-small", metadata={"nbgrader": _nbgrader("double-small", 2)}),
        new_code_cell(
            'report("big", [1000]).require()',
            id="double-big",
            metadata={"nbgrader": _nbgrader("double-big", 1)},
        ),
        new_code_cell(quiz, id="quiz-1", metadata={"nbgrader": _nbgrader("quiz-1", solution=True)}),
        new_code_cell(quiz_test, id="quiz-1-test", metadata={"nbgrader": _nbgrader("quiz-1-test", 1)}),
        new_markdown_cell(answer, id="explain", metadata={"nbgrader": _nbgrader("explain", 3, solution=True)}),
        new_markdown_cell("Rubric: three points for the word adding.", id="rubric", metadata={"tags": ["instructor"]}),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python", "version": "3.11.2"}, "author": "somebody"}
    notebook = new_notebook(cells=cells, metadata=metadata)
    notebook.nbformat_minor = 5
    file = course / "source" / UNIT / f"{NOTEBOOK}.ipynb"
    file.parent.mkdir(parents=True)
    nbformat.write(notebook, file)
    return file


def make_course(course: Path) -> Path:
    """A tiny course with this repository's nbgrader configuration, its one assignment released."""
    write_source(course)
    shutil.copy(REPOSITORY / "nbgrader_config.py", course)
    release(course, UNIT)
    return course


def released(course: Path) -> Path:
    """The student's notebook."""
    return course / "release" / UNIT / f"{NOTEBOOK}.ipynb"


def hand_in(course: Path, student: str, cells: dict[str, str]) -> Path:
    """Submit the released notebook with the sources of some cells replaced; returns the file."""
    notebook = nbformat.read(released(course), as_version=4)
    for cell in notebook.cells:
        cell.source = cells.get(cell.id, cell.source)
    file = course / "submitted" / student / UNIT / f"{NOTEBOOK}.ipynb"
    file.parent.mkdir(parents=True)
    nbformat.write(notebook, file)
    return file


@dataclass(frozen=True)
class GradedClass:
    """A tiny course after grading."""

    course: Path
    rows: dict[str, Row]

    def feedback(self, student: str) -> str:
        return (self.course / "feedback" / student / UNIT / f"{NOTEBOOK}.html").read_text(encoding="utf-8")


def hand_in_everything(course: Path) -> None:
    """Submit as a class of students, each with one thing to tell."""
    right = {"double": RIGHT, "quiz-1": 'quiz_1 = "c"', "explain": "Adding x to itself doubles it."}
    hand_in(course, "right", right)
    hand_in(course, "squaring", {"double": "def double(x):\n    return x * x", "quiz-1": 'quiz_1 = "a"'})
    hand_in(course, "fails-hidden", {"double": "def double(x):\n    return 2 * x if x < 5 or x > 9 else 0"})
    hand_in(course, "untouched", {})
    hand_in(course, "syntax-error", {"double": "def double(x:\n    return"})
    hand_in(course, "endless", {"double": "while True:\n    pass"})
    hand_in(course, "endless-inside", {"double": "def double(x):\n    while True:\n        pass"})
    warns = "import warnings\n\n\ndef double(x):\n    warnings.warn('careful')\n    return 2 * x"
    hand_in(course, "warns", {**right, "double": warns})
    hand_in(course, "talks", {**right, "double": f"print('x' * 1_000_000)\n{RIGHT}"})
    hand_in(course, "kills-kernel", {"double": "import os\n\nos._exit(1)"})
    hand_in(course, "edits-test", {"double": RIGHT, "double-small": "pass"})
    hand_in(course, "forges", {"double": f"{RIGHT}\n\nResult = None", "helper": FORGED})
    hand_in(course, "broken-file", {}).write_text("{ not json", encoding="utf-8")
    hand_in(course, "no-notebook", {}).unlink()
    renamed = hand_in(course, "other-name", {})
    renamed.rename(renamed.with_name("doubling (1).ipynb"))
    repeated = hand_in(course, "repeats-cell", {"double": RIGHT})
    notebook = nbformat.read(repeated, as_version=4)
    notebook.cells.append(new_code_cell(RIGHT, id="copy", metadata=notebook.cells[3].metadata))
    nbformat.write(notebook, repeated)
