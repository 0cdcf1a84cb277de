"""Every known mistake is rejected and called by its own name, in the whole check and in the grade cells it breaks."""

import pytest

from course.kit.feedback import INCORRECT
from course.max_shift import check
from course.max_shift.misconceptions import MISCONCEPTIONS

MISTAKES = [
    pytest.param(exercise, misconception, variant, id=f"{exercise}-{misconception.name}-{variant.__name__}")
    for exercise, misconceptions in MISCONCEPTIONS.items()
    for misconception in misconceptions
    for variant in misconception.variants
]


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_misconception_is_rejected_and_named(exercise, misconception, variant):
    result = getattr(check, exercise)(variant)
    assert result.outcome == INCORRECT
    assert result.misconception == misconception.name
    assert misconception.explanation in result.message
    assert result.title == misconception.title


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_the_grade_cells_that_fail_name_it_too_and_one_slip_does_not_fail_them_all(exercise, misconception, variant):
    checked = getattr(check, exercise)
    results = [checked(variant, behaviour.name) for behaviour in checked.behaviours]
    failed = [result for result in results if result.outcome == INCORRECT]
    assert failed
    formal = {"modifies-input", "wrong-dtype", "library-call", "float64-detour"}
    assert {result.misconception for result in failed} - formal == {misconception.name}


def test_there_are_at_least_eight_misconceptions_in_the_unit_and_each_has_a_real_explanation():
    everything = [m for misconceptions in MISCONCEPTIONS.values() for m in misconceptions]
    assert len({m.name for m in everything}) >= 8
    for misconception in everything:
        assert misconception.explanation.count(". ") >= 2, misconception.name
        assert misconception.variants, misconception.name


def _large_number_subtracted(scores, mask, dim=-1):
    filled = scores - 1e9 * mask
    powers = (filled - filled.amax(dim, keepdim=True)).exp()
    return powers / powers.sum(dim, keepdim=True) * (1 - mask.float())


def test_a_mistake_is_not_given_the_name_of_one_that_would_break_what_is_right():
    # Wrong where padding holds inf, like an answer that removes nan too late, but without that one's nan gradients.
    result = check.masked_softmax(_large_number_subtracted)
    assert result.outcome == INCORRECT
    assert result.misconception != "nan-gradient"
    assert "hidden inf" in result.message
