"""The reference solutions against 60-digit arithmetic: to 4 ulps where that is possible, within the bound elsewhere."""

import math
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from course.kit.check import Case
from course.log_softmax import check, truth
from tests.log_softmax import exact
from tests.notebooks import cell, source

NAMES = ("log_softmax", "nll", "cross_entropy", "perplexity", "chunked_cross_entropy")
DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


def _solutions():
    notebook = source("04-log-softmax")
    namespace = {"torch": torch}
    for name in NAMES:
        exec(cell(notebook, name).source, namespace)
    return {name: namespace[name] for name in NAMES}


SOLUTIONS = _solutions()


@pytest.mark.parametrize("exercise", NAMES)
def test_a_reference_solution_passes_its_own_check(exercise):
    result = getattr(check, exercise)(SOLUTIONS[exercise])
    assert result.outcome == "correct", str(result)


def _rows(count):
    """Rows of 2 to 1000 logits, narrow and wide, near 0 and far from it."""
    chance = random.Random(4)
    generator = torch.Generator().manual_seed(4)
    for trial in range(count):
        n = 1000 if trial % 40 == 0 else chance.choice([2, 3, 10, 60])
        spread, offset = chance.choice([0.1, 1, 5, 20, 100, 500]), chance.choice([0, 0, 30, -300, 1000])
        yield spread * torch.randn(n, dtype=torch.float64, generator=generator) + offset


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("on_a_grid", [True, False])
def test_log_softmax_is_within_4_ulps_wherever_it_is_well_conditioned(dtype, on_a_grid):
    # Well conditioned: all differences z - max are exact, or what their rounding does to the log of the sum is small.
    judged = 0
    for logits in _rows(120):
        z = ((8 * logits).round() / 8 if on_a_grid else logits).to(dtype)
        true = exact.row(z.tolist())
        for found, want in zip(SOLUTIONS["log_softmax"](z).tolist(), true.log_p, strict=True):
            if on_a_grid or true.mass <= 4 * abs(want):
                assert abs(mpf(found) - want) <= 4 * exact.spacing(want, dtype)
                judged += 1
    assert judged > 4000


def test_no_flat_bound_holds_where_a_rounded_difference_is_exponentiated():
    z = torch.tensor([0.1, -50.3])
    want = exact.row(z.tolist()).log_p[0]
    assert mp.nstr(want, 2) == "-1.3e-22"
    found = SOLUTIONS["log_softmax"](z)[0].item()
    assert abs(found - want) > 4 * exact.spacing(want, torch.float32)
    assert "-1.3e-22" in cell(source("04-log-softmax"), "how-exact").source


NUMBERS = st.floats(-1000, 1000, width=16)
LOGITS = st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=1, max_size=3)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=LOGITS, dim=st.sampled_from([-1, 0]))
def test_log_softmax_is_within_the_bound_for_any_logits(dtype, rows, dim):
    z = torch.tensor(rows, dtype=torch.float64).to(dtype)
    found = SOLUTIONS["log_softmax"](z, dim=dim)
    info = torch.finfo(dtype)
    for numbers, results in zip(z.movedim(dim, -1).tolist(), found.movedim(dim, -1).tolist(), strict=True):
        true = exact.row(numbers)
        for got, want in zip(results, true.log_p, strict=True):
            assert abs(got - want) <= 8 * info.eps * (abs(want) + true.mass) + 8 * info.smallest_normal * info.eps
            assert got <= 0


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=LOGITS, data=st.data(), smoothing=st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_cross_entropy_is_within_the_bound_for_any_logits_smoothing_and_padding(dtype, rows, data, smoothing):
    targets = data.draw(st.lists(st.sampled_from([0, 1, 2, -7]), min_size=len(rows), max_size=len(rows)))
    z = torch.tensor(rows, dtype=torch.float64).to(dtype)
    found = SOLUTIONS["cross_entropy"](z, torch.tensor(targets), smoothing, -7).item()
    counted = [(r, t) for r, t in zip(z.tolist(), targets, strict=True) if t != -7]
    if not counted:
        assert math.isnan(found)
        return
    want = sum(exact.loss(r, t, smoothing) for r, t in counted) / len(counted)
    mass = sum(exact.row(r).mass for r, _ in counted) / len(counted)
    assert abs(found - want) <= 8 * torch.finfo(dtype).eps * (1 + want + mass)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=LOGITS, data=st.data())
def test_perplexity_lies_between_the_extremes_of_its_tokens(rows, data):
    targets = torch.tensor(data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows))))
    z = torch.tensor(rows, dtype=torch.float64) / 8
    each = [float(mp.exp(exact.loss(r, t))) for r, t in zip(z.tolist(), targets.tolist(), strict=True)]
    found = SOLUTIONS["perplexity"](z, targets).item()
    assert min(each) * (1 - 1e-12) <= found <= max(each) * (1 + 1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(n=st.integers(1, 9), chunk=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_size_of_the_chunks_changes_nothing_but_memory(n, chunk, seed):
    generator = torch.Generator().manual_seed(seed)
    hidden, weight = (torch.randn(k, 3, generator=generator, dtype=torch.float64) for k in (n, 5))
    targets = torch.randint(5, (n,), generator=generator)
    found = SOLUTIONS["chunked_cross_entropy"](hidden, weight, targets, chunk)
    want = sum(exact.loss((weight @ h).tolist(), t) for h, t in zip(hidden, targets.tolist(), strict=True)) / n
    assert found.item() == pytest.approx(float(want), rel=1e-13)


@pytest.mark.parametrize(
    ("exercise", "tensors", "keywords", "library"),
    [
        ("log_softmax", ("logits",), {"dim": 0}, lambda z, dim: torch.log_softmax(z, dim)),
        ("nll", ("log_probs", "targets"), {"reduction": "sum"}, torch.nn.functional.nll_loss),
        ("cross_entropy", ("logits", "targets"), {"label_smoothing": 0.2}, torch.nn.functional.cross_entropy),
    ],
)
def test_the_truth_of_the_checks_agrees_with_the_library_in_float64(exercise, tensors, keywords, library):
    generator = torch.Generator().manual_seed(8)
    values = {"targets": torch.tensor([[0, 2], [1, 1]])}
    first = 3 * torch.randn(2, 3, 2, generator=generator, dtype=torch.float64)
    case = Case("drawn", {name: values.get(name, first) for name in tensors}, keywords)
    true = getattr(truth, exercise)(case, torch.float64)
    leaf = first.clone().requires_grad_()
    found = library(leaf, *[values[name] for name in tensors[1:]], **keywords)
    found.backward(case.weights(found.shape, torch.float64))
    assert torch.allclose(found.detach(), true.value, rtol=1e-13)
    assert torch.allclose(leaf.grad, true.gradients[tensors[0]], rtol=1e-12, atol=1e-15)
    assert bool((true.tolerance < 1e-12).all())
