"""The reference solutions against 50-digit arithmetic of the tests' own, and against laws that any gradient obeys."""

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course.cross_entropy_gradient import check
from tests.notebooks import cell, source

NAMES = (
    "softmax_vjp",
    "softmax_jvp",
    "cross_entropy_grad",
    "mse_softmax_grad",
    "gradient_check",
    "stable_cross_entropy",
)
DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def _solutions():
    notebook = source("07-cross-entropy-gradient")
    namespace = {"torch": torch}
    for name in NAMES:
        exec(cell(notebook, name).source, namespace)
    return {name: namespace[name] for name in NAMES}


SOLUTIONS = _solutions()
NUMBERS = st.floats(-1000, 1000, width=16)
BATCHES = st.integers(2, 4).flatmap(
    lambda k: st.lists(
        st.tuples(st.lists(NUMBERS, min_size=k, max_size=k), st.integers(0, k - 1)), min_size=1, max_size=3
    )
)


def batch(drawn, dtype):
    logits = torch.tensor([row for row, _ in drawn], dtype=torch.float64).to(dtype)
    return logits, torch.tensor([target for _, target in drawn])


def exact(logits):
    """For each row: p, and 1 + |argument of the exponential| for each entry, from 50 digits."""
    rows = []
    with mpmath.workdps(50):
        for numbers in logits.double().tolist():
            arguments = [mpmath.mpf(z) - max(numbers) for z in numbers]
            total = mpmath.fsum(mpmath.exp(a) for a in arguments)
            rows.append(([mpmath.exp(a) / total for a in arguments], [1 - a for a in arguments], mpmath.log(total)))
    return rows


def limits(dtype):
    info = torch.finfo(dtype)
    return info.eps, info.smallest_normal * info.eps


@pytest.mark.parametrize("exercise", NAMES)
def test_a_reference_solution_passes_its_own_check(exercise):
    result = getattr(check, exercise)(SOLUTIONS[exercise])
    assert result.outcome == "correct", str(result)


@dtypes
@settings(max_examples=40, deadline=None)
@given(drawn=BATCHES, smoothing=st.sampled_from([0.0, 0.125, 0.5]), reduction=st.sampled_from(["mean", "sum"]))
def test_the_gradient_is_within_the_bound_for_any_logits(dtype, drawn, smoothing, reduction):
    logits, targets = batch(drawn, dtype)
    found = SOLUTIONS["cross_entropy_grad"](logits, targets, smoothing, reduction)
    assert found.dtype == dtype
    eps, tiny = limits(dtype)
    scale = 1 / mpmath.mpf(len(drawn)) if reduction == "mean" else 1
    for (p, stretch, _), target, row in zip(exact(logits), targets.tolist(), found.double().tolist(), strict=True):
        for i, slope in enumerate(row):
            q = (1 - mpmath.mpf(smoothing)) * (i == target) + mpmath.mpf(smoothing) / len(row)
            bound = 8 * eps * scale * (stretch[i] * p[i] + q + smoothing * (i == target)) + 8 * tiny
            assert abs(slope - scale * (p[i] - q)) <= bound


@settings(max_examples=60, deadline=None)
@given(drawn=BATCHES)
def test_slopes_lie_between_minus_1_and_1_and_sum_to_0(drawn):
    logits, targets = batch(drawn, torch.float64)
    found = SOLUTIONS["cross_entropy_grad"](logits, targets, reduction="sum")
    assert bool((found.abs() <= 1).all())
    assert bool((found.sum(1).abs() < 1e-14).all())


@dtypes
@settings(max_examples=30, deadline=None)
@given(drawn=BATCHES)
def test_the_squared_errors_gradient_is_within_the_bound_for_any_logits(dtype, drawn):
    logits, targets = batch(drawn, dtype)
    found = SOLUTIONS["mse_softmax_grad"](logits, targets)
    eps, tiny = limits(dtype)
    for (p, stretch, _), target, row in zip(exact(logits), targets.tolist(), found.double().tolist(), strict=True):
        unit = [a * b for a, b in zip(p, stretch, strict=True)]
        d = [a - (i == target) for i, a in enumerate(p)]
        mean = mpmath.fsum(a * b for a, b in zip(p, d, strict=True))
        large = mpmath.fsum(u * (a + (i == target)) for i, (u, a) in enumerate(zip(unit, p, strict=True)))
        for i, slope in enumerate(row):
            true = 2 * p[i] * (d[i] - mean) / len(drawn)
            bound = 16 * eps * unit[i] * (unit[i] + (i == target) + large) / len(drawn) + 8 * tiny
            assert abs(slope - true) <= bound


@dtypes
@settings(max_examples=40, deadline=None)
@given(drawn=BATCHES)
def test_the_loss_and_its_slopes_are_within_the_bound_for_any_logits(dtype, drawn):
    logits, targets = batch(drawn, dtype)
    leaf = logits.clone().requires_grad_()
    loss = SOLUTIONS["stable_cross_entropy"](leaf, targets)
    (0.5 * loss).backward()
    eps, tiny = limits(dtype)
    n, value, allowed = len(drawn), mpmath.mpf(0), mpmath.mpf(0)
    for k, (p, stretch, log_total) in enumerate(exact(logits)):
        numbers, target = logits[k].double().tolist(), int(targets[k])
        one = max(numbers) - mpmath.mpf(numbers[target]) + log_total
        value += one / n
        allowed += 8 * eps * (one + log_total + 1) / n
        for i, slope in enumerate(leaf.grad[k].double().tolist()):
            bound = 12 * eps * (stretch[i] * p[i] + (i == target)) / n + 24 * tiny
            assert abs(slope - (p[i] - (i == target)) / (2 * n)) <= bound
    assert abs(loss.item() - value) <= allowed


@settings(max_examples=60, deadline=None)
@given(
    z=st.lists(st.floats(-8, 8), min_size=3, max_size=3),
    v=st.lists(st.floats(-5, 5), min_size=3, max_size=3),
    t=st.lists(st.floats(-5, 5), min_size=3, max_size=3),
)
def test_both_products_are_the_jacobian_that_autograd_finds(z, v, t):
    z, v, t = (torch.tensor(x, dtype=torch.float64) for x in (z, v, t))
    jacobian = torch.autograd.functional.jacobian(lambda x: torch.softmax(x, 0), z)
    p = torch.softmax(z, 0)
    assert torch.allclose(SOLUTIONS["softmax_vjp"](p, v), v @ jacobian, atol=1e-12)
    assert torch.allclose(SOLUTIONS["softmax_jvp"](p, t), jacobian @ t, atol=1e-12)
    assert torch.equal(SOLUTIONS["softmax_vjp"](p, v), SOLUTIONS["softmax_jvp"](p, v))


def test_log_softmax_has_a_jacobian_that_is_not_symmetric_and_softmax_one_that_is():
    z = torch.tensor([1.0, 2.0, -0.5], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda x: torch.softmax(x, 0), z)
    assert torch.allclose(jacobian, jacobian.T)
    hessian = torch.autograd.functional.hessian(lambda x: torch.logsumexp(x, 0), z)
    assert torch.allclose(jacobian, hessian)
    other = torch.autograd.functional.jacobian(lambda x: torch.log_softmax(x, 0), z)
    assert not torch.allclose(other, other.T)
    assert torch.allclose(other, torch.eye(3, dtype=torch.float64) - torch.softmax(z, 0))


def test_the_reference_agrees_with_the_library():
    logits = torch.randn(6, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    targets = torch.tensor([0, 4, 2, 2, 1, 3])
    for smoothing in (0.0, 0.1, 1.0):
        for reduction in ("mean", "sum"):
            loss = torch.nn.functional.cross_entropy(logits, targets, label_smoothing=smoothing, reduction=reduction)
            (slopes,) = torch.autograd.grad(loss, logits)
            ours = SOLUTIONS["cross_entropy_grad"](logits.detach(), targets, smoothing, reduction)
            assert torch.allclose(slopes, ours, atol=1e-14)
    y = torch.nn.functional.one_hot(targets, 5)
    (slopes,) = torch.autograd.grad(((torch.softmax(logits, 1) - y) ** 2).sum(1).mean(), logits)
    assert torch.allclose(slopes, SOLUTIONS["mse_softmax_grad"](logits.detach(), targets), atol=1e-14)


def test_the_gradient_check_is_content_with_the_unit_and_not_with_a_slip():
    logits = torch.randn(2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    targets = torch.tensor([2, 0])
    assert SOLUTIONS["gradient_check"](lambda z: SOLUTIONS["stable_cross_entropy"](z, targets), logits, 1e-5) < 1e-8
    assert SOLUTIONS["gradient_check"](lambda z: (z * z.detach()).sum(), logits, 1e-5) == pytest.approx(0.5, abs=1e-8)
