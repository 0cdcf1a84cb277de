"""The reference solutions against 50-digit arithmetic: fixed extremes, and whatever hypothesis can think of."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course.max_shift import check
from tests.max_shift.harness import call, fault, right_result
from tests.max_shift.inputs import ALL, Case
from tests.notebooks import cell, source

NAMES = ("softmax", "logsumexp", "masked_softmax", "boltzmann")


def _solutions():
    notebook = source("03-max-shift")
    namespace = {"torch": torch}
    for name in NAMES:
        exec(cell(notebook, name).source, namespace)
    return {name: namespace[name] for name in NAMES}


SOLUTIONS = _solutions()
NUMBERS = st.floats(-1000, 1000, width=16)
ROWS = st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=1, max_size=3)
EXTREMES = st.one_of(NUMBERS, st.sampled_from([float("-inf"), 6e4, -6e4, 0.0, 2.0**-14]))
EXTREME_ROWS = st.lists(st.lists(EXTREMES, min_size=2, max_size=4), min_size=1, max_size=1)


def assert_right(exercise, rows, dtype, **keywords):
    case = Case("drawn", torch.tensor(rows, dtype=torch.float64), keywords)
    outcome = call(SOLUTIONS[exercise], case, dtype)
    assert fault(outcome, right_result(exercise, case, dtype), dtype) is None


@pytest.mark.parametrize("exercise", NAMES)
def test_a_reference_solution_passes_its_own_check(exercise):
    result = getattr(check, exercise)(SOLUTIONS[exercise])
    assert result.outcome == "correct", str(result)


@pytest.mark.parametrize("dtype", ALL)
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, dim=st.sampled_from([-1, 0]))
def test_softmax_is_within_the_bound_for_any_logits(dtype, rows, dim):
    assert_right("softmax", rows, dtype, dim=dim)


@pytest.mark.parametrize("dtype", ALL)
@settings(max_examples=40, deadline=None)
@given(rows=EXTREME_ROWS, keepdim=st.booleans())
def test_logsumexp_is_within_the_bound_for_any_row_infinite_ones_included(dtype, rows, keepdim):
    assert_right("logsumexp", rows, dtype, keepdim=keepdim)


@pytest.mark.parametrize("dtype", ALL)
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, data=st.data())
def test_masked_softmax_is_within_the_bound_for_any_mask(dtype, rows, data):
    mask = data.draw(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=len(rows), max_size=len(rows)))
    assert_right("masked_softmax", rows, dtype, mask=torch.tensor(mask))


@pytest.mark.parametrize("dtype", ALL)
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, temperature=st.sampled_from([1e-3, 0.1, 1.0, 7.5, 1000.0]))
def test_boltzmann_is_within_the_bound_for_any_temperature(dtype, rows, temperature):
    assert_right("boltzmann", rows, dtype, temperature=temperature)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_logsumexp_lies_between_the_maximum_and_the_maximum_plus_the_logarithm_of_the_count(rows):
    x = torch.tensor(rows, dtype=torch.float64)
    value = SOLUTIONS["logsumexp"](x)
    highest = x.amax(-1)
    assert bool((value >= highest).all())
    assert bool((value <= highest + torch.log(torch.tensor(3.0, dtype=torch.float64)) + 1e-12 * highest.abs()).all())


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, shift=st.integers(-1024, 1024))
def test_softmax_does_not_notice_a_common_shift_that_is_exact(rows, shift):
    x = torch.tensor(rows, dtype=torch.float64)
    assert torch.equal(SOLUTIONS["softmax"](x), SOLUTIONS["softmax"](x + shift)) or not torch.equal(
        (x + shift) - shift, x
    )
