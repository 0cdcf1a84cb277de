"""Answers in many styles are right by other means than the check's, and the check accepts them."""

from __future__ import annotations

import inspect

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course.dtype_limits import check
from tests.dtype_limits.harness import (
    DTYPES,
    HALVES,
    INF,
    NAN,
    all_of,
    close,
    exponentials,
    neighbour,
    overflows,
    spacings,
)
from tests.dtype_limits.right import RIGHT

ANSWERS = [(exercise, style) for exercise, styles in RIGHT.items() for style in styles]
dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def styles(exercise):
    return pytest.mark.parametrize("function", RIGHT[exercise].values(), ids=RIGHT[exercise])


@pytest.mark.parametrize(("exercise", "style"), ANSWERS)
def test_a_right_answer_is_accepted_whatever_its_style(exercise, style):
    result = getattr(check, exercise)(RIGHT[exercise][style])
    assert result.outcome == "correct", str(result)
    assert result.misconception is None


@pytest.mark.parametrize(("exercise", "style"), ANSWERS)
def test_a_right_answer_stands_alone_when_its_source_is_pasted(exercise, style):
    namespace = {"torch": torch}
    function = RIGHT[exercise][style]
    exec(inspect.getsource(function), namespace)
    checked = getattr(check, exercise)
    assert checked(namespace[function.__name__], checked.behaviours[0].name).outcome == "correct"


@pytest.mark.parametrize("exercise", RIGHT)
def test_there_are_at_least_five_styles(exercise):
    assert len(RIGHT[exercise]) >= 5


@dtypes
@styles("largest_finite_exp")
def test_the_largest_argument_is_a_number_of_the_dtype_and_its_neighbour_overflows(function, dtype):
    last = function(dtype)
    assert type(last) is float
    assert torch.tensor(last, dtype=dtype).item() == last
    assert not overflows(torch.tensor(last, dtype=dtype))
    assert overflows(torch.tensor(neighbour(last, dtype, INF), dtype=dtype))


@dtypes
@styles("smallest_nonzero_exp")
def test_the_smallest_argument_is_a_number_of_the_dtype_and_its_neighbour_gives_0(function, dtype):
    first = function(dtype)
    assert type(first) is float
    assert torch.tensor(first, dtype=dtype).item() == first
    assert torch.exp(torch.tensor(first, dtype=dtype)) > 0
    assert torch.exp(torch.tensor(neighbour(first, dtype, -INF), dtype=dtype)) == 0


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_in_half_precision_no_other_number_would_do(dtype):
    numbers = all_of(dtype)
    results = torch.exp(numbers)
    largest = RIGHT["largest_finite_exp"]["bisection-over-bits"](dtype)
    smallest = RIGHT["smallest_nonzero_exp"]["bisection-over-bits"](dtype)
    assert numbers[results.isfinite()].max().item() == largest
    assert numbers[(results > 0) & numbers.isfinite()].min().item() == smallest


def numbers_of(dtype):
    if dtype == torch.bfloat16:
        return st.integers(0, 2**15 - 2**7 - 1).map(
            lambda n: torch.tensor([n], dtype=torch.int16).view(torch.bfloat16).item()
        )
    return st.floats(width=torch.finfo(dtype).bits, allow_nan=False, allow_infinity=False)


@dtypes
@styles("ulp")
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_spacing_is_that_of_numpy_or_of_the_list_of_all_numbers(function, dtype, data):
    x = torch.tensor(data.draw(st.lists(numbers_of(dtype), min_size=1, max_size=6)), dtype=dtype)
    found = function(x)
    assert found.dtype == dtype
    assert torch.equal(found.double(), spacings(x))


@dtypes
@styles("exp_is_safe")
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_safe_means_that_torch_exp_overflows_nowhere(function, dtype, data):
    limit = RIGHT["largest_finite_exp"]["bisection-over-bits"](dtype)
    near = [limit, neighbour(limit, dtype, INF), neighbour(limit, dtype, 0), -INF, NAN, INF, 0.0, 2 * limit]
    numbers = st.one_of(st.sampled_from(near), st.floats(-20, 20), st.floats(-800, 800))
    x = torch.tensor(data.draw(st.lists(numbers, min_size=1, max_size=8))).to(dtype)
    assert function(x) is (not overflows(x))


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@styles("exp_in_float32")
def test_every_number_of_half_precision_has_its_exponential_in_float32(function, dtype):
    x = all_of(dtype)[::211].clone()
    found = function(x)
    assert found.dtype == torch.float32
    assert close(found.tolist(), exponentials(x), x.tolist())
