"""Runs a function on a case and keeps what came out: values, gradients, or the reason why there are none."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from course.kit.check.case import Case
from course.kit.check.guard import Failure, a_kind_of, call


@dataclass(frozen=True, eq=False)
class Observation:
    """One call's outcome on one case in one dtype."""

    case: Case
    dtype: torch.dtype
    returned: Any
    """The object that came back, or None."""

    value: torch.Tensor | None
    """It as float64 on the CPU, or None where it is neither a floating-point tensor nor a Python float or bool."""

    gradients: dict[str, torch.Tensor] | None
    """Vector-Jacobian product with respect to each floating-point argument, as float64; None if not asked for or not
    to be had."""

    failure: Failure | None
    """Why there is no value or no gradient."""

    modified: tuple[str, ...] = ()
    """Names of the arguments that the call changed, other than the one that it was to fill."""

    filled: bool = True
    """Whether what came back is the argument that it was to fill, where there is one."""

    @property
    def differentiated(self) -> bool:
        return self.gradients is not None


def observe(
    function: Callable,
    case: Case,
    dtype: torch.dtype,
    *,
    gradient: bool = False,
    device: torch.device | str = "cpu",
) -> Observation:
    """Call `function` on `case` in `dtype`; with `gradient`, also back-propagate `case.weights` through it."""
    arguments = {name: value.to(device) for name, value in case.arguments(dtype).items()}
    leaves = {name: value for name, value in arguments.items() if value.is_floating_point()}
    if gradient:
        _first_backward_pass()
        for leaf in leaves.values():
            leaf.requires_grad_()
    originals = {name: value.detach().clone() for name, value in arguments.items()}
    returned, failure = call(function, *arguments.values(), **case.called_with(dtype))
    modified = tuple(n for n, v in arguments.items() if n != case.fills and not _same(v.detach(), originals[n]))
    target = arguments.get(case.fills)
    value, gradients = None, None
    if failure is None and isinstance(returned, torch.Tensor) and returned.is_floating_point():
        value, failure = _read(returned if target is None else target)
        if gradient and failure is None:
            gradients, failure = _pull_back(returned, leaves, case)
    elif failure is None and not gradient and isinstance(returned, (bool, float)):
        value = torch.tensor(float(returned), dtype=torch.float64)
    elif failure is None and gradient:
        failure = Failure("no value", f"It returns {a_kind_of(returned)}, which has no gradient.")
    filled = target is None or returned is target
    return Observation(case, dtype, returned, value, gradients, failure, modified, filled)


@functools.cache
def _first_backward_pass() -> None:
    """Run one backward pass that no time limit can cut short.

    The first of a process imports sympy and more, which takes seconds on a busy machine. An import that is interrupted
    leaves half a module behind, and every backward pass after it would fail.
    """
    with torch.enable_grad():
        leaf = torch.zeros(1, requires_grad=True)
        torch.autograd.grad(leaf.exp(), leaf, grad_outputs=torch.ones(1))


def _pull_back(
    returned: torch.Tensor, leaves: dict[str, torch.Tensor], case: Case
) -> tuple[dict[str, torch.Tensor] | None, Failure | None]:
    if not returned.requires_grad:
        return None, Failure(
            "no gradient",
            "What it returns is cut off from its input: autograd finds no way back through it. "
            "Look for `.detach()`, `.data`, `.item()`, NumPy, or a tensor built from Python numbers.",
        )
    weights = case.weights(returned.shape, returned.dtype).to(returned.device)
    found, failure = call(
        torch.autograd.grad, returned, tuple(leaves.values()), grad_outputs=weights, allow_unused=True
    )
    if failure is not None:
        return None, Failure("raised", f"Its backward pass fails. {failure.text}", failure.exception)
    zero = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    return {
        name: _plain(zero[name] if gradient is None else gradient) for name, gradient in zip(leaves, found, strict=True)
    }, None


def _read(returned: torch.Tensor) -> tuple[torch.Tensor | None, Failure | None]:
    """The numbers of a tensor that a student returned; it may be sparse, on the meta device, a subclass, anything."""
    try:
        return _plain(returned.to_dense()), None
    except Exception as error:  # whatever its class does when it is read
        text = f"It returns a tensor whose numbers cannot be read ({type(error).__name__})."
        return None, Failure("raised", text, type(error).__name__)


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().to("cpu", torch.float64)


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Bit for bit equal as numbers, nan equal to nan."""
    return a.shape == b.shape and bool(((a == b) | ((a != a) & (b != b))).all())
