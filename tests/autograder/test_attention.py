"""What is said about a graded notebook beside its score."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.utils import compute_checksum

from autograder.reporting.attention import concerns_of

ERROR = new_output("error", ename="ValueError", evalue="no\nmore", traceback=[])
NOT_YET = new_output("error", ename="NotImplementedError", evalue="", traceback=[])
ENDLESS = new_output("error", ename="CellTimeoutError", evalue="", traceback=[])
INTERRUPTED = new_output("error", ename="KeyboardInterrupt", evalue="", traceback=[])
WARNING = new_output("stream", name="stderr", text="careful")


def cell(name, *outputs, kind="given", tags=()):
    metadata = {"tags": list(tags)}
    if kind != "given":
        metadata["nbgrader"] = {"grade": kind == "grade", "solution": kind == "solution", "grade_id": name, "points": 1}
        metadata["nbgrader"]["locked"] = kind == "grade"
    made = new_code_cell("f()", id=name, metadata=metadata, outputs=list(outputs))
    if kind != "given":
        made.metadata.nbgrader.checksum = compute_checksum(made)
    return made


def said(*cells):
    notebook = new_notebook(cells=list(cells))
    return [concern.text for concern in concerns_of(notebook, notebook)]


def test_nothing_is_said_where_nothing_happened():
    assert said(cell("a"), cell("b", kind="solution"), cell("c", kind="grade")) == []


def test_a_failed_or_missing_answer_is_what_the_score_tells():
    assert said(cell("b", NOT_YET, kind="solution"), cell("c", ERROR, kind="grade")) == []


def test_an_answer_that_raises_is_quoted_up_to_its_first_line():
    assert said(cell("b", ERROR, kind="solution")) == ["b raises ValueError: no"]


@pytest.mark.parametrize("kind", ["given", "solution", "grade"])
def test_any_cell_that_ran_too_long_is_named_and_not_its_interrupt(kind):
    assert said(cell("a", INTERRUPTED, ENDLESS, kind=kind)) == ["did not come to an end: a"]


def test_a_warning_in_a_grade_cell_is_what_cost_its_points():
    (sentence,) = said(cell("c", WARNING, kind="grade"), cell("d", WARNING, kind="grade"), cell("a", WARNING))
    assert sentence.startswith("a warning cost all points of c, d,")


def test_a_warning_beside_an_error_cost_nothing():
    assert said(cell("c", WARNING, ERROR, kind="grade")) == []


def test_an_edited_grade_cell_is_named():
    edited = cell("c", kind="grade")
    edited.source = "pass"
    assert said(edited, cell("d", kind="grade")) == ["edited, and put right for grading: c"]


def test_the_first_broken_cell_of_the_course_is_named():
    assert said(cell("setup", ERROR), cell("imports", ERROR)) == ["setup raises ValueError: no"]


def test_cells_that_break_because_an_answer_does_are_not():
    assert said(cell("b", ERROR, kind="solution"), cell("a", ERROR)) == ["b raises ValueError: no"]


def test_cells_that_are_meant_to_raise_are_not():
    assert said(cell("a", ERROR, tags=["raises-exception"])) == []
