"""Unusual but right answers are accepted, in every behaviour and all four dtypes."""

import pytest
import torch

from course.log_softmax import check
from tests.log_softmax.right import RIGHT
from tests.notebooks import cell, source

NOTEBOOK = source("04-log-softmax")

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


def passes(exercise, function, behaviours):
    """Run the grade cells of these behaviours, hidden tests included."""
    for behaviour in behaviours:
        exec(cell(NOTEBOOK, f"{exercise}-{behaviour}").source, {"torch": torch, "check": check, exercise: function})


@pytest.mark.parametrize(("exercise", "function"), ANSWERS)
def test_a_right_answer_passes_the_hidden_tests_whatever_its_style(exercise, function):
    passes(exercise, function, [behaviour.name for behaviour in getattr(check, exercise).behaviours])


def test_the_textbook_formula_passes_the_hidden_tests_of_all_cells_but_near_certainty():
    def textbook(logits, dim=-1):
        shifted = logits - logits.amax(dim, keepdim=True)
        return shifted - shifted.exp().sum(dim, keepdim=True).log()

    passes("log_softmax", textbook, ["ordinary", "far-apart", "each-row", "gradient", "conduct"])
