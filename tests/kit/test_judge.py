"""What a finding says about two numbers: how far apart, in words that help at that distance, and no more than that."""

import math

import pytest
import torch

from course.kit.check.case import Case
from course.kit.check.judge import Truth, judge
from course.kit.check.observe import Observation

F16, F32, F64 = torch.float16, torch.float32, torch.float64


def said(got, want, dtype=F32, hidden=False):
    """The sentence for a result `got` where `want` is right."""
    case = Case("one number", {"x": torch.zeros(1, dtype=F64)}, hidden=hidden)
    returned = torch.tensor([got], dtype=dtype)
    truth = Truth(torch.tensor([want], dtype=F64), torch.zeros(1, dtype=F64))
    return judge(Observation(case, dtype, returned, returned.double(), None, None), truth, frozenset({"value"})).text


@pytest.mark.parametrize(
    ("want", "words"),
    [
        (4.0, "a positive number between 1 and 10"),
        (1.0, "a positive number between 1 and 10"),
        (9.999999999999998, "a positive number between 1 and 10"),
        (10.0, "a positive number between 10 and 100"),
        (-0.002, "a negative number between -0.01 and -0.001"),
        (2e-7, "a positive number between 1e-7 and 1e-6"),
        (1.5e308, "a positive number between 1e308 and 1e309"),
        (5e-324, "a positive number between 1e-324 and 1e-323"),
        (0.0, "exactly 0"),
        (math.inf, "`inf`"),
    ],
)
def test_the_size_that_is_expected_is_given_by_two_powers_of_ten(want, words):
    assert f"; {words} is expected there." in said(math.nan, want, F64)


@pytest.mark.parametrize(
    ("got", "want", "dtype", "words"),
    [
        (3.0, 4.0, F32, "about 20 %"),
        (4.0 * 1.003, 4.0, F32, "about 0.3 %"),
        (4.0 * (1 + 2.0**-9), 4.0, F16, "about 0.2 %"),
        (4.0 + 2.0**-21, 4.0, F32, "about one unit in the last place"),
        (4.0 + 2.0**-16, 4.0, F32, "about 30 units in the last place"),
        (0.3333, 1 / 3, F32, "about one part in 10 000"),
        (1 + 2.0**-40, 1.0, F64, "about one part in 1e12"),
        (3e-45, 1e-42, F32, None),
    ],
)
def test_a_distance_is_given_in_percent_in_last_places_or_as_a_part(got, want, dtype, words):
    text = said(got, want, dtype)
    assert (f", and yours is off by {words}." in text) if words else ("off by" not in text)


def test_no_distance_is_printed_in_powers_of_ten_of_a_percent():
    for power in range(1, 52):
        assert "e-" not in said(1 + 2.0**-power, 1.0, F64).partition("off by")[2]


def test_a_number_that_would_look_like_the_right_one_is_printed_with_all_its_digits():
    assert "the result is `4.0000005` at [0]" in said(4.0 + 2.0**-21, 4.0)
    assert "the result is `4.012` at [0]" in said(4.0123, 4.0)
    assert "the result is `1.0000000000000002` at [0]" in said(1 + 2.0**-52, 1.0, F64)


def test_a_hidden_case_shows_no_further_digit():
    assert "the result is `4` at [0]" in said(4.0 + 2.0**-21, 4.0, hidden=True)
