"""The tiny course as fixtures; its class is graded once for all tests."""

import pytest
from autograder_helpers import UNIT, GradedClass, hand_in_everything, make_course

from autograder.gradebook import read_class
from autograder.grading import grade_class


@pytest.fixture(scope="session")
def tiny_course(tmp_path_factory):
    """A course folder with one released assignment and no submissions; not to be changed."""
    return make_course(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory):
    """The class, graded by two workers."""
    course = make_course(tmp_path_factory.mktemp("class"))
    hand_in_everything(course)
    graded = grade_class(course, UNIT, timeout=5, progress=False)
    rows = read_class(course, UNIT, graded)
    return GradedClass(course, {entry.student: entry for entry in graded}, {row.student: row for row in rows})
