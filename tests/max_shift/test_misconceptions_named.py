"""Every known mistake is rejected and called by its own name, in the whole check and in the grade cells it breaks."""

import re

import pytest
import torch

from course.kit.feedback import INCORRECT
from course.max_shift import check
from course.max_shift.misconceptions import MISCONCEPTIONS
from tests.notebooks import ROOT

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


def _always_float(logits, dim=-1):
    powers = torch.exp(logits.float() - logits.float().amax(dim, keepdim=True))
    return (powers / powers.sum(dim, keepdim=True)).to(logits.dtype)


def test_float32_for_every_dtype_is_called_so_and_its_hints_are_about_dtypes():
    result = check.softmax(_always_float)
    assert result.misconception == "narrower-dtype"
    assert "float64" in result.message
    assert "cast" in result.hint(2)


def _as_zeros_one_by_one(x, dim=-1, keepdim=False):
    numbers = x.nan_to_num(posinf=0, neginf=0)
    top = numbers.amax(dim, keepdim=True)
    total = top + (numbers - top).exp().sum(dim, keepdim=True).log()
    total = torch.where(x.amax(dim, keepdim=True).isfinite(), total, x.amax(dim, keepdim=True))
    return total if keepdim else total.squeeze(dim)


def test_infinities_replaced_one_by_one_are_told_about_the_row_beside_them():
    result = check.logsumexp(_as_zeros_one_by_one)
    assert result.misconception == "finite-by-element"
    assert "a -inf beside ordinary numbers" in result.message
    assert "beside ordinary numbers needs no help" in result.hint(1)


def _by_my_own_logsumexp(scores, mask, dim=-1):
    hidden = scores.masked_fill(mask, -torch.inf)
    top = hidden.amax(dim, keepdim=True).nan_to_num(neginf=0)
    total = top + (hidden - top).exp().sum(dim, keepdim=True).log()
    return (hidden - total).exp().masked_fill(mask, 0)


def test_the_exponential_of_a_difference_with_a_large_log_sum_exp_is_not_blamed_on_what_is_hidden():
    result = check.masked_softmax(_by_my_own_logsumexp)
    assert result.misconception == "rounded-logarithm"
    assert "scores around 1000" in result.message
    assert "near 1000" in result.hint(1)


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


def test_the_readme_shows_what_the_check_says():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"```text\n(✘ softmax.*?) …\n```", readme, re.DOTALL)[1]
    mistake = next(m for m in MISCONCEPTIONS["softmax"] if m.name == "global-max")
    said = str(check.softmax(mistake.variants[0]))
    assert " ".join(said.split()).startswith(" ".join(shown.split()))
