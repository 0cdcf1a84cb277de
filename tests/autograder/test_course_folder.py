"""A course folder through nbgrader's own API: opening it, releasing from it, and who handed in."""

import pytest
from autograder_helpers import UNIT, hand_in, write_source

from autograder.course_folder import GradingError, open_course, release, submitted


def test_students_in_the_gradebook_count_as_class_even_without_a_submission(course):
    hand_in(course, "ada", {})
    with open_course(course).gradebook as gradebook:
        gradebook.add_student("absent")
    assert submitted(course, UNIT) == ["absent", "ada"]


def test_a_notebook_that_cannot_be_released_says_why(tmp_path):
    file = write_source(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace("### END SOLUTION", "###"), encoding="utf-8")
    with pytest.raises(GradingError, match="no end solution statement"):
        release(tmp_path, UNIT)


def test_the_gradebook_lets_a_second_writer_wait(tiny_course):
    assert open_course(tiny_course).coursedir.db_url.endswith("?timeout=60")


@pytest.mark.parametrize("place", ["elsewhere.db", "data/elsewhere.db"])
def test_a_gradebook_elsewhere_is_found_from_the_course_folder(tmp_path, place):
    text = f'c = get_config()\nc.CourseDirectory.db_url = "sqlite:///{place}"\n'
    (tmp_path / "nbgrader_config.py").write_text(text, encoding="utf-8")
    assert open_course(tmp_path).coursedir.db_url == f"sqlite:///{tmp_path / place}"


@pytest.mark.parametrize("url", ["postgresql://ada:secret@host/grades", "sqlite:////var/grades.db"])
def test_a_gradebook_that_has_a_place_of_its_own_keeps_it(tmp_path, url):
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.db_url = {url!r}\n")
    assert open_course(tmp_path).coursedir.db_url == url
