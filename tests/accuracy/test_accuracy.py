"""The bar of the course: reference solutions within 4 ulps of the right number, where the problem allows it."""

from pathlib import Path

import pytest
import torch
from mpmath import mpf

from tests.accuracy.measure import DTYPES, SUBJECTS, solution, ulps, worst

NAMES = [subject.name for subject in SUBJECTS]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("subject", SUBJECTS, ids=NAMES)
def test_a_reference_solution_is_within_four_ulps(subject, dtype):
    found = worst(subject, solution(subject), dtype)
    assert 0 < found.ulps <= 4, found


def test_a_solution_that_loses_digits_is_seen():
    by_name = dict(zip(NAMES, SUBJECTS, strict=True))
    naive = worst(by_name["softplus"], lambda x: torch.log(1 + torch.exp(x)), torch.float32)
    assert naive.ulps > 1000


def test_an_ulp_is_that_of_the_right_result():
    assert ulps(1.0, mpf(1) + mpf(2) ** -53, torch.float64) == 0.5
    assert ulps(float("inf"), mpf(10) ** 400, torch.float64) == 0
    assert ulps(float("nan"), mpf(1), torch.float32) == float("inf")


def test_the_documented_table_has_every_function_in_both_dtypes():
    table = Path(__file__).parents[2].joinpath("docs", "accuracy.md").read_text(encoding="utf-8")
    for name in NAMES:
        for dtype in DTYPES:
            assert f"| {name} | {str(dtype).removeprefix('torch.')} |" in table
