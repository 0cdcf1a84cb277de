"""Streams and Python numbers on their way into a student's function, here and in another process."""

import pytest
import torch

from course.expm1_log1p import check
from course.expm1_log1p.adapters import KeptStreamError, takes_number, takes_stream
from tests.expm1_log1p.right import RIGHT

STREAM = torch.arange(12.0)


class Elsewhere:
    """Stands in for a function in another process, as the grader's proxies do."""

    def __init__(self, function):
        self.function = function
        self.given = None

    def __call__(self, *arguments, **keywords):
        self.given = arguments
        return self.function(*arguments, **keywords)

    def trace(self, *arguments, **keywords):
        return [{"name": "sum", "dtypes": ["float32"], "sizes": [3], "new": 1}], self(*arguments, **keywords)


def test_batches_come_from_a_generator_in_order_and_in_the_lengths_asked_for():
    seen = []
    takes_stream(lambda batches: seen.extend(batch.tolist() for batch in batches))(STREAM, lengths=(2, 1))
    assert seen == [[0, 1], [2]]


def test_a_second_pass_finds_nothing():
    taken = []

    def twice(batches):
        for _ in range(2):
            taken.append(sum(batch.numel() for batch in batches))

    takes_stream(twice)(STREAM, lengths=(4, 4, 4))
    assert taken == [12, 0]


def test_whoever_keeps_three_batches_is_stopped():
    with pytest.raises(KeptStreamError):
        takes_stream(list)(STREAM, lengths=(4, 4, 4))
    assert len(takes_stream(list)(STREAM, lengths=(6, 6))) == 2


def test_a_stream_that_is_differentiated_may_be_kept_since_autograd_keeps_it():
    leaf = STREAM.clone().requires_grad_()
    assert len(takes_stream(list)(leaf, lengths=(4, 4, 4))) == 3


def test_what_runs_in_another_process_gets_a_list():
    there = Elsewhere(RIGHT["running_variance"]["merged"])
    adapted = takes_stream(there)
    assert adapted(STREAM, lengths=(5, 7)).item() == pytest.approx(STREAM.var(correction=0).item())
    assert [batch.numel() for batch in there.given[0]] == [5, 7]
    operators, result = adapted.trace(STREAM, lengths=(5, 7))
    assert operators[0]["name"] == "sum"
    assert result.item() == pytest.approx(STREAM.var(correction=0).item())


@pytest.mark.parametrize("exercise", ["running_variance", "log_factorial"])
def test_a_right_answer_in_another_process_is_accepted(exercise):
    there = Elsewhere(next(iter(RIGHT[exercise].values())))
    assert getattr(check, exercise)(there).outcome == "correct"


def test_a_python_number_may_come_back_as_number_or_tensor():
    assert takes_number(lambda n: 2.5)(3).item() == 2.5
    assert takes_number(lambda n: torch.tensor([2.5], dtype=torch.float64))(3).shape == ()
    assert takes_number(lambda n: 2.5)(torch.tensor(3.0)) == 2.5  # left as it is, for the check to complain about
    assert takes_number(lambda n: True)(3) is True


def test_a_number_for_a_tensor_is_no_answer():
    result = check.log_factorial(lambda n: 1.0)
    assert result.outcome == "incorrect"
    assert "a torch.Tensor is wanted" in result.message
