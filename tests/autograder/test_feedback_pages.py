"""What students may and may not read in the page they get back."""

import pytest
from autograder_helpers import NOTEBOOK, UNIT
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder.feedback import HideTests

WITHHELD = HideTests().withheld


def grade_cell(source, *outputs):
    metadata = {"nbgrader": {"grade": True, "solution": False, "grade_id": "cell", "points": 1, "locked": True}}
    return new_code_cell(source, metadata=metadata, outputs=list(outputs))


def error(name, message, line):
    traceback = [f"{name} Traceback", f"\x1b[0;32mCell In[3], line {line}\x1b[0m\n----> {line} secret line", message]
    return new_output("error", ename=name, evalue=message, traceback=traceback)


def shown(cell) -> NotebookNode:
    return HideTests().preprocess_cell(cell, {}, 0)[0]


HIDDEN = "visible()\n### BEGIN HIDDEN TESTS\nassert secret() == 14\n### END HIDDEN TESTS\nlast()"


@pytest.mark.parametrize("student", ["right", "squaring", "fails-hidden", "syntax-error", "endless-inside"])
def test_no_page_holds_a_hidden_test(graded_class, student):
    page = graded_class.feedback(student)
    assert "double-small" in page
    for secret in ("HIDDEN TESTS", "secret", "fourteen", "Cell In[", "14"):
        assert f"{secret} " not in page.split("<body")[1]


def test_no_autograded_notebook_holds_a_hidden_test(graded_class):
    files = list(graded_class.course.glob(f"autograded/*/{UNIT}/{NOTEBOOK}.ipynb"))
    assert len(files) == len(graded_class.rows)
    assert not [file for file in files if "secret fourteen" in file.read_text(encoding="utf-8")]


def test_a_failed_hidden_test_is_said_without_its_message(graded_class):
    assert WITHHELD in graded_class.feedback("fails-hidden")


def test_a_diagnosis_stays_and_its_traceback_goes(graded_class):
    page = graded_class.feedback("squaring")
    assert "That is not twice the input." in page
    assert "CheckError" not in page


def test_only_the_hidden_region_is_cut_out():
    assert shown(grade_cell(HIDDEN)).source == "visible()\nlast()"


def test_a_region_without_an_end_is_hidden_to_the_last_line():
    assert shown(grade_cell("visible()\n# BEGIN HIDDEN TESTS\nsecret()")).source == "visible()"


def test_the_message_of_a_hidden_test_is_withheld():
    (output,) = shown(grade_cell(HIDDEN, error("AssertionError", "14 expected", 3))).outputs
    assert output.traceback == [WITHHELD]
    assert output.evalue == ""


def test_the_message_of_a_visible_line_is_shown_without_its_surroundings():
    (output,) = shown(grade_cell(HIDDEN, error("NameError", "name 'f' is not defined", 1))).outputs
    assert output.traceback == ["NameError: name 'f' is not defined"]


def test_an_error_that_does_not_tell_its_line_is_withheld():
    unknown = new_output("error", ename="ValueError", evalue="14 expected", traceback=["ValueError: 14 expected"])
    (output,) = shown(grade_cell(HIDDEN, unknown)).outputs
    assert output.traceback == [WITHHELD]


def test_a_message_written_for_students_is_shown_from_a_hidden_test_too():
    (output,) = shown(grade_cell(HIDDEN, error("CheckError", "Look at the largest logit.", 3))).outputs
    assert output.traceback == ["CheckError: Look at the largest logit."]


def test_other_output_of_a_cell_with_hidden_tests_stays():
    text = new_output("stream", name="stdout", text="hello")
    assert shown(grade_cell(HIDDEN, text)).outputs == [text]


def test_a_cell_without_hidden_tests_keeps_its_traceback():
    raised = error("ValueError", "no", 1)
    assert shown(grade_cell("visible()", raised)).outputs == [raised]


def test_cells_of_students_are_left_alone():
    cell = new_code_cell("# BEGIN HIDDEN TESTS", outputs=[error("ValueError", "no", 1)])
    assert shown(cell.copy()) == cell
