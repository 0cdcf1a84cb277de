"""A small notebook as students got it, with and without hidden tests, and ways to look at what grafting made of it."""

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader import utils

from autograder.intake.cell_match import is_fixed
from autograder.intake.graft import Grafted, graft

HIDDEN = "\n### BEGIN HIDDEN TESTS\nassert double(7) == 14\n### END HIDDEN TESTS"
WHY = "## Why?\n\n*Your answer here.*"
STUB = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x * x"


def settings(name, *, points=None, solution=False, task=False, locked=None):
    """nbgrader's metadata of a cell."""
    graded = points is not None and not task
    return {
        "nbgrader": {
            "grade": graded,
            "grade_id": name,
            "locked": not solution if locked is None else locked,
            "schema_version": 3,
            "solution": solution,
            "task": task,
            **({} if points is None else {"points": points}),
        }
    }


def released() -> NotebookNode:
    """What students got."""
    cells = [
        new_markdown_cell("# Doubling\n\nRead this first.", id="title"),
        new_code_cell("import math\n\nsteps = 10", id="imports"),
        new_code_cell(STUB, id="double", metadata=settings("double", solution=True)),
        new_code_cell(
            "assert double(2) == 4", id="double-two", metadata={**settings("double-two", points=2), "tags": ["kept"]}
        ),
        new_code_cell("table = [double(x) for x in range(steps)]", id="table"),
        new_code_cell('quiz_1 = "?"', id="quiz-1", metadata=settings("quiz-1", solution=True)),
        new_code_cell('assert quiz_1 == "c"', id="quiz-1-test", metadata=settings("quiz-1-test", points=1)),
        new_markdown_cell(
            "## Why?\n\n*Your answer here.*", id="why", metadata=settings("why", points=3, solution=True)
        ),
        new_markdown_cell("Do not change this rule.", id="rule", metadata=settings("rule")),
        new_markdown_cell("Draw a picture below.", id="draw", metadata=settings("draw", points=2, task=True)),
        new_markdown_cell("That was all.", id="end"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def skeleton() -> NotebookNode:
    """What grading starts from."""
    notebook = released()
    cell(notebook, "double-two").source += HIDDEN
    return notebook


def submitted(**sources: str) -> NotebookNode:
    """The released notebook with the text of some cells replaced; `quiz_1` stands for the id quiz-1."""
    notebook = released()
    for name, source in sources.items():
        cell(notebook, name.replace("_", "-")).source = source
    return notebook


def grafted(notebook: NotebookNode) -> Grafted:
    """The small notebook with the answers of `notebook`."""
    return graft(skeleton(), released(), notebook)


def cell(notebook: NotebookNode, identity: str) -> NotebookNode:
    """The cell with an id."""
    (found,) = [c for c in notebook.cells if c.id == identity]
    return found


def place(notebook: NotebookNode, identity: str) -> int:
    """The index of the cell with an id."""
    return [c.get("id") for c in notebook.cells].index(identity)


def ids(notebook: NotebookNode) -> list[str]:
    """The ids of all cells."""
    return [c.id for c in notebook.cells]


def sources(notebook: NotebookNode) -> list[str]:
    """The texts of all cells."""
    return [c.source for c in notebook.cells]


def fixed_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """All that students may not change, complete."""
    return [c for c in notebook.cells if is_fixed(c)]


def graded(notebook: NotebookNode) -> list[dict]:
    """nbgrader's metadata of every cell that has any, in order."""
    return [c.metadata.nbgrader for c in notebook.cells if "nbgrader" in c.metadata]


def points(notebook: NotebookNode) -> dict[str, float]:
    """grade id -> points of the graded cells."""
    return {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in notebook.cells if utils.is_grade(c)}


def without_ids(notebook: NotebookNode) -> NotebookNode:
    """A copy as a front end leaves it that makes new cell ids."""
    notebook = copy.deepcopy(notebook)
    for number, c in enumerate(notebook.cells):
        c.id = f"new-{number}"
    return notebook


def without_metadata(notebook: NotebookNode) -> NotebookNode:
    """A copy as it comes from copying texts into a new notebook."""
    notebook = without_ids(notebook)
    for c in notebook.cells:
        c.metadata = NotebookNode()
    return notebook


def said(result: Grafted, *words: str) -> bool:
    """Whether one remark holds all the words."""
    return any(all(word in remark for word in words) for remark in result.remarks)
