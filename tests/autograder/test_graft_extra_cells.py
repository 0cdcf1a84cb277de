"""Students' own cells stay where they were, with their text and pictures and nothing else."""

import nbformat
import pytest
from graft_helpers import RIGHT, cell, grafted, ids, place, said, skeleton, submitted
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.intake.graft import MAX_CELLS


def with_extra(after, *extra):
    """A submission with the student's own cells after one that was handed out; "" means at the top."""
    notebook = submitted(double=RIGHT)
    at = place(notebook, after) + 1 if after else 0
    notebook.cells[at:at] = extra
    return notebook


@pytest.mark.parametrize("after", ["", "title", "double", "double-two", "draw", "end"])
def test_extra_cells_stay_between_their_neighbours(after):
    notebook = with_extra(after, new_code_cell("one = 1", id="one"), new_markdown_cell("two", id="two"))
    assert ids(grafted(notebook).notebook) == ids(notebook)


def test_extra_cells_follow_their_neighbour_when_cells_were_moved():
    notebook = with_extra("table", new_code_cell("one = 1", id="one"))
    at = place(notebook, "table")
    notebook.cells = notebook.cells[at : at + 2] + notebook.cells[:at] + notebook.cells[at + 2 :]
    result = grafted(notebook).notebook
    assert place(result, "one") == place(result, "table") + 1


def test_extra_cells_lose_everything_but_their_text():
    tags = ["skip-execution", "raises-exception"]
    extra = new_code_cell("one = 1", id="one", metadata={"tags": tags, "nbgrader": {"grade": True, "points": 9}})
    extra.outputs = [nbformat.v4.new_output("stream", text="x" * 1000)]
    result = cell(grafted(with_extra("end", extra)).notebook, "one")
    assert (result.source, result.metadata, result.outputs) == ("one = 1", {}, [])


def test_an_extra_cell_does_not_take_the_id_of_one_that_was_handed_out():
    notebook = with_extra("end", new_code_cell("one = 1", id="double-two"))
    result = grafted(notebook).notebook
    assert cell(result, "double-two") == cell(skeleton(), "double-two")
    assert len(set(ids(result))) == len(result.cells)


def test_the_number_of_cells_is_capped():
    result = grafted(with_extra("end", *(new_code_cell(f"x = {n}") for n in range(MAX_CELLS + 5))))
    assert len(result.notebook.cells) == MAX_CELLS
    assert said(result, "16 extra cells were left out")


def test_an_extra_cell_of_a_megabyte_is_left_out():
    result = grafted(with_extra("end", new_code_cell("#" * 1_000_001)))
    assert len(result.notebook.cells) == len(skeleton().cells)
    assert said(result, "1 extra cells were left out")


def test_a_picture_in_an_answer_stays():
    notebook = submitted(why="![drawing](attachment:a.png)")
    cell(notebook, "why")["attachments"] = {"a.png": {"image/png": "iVBORw0KGgo="}}
    answer = cell(grafted(notebook).notebook, "why")
    assert (answer.source, answer.attachments) == (
        "![drawing](attachment:a.png)",
        {"a.png": {"image/png": "iVBORw0KGgo="}},
    )


@pytest.mark.parametrize(
    "bundle",
    [
        {"image/png": "A" * (9 << 20)},
        {"text/html": "PHNjcmlwdD4="},
        {"image/png": '"><script>alert(1)</script>'},
        "not a bundle",
    ],
)
def test_a_picture_that_is_none_or_too_large_goes(bundle):
    notebook = submitted(why="![drawing](attachment:a.png)")
    cell(notebook, "why")["attachments"] = {"a.png": bundle}
    answer = cell(grafted(notebook).notebook, "why")
    assert "attachments" not in answer
    assert answer.source == "![drawing](missing-attachment:a.png)"
