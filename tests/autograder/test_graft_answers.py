"""How answers are found, with less and less to go by, and which of several counts."""

import copy

import nbformat
import pytest
from graft_helpers import (
    RIGHT,
    STUB,
    WRONG,
    cell,
    fixed_cells,
    graded,
    grafted,
    ids,
    place,
    released,
    said,
    skeleton,
    sources,
    submitted,
    without_ids,
    without_metadata,
)
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.intake.graft import graft
from autograder.intake.notebook_file import UnreadableError


def test_an_answer_is_found_by_its_grade_id_when_cell_ids_are_new():
    result = grafted(without_ids(submitted(double=RIGHT, why="## Why?\n\nBecause.")))
    assert cell(result.notebook, "double").source == RIGHT
    assert cell(result.notebook, "why").source == "## Why?\n\nBecause."
    assert result.remarks == ()


def test_an_answer_is_found_by_its_cell_id_when_its_grade_id_is_gone():
    notebook = submitted(double=RIGHT)
    cell(notebook, "double").metadata = {}
    result = grafted(notebook)
    assert cell(result.notebook, "double").source == RIGHT
    assert said(result, "cell id", "double")


def test_an_answer_is_found_by_the_cell_id_that_colab_keeps_among_the_metadata():
    notebook = without_ids(submitted(double=RIGHT))
    notebook.cells[2].metadata = {"id": "double"}
    assert cell(grafted(notebook).notebook, "double").source == RIGHT


def test_an_empty_cell_with_the_grade_id_does_not_hide_the_answer_with_the_cell_id():
    notebook = submitted(double=RIGHT)
    notebook.cells.append(new_code_cell("", id="empty", metadata=cell(notebook, "double").metadata))
    cell(notebook, "double").metadata = {}
    assert cell(grafted(notebook).notebook, "double").source == RIGHT


def test_the_grade_id_counts_more_than_the_cell_id():
    notebook = submitted(double=RIGHT, quiz_1='quiz_1 = "c"')
    cell(notebook, "double").metadata, cell(notebook, "quiz-1").metadata = (
        cell(notebook, "quiz-1").metadata,
        cell(notebook, "double").metadata,
    )
    result = grafted(notebook).notebook
    assert (cell(result, "double").source, cell(result, "quiz-1").source) == ('quiz_1 = "c"', RIGHT)


def test_an_answer_is_found_by_the_function_it_defines_when_all_metadata_are_gone():
    result = grafted(without_metadata(submitted(double=f"import torch\n\n\n{RIGHT}")))
    assert cell(result.notebook, "double").source == f"import torch\n\n\n{RIGHT}"
    assert said(result, "names that it defines", "double")


def test_an_answer_is_found_by_the_name_it_assigns_to_when_all_metadata_are_gone():
    result = grafted(without_metadata(submitted(quiz_1='quiz_1 = "c"  # sure')))
    assert cell(result.notebook, "quiz-1").source == 'quiz_1 = "c"  # sure'


@pytest.mark.parametrize("answer", ["## Why?\n\nBecause two is twice one.", "Something that looks like nothing known"])
def test_a_written_answer_is_found_by_its_place_when_all_metadata_are_gone(answer):
    result = grafted(without_metadata(submitted(why=answer)))
    assert cell(result.notebook, "why").source == answer
    assert said(result, "by its place", "why")


def test_a_written_answer_is_told_from_a_note_beside_it_by_its_heading():
    notebook = submitted(why="## Why?\n\nBecause.")
    notebook.cells.insert(place(notebook, "why"), new_markdown_cell("*Your answer here*: why?", id="note"))
    assert cell(grafted(without_metadata(notebook)).notebook, "why").source == "## Why?\n\nBecause."


def test_equal_stubs_are_told_apart_by_their_places():
    def with_two_stubs(*answers):
        notebook = released()
        for c, answer, name in zip((notebook.cells[2], notebook.cells[5]), answers, ("double", "quiz-1"), strict=True):
            c.source = answer
            assert c.id == name
        return notebook

    handed_out = with_two_stubs("# YOUR CODE HERE", "# YOUR CODE HERE")
    handed_in = without_metadata(with_two_stubs("print('first')", "# YOUR CODE HERE"))
    result = graft(handed_out, handed_out, handed_in).notebook
    assert (cell(result, "double").source, cell(result, "quiz-1").source) == ("print('first')", "# YOUR CODE HERE")


def test_an_answer_moved_elsewhere_takes_the_instructors_place():
    notebook = submitted(double=RIGHT)
    notebook.cells.append(notebook.cells.pop(place(notebook, "double")))
    result = grafted(notebook).notebook
    assert (ids(result), cell(result, "double").source) == (ids(skeleton()), RIGHT)


def test_an_answer_whose_type_was_changed_gets_its_type_back():
    notebook = submitted(double=RIGHT)
    at = place(notebook, "double")
    notebook.cells[at] = new_markdown_cell(RIGHT, id="double", metadata=notebook.cells[at].metadata)
    result = grafted(notebook)
    assert (cell(result.notebook, "double").cell_type, cell(result.notebook, "double").source) == ("code", RIGHT)
    assert said(result, "type", "double")


def test_a_missing_answer_is_the_stub():
    notebook = released()
    del notebook.cells[place(notebook, "double")]
    result = grafted(notebook)
    assert cell(result.notebook, "double").source == STUB
    assert said(result, "missing", "double")


def test_a_missing_cells_stub_does_not_undo_what_another_cell_defines():
    notebook = submitted(double=f'{RIGHT}\n\n\nquiz_1 = "c"')
    del notebook.cells[place(notebook, "quiz-1")]
    result = grafted(notebook)
    assert cell(result.notebook, "quiz-1").source == ""
    assert said(result, "quiz-1", "another cell defines")


def test_an_answer_of_a_megabyte_counts_as_empty():
    result = grafted(submitted(double=f"{RIGHT}\n{'#' * 1_000_000}"))
    assert cell(result.notebook, "double").source == STUB
    assert said(result, "double", "counts as empty")


def test_a_different_notebook_is_recognised_as_such():
    other = nbformat.v4.new_notebook(cells=[new_code_cell("print('hello')")])
    result = grafted(other)
    assert fixed_cells(result.notebook) == fixed_cells(skeleton())
    assert said(result, "right one?")


def test_what_is_no_notebook_is_refused_in_words():
    with pytest.raises(UnreadableError, match="no list of cells"):
        grafted(nbformat.NotebookNode(metadata={}))


def with_versions(*versions):
    """A submission in which several cells claim to be the answer."""
    notebook = submitted(double=versions[0])
    first = place(notebook, "double")
    for number, source in enumerate(versions[1:], 1):
        again = new_code_cell(source, id=f"copy-{number}", metadata=cell(notebook, "double").metadata)
        notebook.cells.insert(first + number, again)
    return notebook


@pytest.mark.parametrize(
    "versions, counts",
    [
        ((WRONG, RIGHT), RIGHT),
        ((RIGHT, WRONG), WRONG),
        ((RIGHT, ""), RIGHT),
        ((RIGHT, "  \n"), RIGHT),
        ((RIGHT, "# nothing here\n"), RIGHT),
        ((RIGHT, STUB), RIGHT),
        ((STUB, RIGHT), RIGHT),
        ((STUB, STUB), STUB),
        ((WRONG, RIGHT, STUB), RIGHT),
    ],
)
def test_of_duplicates_the_last_one_that_is_not_empty_counts(versions, counts):
    result = grafted(with_versions(*versions))
    assert cell(result.notebook, "double").source == counts
    assert said(result, "double", f"{len(versions)} cells", "last one that is not empty counts")


def test_the_first_part_of_an_answer_that_was_split_runs_before_the_second():
    result = grafted(with_versions("def twice(x):\n    return 2 * x", "def double(x):\n    return twice(x)")).notebook
    assert "def twice" in result.cells[place(result, "double") - 1].source
    assert result.cells[place(result, "double") - 1].metadata == {}


def test_an_empty_duplicate_does_not_undo_the_answer():
    assert sources(grafted(with_versions(RIGHT, STUB)).notebook).count(STUB) == 0


def test_a_copy_under_the_same_cell_id_is_a_duplicate_too():
    notebook = submitted(double=WRONG)
    cell(notebook, "double").metadata = {}
    notebook.cells.append(new_code_cell(RIGHT, id="double"))
    assert cell(grafted(notebook).notebook, "double").source == RIGHT


def test_a_copy_of_a_grade_cell_is_an_extra_cell():
    notebook = submitted(double=RIGHT)
    notebook.cells.append(copy.deepcopy(cell(notebook, "double-two")))
    result = grafted(notebook).notebook
    assert graded(result) == graded(skeleton())
    assert result.cells[-1].source == "assert double(2) == 4"
