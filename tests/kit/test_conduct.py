"""The operators that a call runs, and the rules an exercise sets for them."""

import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention

from course.kit.check.conduct import Conduct, breaches, trace

X = torch.linspace(-2, 2, 24).reshape(4, 6)


def names(function, rules=None, x=X):
    operators, failure = trace(function, x)
    assert failure is None
    return [breach.name for breach in breaches(operators, rules or Conduct(), x.dtype, x.numel())]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: torch.softmax(x, -1),
        lambda x: x.softmax(0),
        lambda x: F.softmax(x, dim=-1),
        lambda x: torch.nn.Softmax(dim=1)(x),
        lambda x: F.softmin(-x, dim=-1),
        lambda x: F.log_softmax(x, dim=-1).exp(),
        lambda x: torch.exp(x - torch.logsumexp(x, -1, keepdim=True)),
        lambda x: torch.special.logsumexp(x, -1),
        lambda x: torch.logaddexp(x, x),
        lambda x: torch.logcumsumexp(x, -1)[:, -1],
        lambda x: torch.sigmoid(x),
        lambda x: F.softplus(x),
        lambda x: F.cross_entropy(x, torch.zeros(4, dtype=torch.long)),
        lambda x: F.gumbel_softmax(x),
    ],
)
def test_every_road_to_a_library_softmax_is_noticed(function):
    assert names(function) == ["library-call"]


def test_an_exercise_says_why_it_does_without_what_it_forbids():
    rules = Conduct(forbidden=frozenset({"log1p"}), why="which a gradient can do without.")
    operators, _ = trace(torch.log1p, X.abs())
    (breach,) = breaches(operators, rules, X.dtype, X.numel())
    assert breach.text == "It calls `log1p`, which a gradient can do without."


def test_building_blocks_are_allowed():
    def built(x):
        shifted = torch.where(x > 0, x, x).clamp(-50, 50) - x.amax(-1, keepdim=True)
        return torch.exp(shifted) / torch.exp(shifted).sum(-1, keepdim=True) + torch.log1p(torch.expm1(x.abs()))

    assert names(built) == []


@pytest.mark.parametrize(
    "function",
    [
        lambda x: torch.exp(x.double()).to(x.dtype),
        lambda x: torch.exp(x.to(torch.float64)),
        lambda x: torch.from_numpy(x.float().numpy().astype("float64")).to(x.dtype),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_a_detour_through_float64_is_noticed(function, dtype):
    assert names(function, x=X.to(dtype)) == ["float64-detour"]


def test_float32_inside_is_fine_for_half_precision_and_float64_for_float64():
    assert names(lambda x: torch.exp(x.float()).half(), x=X.half()) == []
    assert names(lambda x: torch.exp(x.double()), x=X.double()) == []


def test_a_float64_number_that_is_smaller_than_the_input_is_no_detour():
    assert names(lambda x: x * torch.tensor(0.5, dtype=torch.float64).float()) == []


def test_an_allocation_beyond_the_limit_is_noticed_and_writing_into_given_memory_is_not():
    rules = Conduct(largest_new=0.5)
    out = torch.empty_like(X)
    assert names(lambda x: torch.exp(x), rules) == ["allocates"]
    assert names(lambda x: torch.exp(x, out=out), rules) == []
    assert names(lambda x: torch.exp(x), Conduct(largest_new=1)) == []


def test_an_exercise_may_say_how_to_allocate_less():
    operators, _ = trace(torch.exp, X)
    (breach,) = breaches(operators, Conduct(largest_new=0.5, smaller="Work on a part."), X.dtype, X.numel())
    assert breach.text.endswith("allows 12 at most. Work on a part.")


def test_only_the_forward_pass_counts_and_a_failing_call_gives_what_ran():
    def fails(x):
        torch.exp(x)
        raise ValueError("after all")

    operators, failure = trace(fails, X)
    assert [o.name for o in operators] == ["exp"]
    assert failure.exception == "ValueError"
    assert operators[0].dtypes == ("float32", "float32")
    assert operators[0].sizes == (24, 24)
    assert operators[0].new == 24


def test_what_the_first_recording_imports_is_imported_before_the_time_limit_starts():
    script = """
import sys, torch
from course.kit.check import conduct
guarded, there = conduct.call, []
conduct.call = lambda *args, **keywords: (there.append("torch._dynamo" in sys.modules), guarded(*args, **keywords))[1]
assert "torch._dynamo" not in sys.modules
conduct.trace(torch.exp, torch.zeros(3))
assert there == [True]
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_what_is_said_against_float64_fits_the_exercise():
    operators, _ = trace(lambda x: x.double().exp().float(), X)
    (usual,) = breaches(operators, Conduct(), X.dtype, X.numel())
    assert "The formula has to be right in the dtype it is given" in usual.text
    (own,) = breaches(operators, Conduct(against_float64="float32 is enough."), X.dtype, X.numel())
    assert own.text == "It converts the whole input to float64, although it is float32. float32 is enough."


def test_an_operator_that_makes_float64_by_itself_is_named():
    operators, _ = trace(lambda x: torch.linspace(0, 1, 4, dtype=torch.float64).exp(), X)
    (found,) = breaches(tuple(o for o in operators if o.name == "exp"), Conduct(), X.dtype, 4)
    assert found.text.startswith("It works on the whole input in float64 (in `exp`), although it is float32.")
