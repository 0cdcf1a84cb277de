"""One student's notebook and line in the gradebook, read into grades, concerns and times."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.utils import compute_checksum
from report_helpers import cells

from autograder.reporting.attention import Urgency
from autograder.reporting.graded_notebook import DISAGREES, NO_NOTEBOOK, Points, read_notebook

CELLS = cells("double-small", "double-big")
RESULT = "application/vnd.stable-exponentials.result+json"
ERROR = new_output("error", ename="AssertionError", evalue="2 is not 4", traceback=[])

FULL, NONE, OPEN = Points(1.0, None, 1.0, False), Points(0.0, None, 0.0, False), Points(None, None, 0.0, True)


def points(small, big=FULL):
    return {"double-small": small, "double-big": big}


def code(name, *outputs, solution=False):
    marks = {"grade": not solution, "solution": solution, "locked": not solution, "grade_id": name, "points": 1}
    return new_code_cell("f()", id=name, metadata={"nbgrader": marks}, outputs=list(outputs))


def shown(outcome, message, misconception=None, title=""):
    data = {"outcome": outcome, "message": message, "misconception": misconception, "title": title}
    return new_output("display_data", data={RESULT: data})


def executed(*small_outputs, answer="def double(x): return 3", metadata=None):
    solution = code("double", solution=True)
    solution.metadata.nbgrader.checksum = compute_checksum(solution)
    solution.source = answer
    made = [solution, code("double-small", *small_outputs), code("double-big")]
    return new_notebook(cells=made, metadata=metadata or {})


def recorded(failure="", remarks=(), seconds=None, **small):
    """A notebook of ours in which the first grade cell has `small` in its record."""
    cell = {"outcome": "correct", "score": 1.0, "max_score": 1.0, "seconds": 0.5, **small}
    times = seconds or {"start": 0.1, "replay": 0.2, "referee": 0.3, "total": 0.7}
    record = {"version": 1, "failure": failure, "remarks": list(remarks), "seconds": times}
    return executed(metadata={"autograder": {**record, "cells": {"double-small": cell}}})


class TestGradedByUs:
    """A notebook with a record."""

    def test_grades_carry_what_was_recorded(self):
        notebook = recorded(outcome="incorrect", score=0.0, misconceptions=["squaring"], process="student")
        grade = read_notebook(notebook, None, CELLS, points(NONE)).grades["double-small"]
        assert (grade.outcome, grade.score, grade.misconceptions) == ("incorrect", 0.0, ("squaring",))
        assert (grade.seconds, grade.in_student_process) == (0.5, True)

    def test_an_unnamed_mistake_is_said_in_a_sentence(self):
        notebook = recorded(outcome="incorrect", score=0.0, messages=["It returns a list. A tensor is wanted."])
        assert (
            read_notebook(notebook, None, CELLS, points(NONE)).grades["double-small"].complaint == "It returns a list."
        )

    def test_times_are_those_of_the_record(self):
        assert read_notebook(recorded(), None, CELLS, points(FULL)).seconds["total"] == 0.7

    def test_remarks_are_worth_a_glance(self):
        (concern,) = read_notebook(recorded(remarks=["two answers"]), None, CELLS, points(FULL)).concerns
        assert (concern.urgency, concern.text) == (Urgency.UNUSUAL, "two answers")

    def test_a_wrong_grade_cell_puts_the_points_in_doubt(self):
        notebook = recorded(instructor_error="partial credit is nan", score=None)
        (concern,) = read_notebook(notebook, None, CELLS, points(FULL)).concerns
        assert concern.urgency == Urgency.DOUBTFUL
        assert concern.text == "the grade cell double-small is wrong itself: partial credit is nan"

    def test_a_failure_leaves_no_grade_that_counts_and_is_urgent(self):
        found = read_notebook(recorded(failure="it is not JSON"), None, CELLS, points(NONE, NONE))
        assert {grade.outcome for grade in found.grades.values()} == {"not graded"}
        assert [(c.urgency, c.text) for c in found.concerns] == [(Urgency.NO_RESULT, "it is not JSON")]

    def test_a_record_with_other_points_than_the_gradebook_is_not_believed(self):
        found = read_notebook(recorded(misconceptions=["made-up"]), None, CELLS, points(NONE))
        assert found.grades["double-small"].misconceptions == ()
        assert found.concerns[0].text == DISAGREES
        assert found.seconds is None

    def test_edited_cells_are_no_news_as_the_graft_puts_them_right_and_says_so(self):
        assert read_notebook(recorded(), executed(), CELLS, points(FULL)).concerns == ()


class TestGradedByNbgrader:
    """A notebook without a record."""

    def test_results_that_checks_displayed_are_read(self):
        notebook = executed(shown("incorrect", "That squares.", "squaring", "The input is squared"), ERROR)
        found = read_notebook(notebook, None, CELLS, points(NONE))
        assert found.grades["double-small"].misconceptions == ("squaring",)
        assert found.mistakes["double", "squaring"].title == "The input is squared"
        assert found.mistakes["double", "squaring"].message == "That squares."

    def test_what_a_plain_assert_said_is_the_complaint(self):
        grade = read_notebook(executed(ERROR), None, CELLS, points(NONE)).grades["double-small"]
        assert grade.complaint == "AssertionError: 2 is not 4"

    def test_no_times_are_known(self):
        found = read_notebook(executed(), None, CELLS, points(FULL))
        assert found.seconds is None
        assert found.grades["double-small"].seconds is None

    def test_an_answer_as_it_was_handed_out_is_not_attempted(self):
        notebook = executed(ERROR, answer="f()")
        assert read_notebook(notebook, None, CELLS, points(NONE)).grades["double-small"].outcome == "not attempted"

    def test_an_edited_grade_cell_is_worth_a_glance(self):
        (concern,) = read_notebook(executed(), executed(), CELLS, points(FULL)).concerns
        assert concern.text == "edited, and put right for grading: double-small, double-big"

    @pytest.mark.parametrize("marks", [[], "text", {"grade_id": 3}, {"grade": True, "locked": True, "grade_id": "x"}])
    def test_what_a_student_made_of_the_metadata_does_no_harm(self, marks):
        submitted = new_notebook(cells=[new_code_cell("x", metadata={"nbgrader": marks})])
        assert read_notebook(executed(), submitted, CELLS, points(FULL)).concerns == ()


class TestEither:
    """What does not depend on who graded it."""

    def test_points_given_by_hand_decide(self):
        by_hand = Points(0.0, 1.0, 1.0, True)
        grade = read_notebook(executed(ERROR), None, CELLS, points(by_hand)).grades["double-small"]
        assert (grade.outcome, grade.score, grade.to_confirm) == ("correct", 1.0, True)

    def test_an_answer_that_waits_for_a_person_is_neither_right_nor_wrong(self):
        grade = read_notebook(executed(), None, CELLS, points(OPEN)).grades["double-small"]
        assert grade.outcome == "to be graded by hand"
        assert not grade.is_decided

    def test_extra_credit_is_correct(self):
        grade = read_notebook(executed(), None, CELLS, points(Points(1.0, None, 1.5, False))).grades["double-small"]
        assert (grade.outcome, grade.score) == ("correct", 1.5)

    def test_without_an_autograded_notebook_there_is_no_result(self):
        found = read_notebook(None, None, CELLS, points(NONE))
        assert found.failure == NO_NOTEBOOK
        assert found.concerns[0].urgency == Urgency.NO_RESULT

    def test_a_cell_that_the_gradebook_does_not_know_is_in_doubt(self):
        found = read_notebook(executed(), None, CELLS, {"double-small": FULL})
        assert found.grades["double-big"].outcome == "not graded"
        assert found.concerns[0].text == "the gradebook has no points for double-big: grade it again"
