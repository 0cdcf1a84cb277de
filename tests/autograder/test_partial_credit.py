"""The value of a grade cell's last expression gives the points that nbgrader gives for it, and no others."""

import pytest
from referee_helpers import nbgraders_score, verdict_on


@pytest.mark.parametrize(
    ("last", "score"),
    [
        ("1.5", 1.5),
        ("sum(double(x) == 2 * x for x in range(2))", 2),
        ("0", 0),
        ("double(1) / 4", 0.5),
        ("__import__('numpy').float64(0.25)", 0.25),
        ("__import__('numpy').int64(2)", 2),
        ("None", 3),
        ("'0.5'", 3),
        ("[1, 2]", 3),
        ("True", 3),
        ("1;", 3),
        ("1  # points", 1),
        ("print(1)", 3),
        ("y = 1", 3),
        ("double([1])", 3),
        ("__import__('fractions').Fraction(double(1), 4)", 0.5),
        ("(__import__('numpy').arange(3) == 1).sum()", 1),
        ("__import__('numpy').array([double(1)]) / 2", 1),
        ("__import__('numpy').arange(3)", 3),
    ],
)
def test_the_last_value_is_partial_credit_as_in_nbgrader(last, score):
    verdict = verdict_on(last, points=3)

    assert (verdict.score, nbgraders_score(verdict), verdict.instructor_error) == (score, score, "")


@pytest.mark.parametrize("last", ["float('nan')", "float('inf')", "-1", "3.5", "-float('inf')", "10**5000"])
def test_impossible_partial_credit_is_the_instructors_error(last):
    verdict = verdict_on(f"double(1)\n{last}", points=3)

    assert (verdict.score, verdict.outcome, nbgraders_score(verdict)) == (0, "error", 0)
    assert "points" in verdict.instructor_error


GIVES_NO_NUMBER = {
    "an array": "import numpy\n\n\ndef double(x):\n    return numpy.array([1.0, 2.0])",
    "a tensor": "import torch\n\n\ndef double(x):\n    return torch.ones(2)",
    "a complex number": "def double(x):\n    return 1j",
    "nan": "import torch\n\n\ndef double(x):\n    return torch.tensor(float('nan'))",
}


@pytest.mark.parametrize("answer_source", GIVES_NO_NUMBER.values(), ids=GIVES_NO_NUMBER)
@pytest.mark.parametrize("source", ["3 - abs(double(2) - 4)", "points = 0\npoints += 3 - double(2)\npoints"])
def test_an_answer_that_spoils_the_counting_of_points_gets_none(source, answer_source):
    verdict = verdict_on(source, answer_source=answer_source, points=3)

    assert verdict.score == 0 or verdict.score == nbgraders_score(verdict) < 3


def test_a_last_line_that_is_false_is_remarked_upon():
    assert "assert" in verdict_on("double(1) == 3").remarks[0]
