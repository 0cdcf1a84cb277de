"""The reference solutions against 50-digit arithmetic: fixed extremes, and whatever hypothesis can think of."""

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course.bce_with_logits import check
from tests.bce_with_logits.right import RIGHT
from tests.bce_with_logits.truth import log_yes, loss, loss_fault, numbers, spacing, ulps, unary_fault, yes
from tests.notebooks import cell, source

NAMES = ("softplus", "log_sigmoid", "bce_with_logits", "bce_grad", "multilabel_loss")
ALL = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


def _solutions():
    notebook = source("05-bce-with-logits")
    namespace = {"torch": torch}
    for name in NAMES:
        exec(cell(notebook, name).source, namespace)
    return {name: namespace[name] for name in NAMES}


SOLUTIONS = _solutions()
Z = st.lists(
    st.one_of(
        st.floats(-1000, 1000, width=16),
        st.floats(-30, 30, width=16),
        st.sampled_from([0.0, 6e4, -6e4, 2.0**-14, 17.0]),
    ),
    min_size=1,
    max_size=5,
)
LABELS = st.lists(st.sampled_from([0.0, 1.0, 0.0, 1.0, 0.25, 0.9375]), min_size=5, max_size=5)
WEIGHTS = st.lists(st.sampled_from([1.0, 0.5, 4.0, 0.0]), min_size=5, max_size=5)


def _t(values, dtype):
    return torch.tensor(values, dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("exercise", NAMES)
def test_a_reference_solution_passes_its_own_check(exercise):
    result = getattr(check, exercise)(SOLUTIONS[exercise])
    assert result.outcome == "correct", str(result)


@pytest.mark.parametrize("dtype", ALL)
@settings(max_examples=60, deadline=None)
@given(values=Z)
def test_softplus_and_log_sigmoid_are_within_the_general_bound(dtype, values):
    z = _t(values, dtype)
    assert unary_fault(SOLUTIONS["softplus"](z), z, lambda x: -log_yes(-x), dtype) is None
    assert unary_fault(SOLUTIONS["log_sigmoid"](z), z, log_yes, dtype) is None


@pytest.mark.parametrize("style", RIGHT["softplus"])
@settings(max_examples=15, deadline=None)
@given(values=Z, dtype=st.sampled_from(ALL))
def test_other_right_softpluses_are_within_it_too(style, values, dtype):
    z = _t(values, dtype)
    assert unary_fault(RIGHT["softplus"][style](z), z, lambda x: -log_yes(-x), dtype) is None


@pytest.mark.parametrize("dtype", ALL)
@settings(max_examples=60, deadline=None)
@given(values=Z, labels=LABELS, weights=WEIGHTS)
def test_the_loss_is_within_its_bound_and_never_negative(dtype, values, labels, weights):
    z, y, w = _t(values, dtype), _t(labels[: len(values)], dtype), _t(weights[: len(values)], dtype)
    ones = torch.ones_like(z)
    for pos_weight, used in ((None, ones), (w, w)):
        found = SOLUTIONS["bce_with_logits"](z, y, pos_weight, "none")
        if bool(found.isinf().any()):  # a weight of 4 on a loss near the end of float16
            continue
        assert loss_fault(found, z, y, used, dtype) is None
        assert bool((found >= 0).all())


@pytest.mark.parametrize("style", RIGHT["bce_with_logits"])
@settings(max_examples=15, deadline=None)
@given(values=Z, labels=LABELS, dtype=st.sampled_from(ALL))
def test_other_right_losses_are_within_it_too(style, values, labels, dtype):
    z, y = _t(values, dtype), _t(labels[: len(values)], dtype)
    found = RIGHT["bce_with_logits"][style](z, y, None, "none")
    assert loss_fault(found, z, y, torch.ones_like(z), dtype) is None


@pytest.mark.parametrize("dtype", ALL)
@settings(max_examples=60, deadline=None)
@given(values=Z, labels=LABELS)
def test_the_slope_is_within_four_eps_and_autograd_finds_the_same(dtype, values, labels):
    z, y = _t(values, dtype).requires_grad_(), _t(labels[: len(values)], dtype)
    eps, _ = spacing(dtype)
    slopes = SOLUTIONS["bce_grad"](z.detach(), y)
    for got, x, label in zip(slopes.double().tolist(), numbers(z.detach()), numbers(y), strict=True):
        assert abs(got - (yes(x) - label)) <= 4 * eps
    (found,) = torch.autograd.grad(SOLUTIONS["bce_with_logits"](z, y, reduction="none").sum(), z)
    assert bool(((found.double() - slopes.double()).abs() <= 8 * float(eps)).all())


@pytest.mark.parametrize("dtype", ALL)
@settings(max_examples=30, deadline=None)
@given(values=st.lists(st.floats(-200, 200, width=16), min_size=6, max_size=6), labels=LABELS)
def test_the_multilabel_loss_is_the_mean_of_weight_times_loss(dtype, values, labels):
    z, y = _t(values, dtype).reshape(2, 3), _t([*labels, 1.0], dtype).reshape(2, 3)
    weight = _t([0.5, 2.0, 1.0], dtype)
    terms = [
        w * loss(x, label) for x, label, w in zip(numbers(z), numbers(y), numbers(weight.expand(2, 3)), strict=True)
    ]
    exact = mpmath.fsum(terms) / 6
    eps, subnormal = spacing(dtype)
    found = SOLUTIONS["multilabel_loss"](z, y, weight).item()
    assert abs(found - exact) <= 8 * eps * (2 * exact + max(1 + abs(x) for x in numbers(z))) + 8 * subnormal


def _whole_range(dtype, lowest):
    """Evenly and randomly spread z down to where the result is 0, dense around 0, and numbers of every magnitude."""
    generator = torch.Generator().manual_seed(1)
    even = torch.linspace(lowest, -lowest, 1500, dtype=torch.float64)
    near = 20 * (2 * torch.rand(1500, generator=generator, dtype=torch.float64) - 1)
    info = torch.finfo(dtype)
    powers = torch.linspace(-30, float(mpmath.log10(info.max)) - 0.1, 500, dtype=torch.float64)
    magnitudes = 10.0**powers * torch.where(torch.rand(500, generator=generator) < 0.5, -1.0, 1.0)
    ends = torch.tensor([info.max, -info.max, info.smallest_normal, -info.smallest_normal, 0.0], dtype=torch.float64)
    return torch.cat([even, near, magnitudes, ends]).to(dtype)


@pytest.mark.parametrize(
    ("dtype", "lowest"),
    [(torch.float32, -104.5), (torch.float64, -746.0), (torch.float16, -18.0), (torch.bfloat16, -93.0)],
)
def test_softplus_is_within_four_ulps_of_the_correctly_rounded_result_over_its_whole_range(dtype, lowest):
    # Everywhere, in fact: z is exact, so is -|z|, and log1p and the sum make no error larger. Subnormal results too,
    # counted in steps of the smallest subnormal.
    z = _whole_range(dtype, lowest)
    together = SOLUTIONS["softplus"](z).double().tolist()
    for got, x in zip(together, numbers(z), strict=True):
        assert ulps(got, -log_yes(-x), dtype) <= 4, x
    for x in z[::25]:  # one number at a time takes another path through the library
        assert ulps(SOLUTIONS["softplus"](x.reshape(1)).item(), -log_yes(-mpmath.mpf(x.item())), dtype) <= 4, x


@pytest.mark.parametrize("dtype", ALL)
def test_the_slope_of_softplus_at_zero_is_one_half(dtype):
    z = torch.zeros(3, dtype=dtype, requires_grad=True)
    SOLUTIONS["softplus"](z).sum().backward()
    assert z.grad.tolist() == [0.5] * 3


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_loss_is_torchs_where_torch_keeps_its_digits(reduction):
    generator = torch.Generator().manual_seed(2)
    z = 3 * torch.randn(4, 3, generator=generator, dtype=torch.float64)
    y = torch.rand(4, 3, generator=generator, dtype=torch.float64)
    pos_weight = torch.tensor([0.5, 1.0, 6.0], dtype=torch.float64)
    library = torch.nn.functional.binary_cross_entropy_with_logits(z, y, pos_weight=pos_weight, reduction=reduction)
    assert torch.allclose(SOLUTIONS["bce_with_logits"](z, y, pos_weight, reduction), library, rtol=1e-12, atol=0)
