"""Calls an answer on a case and says what is wrong with the outcome; knows nothing of the course's check engine."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.max_shift.inputs import Case
from tests.max_shift.truth import Truth, truth

FORBIDDEN = ("softmax", "logsumexp", "logaddexp", "logcumsumexp", "sigmoid", "softplus", "cross_entropy", "nll_loss")


@dataclass(frozen=True)
class Outcome:
    """What one call gave: an exception's class name, or a result and its gradient (None if cut off)."""

    raised: str | None
    returned: torch.Tensor | None = None
    gradient: torch.Tensor | None = None
    modified: bool = False


class Operators(TorchDispatchMode):
    """Records the name of every operator that runs, and the dtypes of the tensors that it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.dtypes: set[torch.dtype] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        self.names.add(func._schema.name.split("::")[-1])
        self.dtypes |= {t.dtype for t in tree_leaves(result) if isinstance(t, torch.Tensor)}
        return result


def upstream(shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
    """Fixed gradient weights in [-1, 1]."""
    generator = torch.Generator().manual_seed(3)
    return (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1).to(dtype)


def call(function: Callable, case: Case, dtype: torch.dtype) -> Outcome:
    """Run `function` forwards and backwards."""
    x = case.x.to(dtype)
    leaf = x.clone(memory_format=torch.preserve_format).requires_grad_()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            returned = function(leaf, **case.keywords)
            gradient = None
            if returned.requires_grad:
                (gradient,) = torch.autograd.grad(returned, leaf, upstream(returned.shape, returned.dtype))
    except (RuntimeError, IndexError, TypeError, ValueError) as error:
        return Outcome(type(error).__name__)
    modified = not torch.equal(leaf.detach().nan_to_num(nan=0.25), x.nan_to_num(nan=0.25))
    return Outcome(None, returned.detach(), gradient, modified)


def right_result(exercise: str, case: Case, dtype: torch.dtype) -> Truth:
    """The truth for a case in a dtype, for the weights that `call` uses."""
    dim = case.keywords.get("dim", -1)
    shape = list(case.x.shape)
    if exercise == "logsumexp":
        shape[dim] = 1
        if not case.keywords.get("keepdim", False):
            del shape[dim]
    return truth(exercise, case.x.to(dtype), upstream(torch.Size(shape), dtype), case.keywords)


def fault(outcome: Outcome, expected: Truth, dtype: torch.dtype) -> str | None:
    """What is wrong with an outcome, or None."""
    if outcome.raised:
        return f"raises {outcome.raised}"
    if outcome.modified:
        return "modifies its input"
    if outcome.returned.dtype != dtype:
        return f"returns {outcome.returned.dtype}"
    if outcome.returned.shape != expected.value.shape:
        return f"returns shape {tuple(outcome.returned.shape)}"
    if not _within(outcome.returned, expected.value, expected.tolerance):
        return f"returns {outcome.returned.tolist()}, not {expected.value.tolist()}"
    if outcome.gradient is None:
        return "has no gradient"
    if not _within(outcome.gradient, expected.gradient, expected.gradient_tolerance):
        return f"has the gradient {outcome.gradient.tolist()}, not {expected.gradient.tolist()}"
    return None


def _within(found: torch.Tensor, true: torch.Tensor, tolerance: torch.Tensor) -> bool:
    found = found.double()
    # A tolerance is finite, so an infinity passes only where it is expected.
    free = true.isnan() & ~found.isnan()
    return bool((free | (found == true) | ((found - true).abs() <= tolerance)).all())


def alike(a: Outcome, b: Outcome, expected: Truth) -> bool:
    """Whether two outcomes look the same to whoever sees shapes, patterns of nan and inf, and numbers to rounding."""
    if a.raised or b.raised:
        return a.raised == b.raised
    return _same(a.returned, b.returned, expected.tolerance) and _same(
        a.gradient, b.gradient, expected.gradient_tolerance
    )


def _same(a: torch.Tensor | None, b: torch.Tensor | None, tolerance: torch.Tensor) -> bool:
    if a is None or b is None:
        return a is b
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    eps = torch.finfo(a.dtype).eps
    a, b = a.double(), b.double()
    # A gradient that should be 0 is rounding noise in both, so the slack cannot be relative alone.
    slack = 64 * eps * torch.maximum(a.abs(), b.abs())
    if tolerance.shape == a.shape:
        slack = slack + 2 * tolerance
    # Without the test for finite numbers an infinite slack would make inf close to everything.
    close = a.isfinite() & b.isfinite() & ((a - b).abs() <= slack)
    return bool(((a.isnan() & b.isnan()) | (a == b) | close).all())
