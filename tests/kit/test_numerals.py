"""Numbers as pictures print them: short, with a real minus sign, and beyond the range of float64."""

import math

import pytest
from mpmath import mpf

from course.kit.numerals import number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(0.0, "0"), (1.0, "1"), (-2.0, "−2"), (0.2, "0.2"), (123.456, "123"), (65504.0, "65504"), (1e-4, "0.0001")],
        *[(1.401298464324817e-45, "1.4e−45"), (3.4028234663852886e38, "3.4e38"), (1e10, "1e10"), (2.5e10, "2.5e10")],
        *[(math.inf, "inf"), (-math.inf, "−inf"), (math.nan, "nan"), (mpf("6.87e-436"), "6.87e−436")],
    ],
)
def test_numbers_are_written_short_and_also_beyond_float64(value, text):
    assert number(value) == text
