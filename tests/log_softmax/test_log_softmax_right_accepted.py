"""Unusual but right answers are accepted, in every behaviour and all four dtypes."""

import pytest

from course.log_softmax import check
from tests.log_softmax.right import RIGHT

ANSWERS = [
    pytest.param(exercise, function, id=f"{exercise}-{style}")
    for exercise, styles in RIGHT.items()
    for style, function in styles.items()
]


@pytest.mark.parametrize(("exercise", "function"), ANSWERS)
def test_a_right_answer_is_accepted_whatever_its_style(exercise, function):
    result = getattr(check, exercise)(function)
    assert result.outcome == "correct", str(result)
    assert result.misconception is None


@pytest.mark.parametrize("exercise", list(RIGHT))
def test_there_are_at_least_five_styles_and_four_dtypes(exercise):
    assert len(RIGHT[exercise]) >= 5
    ordinary = getattr(check, exercise).behaviours[0].cases[0]
    assert len(ordinary.dtypes) == 4
