"""The reference solutions against what torch, NumPy and 50 digits say."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course.dtype_limits import check
from tests.dtype_limits.harness import (
    DTYPES,
    HALVES,
    INF,
    NAN,
    all_of,
    close,
    exponentials,
    neighbour,
    overflows,
    spacings,
)
from tests.notebooks import cell, source

NAMES = ("exp_in_float32", "ulp", "largest_finite_exp", "smallest_nonzero_exp", "exp_is_safe")


def _solutions():
    notebook = source("02-dtype-limits")
    namespace = {"torch": torch, "math": math}
    for name in NAMES:
        exec(cell(notebook, name).source, namespace)
    return {name: namespace[name] for name in NAMES}


SOLUTIONS = _solutions()
dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


@pytest.mark.parametrize("exercise", NAMES)
def test_a_reference_solution_passes_its_own_check(exercise):
    result = getattr(check, exercise)(SOLUTIONS[exercise])
    assert result.outcome == "correct", str(result)


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_every_eleventh_number_of_a_half_has_its_exponential_within_the_bound_of_float32(dtype):
    x = all_of(dtype)[::11].clone()
    found = SOLUTIONS["exp_in_float32"](x)
    assert close(found.tolist(), exponentials(x), x.tolist())


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_the_spacing_is_right_for_every_number_of_a_half(dtype):
    x = all_of(dtype)
    x = x[x.isfinite()]
    ordered = x.abs().unique()
    gaps = (ordered.double()[1:] - ordered.double()[:-1]).tolist()
    wanted = dict(zip(ordered.tolist(), [*gaps, gaps[-1]], strict=True))
    found = dict(zip(x.tolist(), SOLUTIONS["ulp"](x).tolist(), strict=True))
    assert {n: g for n, g in found.items() if g != wanted[abs(n)]} == {}


@dtypes
def test_the_spacing_at_the_ends(dtype):
    info = torch.finfo(dtype)
    least = info.smallest_normal * info.eps
    x = torch.tensor([0.0, least, info.smallest_normal, -info.max, info.max, 1.0, -2.0], dtype=dtype)
    assert torch.equal(SOLUTIONS["ulp"](x).double(), spacings(x))


@dtypes
def test_the_ends_of_exp(dtype):
    last, first = SOLUTIONS["largest_finite_exp"](dtype), SOLUTIONS["smallest_nonzero_exp"](dtype)
    assert not overflows(torch.tensor(last, dtype=dtype))
    assert overflows(torch.tensor(neighbour(last, dtype, INF), dtype=dtype))
    assert torch.exp(torch.tensor(first, dtype=dtype)) > 0
    assert torch.exp(torch.tensor(neighbour(first, dtype, -INF), dtype=dtype)) == 0


@dtypes
@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.one_of(st.floats(-800, 800), st.sampled_from([INF, -INF, NAN])), min_size=2, max_size=2), min_size=1
    )
)
def test_safe_means_that_torch_exp_overflows_nowhere(dtype, rows):
    x = torch.tensor(rows).to(dtype)
    assert SOLUTIONS["exp_is_safe"](x) is (not overflows(x))
