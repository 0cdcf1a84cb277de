"""Answers find their way into the instructor's notebook, and nothing else of theirs changes."""

import copy

import nbformat
from graft_helpers import (
    RIGHT,
    cell,
    fixed_cells,
    graded,
    grafted,
    ids,
    place,
    released,
    skeleton,
    submitted,
    without_ids,
    without_metadata,
)
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.intake.graft import graft
from tests import notebooks

UNIT = "03-max-shift"


def test_an_untouched_notebook_becomes_the_skeleton_without_remarks():
    result = grafted(released())
    assert (result.notebook, result.remarks) == (skeleton(), ())


def test_the_answer_is_the_students():
    assert cell(grafted(submitted(double=RIGHT)).notebook, "double").source == RIGHT


def test_the_metadata_of_an_answer_is_the_instructors():
    notebook = submitted(double=RIGHT)
    cell(notebook, "double").metadata["tags"] = ["skip-execution"]
    assert cell(grafted(notebook).notebook, "double").metadata == cell(skeleton(), "double").metadata


def test_the_arguments_are_left_as_they_were():
    arguments = skeleton(), released(), submitted(double=RIGHT)
    before = copy.deepcopy(arguments)
    graft(*arguments)
    assert arguments == before


def test_a_grade_cell_keeps_its_hidden_tests():
    assert fixed_cells(grafted(submitted(double_two="pass")).notebook) == fixed_cells(skeleton())


def test_edited_grade_and_locked_cells_are_listed_in_one_sentence():
    result = grafted(submitted(double_two="pass", rule="Change this rule."))
    assert result.remarks == ("Graded or locked cells that were edited, and restored: double-two, rule.",)


def test_white_space_at_the_end_of_a_line_is_no_edit():
    assert grafted(submitted(double_two="assert double(2) == 4  \r\n")).remarks == ()


def test_a_deleted_grade_cell_is_put_back_where_it_was():
    notebook = submitted(double=RIGHT)
    del notebook.cells[place(notebook, "double-two")]
    assert ids(grafted(notebook).notebook) == ids(skeleton())


def test_deleted_cells_are_listed_in_one_sentence():
    notebook = released()
    notebook.cells = [c for c in notebook.cells if c.id not in ("double-two", "table")]
    assert grafted(notebook).remarks == ("Deleted cells that were put back: double-two, table.",)


def test_a_parameter_changed_in_a_cell_that_was_handed_out_stays_changed():
    result = grafted(submitted(imports="import math\n\nsteps = 20"))
    assert "steps = 20" in cell(result.notebook, "imports").source
    assert result.remarks == ()


def test_a_changed_parameter_is_found_without_any_metadata():
    result = grafted(without_metadata(submitted(imports="import math\n\nsteps = 20")))
    assert "steps = 20" in cell(result.notebook, "imports").source
    assert len(result.notebook.cells) == len(skeleton().cells)


def test_a_cell_that_was_moved_is_known_by_its_text_without_any_metadata():
    notebook = submitted()
    notebook.cells.append(notebook.cells.pop(place(notebook, "table")))
    assert ids(grafted(without_metadata(notebook)).notebook) == ids(skeleton())


def test_a_cell_that_was_handed_out_and_turned_into_text_is_put_back():
    notebook = released()
    notebook.cells[1] = new_markdown_cell("I know what comes here.", id="imports")
    assert cell(grafted(notebook).notebook, "imports") == cell(skeleton(), "imports")


def test_the_task_is_the_instructors_and_the_work_below_it_the_students():
    notebook = submitted(draw="Draw nothing.")
    notebook.cells.insert(place(notebook, "end"), new_markdown_cell("My picture", id="mine"))
    result = grafted(notebook).notebook
    assert cell(result, "draw") == cell(skeleton(), "draw")
    assert place(result, "mine") == place(result, "draw") + 1


def test_the_metadata_of_the_notebook_are_the_instructors():
    notebook = submitted()
    notebook.metadata = {"kernelspec": {"name": "bash", "display_name": "Bash", "language": "bash"}}
    assert grafted(notebook).notebook.metadata == skeleton().metadata


def test_a_skeleton_without_cell_ids_gets_valid_ones():
    def bare(notebook):
        for c in notebook.cells:
            del c["id"]
        return notebook

    result = graft(bare(skeleton()), bare(released()), bare(submitted(double=RIGHT))).notebook
    nbformat.validate(result)
    assert result.cells[2].source == RIGHT
    assert graded(result) == graded(skeleton())


def test_cells_with_the_metadata_of_an_old_nbgrader_are_understood():
    old = {"nbgrader": {"grade": False, "grade_id": "double", "locked": False, "schema_version": 1, "solution": True}}
    notebook = without_ids(submitted(double=RIGHT))
    notebook.cells[2].metadata = old
    result = grafted(notebook)
    assert (cell(result.notebook, "double").source, result.remarks) == (RIGHT, ())


def with_hidden_tests(handed_out):
    """The skeleton of this course's unit: the released notebook with the source's grade cells."""
    whole = copy.deepcopy(handed_out)
    tests = {c.id: c.source for c in notebooks.source(UNIT).cells}
    for c in fixed_cells(whole):
        c.source = tests.get(c.id, c.source)
    return whole


def test_the_units_solutions_graft_into_its_own_notebook():
    handed_out = notebooks.release(UNIT)
    whole = with_hidden_tests(handed_out)
    handed_in = notebooks.source(UNIT)
    result = graft(whole, handed_out, handed_in).notebook
    nbformat.validate(result)
    assert fixed_cells(result) == fixed_cells(whole)
    assert cell(result, "softmax").source == cell(handed_in, "softmax").source


def test_the_units_answers_are_found_without_any_metadata():
    handed_out = notebooks.release(UNIT)
    handed_in = copy.deepcopy(handed_out)
    answers = {c.id: c.source for c in notebooks.source(UNIT).cells if c.metadata.get("nbgrader", {}).get("solution")}
    for name, answer in answers.items():
        cell(handed_in, name).source = answer
    result = graft(with_hidden_tests(handed_out), handed_out, without_metadata(handed_in)).notebook
    assert {name: cell(result, name).source for name in answers} == answers


def test_the_cells_with_the_students_text_are_known():
    notebook = submitted(double=RIGHT, imports="steps = 3", double_two="pass")
    notebook.cells.append(new_code_cell("mine = 1", id="mine"))
    del notebook.cells[place(notebook, "quiz-1")]
    result = grafted(notebook)
    assert [result.notebook.cells[index].id for index in sorted(result.students)] == [
        "imports",
        "double",
        "why",
        "mine",
    ]
