"""An object that says yes to every question gains nothing in any way of asking."""

import math
import unittest

import numpy as np
import pytest
import torch
from proxies_source import SOURCE
from wire_helpers import Student


@pytest.fixture(scope="module")
def student():
    with Student(SOURCE) as student:
        yield student


@pytest.fixture
def liar(student):
    return student.liar()


def raises_or_false(check):
    """Whether a test that a lying object is put to fails."""
    try:
        return check() is not True
    except (TypeError, AssertionError, ValueError, AttributeError, RuntimeError):
        return True


ONES, TENSOR = np.ones(3), torch.ones(3)
TESTS = {
    "==": lambda x: x == 3,
    "reflected ==": lambda x: 3 == x,  # noqa: SIM300
    "not !=": lambda x: not x != 3,  # noqa: SIM202
    "== list": lambda x: x == [1, 1, 1],
    "== None": lambda x: x == None,  # noqa: E711
    "<": lambda x: x < 3,
    ">=": lambda x: x >= 3,
    "reflected <": lambda x: 3 < x,  # noqa: SIM300
    "difference": lambda x: abs(x - 3) < 1e-6,
    "reflected difference": lambda x: abs(3 - x) < 1e-6,
    "difference of arrays": lambda x: not (x - ONES).any(),
    "reflected difference of arrays": lambda x: not (ONES - x).any(),
    "difference of tensors": lambda x: not (TENSOR - x).any(),
    "all ==": lambda x: (x == ONES).all(),
    "reflected all ==": lambda x: (x == ONES).all(),
    "tensor ==": lambda x: (x == TENSOR).all(),
    "approx": lambda x: x == pytest.approx(3),
    "reflected approx": lambda x: pytest.approx(3) == x,
    "approx of lists": lambda x: x == pytest.approx([1, 1, 1]),
    "isclose": lambda x: math.isclose(x, 3),
    "numpy isclose": lambda x: bool(np.isclose(x, 1).all()),
    "numpy allclose": lambda x: np.allclose(x, ONES),
    "numpy array_equal": lambda x: np.array_equal(x, ONES),
    "assert_allclose": lambda x: np.testing.assert_allclose(x, ONES) is None,
    "assert_array_equal": lambda x: np.testing.assert_array_equal(x, ONES) is None,
    "assert_equal": lambda x: np.testing.assert_equal(x, ONES) is None,
    "reflected assert_allclose": lambda x: np.testing.assert_allclose(ONES, x) is None,
    "assert_almost_equal": lambda x: np.testing.assert_almost_equal(x, 3) is None,
    "torch assert_close": lambda x: torch.testing.assert_close(x, TENSOR) is None,
    "torch allclose": lambda x: torch.allclose(x, TENSOR),
    "torch equal": lambda x: torch.equal(TENSOR, x),
    "assertEqual": lambda x: unittest.TestCase().assertEqual(x, 3) is None,
    "assertAlmostEqual": lambda x: unittest.TestCase().assertAlmostEqual(x, 3) is None,
    "assertIn": lambda x: unittest.TestCase().assertIn(3, x) is None,
    "in": lambda x: 3 in x,
    "in a list": lambda x: x in [1, 2, 3],
    "count": lambda x: [1, 2, 3].count(x) == 1,
    "key": lambda x: x in {3: 1},
    "isinstance Tensor": lambda x: isinstance(x, torch.Tensor),
    "isinstance number": lambda x: isinstance(x, (int, float)),
    "index": lambda x: [1, 2, 3, 4][x] == 4,
    "is": lambda x: x is True,
    "and": lambda x: bool(x & 3),
    "tensor of it": lambda x: torch.equal(torch.as_tensor(x), TENSOR),
    "max": lambda x: max(x, 3) == 3,
    "sum": lambda x: sum([x, 1]) == 4,
}


@pytest.mark.parametrize("name", TESTS)
def test_an_object_that_says_yes_to_everything_fails(liar, name):
    assert raises_or_false(lambda: TESTS[name](liar))


def test_a_class_in_disguise_holds_nothing(student):
    with pytest.raises(TypeError):
        3 in student.disguised()  # noqa: B015
