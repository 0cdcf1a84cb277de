"""The reference solutions: through their own checks, and to a few ulps of the right number over their whole range."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from course.expm1_log1p import check
from tests.expm1_log1p import reference
from tests.expm1_log1p.reference import EXERCISES, ulps

SOLUTIONS = reference.solutions()
ALL = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
FEW_ULPS = 4
precise = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
every = pytest.mark.parametrize("dtype", ALL, ids=str)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_reference_solution_passes_its_own_check(exercise):
    result = getattr(check, exercise)(SOLUTIONS[exercise])
    assert result.outcome == "correct", str(result)


def smallest_exponent(dtype):
    """x for which exp(-x) is the smallest subnormal number."""
    info = torch.finfo(dtype)
    return -math.log(info.smallest_normal) - math.log(info.eps)


@precise
def test_log1mexp_is_within_four_ulps_from_the_smallest_subnormal_x_to_the_last_x_with_a_result(dtype):
    info = torch.finfo(dtype)
    lowest = math.log10(info.smallest_normal) + math.log10(info.eps) + 0.1
    x = torch.logspace(lowest, math.log10(smallest_exponent(dtype)), 1200, dtype=torch.float64).to(dtype)
    x = torch.cat([x, torch.linspace(0.5, 0.9, 200, dtype=dtype)])
    found = SOLUTIONS["log1mexp"](x).tolist()
    worst = max(ulps(f, reference.log1mexp(number), dtype) for number, f in zip(x.tolist(), found, strict=True))
    assert worst <= FEW_ULPS


@precise
def test_log1pexp_is_within_four_ulps_from_the_first_x_with_a_result_to_the_largest_number(dtype):
    first = smallest_exponent(dtype)
    pieces = (
        torch.linspace(-first, 50, 900, dtype=torch.float64),
        torch.logspace(1.7, 38, 60, dtype=torch.float64),
        -torch.logspace(-40, 0, 100, dtype=torch.float64),
        torch.logspace(-40, 0, 100, dtype=torch.float64),
    )
    x = torch.cat(pieces).to(dtype)
    found = SOLUTIONS["log1pexp"](x).tolist()
    worst = max(ulps(f, reference.log1pexp(number), dtype) for number, f in zip(x.tolist(), found, strict=True))
    assert worst <= FEW_ULPS


@precise
def test_logsubexp_is_within_four_ulps_where_its_condition_number_is_at_most_one_and_a_half(dtype):
    generator = torch.Generator().manual_seed(6)

    def uniform():
        return torch.rand(1500, generator=generator, dtype=torch.float64)

    a = ((2 * uniform() - 1) * 10 ** (5 * uniform() - 2)).to(dtype)
    b = a - (10 ** (9 * uniform() - 6)).to(dtype)
    a, b = a[a > b], b[a > b]
    found = SOLUTIONS["logsubexp"](a, b).tolist()
    worst_of_good, worst_scaled, good = 0.0, 0.0, 0
    for x, y, f in zip(a.tolist(), b.tolist(), found, strict=True):
        exact, condition = reference.logsubexp(x, y)
        off = ulps(f, exact, dtype)
        worst_scaled = max(worst_scaled, off / float(condition))
        if condition <= 1.5:
            good += 1
            worst_of_good = max(worst_of_good, off)
    assert good > 1000
    assert worst_of_good <= FEW_ULPS
    assert worst_scaled <= FEW_ULPS  # where a and log(1 - exp(b - a)) cancel, so many ulps of the larger of them


# What hypothesis can think of, against the truth that the checks use.


def passes(exercise, behaviour, **inputs):
    result = getattr(check, exercise)(SOLUTIONS[exercise], behaviour, **inputs)
    assert result.outcome == "correct", str(result)


def doubles(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-20000, 20000, width=16), min_size=1, max_size=5))
def test_log1pexp_is_right_for_any_numbers_with_its_gradient(numbers):
    passes("log1pexp", "everywhere", x=doubles(numbers))
    passes("log1pexp", "gradient", x=doubles(numbers))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(2**-10, 20000, width=16), min_size=1, max_size=5))
def test_log1mexp_is_right_for_any_positive_numbers_with_its_gradient(numbers):
    passes("log1mexp", "small-x", x=doubles(numbers))
    passes("log1mexp", "gradient", x=doubles(numbers))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(-2000, 2000), st.integers(0, 2000)), min_size=1, max_size=5))
def test_logsubexp_is_right_for_any_a_above_b(pairs):
    a = doubles([first / 8 for first, _ in pairs]).bfloat16().double()
    b = doubles([(first - below) / 8 for first, below in pairs]).bfloat16().double()
    passes("logsubexp", "any-size", a=torch.maximum(a, b), b=torch.minimum(a, b))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-0.5, 1.0, width=16), min_size=1, max_size=4), st.integers(0, 12))
def test_compound_is_right_for_any_rates(rates, periods):
    passes("compound", "ordinary", rate=doubles(rates), periods=periods)
    passes("compound", "gradient", rate=doubles(rates), periods=periods)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2000), min_size=1, max_size=5))
def test_log_factorial_is_right_for_any_numbers(numbers):
    passes("log_factorial", "table", n=doubles(numbers))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-30000, 30000, width=16), min_size=1, max_size=4))
def test_l2_norm_is_right_for_any_numbers_that_float16_holds(numbers):
    passes("l2_norm", "large", x=doubles(numbers))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-64, 64), min_size=1, max_size=12), st.integers(1, 5), st.integers(-64, 64))
def test_running_variance_is_right_however_the_stream_is_cut(numbers, length, ground):
    lengths = [length] * (len(numbers) // length)
    lengths += [len(numbers) % length] if len(numbers) % length else []
    stream = doubles([ground + number / 16 for number in numbers]).bfloat16().double()
    passes("running_variance", "ordinary", stream=stream, lengths=tuple(lengths))


# Where the bounds of the checks come from: nothing right is refused, nothing is let through that lost half its digits.


@precise
@pytest.mark.parametrize("rate", [1e-18, 1e-9, -1e-9, 0.01])
def test_compound_has_all_but_a_bit_or_two_for_tiny_rates(dtype, rate):
    held = torch.tensor([rate], dtype=dtype)
    exact = mp.expm1(12 * mp.log1p(mpf(held.item())))
    assert ulps(SOLUTIONS["compound"](held, 12).item(), exact, dtype) <= FEW_ULPS


@every
def test_l2_norm_survives_from_the_smallest_number_to_the_largest(dtype):
    info = torch.finfo(dtype)
    smallest = info.smallest_normal * info.eps
    for size in (smallest, info.smallest_normal, 1.0, info.max):
        assert SOLUTIONS["l2_norm"](torch.tensor([size, 0.0], dtype=dtype)).item() == size


def test_a_generator_is_read_once_and_nothing_of_it_is_kept():
    taken = []

    def batches():
        for k in range(5):
            taken.append(k)
            yield torch.arange(4.0) + k

    numbers = torch.cat([torch.arange(4.0) + k for k in range(5)])
    assert SOLUTIONS["running_variance"](batches()).item() == pytest.approx(numbers.var(correction=0).item())
    assert taken == [0, 1, 2, 3, 4]
