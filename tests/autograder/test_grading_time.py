"""Where the time of grading went."""

import pytest
from report_helpers import RIGHT, cells, graded_class, student

from autograder.reporting.graded_class import Grade
from autograder.reporting.grading_time import per_submission, slowest_cells, stages

TWO = cells("a", "b")
SPENT = {"start": 0.1, "replay": 0.5, "referee": 0.2, "total": 1.0}


def test_stages_add_up_over_the_class_and_what_is_left_has_a_name():
    graded = graded_class(TWO, student("x", TWO, RIGHT, RIGHT, seconds=SPENT), student("y", TWO, seconds=SPENT))
    assert stages(graded) == {
        "starting kernels": pytest.approx(0.2),
        "the students' cells": pytest.approx(1.0),
        "grade cells": pytest.approx(0.4),
        "everything else": pytest.approx(0.4),
    }


def test_a_class_without_recorded_times_has_none():
    graded = graded_class(TWO, student("x", TWO, RIGHT, RIGHT))
    assert (stages(graded), per_submission(graded), slowest_cells(graded)) == ({}, None, ())


def test_the_slowest_submission_is_named():
    totals = {"x": 1.0, "y": 2.0, "z": 9.0}
    students = [student(name, TWO, seconds={**SPENT, "total": total}) for name, total in totals.items()]
    assert per_submission(graded_class(TWO, *students)) == (2.0, 9.0, "z")


def test_the_slowest_cells_come_first_with_whose_they_were():
    def took(seconds):
        return Grade(1.0, "correct", seconds=seconds)

    graded = graded_class(TWO, student("x", TWO, took(1), took(2)), student("y", TWO, took(3), took(8)))
    assert [(slow.cell.name, slow.median, slow.longest, slow.student) for slow in slowest_cells(graded)] == [
        ("b", 5.0, 8, "y"),
        ("a", 2.0, 3, "y"),
    ]
