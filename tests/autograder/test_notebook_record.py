"""The grader's record in a notebook's metadata, which a student can write as well."""

import json

import pytest

from autograder.results import record_of

CELL = {
    "outcome": "incorrect",
    "score": 0.5,
    "max_score": 1.0,
    "seconds": 0.25,
    "misconceptions": ["no-shift"],
    "messages": ["Too large."],
    "process": "student",
    "instructor_error": "partial credit is nan",
}
RECORD = {
    "version": 1,
    "digest": "d",
    "seed": 7,
    "failure": "",
    "remarks": ["the notebook was called X"],
    "seconds": {"start": 0.1, "replay": 0.2, "referee": 0.3, "total": 0.7},
    "cells": {"a": CELL},
}


def read(record):
    return record_of({"metadata": {"autograder": record}})


def test_a_record_is_read_as_it_was_written():
    record = read(RECORD)
    assert (record.failure, record.remarks) == ("", ("the notebook was called X",))
    assert record.seconds == {"start": 0.1, "replay": 0.2, "referee": 0.3, "total": 0.7}
    cell = record.cells["a"]
    assert (cell.outcome, cell.score, cell.seconds, cell.misconceptions) == ("incorrect", 0.5, 0.25, ("no-shift",))
    assert (cell.messages, cell.in_student_process) == (("Too large.",), True)
    assert cell.instructor_error == "partial credit is nan"


@pytest.mark.parametrize("notebook", [{}, {"metadata": {}}, {"metadata": {"autograder": None}}])
def test_a_notebook_of_another_grader_has_none(notebook):
    assert record_of(notebook) is None


@pytest.mark.parametrize("version", [0, 2, None, "1", [1]])
def test_a_record_of_another_version_is_not_guessed_at(version):
    assert read({**RECORD, "version": version}) is None


@pytest.mark.parametrize("junk", [None, 3, "text", [], [1, None, {}], {"a": 1}, {"a": {"score": "many"}}, True])
@pytest.mark.parametrize("field", ["failure", "remarks", "seconds", "cells"])
def test_junk_in_a_field_leaves_a_record_without_it(field, junk):
    record = read({**RECORD, field: junk})
    assert isinstance(record.failure, str)
    assert all(isinstance(remark, str) for remark in record.remarks)
    assert set(record.seconds) == {"start", "replay", "referee", "total"}
    assert all(cell.score is None or cell.score == 0.5 for cell in record.cells.values())


@pytest.mark.parametrize("score", ["NaN", "Infinity", "true", "null", '"1"', "[1]"])
def test_points_that_are_no_finite_number_are_none(score):
    assert read({**RECORD, "cells": {"a": {**CELL, "score": json.loads(score)}}}).cells["a"].score is None


def test_no_time_is_negative():
    assert read({**RECORD, "seconds": {"total": -5}}).seconds["total"] == 0
