"""Unusual but right answers are accepted, in every behaviour and every dtype that the exercise supports."""

import inspect

import pytest
import torch

from course.cross_entropy_gradient import check
from tests.cross_entropy_gradient.right import RIGHT

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


@pytest.mark.parametrize("exercise", RIGHT)
def test_there_are_at_least_five_styles_and_every_dtype(exercise):
    assert len(RIGHT[exercise]) >= 5
    ordinary = getattr(check, exercise).behaviours[0].cases[0]
    assert len(ordinary.dtypes) == (1 if exercise == "gradient_check" else 4)


@pytest.mark.parametrize(("exercise", "function"), ANSWERS)
def test_a_right_answer_stands_alone_when_its_source_is_pasted(exercise, function):
    namespace = {"torch": torch}
    exec(inspect.getsource(function), namespace)
    behaviour = getattr(check, exercise).behaviours[0].name
    assert getattr(check, exercise)(namespace[function.__name__], behaviour).outcome == "correct"
