"""The course's idea of the four formats and of exp's ends agrees with torch, for every number of a half."""

import math

import pytest
import torch
from mpmath import mp, mpf

from course.dtype_limits import truth
from course.dtype_limits.exponentials import compare, result
from course.dtype_limits.formats import FORMATS, field_bits, kind_of
from tests.dtype_limits.harness import DTYPES, HALVES, INF, all_of, neighbour, spacing


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_format_has_the_limits_that_torch_states(dtype):
    form, info = FORMATS[dtype], torch.finfo(dtype)
    with mp.workdps(50):
        assert form.bits == info.bits
        assert form.largest == mpf(info.max)
        assert form.smallest_normal == mpf(info.smallest_normal)
        assert form.eps == mpf(info.eps)
        assert float(form.smallest) == neighbour(0.0, dtype, 1.0)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 0.999, 3.7, -1000.0, 6e-8, 60000.0])
def test_the_spacing_is_that_of_numpy(dtype, x):
    held = torch.tensor(x, dtype=dtype).item()
    assert float(FORMATS[dtype].spacing(held)) == spacing(held, dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_ends_of_exp_are_where_torch_has_them(dtype):
    largest, smallest = truth.last_finite(dtype), truth.last_nonzero(dtype)
    for x, above in ((largest, INF), (smallest, -INF)):
        here, beyond = torch.exp(torch.tensor([x, neighbour(x, dtype, above)], dtype=dtype)).tolist()
        assert 0 < here < math.inf
        assert beyond in (0, math.inf)


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_the_ends_of_exp_are_those_of_a_search_through_all_numbers(dtype):
    numbers = all_of(dtype)
    results = torch.exp(numbers)
    assert numbers[results.isfinite()].max().item() == truth.last_finite(dtype)
    assert numbers[(results > 0) & numbers.isfinite()].min().item() == truth.last_nonzero(dtype)


@pytest.mark.parametrize("count", [1, 3, 100])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_ends_do_not_depend_on_how_many_numbers_are_handed_to_exp(dtype, count):
    last = torch.full((count,), truth.last_finite(dtype), dtype=dtype)
    first = torch.full((count,), truth.last_nonzero(dtype), dtype=dtype)
    assert torch.exp(last).isfinite().all()
    assert (torch.exp(first) > 0).all()


def test_bits_are_read_sign_first():
    assert field_bits(torch.tensor([1.0])) == "0" + "01111111" + "0" * 23
    assert field_bits(torch.tensor([-2.0], dtype=torch.float16)) == "1" + "10000" + "0" * 10
    assert field_bits(torch.tensor([INF], dtype=torch.bfloat16)) == "0" + "1" * 8 + "0" * 7
    assert field_bits(torch.tensor([5e-324], dtype=torch.float64)) == "0" * 63 + "1"


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_kinds_of_numbers(dtype):
    form, info = FORMATS[dtype], torch.finfo(dtype)
    kinds = [kind_of(x, form) for x in (0.0, info.smallest_normal / 2, info.smallest_normal, -1.0, INF, math.nan)]
    assert kinds == ["0", "subnormal", "normal", "normal", "inf", "nan"]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("x", [-700.0, -100.0, -17.0, -9.0, 0.5, 11.0, 88.0, 700.0])
def test_an_exponential_is_right_within_an_ulp_and_its_bits_are_its_own(dtype, x):
    found = result(x, dtype)
    assert found.x == torch.tensor(x, dtype=dtype).item()
    assert found.value == torch.exp(torch.tensor([x], dtype=dtype)).item()
    with mp.workdps(50):
        if math.isinf(found.value):
            assert found.exact > FORMATS[dtype].largest
            assert math.isinf(found.ulps)
        else:
            assert found.ulps <= 1
    assert len(found.bits) == torch.finfo(dtype).bits


def test_a_cast_before_keeps_what_a_cast_after_has_lost():
    seen = compare(12.0, torch.float16)
    assert math.isinf(seen.late.value)
    assert seen.early.within
    assert seen.early.error < 1e-7
    seen = compare(-20.0, torch.float16)
    assert (seen.late.value, seen.late.within, seen.early.within) == (0, False, True)
    wide = compare(-740.0, torch.float64)
    assert wide.late == wide.early
    assert not wide.late.within
