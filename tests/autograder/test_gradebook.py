"""What the score table says about each student of the tiny class."""

import pytest
from autograder_helpers import NOTEBOOK, UNIT

from autograder.course_folder import open_course
from autograder.reporting.gradebook import exercises


def outcomes(graded_class, student):
    return [outcome.outcome for outcome in graded_class.rows[student].outcomes]


def test_grade_cells_are_gathered_under_their_solution_cell(tiny_course):
    found = exercises(tiny_course, UNIT)
    assert [(part.name, part.cells) for part in found] == [
        ("double", ("double-small", "double-big")),
        ("quiz-1", ("quiz-1-test",)),
        ("explain", ("explain",)),
    ]
    assert {part.notebook for part in found} == {NOTEBOOK}


@pytest.mark.parametrize(
    ("student", "expected", "score"),
    [
        ("right", ["correct", "correct", "to be graded by hand"], 4),
        ("squaring", ["incorrect", "incorrect", "not attempted"], 0),
        ("fails-hidden", ["incorrect", "not attempted", "not attempted"], 1),
        ("untouched", ["not attempted"] * 3, 0),
        ("syntax-error", ["incorrect", "not attempted", "not attempted"], 0),
        ("endless", ["incorrect", "not attempted", "not attempted"], 0),
        ("endless-inside", ["incorrect", "not attempted", "not attempted"], 0),
        ("warns", ["correct", "correct", "to be graded by hand"], 4),
        ("repeats-cell", ["correct", "not attempted", "not attempted"], 3),
        ("kills-kernel", ["incorrect", "not attempted", "not attempted"], 0),
        ("talks", ["correct", "correct", "to be graded by hand"], 4),
        ("edits-test", ["correct", "not attempted", "not attempted"], 3),
        ("forges", ["correct", "not attempted", "not attempted"], 3),
        ("broken-file", ["not graded"] * 3, 0),
    ],
)
def test_score_and_outcome_of_each_exercise(graded_class, student, expected, score):
    row = graded_class.rows[student]
    assert outcomes(graded_class, student) == expected
    assert (row.score, row.max_score) == (score, 7)


def test_a_named_misconception_reaches_the_table(graded_class):
    assert graded_class.rows["squaring"].outcomes[0].misconceptions == ("squaring",)
    assert graded_class.rows["fails-hidden"].outcomes[0].misconceptions == ()


@pytest.mark.parametrize(
    ("student", "sentence"),
    [
        ("untouched", "nothing was attempted"),
        ("syntax-error", "double raises SyntaxError: "),
        ("kills-kernel", "double raises DeadKernelError: "),
        ("repeats-cell", "double: 2 cells claim to be this answer"),
        ("endless-inside", "did not come to an end: double-small, double-big"),
        ("edits-test", "Graded or locked cells that were edited, and restored: double-small"),
        ("broken-file", "the notebook file is broken"),
    ],
)
def test_what_a_teacher_should_look_at_is_said_once(graded_class, student, sentence):
    attention = graded_class.rows[student].attention
    assert len(attention) == 1
    assert attention[0].startswith(sentence)


@pytest.mark.parametrize("student", ["right", "squaring", "talks", "fails-hidden", "warns", "forges"])
def test_nothing_is_said_about_the_others(graded_class, student):
    assert graded_class.rows[student].attention == ()


@pytest.mark.parametrize("student", ["broken-file", "no-notebook"])
def test_what_cannot_be_graded_is_zero_in_the_gradebook_and_marked_for_a_look(graded_class, student):
    with open_course(graded_class.course).gradebook as gradebook:
        submission = gradebook.find_submission(UNIT, student)
        assert submission.score == 0
        assert submission.needs_manual_grade


def test_the_table_agrees_with_the_gradebook(graded_class):
    with open_course(graded_class.course).gradebook as gradebook:
        recorded = {row.student.id: row.score for row in gradebook.assignment_submissions(UNIT)}
    assert recorded == {student: row.score for student, row in graded_class.rows.items()}
