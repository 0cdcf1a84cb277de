"""Grading a class: everyone is graded, whatever a single submission holds."""

import pytest
from autograder_helpers import UNIT, hand_in, make_course, write_source

from autograder.grading import GradingError, grade_class, grade_one, open_course, release, submitted


def test_everyone_who_handed_something_in_gets_an_entry(graded_class):
    folders = {folder.name for folder in (graded_class.course / "submitted").iterdir()}
    assert set(graded_class.graded) == folders
    assert set(graded_class.rows) == folders


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("broken-file", "not JSON"),
        ("no-notebook", "no notebook was handed in"),
        ("other-name", "does not have the name"),
        ("repeats-cell", "the cell double is in the notebook twice"),
        ("kills-kernel", "the kernel died"),
    ],
)
def test_what_cannot_be_graded_is_reported_with_a_reason(graded_class, student, reason):
    assert reason in graded_class.graded[student].failure


@pytest.mark.parametrize("student", ["right", "endless", "endless-inside", "syntax-error", "talks", "forges"])
def test_code_that_misbehaves_is_graded_all_the_same(graded_class, student):
    assert graded_class.graded[student].failure == ""
    assert graded_class.feedback(student)


def test_a_bar_shows_progress(tmp_path, capfd):
    course = make_course(tmp_path)
    hand_in(course, "late", {}).write_text("not a notebook", encoding="utf-8")
    grade_class(course, UNIT, jobs=1)
    shown = capfd.readouterr().err
    assert "grading" in shown
    assert "1/1" in shown


def test_grading_again_replaces_the_score(tmp_path):
    course = make_course(tmp_path)
    hand_in(course, "ada", {"quiz-1": 'quiz_1 = "a"'})
    assert grade_one(course, UNIT, "ada").failure == ""
    file = course / "submitted" / "ada" / UNIT / "doubling.ipynb"
    file.write_text(file.read_text(encoding="utf-8").replace('\\"a\\"', '\\"c\\"'), encoding="utf-8")
    assert grade_one(course, UNIT, "ada").failure == ""
    with open_course(course).gradebook as gradebook:
        assert gradebook.find_submission(UNIT, "ada").score == 1


def test_students_in_the_gradebook_count_as_class_even_without_a_submission(tmp_path):
    course = make_course(tmp_path)
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


def test_a_course_may_keep_its_gradebook_elsewhere(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.db_url = "sqlite:///elsewhere.db"\n', encoding="utf-8"
    )
    assert open_course(tmp_path).coursedir.db_url == "sqlite:///elsewhere.db"
