"""Difficulty and discrimination, against examples worked by hand."""

import math

import pytest
from report_helpers import BLANK, BY_HAND, RIGHT, UNGRADED, WRONG, cells, graded_class, student

from autograder.reporting.graded_class import FAILED, Grade
from autograder.reporting.item_analysis import analyse, correlation

THREE = cells("a", "b", "c")

# Four students, three cells of one point.            totals of the other two: for a   for b   for c
SMALL = graded_class(
    THREE,
    student("p", THREE, RIGHT, RIGHT, RIGHT),  #                                  2       2       2
    student("q", THREE, RIGHT, RIGHT, WRONG),  #                                  1       1       2
    student("r", THREE, RIGHT, WRONG, WRONG),  #                                  0       1       1
    student("s", THREE, WRONG, WRONG, RIGHT),  #                                  1       1       0
)


def test_difficulty_is_the_mean_share_of_the_points():
    assert [item.difficulty for item in analyse(SMALL)] == [0.75, 0.5, 0.5]


def test_discrimination_is_the_correlation_with_all_other_cells():
    # By hand, with sums of products S: a has Sxy = 0; b has 1/2 over sqrt(1 · 3/4); c has -1/2 over sqrt(1 · 11/4).
    a, b, c = (item.discrimination for item in analyse(SMALL))
    assert a == pytest.approx(0, abs=1e-12)
    assert b == pytest.approx(1 / math.sqrt(3))
    assert c == pytest.approx(-1 / math.sqrt(11))


def test_the_correlation_of_a_permutation_is_spearmans():
    # 1 - 6 Σd² / (n (n² - 1)) with Σd² = 4 and n = 5.
    assert correlation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]) == pytest.approx(0.8)


def test_partial_points_count_as_their_share():
    two = cells("a", points=4.0)
    graded = graded_class(two, *(student(n, two, Grade(p, "incorrect")) for n, p in zip("xyz", (1, 2, 3), strict=True)))
    (item,) = analyse(graded)
    assert item.difficulty == 0.5
    assert (item.full, item.nothing) == (0, 0)


def test_two_students_have_no_correlation():
    assert correlation([0, 1], [0, 1]) is None


def test_a_cell_that_all_solved_has_no_discrimination():
    two = cells("a", "b")
    graded = graded_class(two, *(student(n, two, RIGHT, g) for n, g in zip("xyz", (RIGHT, WRONG, WRONG), strict=True)))
    assert [item.discrimination for item in analyse(graded)] == [None, None]


def test_sums_that_differ_by_rounding_alone_are_the_same():
    assert correlation([0.1 + 0.2, 0.3, 0.3], [1, 2, 3]) is None


def test_an_assignment_of_one_cell_has_no_discrimination():
    one = cells("a")
    graded = graded_class(one, *(student(n, one, g) for n, g in zip("xyz", (RIGHT, WRONG, WRONG), strict=True)))
    assert analyse(graded)[0].discrimination is None


def test_a_cell_that_waits_for_a_person_says_nothing_yet():
    two = cells("a", "explain")
    graded = graded_class(
        two, student("x", two, RIGHT, BY_HAND), student("y", two, WRONG, BLANK), student("z", two, RIGHT, BY_HAND)
    )
    explain = analyse(graded)[1]
    assert (explain.n, explain.difficulty, explain.discrimination) == (1, None, None)


def test_a_cell_that_waits_for_a_person_is_in_nobodys_total():
    four = cells("a", "b", "c", "explain")
    students = [
        student(one.id, four, *one.grades.values(), BY_HAND if one.id == "p" else Grade(5.0, "correct"))
        for one in SMALL.students
    ]
    assert [item.discrimination for item in analyse(graded_class(four, *students))[:3]] == [
        item.discrimination for item in analyse(SMALL)
    ]


def test_who_could_not_be_graded_is_left_out():
    failed = student("t", THREE, UNGRADED, UNGRADED, UNGRADED, state=FAILED)
    partly = student("u", THREE, RIGHT, UNGRADED, RIGHT)
    with_them = analyse(graded_class(THREE, *SMALL.students, failed, partly))
    assert [(item.n, item.difficulty) for item in with_them] == [(4, 0.75), (4, 0.5), (4, 0.5)]


def test_answers_are_counted_by_what_they_got():
    one = cells("a")
    students = [student(str(i), one, grade) for i, grade in enumerate([RIGHT, RIGHT, WRONG, BLANK, BLANK, BLANK])]
    (item,) = analyse(graded_class(one, *students))
    assert (item.full, item.nothing, item.not_attempted) == (2, 1, 3)


def test_a_cell_without_points_has_no_difficulty():
    free = cells("a", points=0.0)
    (item,) = analyse(graded_class(free, student("x", free, Grade(0.0, "correct"))))
    assert (item.difficulty, item.nothing) == (None, 0)


def test_a_class_of_nobody_has_items_without_numbers():
    assert [(item.n, item.difficulty) for item in analyse(graded_class(THREE))] == [(0, None)] * 3
