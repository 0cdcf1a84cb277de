"""What the grades of a class ask a teacher to do."""

from dataclasses import replace

import pytest
from report_helpers import BLANK, BY_HAND, RIGHT, UNGRADED, WRONG, cells, graded_class, report_on, student

from autograder.reporting.attention import Concern, Urgency
from autograder.reporting.graded_class import FAILED, MISSING, WAITING, Grade, Mistake

TWO = cells("a-1", "b-1")
NAMED = Grade(0.0, "incorrect", ("no-shift",))
COMPLAINED = Grade(0.0, "incorrect", complaint="It returns a list.")


def failed(name, reason="it is not JSON"):
    concerns = (Concern(Urgency.NO_RESULT, reason),)
    return student(name, TWO, UNGRADED, UNGRADED, state=FAILED, concerns=concerns)


def remarked(name, text, urgency=Urgency.UNUSUAL):
    return student(name, TWO, RIGHT, RIGHT, concerns=(Concern(urgency, text),))


def test_what_has_no_result_comes_before_doubts_and_those_before_the_rest():
    graded = graded_class(
        TWO, remarked("x", "odd"), remarked("y", "the test is wrong", Urgency.DOUBTFUL), failed("z"), failed("w")
    )
    assert [sight.text for sight in report_on(graded).sights] == ["it is not JSON", "the test is wrong", "odd"]


def test_the_same_reason_is_said_once_with_everybody_whom_it_concerns():
    (sight,) = report_on(graded_class(TWO, failed("x"), failed("y"))).sights
    assert sight.students == ("x", "y")


def test_what_concerns_most_comes_first():
    graded = graded_class(TWO, remarked("x", "rare"), remarked("y", "frequent"), remarked("z", "frequent"))
    assert [sight.text for sight in report_on(graded).sights] == ["frequent", "rare"]


def test_a_submission_that_was_not_graded_yet_is_looked_at():
    (sight,) = report_on(graded_class(TWO, student("x", TWO, state=WAITING))).sights
    assert (sight.urgency, sight.students) == (Urgency.NO_RESULT, ("x",))


def test_a_cell_that_five_tried_and_nobody_solved_is_in_doubt():
    students = [student(str(i), TWO, WRONG, RIGHT) for i in range(5)]
    (sight,) = report_on(graded_class(TWO, *students)).sights
    assert sight.text.startswith("nobody got a point in a-1, though 5 tried")


@pytest.mark.parametrize("grades", [[WRONG] * 4, [BLANK] * 9, [WRONG] * 9 + [RIGHT]])
def test_a_cell_that_few_tried_or_somebody_solved_is_not(grades):
    students = [student(str(i), TWO, grade, RIGHT) for i, grade in enumerate(grades)]
    assert report_on(graded_class(TWO, *students)).sights == ()


def test_a_cell_that_only_the_others_solve_is_in_doubt():
    four = cells("a-1", "b-1", "c-1", "d-1")
    students = [student(str(i), four, RIGHT, RIGHT, RIGHT, WRONG) for i in range(10)]
    students += [student(str(i), four, WRONG, WRONG, WRONG, RIGHT) for i in range(10, 20)]
    texts = [sight.text for sight in report_on(graded_class(four, *students)).sights]
    assert texts == ["those who do well elsewhere do badly in d-1 (r = -1.00): is the test right?"]


def test_answers_that_wait_for_a_person_are_counted():
    old = replace(RIGHT, to_confirm=True)
    (work,) = report_on(
        graded_class(TWO, student("x", TWO, RIGHT, BY_HAND), student("y", TWO, RIGHT, old), failed("z"))
    ).hand_work
    assert (work.cell.name, work.open, work.to_confirm) == ("b-1", 1, 1)


def test_who_handed_nothing_in_or_attempted_nothing_is_somebody_to_talk_to():
    report = report_on(graded_class(TWO, student("x", TWO, state=MISSING), student("y", TWO, BLANK, BLANK)))
    assert [one.id for one in report.missing] == ["x"]
    assert [one.id for one in report.idle] == ["y"]
    assert report.low == ()


def test_who_has_less_than_half_of_the_points_is_and_who_has_half_is_not():
    graded = graded_class(
        TWO, student("half", TWO, RIGHT, WRONG), student("none", TWO, WRONG, WRONG), student("left", TWO, WRONG, BLANK)
    )
    assert [talk.student.id for talk in report_on(graded).low] == ["left", "none"]


def test_points_that_are_not_given_yet_are_held_against_nobody():
    (talk,) = report_on(graded_class(TWO, student("x", TWO, RIGHT, BY_HAND), student("y", TWO, WRONG, BY_HAND))).low
    assert (talk.student.id, talk.share) == ("y", 0.0)


def test_a_talk_is_about_mistakes_and_what_was_left():
    three = cells("a-1", "a-2", "b-1")
    (talk,) = report_on(graded_class(three, student("x", three, NAMED, NAMED, BLANK))).low
    assert talk.mistakes == ("no-shift (a)",)
    assert talk.not_attempted == ("b",)


def test_late_is_who_lost_points_or_came_a_day_late():
    graded = graded_class(
        TWO,
        student("minutes", TWO, RIGHT, RIGHT, seconds_late=600),
        student("lost", TWO, RIGHT, RIGHT, seconds_late=60, penalty=0.5),
        student("days", TWO, RIGHT, RIGHT, seconds_late=200_000),
    )
    assert [one.id for one in report_on(graded).late] == ["days", "lost"]


def test_a_student_counts_once_for_a_mistake_made_in_two_exercises():
    graded = graded_class(TWO, student("x", TWO, NAMED, NAMED), student("y", TWO, RIGHT, NAMED))
    (mistake,) = report_on(graded).mistakes
    assert mistake.students == ("x", "y")
    assert mistake.by_exercise == {"b": ("x", "y"), "a": ("x",)}


def test_a_mistake_carries_what_was_said_about_it():
    graded = graded_class(
        TWO, student("x", TWO, NAMED, RIGHT), mistakes={("a", "no-shift"): Mistake("Nothing is shifted", "You …")}
    )
    assert report_on(graded).mistakes[0].mistake.title == "Nothing is shifted"


def test_a_mistake_in_an_answer_that_was_given_all_points_by_hand_is_none():
    forgiven = replace(NAMED, score=1.0, outcome="correct")
    assert report_on(graded_class(TWO, student("x", TWO, forgiven, RIGHT))).mistakes == ()


def test_a_complaint_counts_where_no_mistake_has_a_name():
    three = cells("a-1", "a-2", "b-1")
    graded = graded_class(
        three,
        student("x", three, COMPLAINED, replace(COMPLAINED, complaint="Another."), RIGHT),
        student("y", three, COMPLAINED, NAMED, COMPLAINED),
    )
    assert [(one.exercise, one.text, one.students) for one in report_on(graded).complaints] == [
        ("a", "It returns a list.", ("x",)),
        ("b", "It returns a list.", ("y",)),
    ]
