"""The reference solutions against 60-digit arithmetic, on fixed extremes and on whatever hypothesis can think of.

Nothing here uses the course's own truth.
"""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from course.exp_asymmetry import check
from tests.notebooks import cell, source

NAMES = ("log10_ratio", "decay_weights", "geometric_schedule", "sigmoid_odds", "exp_into")
DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
mp.dps = 60


def _solutions():
    notebook = source("01-exp-asymmetry")
    namespace = {"torch": torch, "math": math}
    for name in NAMES:
        exec(cell(notebook, name).source, namespace)
    return {name: namespace[name] for name in NAMES}


SOLUTIONS = _solutions()


def eps(dtype):
    return torch.finfo(dtype).eps


def smallest(dtype):
    return torch.finfo(dtype).smallest_normal * eps(dtype)


@pytest.mark.parametrize("exercise", NAMES)
def test_a_reference_solution_passes_its_own_check(exercise):
    result = getattr(check, exercise)(SOLUTIONS[exercise])
    assert result.outcome == "correct", str(result)


PAIRS = st.lists(st.tuples(*[st.floats(-30000, 30000, width=16)] * 2), min_size=1, max_size=4)


@dtypes
@settings(max_examples=40, deadline=None)
@given(pairs=PAIRS)
def test_log10_ratio_keeps_its_digits_for_any_two_numbers(dtype, pairs):
    a, b = (torch.tensor(numbers, dtype=dtype) for numbers in zip(*pairs, strict=True))
    found = SOLUTIONS["log10_ratio"](a, b)
    assert found.dtype == dtype
    for x, y, digits in zip(a.tolist(), b.tolist(), found.tolist(), strict=True):
        true = (mpf(x) - mpf(y)) / mp.log(10)
        assert abs(digits - true) <= 8 * eps(dtype) * abs(true) + 8 * smallest(dtype)


@dtypes
@settings(max_examples=30, deadline=None)
@given(length=st.integers(1, 60), rate=st.floats(-2000, 2000))
def test_decay_weights_are_within_the_bound_for_any_rate(dtype, length, rate):
    found = SOLUTIONS["decay_weights"](length, rate, dtype=dtype)
    assert (found.dtype, found.shape) == (dtype, (length,))
    terms = [mp.exp(-mpf(rate) * k) for k in range(length)]
    total = mp.fsum(terms)
    # rate·k is rounded once where it is formed, and once more where it is measured from the largest.
    early = min(eps(dtype), eps(torch.float32)) * abs(rate) * (length - 1)
    for k, weight in enumerate(found.tolist()):
        true = terms[k] / total
        late = eps(dtype) * (1 + abs(rate) * (k if rate >= 0 else length - 1 - k))
        assert abs(weight - true) <= 8 * (early + late) * true + 8 * smallest(dtype)


ENDS = st.floats(-30, 30).map(lambda exponent: 10.0**exponent)


@settings(max_examples=60, deadline=None)
@given(start=ENDS, end=ENDS, steps=st.integers(1, 40))
def test_a_geometric_schedule_has_its_ends_and_a_constant_ratio(start, end, steps):
    found = SOLUTIONS["geometric_schedule"](start, end, steps)
    assert (found.dtype, found.shape) == (torch.float32, (steps,))
    assert found[0] == torch.tensor(start)
    assert steps == 1 or found[-1] == torch.tensor(end)
    low, high = mpf(start), mpf(end)
    stretch = 1 + max(abs(mp.log(low)), abs(mp.log(high)), abs(mp.log(high / low)))
    for k, number in enumerate(found.tolist()[1:-1], 1):
        true = low * (high / low) ** (mpf(k) / (steps - 1))
        assert abs(number - true) <= 8 * eps(torch.float32) * stretch * true


LOG_ODDS = st.lists(
    st.one_of(st.floats(-1000, 1000, width=16), st.sampled_from([0.0, -0.0, 1000.0, -1000.0])), min_size=1, max_size=4
)


@dtypes
@settings(max_examples=60, deadline=None)
@given(numbers=LOG_ODDS)
def test_sigmoid_odds_and_its_gradient_are_right_everywhere(dtype, numbers):
    x = torch.tensor(numbers, dtype=dtype, requires_grad=True)
    found = SOLUTIONS["sigmoid_odds"](x)
    found.sum().backward()
    for z, p, slope in zip(x.tolist(), found.tolist(), x.grad.tolist(), strict=True):
        true = 1 / (1 + mp.exp(-mpf(z)))
        assert abs(p - true) <= 4 * eps(dtype)
        assert abs(slope - true * (1 - true)) <= 8 * eps(dtype)


@dtypes
@settings(max_examples=40, deadline=None)
@given(numbers=st.lists(st.floats(-1000, 1000, width=16), min_size=1, max_size=5))
def test_exp_into_fills_out_with_the_exponential(dtype, numbers):
    x = torch.tensor(numbers, dtype=dtype)
    before, out = x.clone(), torch.full_like(x, torch.nan)
    assert SOLUTIONS["exp_into"](x, out) is out
    assert torch.equal(x, before)
    for z, power in zip(x.tolist(), out.tolist(), strict=True):
        true = mp.exp(mpf(z))
        if true > torch.finfo(dtype).max * (1 + eps(dtype)):
            assert power == math.inf
        elif true < torch.finfo(dtype).max:
            assert abs(power - true) <= 8 * eps(dtype) * (1 + abs(z)) * true + 8 * smallest(dtype)
